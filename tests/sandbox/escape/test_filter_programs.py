"""The filter's programs, of both architectures, put to every system call there is, with good and with bad arguments.

Each is run on made-up calls, so that what this machine cannot do is tested too. What is allowed with some arguments
only is stated here once more, in other words than the filter's, and the two are compared on arguments drawn at random.
"""

import re
import struct
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolwright.sandbox.confinement.seccomp import ANY_PROCESS, allowed, for_process, program
from toolwright.sandbox.confinement.syscalls import TABLES

from . import kernel, network, processes, reading, resources, writing
from .bpf_simulator import ALLOW, ERRNO, KILL_PROCESS, Call, Program, action
from .never import NEVER
from .raw import NUMBERS

OWN: Final = 4242
"""The id of the process that the programs are meant for."""

EPERM, ENOSYS = ERRNO | 1, ERRNO | 38
ARCH: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
OTHER_ARCHES: Final = (0x40000003, 0x40000028, 0xC00000B7, 0xC000003E, 0x800000B7, 0, 0xFFFFFFFF)
"""Of linux/audit.h: 32-bit x86 and ARM, each other's, big-endian ARM; and two that are none."""

HEADERS: Final = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
X32: Final = 0x40000000
LAST: Final = 1100
"""Higher than any call's number; the kernel's highest are below 500."""

COLUMNS: Final = {"x86_64": 0, "aarch64": 1}
both: Final = pytest.mark.parametrize("arch", ARCH)


def low(value: int) -> int:
    """An argument as the kernel takes one of 32 bits."""
    return value & 0xFFFFFFFF


Arguments = tuple[int, int, int, int, int, int]


def _opens(flags: int) -> bool:
    """Not: to empty a file that is not opened for writing, which an old Landlock lets pass."""
    return not flags & 0o1000 or flags & 3 in (1, 2)


def _of_itself(a: Arguments) -> bool:
    return low(a[0]) in (0, OWN)


def _clock(a: Arguments) -> bool:
    """Not a negative one: it is another process's, or a device's."""
    return low(a[0]) < 0x80000000


MAY: Final[dict[str, Callable[[Arguments], bool]]] = {
    "open": lambda a: _opens(a[1]),
    "openat": lambda a: _opens(a[2]),
    "openat2": lambda _: False,
    "clone3": lambda _: False,
    # What glibc and musl pass to make a thread; the flags are a long.
    "clone": lambda a: a[0] in (0x3D0F00, 0x7D0F00),
    "ioctl": lambda a: low(a[1]) in (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451),
    "fcntl": lambda a: low(a[1]) in (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032),
    "prctl": lambda a: low(a[0]) in (15, 16),
    "prlimit64": lambda a: low(a[0]) == 0,
    "kill": lambda a: low(a[0]) == OWN,
    "tgkill": lambda a: low(a[0]) == OWN,
    "socketpair": lambda a: low(a[0]) == 1 and low(a[1]) in (1, 0x801, 0x80001, 0x80801),
    "sendto": lambda a: a[4] == 0,
    **dict.fromkeys(("getpgid", "getsid", "sched_getaffinity", "sched_getparam", "sched_getscheduler"), _of_itself),
    **dict.fromkeys(("get_robust_list",), _of_itself),
    **dict.fromkeys(("clock_gettime", "clock_getres", "clock_nanosleep"), _clock),
}
"""Which arguments a call may have that is allowed with some only."""

NOT_THERE: Final = frozenset({"clone3", "openat2"})
"""Calls that say they do not exist, so that the C library takes an older one."""

KNOWN_VALUES: Final = (
    *(0, 1, 2, 3, 8, 10, 15, 16, 22, 38, OWN, -1, -OWN, OWN + 1, 1 << 31, 1 << 32, 1 << 63),
    *(0x3D0F00, 0x7D0F00, 0x10000000 | 0x3D0F00, 0x40000000, 17, 0x3D0F00 | 17, 0x3C0F00, 0x3D0F00 ^ 0x10000),
    *(0x5401, 0x5412, 0x541B, 0x5421, 0x5450, 0x5452, 0x8901, 0x8902, 0x40086602, 0xC0189436, 0x4B33),
    *(5, 0x801, 0x80001, 0x80002, 0x80801, 36, 1024, 1026, 1030, 1031, 1033, 4, 23, 0o1000, 0o1001, 0o1002, 0o1003),
)


def _joined(high: int, low: int) -> int:
    return high << 32 | low


low_words = st.sampled_from(KNOWN_VALUES).map(low) | st.integers(0, 0xFFFFFFFF)
high_words = st.sampled_from((0, 0, 1, 0x80000000, 0xFFFFFFFF))
word = st.builds(_joined, high_words, low_words)
arguments = st.tuples(word, word, word, word, word, word)
SOME: Final = (
    (0,) * 6,
    (1,) * 6,
    (0xFFFFFFFFFFFFFFFF,) * 6,
    (0x100000000,) * 6,
    (0x3D0F00, 0x5401, 1, 15, 0, 0),
)

PROGRAMS: Final = {
    (arch, scratch): Program(for_process(program(arch, scratch=scratch), OWN))
    for arch in ARCH
    for scratch in (True, False)
}


def answer(arch: str, number: int, given: tuple[int, ...] = (), *, scratch: bool = True) -> int:
    return PROGRAMS[arch, scratch].run(Call(number, ARCH[arch], given))


@both
@pytest.mark.parametrize("scratch", [True, False])
def test_every_number_is_refused_but_those_that_are_allowed(arch: str, scratch: bool) -> None:
    free = {TABLES[arch][name] for name in allowed(arch, scratch=scratch)}
    ruled = {TABLES[arch][name] for name in MAY if name in TABLES[arch]}
    for number in set(range(LAST)) - ruled:
        for given_ in SOME:
            assert answer(arch, number, given_, scratch=scratch) == (ALLOW if number in free else EPERM), number


@both
def test_nothing_is_allowed_that_is_neither_listed_nor_ruled(arch: str) -> None:
    assert set(TABLES[arch]) == {*allowed(arch), *(name for name in MAY if name in TABLES[arch])}
    assert not set(allowed(arch)) & set(MAY)


@both
@given(given_=arguments)
def test_a_rule_allows_what_it_must_and_nothing_else(arch: str, given_: Arguments) -> None:
    for name, may in MAY.items():
        if name in TABLES[arch]:
            refusal = ENOSYS if name in NOT_THERE else EPERM
            expected = ALLOW if may(given_) else refusal
            assert answer(arch, TABLES[arch][name], given_) == expected, (name, [hex(one) for one in given_])


GOOD: Final[dict[str, tuple[tuple[int, ...], ...]]] = {
    "clone": ((0x3D0F00, 0x7F0000000000), (0x7D0F00, 0x7F0000000000)),
    "ioctl": ((1, 0x5401), (1, 0x5413), (5, 0x541B), (5, 0x5421)),
    "fcntl": ((3, 1), (3, 4, 0o4000), (3, 1030, 0)),
    "prctl": ((15, 0x7F0000000000),),
    "prlimit64": ((0, 7, 0, 0x7F0000000000),),
    "kill": ((OWN, 10),),
    "tgkill": ((OWN, OWN + 1, 10),),
    "socketpair": ((1, 1), (1, 0x80801)),
    "sendto": ((5, 0x7F0000000000, 1, 0, 0, 0),),
    "sched_getaffinity": ((0, 128), (OWN, 128)),
    "clock_gettime": ((0,), (1,), (2,), (3,), (7,)),
    "clock_nanosleep": ((1, 0), (0, 1)),
    "openat": ((0xFFFFFF9C, 0x7F0000000000, 0), (0xFFFFFF9C, 0, 0o1101), (0xFFFFFF9C, 0, 0o200000)),
}
HIGH: Final = 0x7F0000000000
"""An address whose low word is zero: a rule that looks at the low word alone takes it for none."""

BAD: Final[dict[str, tuple[tuple[int, ...], ...]]] = {
    "clone": (
        (17,),  # fork: SIGCHLD
        (0x4111,),  # vfork
        (0x10000011,), (0x20000011,), (0x40000011,), (0x00020011,),  # new namespaces
        (0x10000000 | 0x3D0F00,), (0x02000000 | 0x3D0F00,), (0x00000080 | 0x3D0F00,), (0x1000 | 0x3D0F00,),
        (0x3D0F00 | 17,), (0x3D0F00 ^ 0x10000,), (0x3D0F00 | 1 << 32,), (0x3D0F00 | 1 << 33,), (0x2000 | 0x3D0F00,),
    ),
    "ioctl": ((0, 0x5412), (0, 0x541C), (0, 0x540E), (0, 0x5452), (0, 0x8901), (0, 0x40086602), (0, 0x40049409)),
    "fcntl": ((3, 8, 1), (3, 10, 9), (3, 15), (3, 1024), (3, 1026), (3, 1031, 1 << 20), (3, 1033)),
    "prctl": ((1,), (4, 1), (22, 2), (23,), (24,), (35,), (36, 1), (38, 1), (47,), (0x59616D61, 1)),
    "prlimit64": ((1,), (OWN,), (0xFFFFFFFF,), (1 << 32 | 1,)),
    "kill": ((0, 9), (1, 9), (OWN + 1, 9), (-1, 9), (-OWN, 9), (0xFFFFFFFF, 9), (1 << 32 | 1, 9)),
    "tgkill": ((1, OWN, 9), (0, OWN, 9), (-1, OWN, 9), (OWN + 1, OWN, 9)),
    "socketpair": ((1, 2), (1, 5), (1, 3), (2, 1), (16, 1), (1, 0x80002), (1, 0x80005), (0, 1), (1, 0x100001)),
    "sendto": ((5, 0, 1, 0, HIGH, 110), (5, 0, 1, 0, 0x7F0012345678, 110), (5, 0, 1, 0, 1 << 63, 16)),
    "openat": ((0, HIGH, 0o1000), (0, HIGH, 0o1003), (0, HIGH, 1 << 32 | 0o1000)),
    "open": ((HIGH, 0o1000), (HIGH, 0o1003)),
    "sched_getaffinity": ((1, 128), (OWN + 1, 128), (-1, 128)),
    "getsid": ((1,), (OWN + 1,)),
    "clock_gettime": ((~1 << 3 | 2,), (~OWN << 3 | 6,), (~5 << 3 | 3,)),
    "clone3": ((HIGH, 88),),
    "openat2": ((0, HIGH, HIGH, 24),),
}  # fmt: skip


@both
def test_what_computing_needs_is_allowed(arch: str) -> None:
    for name, all_given in GOOD.items():
        for given_ in all_given:
            assert answer(arch, TABLES[arch][name], given_) == ALLOW, (name, given_)


@both
def test_a_call_that_is_allowed_is_refused_with_arguments_that_reach_out(arch: str) -> None:
    for name, all_given in BAD.items():
        for given_ in all_given if name in TABLES[arch] else ():
            assert answer(arch, TABLES[arch][name], given_) != ALLOW, (name, [hex(one) for one in given_])


@both
@given(given_=arguments)
@settings(max_examples=20, deadline=None)
def test_what_may_never_be_allowed_is_not_with_any_arguments(arch: str, given_: Arguments) -> None:
    for name, numbers in NEVER.items():
        number = numbers[COLUMNS[arch]]
        if number is not None:
            assert answer(arch, number, given_) == EPERM, name


@both
@given(number=st.integers(0, 0xFFFFFFFF) | st.integers(0, LAST), other=st.sampled_from(OTHER_ARCHES), given_=arguments)
def test_a_call_of_another_architecture_kills(arch: str, number: int, other: int, given_: Arguments) -> None:
    if other != ARCH[arch]:
        assert PROGRAMS[arch, True].run(Call(number, other, given_)) == KILL_PROCESS


def test_an_x32_call_kills() -> None:
    for number in chain(range(X32, X32 + LAST), (0x80000000, 0xBFFFFFFF, 0xFFFFFFFF)):
        assert answer("x86_64", number) == KILL_PROCESS


def test_numbers_beyond_all_calls_are_refused_on_aarch64() -> None:
    for number in chain(range(X32, X32 + LAST), (0x80000000, 0xFFFFFFFF)):
        assert answer("aarch64", number) == EPERM


@given(pid=st.integers(1, 1 << 22))
def test_a_program_is_one_process_s_and_all_else_of_it_stays(pid: int) -> None:
    for arch in ARCH:
        one = Program(for_process(program(arch), pid))
        for name in ("kill", "tgkill"):
            assert one.run(Call(TABLES[arch][name], ARCH[arch], (pid, 10))) == ALLOW
            assert one.run(Call(TABLES[arch][name], ARCH[arch], (pid + 1, 10))) == EPERM
        changed = [
            (old, new)
            for old, new in zip(Program(program(arch)).instructions, one.instructions, strict=True)
            if old != new
        ]
        assert {(old[:3], old[3], new[:3], new[3]) for old, new in changed} == {
            (old[:3], ANY_PROCESS, old[:3], pid) for old, _ in changed
        }


def _of_the_header(arch: str) -> dict[str, int]:
    if not HEADERS[arch].exists():
        pytest.skip(f"this machine has no {HEADERS[arch]}")
    text = HEADERS[arch].read_text()
    numbers = {name: int(number) for name, number in re.findall(r"#define (__NR\w*?_\w+)\s+(\d+)\s", text)}
    others = re.findall(r"#define (__NR_\w+)\s+(__NR3264_\w+)", text)  # the same number by a 64-bit kernel's name
    named = numbers | {name: numbers[other] for name, other in others if other in numbers}
    return {name.removeprefix("__NR_"): number for name, number in named.items()}


@both
def test_the_numbers_are_those_of_the_kernel_s_headers(arch: str) -> None:
    header = _of_the_header(arch)
    assert {name: header.get(name) for name in TABLES[arch]} == dict(TABLES[arch])


@both
def test_what_an_architecture_is_said_not_to_have_it_has_not(arch: str) -> None:
    header = _of_the_header(arch)
    other = TABLES["aarch64" if arch == "x86_64" else "x86_64"]
    assert not {name for name in other if name not in TABLES[arch]} & set(header)


@both
def test_the_numbers_of_the_attacks_are_those_of_the_kernel_s_headers(arch: str) -> None:
    header = _of_the_header(arch)
    for name, numbers in NUMBERS.items():
        assert header.get(name) == numbers[COLUMNS[arch]], name


STAND_FOR: Final = {
    "int 0x80": Call(20, 0x40000003),
    "x32": Call(X32 | 39, ARCH["x86_64"]),
}
"""What attacks stand on that is no system call of its own: another way to make one."""


@both
def test_what_an_attack_stands_on_is_refused(arch: str) -> None:
    parts = (kernel, network, processes, reading, resources, writing)
    for name in {attack.syscall for part in parts for attack in part.ATTACKS} - {""}:
        number = NUMBERS[name][COLUMNS[arch]] if name not in STAND_FOR else 0
        call = STAND_FOR.get(name, Call(number or 0, ARCH[arch]))
        if number is not None and call.arch in (ARCH[arch], 0x40000003):
            assert action(PROGRAMS[arch, True].run(call)) in (ERRNO, KILL_PROCESS), name


@both
def test_a_program_is_short_enough_to_cost_little(arch: str) -> None:
    assert len(PROGRAMS[arch, True].instructions) < 400


def test_the_programs_are_packed_as_the_kernel_takes_them() -> None:
    assert len(program("x86_64")) % struct.calcsize("HBBI") == 0


def test_an_architecture_without_a_table_is_an_error() -> None:
    with pytest.raises(KeyError):
        program("riscv64")
