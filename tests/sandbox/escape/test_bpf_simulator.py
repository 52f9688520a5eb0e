"""The simulator agrees with the kernel, program by program: what it says of a filter is what the kernel would do."""

import json
import platform
import subprocess
import sys
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .bpf_simulator import (
    ABS,
    ADD,
    ALLOW,
    ALU,
    AND,
    DIV,
    ERRNO,
    IMM,
    JA,
    JEQ,
    JGE,
    JGT,
    JMP,
    JSET,
    KILL_THREAD,
    LD,
    LDX,
    LEN,
    LONGEST,
    LSH,
    MEM,
    MUL,
    NEG,
    OR,
    RET_A,
    RET_K,
    RSH,
    ST,
    STX,
    SUB,
    TAX,
    TXA,
    XOR,
    BadProgramError,
    Call,
    Instruction,
    K,
    Program,
    X,
    action,
    pack,
)

UNUSED: Final = 999
"""A number no kernel has a call for, so that nothing but the filter answers it."""

ARCHES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64: linux/audit.h."""

words = st.integers(0, 0xFFFFFFFF) | st.sampled_from((0, 1, 31, 32, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF))
plain = st.one_of(
    st.tuples(st.sampled_from([ALU | op | K for op in (ADD, SUB, MUL, OR, AND, XOR)]), words),
    st.tuples(st.just(ALU | DIV | K), words.filter(bool)),
    st.tuples(st.sampled_from([ALU | LSH | K, ALU | RSH | K]), st.integers(0, 31)),
    st.tuples(st.sampled_from([ALU | op | X for op in (ADD, SUB, MUL, OR, AND, XOR, LSH, RSH)]), st.just(0)),
    st.tuples(st.sampled_from([ALU | NEG, TAX, TXA, LD | LEN, LDX | LEN]), st.just(0)),
    st.tuples(st.sampled_from([LD | IMM, LDX | IMM]), words),
    st.tuples(st.just(LD | ABS), st.integers(0, 15).map(lambda word: 4 * word)),
    st.tuples(st.sampled_from([LD | MEM, LDX | MEM, ST, STX]), st.integers(0, 3)),
)
tests = st.sampled_from([JMP | test | source for test in (JEQ, JGT, JGE, JSET) for source in (K, X)])
jumps = st.tuples(tests, st.integers(0, 5), st.integers(0, 5), words)


@st.composite
def bodies(draw: st.DrawFn) -> list[Instruction]:
    """Instructions without a return; jumps stay inside; memory words 0 to 3 are stored first.

    The instruction pointer (words 2 and 3) is left out: only the kernel knows it.
    """
    body: list[Instruction] = [(ST, 0, 0, word) for word in range(4)]
    for one in draw(st.lists(plain | jumps | st.just((JMP | JA, 2)), max_size=25)):
        code, yes, no, k = one if len(one) == 4 else (one[0], 0, 0, one[1])
        if code == LD | ABS and k in (8, 12):
            k = 0
        body.append((code, yes, no, k))
    # A jump from the last ones lands in this padding.
    return [*body, *[(ST, 0, 0, 0)] * 6]


calls = st.lists(st.integers(0, 2**64 - 1) | words, min_size=6, max_size=6)


def only_for_the_unused_number(body: list[Instruction], shift: int) -> bytes:
    """A whole program: eleven bits of the body's result, from `shift` on, as an errno; every other call is allowed."""
    tell: list[Instruction] = [(ALU | RSH | K, 0, 0, shift), (ALU | AND | K, 0, 0, 0x7FF), (ALU | OR | K, 0, 0, ERRNO)]
    guard: list[Instruction] = [(LD | ABS, 0, 0, 0), (JMP | JEQ | K, 1, 0, UNUSED), (RET_K, 0, 0, ALLOW)]
    return pack([*guard, *body, *tell, (RET_A, 0, 0, 0)])


IN_THE_KERNEL: Final = """
import ctypes, json, os, struct, sys

libc = ctypes.CDLL(None, use_errno=True)
argument = ctypes.c_ulong


def answer(program, arguments):
    code = ctypes.create_string_buffer(program, len(program))
    fprog = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(code)))
    prctl = libc.prctl
    if prctl(38, argument(1), argument(0), argument(0), argument(0)):  # PR_SET_NO_NEW_PRIVS
        return [-1, ctypes.get_errno()]
    if prctl(22, argument(2), fprog, argument(0), argument(0)):  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
        return [-1, ctypes.get_errno()]
    failed = libc.syscall(argument(NUMBER), *(argument(value) for value in arguments))
    return [1, ctypes.get_errno() if failed else 0]


for line in sys.stdin:
    program, arguments = json.loads(line)
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, json.dumps(answer(bytes.fromhex(program), arguments)).encode())
        os._exit(0)
    os.close(write)
    print(os.read(read, 100).decode(), flush=True)
    os.close(read)
    os.wait()
""".replace("NUMBER", str(UNUSED))


class Kernel:
    """Runs programs for real, each in a process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", IN_THE_KERNEL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def answer(self, program: bytes, arguments: list[int]) -> tuple[bool, int]:
        """Whether the program was taken, and the errno of the unused call, or of the refusal."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([program.hex(), arguments]) + "\n")
        self._process.stdin.flush()
        taken, errno = json.loads(self._process.stdout.readline())
        return taken == 1, errno

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def kernel():
    if sys.platform != "linux" or platform.machine() not in ARCHES:
        pytest.skip("the kernel's own answer is only to be had on Linux, on x86-64 or aarch64")
    one = Kernel()
    yield one
    one.close()


def simulated(program: bytes, arguments: list[int]) -> int:
    return Program(program).run(Call(UNUSED, ARCHES[platform.machine()], tuple(arguments)))


@given(body=bodies(), arguments=calls)
def test_random_programs_return_what_they_return_in_the_kernel(
    kernel: Kernel, body: list[Instruction], arguments: list[int]
) -> None:
    for shift in (0, 11, 21):  # all 32 bits of the result
        program = only_for_the_unused_number(body, shift)
        assert kernel.answer(program, arguments) == (True, simulated(program, arguments) & 0xFFFF)


@pytest.mark.parametrize("word", [n for n in range(16) if n not in (2, 3)])
def test_each_word_of_a_call_is_where_the_kernel_has_it(kernel: Kernel, word: int) -> None:
    arguments = [0x1111111122222222 * (n + 1) & 0xFFFFFFFFFFFFFFFF for n in range(6)]
    for shift in (0, 11, 21):
        program = only_for_the_unused_number([(LD | ABS, 0, 0, 4 * word)], shift)
        assert kernel.answer(program, arguments) == (True, simulated(program, arguments) & 0xFFFF)


def test_a_division_by_a_register_of_zero_ends_the_program_with_zero() -> None:
    program = pack([(LDX | IMM, 0, 0, 0), (ALU | DIV | X, 0, 0, 0), (RET_K, 0, 0, ALLOW)])
    assert Program(program).run(Call(0, 0)) == KILL_THREAD


RETURN: Final[Instruction] = (RET_K, 0, 0, ALLOW)
REFUSED: Final[dict[str, list[Instruction]]] = {
    "nothing": [],
    "too much": [RETURN] * (LONGEST + 1),
    "no return": [(LD | ABS, 0, 0, 0)],
    "a load of half a word": [(LD | ABS | 0x08, 0, 0, 0), RETURN],
    "a load between words": [(LD | ABS, 0, 0, 2), RETURN],
    "a load beyond the call": [(LD | ABS, 0, 0, 64), RETURN],
    "a load by index": [(LD | 0x40, 0, 0, 0), RETURN],
    "a remainder": [(ALU | 0x90 | K, 0, 0, 3), RETURN],
    "a division by zero": [(ALU | DIV | K, 0, 0, 0), RETURN],
    "a shift by 32": [(ALU | LSH | K, 0, 0, 32), RETURN],
    "a jump past the end": [(JMP | JA, 0, 0, 1), RETURN],
    "a far jump": [(JMP | JA, 0, 0, 0xFFFFFFFF), RETURN],
    "a test that jumps past the end": [(JMP | JEQ | K, 0, 1, 0), RETURN],
    "a memory word too many": [(ST, 0, 0, 16), RETURN],
    "a memory word never stored": [(LD | MEM, 0, 0, 3), RETURN],
    "a memory word stored on one way only": [
        (JMP | JEQ | K, 1, 0, 0), (ST, 0, 0, 3), (LD | MEM, 0, 0, 3), RETURN,
    ],
    "a return of the other register": [(0x06 | X, 0, 0, 0), RETURN],
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_the_kernel_refuses_is_refused(kernel: Kernel, what: str) -> None:
    program = pack(REFUSED[what])
    with pytest.raises(BadProgramError):
        Program(program)
    assert not kernel.answer(program, [0] * 6)[0]


def test_half_an_instruction_is_refused() -> None:
    with pytest.raises(BadProgramError, match="no whole number"):
        Program(pack([RETURN])[:-1])


def test_an_action_is_told_from_its_data() -> None:
    assert action(ERRNO | 13) == ERRNO
    assert action(ALLOW) == ALLOW
