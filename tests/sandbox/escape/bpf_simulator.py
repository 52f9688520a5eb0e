"""A small interpreter of classic BPF, as far as seccomp takes it: a filter is tested without being installed.

So every system call number, of both architectures, is put to the program that the kernel would run, with arguments no
test could pass for real. It refuses what the kernel's checker refuses.

Example:
    >>> allow = Program(pack([(RET_K, 0, 0, ALLOW)]))
    >>> allow.run(Call(nr=0, arch=0xC000003E)) == ALLOW
    True

Sources: linux/filter.h, linux/bpf_common.h, linux/seccomp.h; the checks are those of bpf_check_classic
(net/core/filter.c) and seccomp_check_filter (kernel/seccomp.c).
"""

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

Instruction = tuple[int, int, int, int]
"""One `struct sock_filter`: code, jt, jf, k."""

LD, LDX, ST, STX, ALU, JMP, RET, MISC = range(8)
IMM, ABS, MEM, LEN = 0x00, 0x20, 0x60, 0x80
K, X, A = 0x00, 0x08, 0x10
ADD, SUB, MUL, DIV, OR, AND, LSH, RSH, NEG, XOR = 0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x80, 0xA0
JA, JEQ, JGT, JGE, JSET = 0x00, 0x10, 0x20, 0x30, 0x40
TAX, TXA = MISC | 0x00, MISC | 0x80
RET_K, RET_A = RET | K, RET | A

KILL_PROCESS, KILL_THREAD, TRAP, ERRNO = 0x80000000, 0x00000000, 0x00030000, 0x00050000
USER_NOTIFY, TRACE, LOG, ALLOW = 0x7FC00000, 0x7FF00000, 0x7FFC0000, 0x7FFF0000

WORDS: Final = 16
"""Words of a program's own memory."""

LONGEST: Final = 4096
"""Instructions of the longest program (BPF_MAXINSNS)."""

_DATA: Final = struct.Struct("=IIQ6Q")
_FILTER: Final = struct.Struct("=HBBI")
_MASK: Final = 0xFFFFFFFF

_ALU: Final[dict[int, Callable[[int, int], int]]] = {
    ADD: lambda a, b: a + b,
    SUB: lambda a, b: a - b,
    MUL: lambda a, b: a * b,
    DIV: lambda a, b: a // b,
    OR: lambda a, b: a | b,
    AND: lambda a, b: a & b,
    LSH: lambda a, b: a << (b & 31),
    RSH: lambda a, b: a >> (b & 31),
    XOR: lambda a, b: a ^ b,
    NEG: lambda a, _: -a,
}
_TESTS: Final[dict[int, Callable[[int, int], bool]]] = {
    JEQ: lambda a, b: a == b,
    JGT: lambda a, b: a > b,
    JGE: lambda a, b: a >= b,
    JSET: lambda a, b: a & b != 0,
}
_KNOWN: Final = frozenset(
    {LD | ABS, LD | LEN, LDX | LEN, LD | IMM, LDX | IMM, LD | MEM, LDX | MEM, ST, STX, RET_K, RET_A, TAX, TXA, JMP | JA}
    | {ALU | op | source for op in _ALU if op != NEG for source in (K, X)}
    | {JMP | test | source for test in _TESTS for source in (K, X)}
    | {ALU | NEG}
)


class BadProgramError(ValueError):
    """The kernel would not take the program; says which instruction and why."""


@dataclass(frozen=True)
class Call:
    """A system call as a filter sees it, `struct seccomp_data`; the numbers are taken modulo their width."""

    nr: int
    arch: int
    arguments: tuple[int, ...] = ()
    instruction_pointer: int = 0

    def words(self) -> tuple[int, ...]:
        """The data as its sixteen 32-bit words, in the order of little-endian memory."""
        arguments = [value & 0xFFFFFFFFFFFFFFFF for value in (*self.arguments, *(0,) * 6)[:6]]
        packed = _DATA.pack(self.nr & _MASK, self.arch, self.instruction_pointer, *arguments)
        return struct.unpack("=16I", packed)


def pack(instructions: Iterable[Instruction]) -> bytes:
    """The instructions as the kernel takes them, `struct sock_filter[]`."""
    return b"".join(_FILTER.pack(*instruction) for instruction in instructions)


def action(value: int) -> int:
    """The action of a filter's return value, without its data (the errno, say)."""
    return value & 0xFFFF0000


class Program:
    """A checked program.

    Args:
        packed: `struct sock_filter[]`.

    Raises:
        BadProgramError: The kernel would refuse it.
    """

    def __init__(self, packed: bytes) -> None:
        if len(packed) % _FILTER.size:
            raise BadProgramError(f"{len(packed)} bytes are no whole number of instructions of {_FILTER.size}")
        self.instructions: tuple[Instruction, ...] = tuple(_FILTER.iter_unpack(packed))
        _check(self.instructions)

    def run(self, call: Call) -> int:
        """What the program returns for a call: an action and its data."""
        machine = _Machine(call.words())
        place = 0
        while True:
            code, yes, no, k = self.instructions[place]
            kind = code & 7
            if kind == RET:
                return k if code == RET_K else machine.a
            if kind == JMP:
                place += 1 + machine.jump(code, yes, no, k)
            elif code == ALU | DIV | X and machine.x == 0:
                return KILL_THREAD  # the kernel ends the program with 0
            else:
                machine.step(code, k)
                place += 1


class _Machine:
    """The two registers, the memory, and what single instructions do to them."""

    def __init__(self, data: tuple[int, ...]) -> None:
        self._data = data
        self._memory = [0] * WORDS
        self.a = 0
        self.x = 0

    def jump(self, code: int, yes: int, no: int, k: int) -> int:
        """How many instructions to leave out."""
        if code == JMP | JA:
            return k
        return yes if _TESTS[code & 0xF0](self.a, self.x if code & X else k) else no

    def step(self, code: int, k: int) -> None:
        """Runs an instruction that neither jumps nor returns."""
        kind = code & 7
        if kind == ALU:
            self.a = _ALU[code & 0xF0](self.a, self.x if code & X else k) & _MASK
        elif kind == LD:
            self.a = self._load(code & 0xE0, k)
        elif kind == LDX:
            self.x = self._load(code & 0xE0, k)
        elif kind == MISC:
            self.a, self.x = (self.a, self.a) if code == TAX else (self.x, self.x)
        else:
            self._memory[k] = self.a if kind == ST else self.x

    def _load(self, mode: int, k: int) -> int:
        if mode == ABS:
            return self._data[k // 4]
        if mode == MEM:
            return self._memory[k]
        return _DATA.size if mode == LEN else k


def _check(instructions: tuple[Instruction, ...]) -> None:
    if not 0 < len(instructions) <= LONGEST:
        raise BadProgramError(f"{len(instructions)} instructions: a program has 1 to {LONGEST}")
    for place, instruction in enumerate(instructions):
        if fault := _fault(instruction, len(instructions) - place - 1):
            raise BadProgramError(f"instruction {place}, {instruction}: {fault}")
    if instructions[-1][0] not in (RET_K, RET_A):
        raise BadProgramError("the last instruction does not return")
    _check_memory(instructions)


def _fault(instruction: Instruction, left: int) -> str:
    """Why the kernel would refuse an instruction that `left` others follow; "" where it would not."""
    code, yes, no, k = instruction
    faults = {
        "seccomp does not know it": code not in _KNOWN,
        "it loads no word of seccomp_data": code == LD | ABS and (k % 4 != 0 or k >= _DATA.size),
        "there is no such word of memory": code in (LD | MEM, LDX | MEM, ST, STX) and k >= WORDS,
        "it divides by zero": code == ALU | DIV | K and k == 0,
        "it shifts by more than a word": code in (ALU | LSH | K, ALU | RSH | K) and k >= 32,
        "it jumps past the end": code & 7 == JMP and (k if code == JMP | JA else max(yes, no)) >= left,
    }
    return next((fault for fault, found in faults.items() if found), "")


def _check_memory(instructions: tuple[Instruction, ...]) -> None:
    """Refuses a word of memory that is loaded and may not have been stored (check_load_and_stores)."""
    all_stored = (1 << WORDS) - 1
    stored_at = [all_stored] * len(instructions)
    stored = 0
    for place, (code, yes, no, k) in enumerate(instructions):
        stored &= stored_at[place]
        if code in (ST, STX):
            stored |= 1 << k
        elif code in (LD | MEM, LDX | MEM) and not stored & (1 << k):
            raise BadProgramError(f"instruction {place} loads word {k} of memory, which may not have been stored")
        elif code & 7 == JMP:
            for skipped in (k,) if code == JMP | JA else (yes, no):
                stored_at[place + 1 + skipped] &= stored
            stored = all_stored
