"""Learned code that attacks its own answer: it may forge what its own call returned, by the rules, and nothing else."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolwright.functions import Function
from toolwright.sandbox import Limits
from toolwright.sandbox.exchange import ENVELOPE, EndKind, Exchange, Reader
from toolwright.sandbox.forked import ForkedSandbox
from toolwright.sandbox.verdict import judge
from toolwright.sandbox.worker.values import to_json
from toolwright.sandbox.worker.wire import READY
from toolwright.sync import run_sync
from toolwright.trajectories import Outcome

from .kinds import KINDS, Kind, every_kind
from .leftovers import descriptors
from .poisons import FORGERIES, HELP, HOSTILE, OK_, PRINTED, poison

LIMITS: Final = Limits(wall_seconds=3, cpu_seconds=5, memory_mb=256, output_bytes=10_000, result_bytes=200_000)

INNOCENT: Final = Function(
    name="innocent",
    source='def innocent(n: int):\n    print("this is", n)\n    return {"n": n, "square": n * n, "list": [n] * 3}\n',
)


def is_innocent(outcome: Outcome, n: int) -> bool:
    result = {"n": n, "square": n * n, "list": [n] * 3}
    return (outcome.status, outcome.result, outcome.stdout) == ("ok", result, f"this is {n}\n")


def obeys(outcome: Outcome, limits: Limits) -> bool:
    """Whether an outcome keeps to the rules, whoever wrote it: it can be kept and read again, and is not too large."""
    result = json.dumps(outcome.result, ensure_ascii=False, separators=(",", ":"))
    return (
        Outcome.model_validate_json(outcome.model_dump_json()) == outcome
        and to_json(outcome.result, depth=limits.result_depth) == outcome.result
        and len(result.encode()) <= limits.result_bytes + ENVELOPE
        and len(outcome.error.encode()) <= limits.result_bytes + ENVELOPE
        and len(outcome.stdout) <= limits.output_bytes
        and (outcome.ok or outcome.result is None)
        and not (outcome.ok and outcome.error)
    )


SHORT: Final = [
    kind if kind.id != "unconfined" else pytest.param(*kind.values, id=kind.id, marks=[*kind.marks, pytest.mark.soak])
    for kind in KINDS
]
"""The kind without walls holds up the same way, and is tried in soak."""


@pytest.fixture(scope="module", params=SHORT)
def sandbox(request: pytest.FixtureRequest) -> Iterator[ForkedSandbox]:
    """One of each kind, with room for a poisoned call and innocent ones at once."""
    one = cast("Kind", request.param)(limits=LIMITS, concurrency=3)
    run_sync(one.__aenter__())
    yield one
    run_sync(one.__aexit__())


async def beside_innocent_calls(sandbox: ForkedSandbox, poisoned: Function) -> Outcome:
    """The poisoned call's outcome; innocent ones before, beside and after it get what is theirs."""
    first, outcome, *rest = await asyncio.gather(
        sandbox.call(INNOCENT, {"n": 0}),
        sandbox.call(poisoned, {}),
        *(sandbox.call(INNOCENT, {"n": n}) for n in range(1, 5)),
    )
    assert [is_innocent(one, n) for n, one in enumerate([first, *rest])] == [True] * 5
    assert obeys(outcome, sandbox.limits)
    return outcome


@pytest.mark.parametrize("what", FORGERIES)
async def test_a_forged_answer_obeys_the_rules_and_touches_no_other_call(sandbox: ForkedSandbox, what: str) -> None:
    line, status = FORGERIES[what]
    outcome = await beside_innocent_calls(sandbox, poison(f"send({line!r})\nreturn 'honest'"))
    assert (outcome.status, outcome.result) == (status, "forged" if status == "ok" else None)


@pytest.mark.parametrize("what", HOSTILE)
async def test_hostile_code_costs_its_own_call_alone(sandbox: ForkedSandbox, what: str) -> None:
    body, statuses = HOSTILE[what]
    before = descriptors()
    outcome = await beside_innocent_calls(sandbox, poison(body))
    assert outcome.status in statuses.split(), outcome
    assert outcome.seconds < 30  # nothing of a minute's sleep
    assert descriptors() <= before + 9  # the prepared children's, and none of learned code's


@pytest.mark.parametrize("what", PRINTED)
async def test_what_is_printed_is_no_answer_and_always_text(sandbox: ForkedSandbox, what: str) -> None:
    body, printed = PRINTED[what]
    outcome = await beside_innocent_calls(sandbox, poison(body))
    assert (outcome.status, outcome.result, outcome.stdout) == ("ok", 1, printed)


ANSWERS: Final = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [b"ready\n", b"\n", b"{", b'"', FORGERIES["an answer"][0], OK_, b"1}\n", b"}\n", b'{"status":"error"}\n']
    ),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ).map(lambda value: OK_ + json.dumps(value).encode() + b"}\n"),
)
"""What may be written to a channel: noise, halves of answers, and whole ones."""


@settings(max_examples=15)
@given(blocks=st.lists(ANSWERS, max_size=5), pause=st.sampled_from([0, 0.002]), returns=st.booleans())
def test_the_first_line_counts_however_it_is_written(
    sandbox: ForkedSandbox, blocks: list[bytes], pause: float, returns: bool
) -> None:
    body = f"for block in {blocks!r}:\n    send(block)\n    time.sleep({pause})\n"
    outcome = run_sync(beside_innocent_calls(sandbox, poison(body + ("return 'honest'" if returns else "os._exit(0)"))))
    written = b"".join(blocks) + (b'{"status":"ok","result":"honest"}\n' if returns else b"")
    exchange = Exchange(kind="exit", started=True, report=b'{"exit": 0, "cpu": 0.0}')
    if b"\n" in written:
        exchange = Exchange(kind="answer", started=True, answer=bytearray(written[: written.index(b"\n")]))
    expected = judge(exchange, LIMITS)
    assert (outcome.status, outcome.result, outcome.error) == (expected.status, expected.result, expected.error)


async def test_floods_do_not_grow_the_caller(sandbox: ForkedSandbox) -> None:
    floods = [
        poison("while True: send(b'x' * 65536)"),
        poison("while True: os.write(1, b'x' * 65536)"),
        poison("while True: send(b'{' * 65536 + b'\\n')"),
        poison("return 'x' * 10**8"),
    ]
    await asyncio.gather(*(sandbox.call(flood, {}) for flood in floods))
    forget_peak()
    before = memory("VmRSS")
    outcomes = await asyncio.gather(*(sandbox.call(flood, {}) for flood in floods * 3))
    assert not any(outcome.ok for outcome in outcomes)
    assert memory("VmHWM") - before < 20 << 10


def forget_peak() -> None:
    """The peak of memory counts from now on: proc_pid_clear_refs(5)."""
    Path("/proc/self/clear_refs").write_text("5")


def memory(kind: str) -> int:
    """Kibibytes this process has in memory, or had at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{kind}:"))


async def test_what_a_cell_forges_for_the_next_touches_no_other_session(sandbox: ForkedSandbox) -> None:
    async with sandbox.session() as poisoned, sandbox.session() as innocent:
        assert (await innocent.run("x = 1")).ok
        await poisoned.run(HELP + "import threading\nthreading.Timer(0.05, send, [b'ready\\n' + FORGED]).start()\n1")
        await asyncio.sleep(0.1)
        assert (await poisoned.run("time.sleep(2)\n2")).result == "forged"
        outcome = await innocent.run("print('mine')\nx + 1")
        assert (outcome.result, outcome.stdout) == (2, "mine\n")


@pytest.mark.parametrize(
    "breaks",
    [
        "send(b'no answer')",
        "os.closerange(3, 64)",
        "import socket; socket.socket.sendall = lambda *_: time.sleep(60)",
        "sys.modules['json'].loads = lambda *_: 1 / 0",
        "import builtins; del builtins.len, builtins.compile, builtins.exec",
    ],
)
@every_kind
async def test_an_interpreter_that_breaks_itself_has_an_outcome_and_starts_afresh(kind: Kind, breaks: str) -> None:
    limits = LIMITS.model_copy(update={"wall_seconds": 0.5, "start_seconds": 2.0})
    async with kind(limits=limits, concurrency=2) as sandbox, sandbox.session() as cells:
        await cells.run(f"{HELP}{breaks}\n")
        outcomes = [await cells.run("1 + 1") for _ in range(3)]
        for _ in range(10):  # a machine may stand still for half a second
            if outcomes[-1].status == "timeout":
                outcomes.append(await cells.run("1 + 1"))
        assert all(obeys(outcome, limits) for outcome in outcomes)
        assert outcomes[-1].result == 2


KINDS_OF_END: Final[tuple[EndKind, ...]] = ("answer", "flood", "printed", "exit", "timeout", "late")


@given(
    kind=st.sampled_from(KINDS_OF_END),
    answer=ANSWERS | st.binary(max_size=300),
    printed=st.binary(max_size=200),
    code=st.integers(-64, 255),
    cpu=st.floats(0, 1e6),
)
def test_whatever_came_of_a_call_has_an_outcome(
    kind: EndKind, answer: bytes, printed: bytes, code: int, cpu: float
) -> None:
    limits = Limits(output_bytes=100, result_bytes=200, result_depth=5)
    report = json.dumps({"exit": code, "cpu": cpu}).encode()
    exchange = Exchange(kind=kind, started=True, answer=bytearray(answer), printed=bytearray(printed), report=report)
    assert obeys(judge(exchange, limits), limits)


Happening = tuple[str, bytes]


@given(
    happenings=st.lists(st.tuples(st.sampled_from(["answer", "print"]), ANSWERS | st.just(b"x" * 500))),
    ready=st.booleans(),
    report=st.sampled_from([b"", b'{"exit": 1, "cpu": 0.5}']),
)
def test_a_reader_takes_anything_in_any_order_and_no_more_than_allowed(
    happenings: Sequence[Happening], ready: bool, report: bytes
) -> None:
    limits = Limits(output_bytes=100, result_bytes=200)

    async def read() -> tuple[Exchange, EndKind | None]:
        exchange = Exchange()
        async with asyncio.timeout(60) as clock:
            reader = Reader(exchange, limits, clock)
            if ready:
                reader.answer(b"rea")
                reader.answer(b"dy\n")
            for kind, block in happenings:
                getattr(reader, kind)(block)
                await asyncio.sleep(0)
            if report:
                reader.report(report)
            return exchange, reader.end.result() if reader.end.done() else None

    exchange, end = asyncio.run(read())
    assert len(exchange.printed) <= limits.output_bytes + 1
    assert len(exchange.answer) <= limits.result_bytes + ENVELOPE + 500
    assert not ready or exchange.started
    if end is not None and end != "lost":
        exchange.kind = end
        assert end != "answer" or b"\n" not in exchange.answer
        assert obeys(judge(exchange, limits), limits)


@pytest.mark.parametrize("block", [1000, 65_536, 10**6])
async def test_an_answer_too_long_is_refused_however_it_comes_in(block: int) -> None:
    sent = READY + b"x" * (LIMITS.result_bytes + ENVELOPE + 1) + b"\n"
    async with asyncio.timeout(60) as clock:
        reader = Reader(Exchange(), LIMITS, clock)
        for start in range(0, len(sent), block):
            reader.answer(sent[start : start + block])
        assert await reader.end == "flood"
