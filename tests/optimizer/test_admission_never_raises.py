"""Whatever a model sends, admission admits or says why not."""

import json
import string
from typing import Any

from admitting import admission, call
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from support import ADD_CODE, StubSandbox, add, function, having, proposal, rolled, sums
from toolwright.evaluations import Evaluation
from toolwright.functions import Function
from toolwright.messages import ToolCall
from toolwright.optimizer.actions import Terminate, parse_action
from toolwright.optimizer.admission import Admission, Admitted, Refused
from toolwright.parameters import Parameters
from toolwright.sandbox import ProcessSandbox
from toolwright.sandbox.arguments import argument_fault
from toolwright.trajectories import Call, Outcome

NAMES = ["add_function", "revise_function", "remove_function", "terminate"]
CANDIDATE = having(add(), function("kept", "def kept(a=None): return a\n", frozen=True))
NASTY = [
    "\0",
    "\ud800",
    "\udfff\ud800",
    "\u2028",
    "\r",
    "\x0c",
    "\ufeff",
    "é" * 99,
    "{",
    '"',
    "'''",
    "\\",
    "-" * 9_999,
    "(" * 300,
]

texts = st.text(st.characters(), max_size=12) | st.sampled_from(NASTY)
numbers = st.integers() | st.floats() | st.sampled_from([10**400, -(10**4000), 0.1, 1e308, -0.0, 2**63])
leaves = st.none() | st.booleans() | numbers | texts
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=10
)


def deep(levels: int, bracket: str = "[") -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value] if bracket == "[" else {"a": value}
    return value


deeps = st.builds(deep, st.integers(0, 300), st.sampled_from("[{"))
fragments = st.sampled_from(
    ["def add(a: int, b: int):", "def add(a, b=", "):", "\n", "\n    ", "return ", "a", "+", "(", ")", "[", "]", "lambda: ", "0x"]
    + ["import math", "import os", "from . import x", "async ", "class A:", "@x", "'''", '"', "\\", "#", "é", "1e999", "9" * 5000]
    + ["match a:", "case _:", "*a", "**k", "/, ", "-> int", ": list[", "Literal[", ".a" * 3000, "not " * 3000, "1+" * 3000, *NASTY]
)  # fmt: skip
sources = st.one_of(
    texts,
    st.lists(fragments, max_size=14).map("".join),
    st.lists(fragments, max_size=4).map(lambda parts: ADD_CODE + "".join(parts)),
    st.tuples(st.integers(0, len(ADD_CODE)), fragments).map(lambda at: ADD_CODE[: at[0]] + at[1] + ADD_CODE[at[0] :]),
    st.text(string.printable, max_size=30).map(lambda body: f"def add(a: int, b: int):\n    {body}\n"),
)
arguments = st.dictionaries(st.sampled_from(["a", "b"]) | texts, st.integers() | anything | deeps, max_size=3)
examples = st.fixed_dictionaries({"arguments": arguments | anything}, optional={"result": anything | deeps})
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(["add", "kept", "new_one", "sum", "Add"]) | texts,
    "description": texts,
    "arguments": st.dictionaries(st.sampled_from(["a", "b"]), texts) | anything,
    "code": sources,
    "examples": st.lists(examples, max_size=6) | anything,
    "reason": texts,
}


@st.composite
def near_valid(draw: st.DrawFn) -> str:
    """A proposal with some fields changed, lacking or added, as JSON text."""
    good = proposal("add", ADD_CODE, {"arguments": {"a": 1, "b": 2}, "result": 3})
    for field in draw(st.sets(st.sampled_from(list(FIELDS)), max_size=3)):
        good[field] = draw(FIELDS[field] | anything)
        if draw(st.integers(0, 9)) == 0:
            good[field] = json.dumps(good[field])
    if draw(st.booleans()):
        good.pop(draw(st.sampled_from(list(FIELDS))), None)
    if draw(st.integers(0, 4)) == 0:
        good[draw(texts)] = draw(anything)
    return json.dumps(good, ensure_ascii=draw(st.booleans()))


written = st.one_of(
    near_valid(), anything.map(json.dumps), texts, st.integers(1, 200_000).map(lambda n: '{"name":' + "[" * n)
)
names = st.sampled_from(NAMES) | texts
outcomes = st.one_of(
    st.builds(Outcome, status=st.just("ok"), result=st.integers() | texts | st.just(deep(90))),
    st.builds(Outcome, status=st.sampled_from(["error", "timeout", "memory", "output", "crashed"]), error=texts),
)


def history() -> Evaluation:
    tasks = sums(1)
    past = Call(
        turn=0, index=0, kind="function", name="add", arguments={"a": 1, "b": 2}, outcome=Outcome(status="ok", result=3)
    )
    return Evaluation(
        parameters="p", tasks=tasks.digest, split="train", results=(rolled(tasks.tasks[0], 1.0, calls=(past,)),)
    )


async def take(one: Admission, sent: ToolCall, candidate: Parameters) -> Admitted | Refused | None:
    """What a step does with a call; anything but a ValueError of the parsing is a fault."""
    try:
        action = parse_action(sent)
    except ValueError as error:
        assert str(error)
        return None
    if isinstance(action, Terminate):
        return None
    return await one.admit(action, candidate)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(names, written, outcomes, st.booleans())
@example("add_function", '{"name": "\\ud800"}', Outcome(status="ok"), False)
@example("add_function", json.dumps(proposal("add", "x = " + "9" * 5000)), Outcome(status="ok"), False)
async def test_admission_never_raises_whatever_a_model_sends(name: str, text: str, outcome: Outcome, present: bool):
    ran: list[dict[str, Any]] = []

    def runs(tried: Function, given: dict[str, Any]) -> Outcome:
        assert argument_fault(tried.parameters, given) is None
        ran.append(given)
        return outcome

    candidate = CANDIDATE if present else Parameters()
    one = admission(StubSandbox(runs), candidate, history())
    for _ in range(2):  # what is refused once may be admitted when sent again
        verdict = await take(one, ToolCall(id="c", name=name, arguments=text), candidate)
        if isinstance(verdict, Refused):
            assert verdict.reason
        if isinstance(verdict, Admitted):
            assert verdict.parameters != candidate
            assert "kept" in verdict.parameters.functions or not present
            verdict.parameters.model_dump_json()


@settings(max_examples=200)
@given(near_valid())
async def test_proposals_that_are_nearly_right_get_far_enough_to_be_tried(text: str):
    await take(admission(StubSandbox()), call("add_function", text), Parameters())


@settings(max_examples=12, deadline=None)
@given(near_valid())
async def test_nor_does_it_with_the_real_sandbox(sandbox: ProcessSandbox, text: str):
    await take(admission(sandbox), call("add_function", text), Parameters())


async def test_every_depth_of_nesting_is_told_or_tried():
    for levels in range(1, 400, 7):
        good = proposal("add", "def add(a, b):\n    return a\n", {"arguments": {"a": deep(levels), "b": 1}})
        verdict = await take(admission(StubSandbox()), call("add_function", good), Parameters())
        assert isinstance(verdict, Admitted) == (levels < 90) or 90 <= levels <= 100
