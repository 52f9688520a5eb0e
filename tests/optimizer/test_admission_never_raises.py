"""Whatever a model sends, admission admits or says why not."""

import json
import string
from typing import Any

from admitting import Admitting, admission, call
from hypothesis import given, settings
from hypothesis import strategies as st

from support import ADD_CODE, StubSandbox, add, function, having, proposal, rolled, sums
from toolwright.evaluations import Evaluation
from toolwright.functions import Function, FunctionSet
from toolwright.messages import ToolCall
from toolwright.optimizer.actions import Terminate, parse_action
from toolwright.optimizer.admission import Admitted, Refused
from toolwright.parameters import Parameters
from toolwright.sandbox import ConfinedSandbox
from toolwright.sandbox.arguments import argument_fault
from toolwright.trajectories import Call, Outcome

NAMES = ["add_function", "revise_function", "remove_function", "terminate"]
CANDIDATE = having(add(), function("kept", "def kept(a=None): return a\n", frozen=True))
NASTY = ["\0", "\u2028", "\r", "\x0c", "\ufeff", "é" * 99, "{", '"', "'''", "\\", "-" * 9_999, "(" * 300]
HALVES = ["\ud800", "\udfff\ud800"]

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(NASTY)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([10**400, -0.0, 2**63])
leaves = st.none() | st.booleans() | numbers | texts
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=10
)
unsound = anything | st.sampled_from([float("nan"), float("inf"), 10**4300 - 1, *HALVES])


def deep(levels: int, bracket: str = "[") -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value] if bracket == "[" else {"a": value}
    return value


deeps = st.builds(deep, st.integers(0, 130), st.sampled_from("[{"))
DEFINITIONS = ["def add(a: int, b: int):", "def add(a, b=", "):", "async ", "class A:", "@x", "lambda: ", "match a:"]
STATEMENTS = [
    "import math",
    "import os",
    "from . import x",
    "\n",
    "\n    ",
    "return ",
    "a",
    "+",
    "(",
    ")",
    "[",
    "]",
    "#",
]
TEXTS_AND_NUMBERS = ["'''", '"', "\\", "\\d", "é", "1e999", "0x", "9" * 5000, "1_0", "b'x'", "..."]
HINTS = ["*a", "**k", "/, ", "-> int", ": list[", "Literal[", "'int'", "Optional[", " | None"]
LONG = [".a" * 3000, "not " * 3000, "1+" * 3000, "[" * 90]
fragments = st.sampled_from([*DEFINITIONS, *STATEMENTS, *TEXTS_AND_NUMBERS, *HINTS, *LONG, *NASTY])
sources = st.one_of(
    texts,
    st.lists(fragments, max_size=14).map("".join),
    st.lists(fragments, max_size=4).map(lambda parts: ADD_CODE + "".join(parts)),
    st.tuples(st.integers(0, len(ADD_CODE)), fragments).map(lambda at: ADD_CODE[: at[0]] + at[1] + ADD_CODE[at[0] :]),
    st.tuples(st.integers(0, len(ADD_CODE)), st.integers(1, 9)).map(lambda at: ADD_CODE[: at[0]] + ADD_CODE[sum(at) :]),
    st.text(string.printable, max_size=30).map(lambda body: f"def add(a: int, b: int):\n    {body}\n"),
    st.sampled_from(["a", "b"]).map(lambda name: f"def add(a, b):\n    return {name}\n"),
)
arguments = st.fixed_dictionaries({"a": st.integers() | anything | deeps, "b": st.integers() | anything})
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "code": sources,
    "examples": st.lists(
        st.fixed_dictionaries({"arguments": arguments}, optional={"result": anything | deeps}), min_size=1, max_size=5
    ),
    "name": st.sampled_from(["add", "kept", "new_one", "sum", "Add"]) | texts,
    "description": texts,
    "arguments": st.dictionaries(st.sampled_from(["a", "b"]), texts),
    "reason": texts,
}


@st.composite
def near_valid(draw: st.DrawFn) -> str:
    """A proposal of the right shape, one or two fields of which say something else, as JSON text."""
    good = proposal("add", ADD_CODE, {"arguments": {"a": 1, "b": 2}, "result": 3})
    for field in draw(st.sets(st.sampled_from(["code", "examples", *FIELDS]), min_size=1, max_size=2)):
        good[field] = draw(FIELDS[field])
    return json.dumps(good)


@st.composite
def misshapen(draw: st.DrawFn) -> str:
    """A proposal that lacks a field, has one too many, or one of another type."""
    good = json.loads(draw(near_valid()))
    field = draw(st.sampled_from(list(FIELDS)))
    how = draw(st.sampled_from(["lacking", "extra", "other", "quoted", "deep"]))
    if how == "lacking":
        del good[field]
    else:
        changed = {"extra": 1, "other": draw(unsound), "quoted": json.dumps(good[field]), "deep": draw(deeps)}
        good[draw(texts) if how == "extra" else field] = changed[how]
    return json.dumps(good, ensure_ascii=draw(st.booleans()))


nests = st.integers(1, 200_000).map(lambda levels: '{"name":' + "[" * levels)
any_text = st.one_of(misshapen(), unsound.map(json.dumps), st.text(st.characters(), max_size=20), nests)
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


async def take(one: Admitting, sent: ToolCall, candidate: Parameters) -> Admitted | Refused | str:
    """What a step does with a call: the verdict, or what the parsing says."""
    try:
        action = parse_action(sent)
    except ValueError as error:
        return str(error)
    return "the end" if isinstance(action, Terminate) else await one.admit(action, candidate)


def check(verdict: Admitted | Refused | str, candidate: Parameters) -> None:
    if isinstance(verdict, Admitted):
        assert verdict.parameters != candidate
        assert set(candidate.functions.names) - {"add"} <= set(verdict.parameters.functions.names)
        assert FunctionSet.model_validate_json(verdict.parameters.functions.model_dump_json())
    else:
        assert verdict if isinstance(verdict, str) else verdict.reason


@given(st.sampled_from(["add_function", "revise_function"]), near_valid(), outcomes)
async def test_admission_never_raises_on_a_proposal_of_the_right_shape(name: str, text: str, outcome: Outcome):
    def runs(tried: Function, given: dict[str, Any]) -> Outcome:
        assert argument_fault(tried.parameters, given) is None
        return outcome

    candidate = CANDIDATE if name == "revise_function" else Parameters()
    one = admission(StubSandbox(runs), candidate, history())
    for _ in range(2):  # what is refused once may be admitted when sent again
        check(await take(one, call(name, text), candidate), candidate)


@given(st.sampled_from(NAMES) | texts, any_text)
async def test_nor_on_any_other_text_or_json_that_a_model_may_send(name: str, text: str):
    check(await take(admission(StubSandbox()), call(name, text), CANDIDATE), CANDIDATE)


@settings(max_examples=15, deadline=None)
@given(near_valid())
async def test_nor_with_the_real_sandbox(sandbox: ConfinedSandbox, text: str):
    check(await take(admission(sandbox), call("add_function", text), Parameters()), Parameters())


async def test_every_depth_of_nesting_is_tried_or_told():
    good = proposal("add", "def add(a, b):\n    return a\n")
    for levels in [1, 10, 50, 90, 95, 97, 98, 99, 100, 101, 150, 254, 255, 256, 400, 900, 990, 1000, 1100]:
        text = json.dumps(good).replace('"examples": []', '"examples": [{"arguments": {"b": 1, "a": DEEP}}]')
        sent = call("add_function", text.replace("DEEP", "[" * levels + "]" * levels))
        verdict = await take(admission(StubSandbox()), sent, Parameters())
        assert isinstance(verdict, Admitted) or "nested" in str(verdict)
        assert isinstance(verdict, Admitted) == (levels < 97)
