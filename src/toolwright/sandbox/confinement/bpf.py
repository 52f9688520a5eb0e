"""A small assembler for the classic BPF that seccomp runs: decisions by system call number as a balanced tree of jumps.

A tree, not a list: the kernel runs the program once for each known number when it is installed, which for a list of
250 comparisons takes half a millisecond, and for a tree a tenth of it. Opcodes and offsets: linux/bpf_common.h and
struct seccomp_data in linux/seccomp.h.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Final

Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false, constant: struct sock_filter."""

Code = tuple[Instruction, ...]

ALLOW: Final = 0x7FFF0000  # SECCOMP_RET_ALLOW: linux/seccomp.h, this and the next
ERRNO: Final = 0x00050000
KILL: Final = 0x80000000

_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_AND: Final = 0x54  # BPF_ALU | BPF_AND | BPF_K
_EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_AT_LEAST: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_RETURN: Final = 0x06  # BPF_RET | BPF_K

NUMBER_AT: Final = 0
ARCHITECTURE_AT: Final = 4


def give(action: int) -> Code:
    """Ends with an action."""
    return ((_RETURN, 0, 0, action),)


def load(offset: int) -> Code:
    """Loads a word of the call's data."""
    return ((_LOAD, 0, 0, offset),)


def low(argument: int) -> Code:
    """Loads an argument's low word, all there is of one that the kernel takes as 32 bits; little endian."""
    return load(16 + 8 * argument)


def high(argument: int) -> Code:
    """Loads an argument's high word."""
    return load(20 + 8 * argument)


def masked(mask: int) -> Code:
    """Keeps some bits of what is loaded."""
    return ((_AND, 0, 0, mask),)


def unless_equal(value: int, otherwise: int) -> Code:
    """Goes on where what is loaded is the value, else ends with an action."""
    return ((_EQUAL, 1, 0, value), *give(otherwise))


def one_of(values: Sequence[int], then: int, otherwise: int) -> Code:
    """Ends with one action where what is loaded is among the values, else with the other."""
    tests = tuple((_EQUAL, len(values) - place, 0, value) for place, value in enumerate(values))
    return (*tests, *give(otherwise), *give(then))


def tree(decisions: Mapping[int, Code], default: Code) -> Code:
    """Decides by what is loaded: each number's own code, which must end the program, the default for all others."""
    starts: list[tuple[int, Code]] = [(0, default)]
    for number in sorted(decisions):
        if starts[-1][0] == number:
            starts.pop()
        _append(starts, number, decisions[number])
        starts.append((number + 1, default))
    merged: list[tuple[int, Code]] = []
    for number, code in starts:
        _append(merged, number, code)
    return _split(merged)


def _append(starts: list[tuple[int, Code]], number: int, code: Code) -> None:
    """Neighbours that decide alike become one range."""
    if not starts or starts[-1][1] != code:
        starts.append((number, code))


def _split(starts: list[tuple[int, Code]]) -> Code:
    if len(starts) == 1:
        return starts[0][1]
    middle = len(starts) // 2
    below, above = _split(starts[:middle]), _split(starts[middle:])
    if len(below) > 255:
        raise ValueError("a jump would be too long")
    return ((_AT_LEAST, len(below), 0, starts[middle][0]), *below, *above)


def pack(code: Code) -> bytes:
    """The program as the kernel reads it."""
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)
