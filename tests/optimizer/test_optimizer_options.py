"""The optimizer's options that leave out a part of it: the credit in its prompt, the calls admission makes."""

import difflib

import pytest
from contexts import PACKAGES, context, rejected
from hypothesis import given
from hypothesis import strategies as st
from stepping import END, Stepper, one_shot, whole
from test_context_too_long import long_context

from support import ADD_CODE, StubSandbox, add, having, proposal, results_of, says
from toolwright.config.changes import check_changes
from toolwright.config.load import parse_config
from toolwright.config.schema import OptimizerOptions
from toolwright.errors import ConfigError, RunError
from toolwright.events import ActionAdmitted, ActionRefused
from toolwright.optimizer.actions import ACTIONS
from toolwright.optimizer.step_prompt import Update, step_prompt, system_prompt

MODELS = {"models": {"agent": "test:agent"}}
EXAMPLE = {"arguments": {"a": 1, "b": 2}, "result": 700}
NEW = proposal("new", ADD_CODE.replace("add", "new"), EXAMPLE)
REVISED = proposal("add", "def add(a: int, b: int) -> int:\n    return a * b\n", EXAMPLE)


def changed(before: str, after: str) -> list[str]:
    """The lines that differ, with their signs."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line[0] in "+-"]


@pytest.mark.parametrize("update", ["progressive", "one_shot"])
def test_without_credit_nothing_but_the_credit_is_left_out_of_the_prompt(update: Update):
    def prompt(*, show_credit: bool) -> str:
        told = context(failures=rejected(0.5))
        return step_prompt(told, PACKAGES, tokens=24_000, actions=3, show_credit=show_credit, update=update)[0]

    gone = changed(prompt(show_credit=True), prompt(show_credit=False))
    assert gone
    assert [line for line in gone if not line.startswith(("- Use of each function", "- - add: ", "- - sub: "))] == []


@pytest.mark.parametrize("update", ["progressive", "one_shot"])
def test_where_every_set_is_kept_the_prompt_does_not_say_that_only_a_better_one_is(update: Update):
    def prompt(*, compared: bool) -> str:
        told = context().model_copy(update={"compared": compared})
        return step_prompt(told, PACKAGES, tokens=24_000, actions=3, update=update)[0]

    gone, now = changed(prompt(compared=True), prompt(compared=False))
    assert ("kept only if it does better" in gone, "kept only" in now) == (True, False)


async def test_without_trying_no_example_and_no_past_call_is_made_and_the_model_hears_only_that_it_was_admitted():
    sandbox = StubSandbox()
    stepper = Stepper([says(add_function=NEW), says(revise_function=REVISED), END], sandbox, try_examples=False)
    made = await stepper.step(context(having(add())))
    assert sandbox.calls == []
    assert made.candidate.functions.get("add").source == REVISED["code"]
    assert stepper.told == [
        "Admitted.\nThe functions are now: add, new. Actions left in this round: 2.",
        "Admitted.\nThe functions are now: add, new. Actions left in this round: 1.",
    ]
    assert [(event.notes, event.tried) for event in stepper.events.of(ActionAdmitted)] == [((), ()), ((), ())]
    assert stepper.model.last.tools[: len(ACTIONS)] == ACTIONS


async def test_without_trying_the_checks_of_the_source_stay():
    wrong = NEW | {"code": "import os\n\ndef new(a: int, b: int): pass\n"}
    remembering = NEW | {
        "code": 'def new(a: int, b: int) -> str:\n    return "word word word word word word word word word"\n'
    }
    stepper = Stepper(
        [says(add_function=each) for each in (wrong, remembering)] + [END], StubSandbox(), try_examples=False
    )
    made = await stepper.step(long_context(tasks=4))
    assert made.candidate == having(add())
    first, second = (event.reason for event in stepper.events.of(ActionRefused))
    assert first.startswith("line 1: 'os' may not be imported")
    assert "quotes a training task" in second
    assert results_of(stepper.model.last) == [
        f"Refused: {second}\nNo action is used up; 3 refusals in a row end the round."
    ]


async def test_without_trying_a_whole_set_is_admitted_by_its_source_alone_too():
    stepper = one_shot([whole(NEW, REVISED)], sandbox := StubSandbox(), try_examples=False)
    made = await stepper.step(context(having(add())))
    assert sandbox.calls == []
    assert made.candidate.functions.names == ("add", "new")


@pytest.mark.parametrize("code_calls", [0, 8])
@pytest.mark.parametrize("update", ["progressive", "one_shot"])
def test_without_trying_the_instructions_promise_no_examples_that_are_run(update: Update, code_calls: int):
    before, after = (system_prompt(code_calls, update, try_examples=tried) for tried in (True, False))
    lines = [line for line in changed(before, after) if line.startswith("+")]
    assert [line.removeprefix("+ - ").partition(":")[0].partition(".")[0] for line in lines] == [
        "A rule that no text states must be found from questions and targets",
        "Every function is admitted after a look at its code alone; your examples are not run",
    ]
    assert (
        "and what its examples returned"
        not in step_prompt(context(), PACKAGES, tokens=24_000, actions=3, try_examples=False)[0]
    )


options = st.builds(
    OptimizerOptions,
    update=st.sampled_from(["progressive", "one_shot"]),
    credit=st.booleans(),
    try_examples=st.booleans(),
)


@given(options, options)
def test_a_run_goes_on_with_the_same_options_only(kept: OptimizerOptions, given_options: OptimizerOptions):
    was, now = ({"optimizer": each.model_dump(mode="json")} for each in (kept, given_options))
    if kept == given_options:
        assert check_changes(was, now, "r") == []
        return
    with pytest.raises(RunError) as caught:
        check_changes(was, now, "r")
    for key in ("update", "credit", "try_examples"):
        assert (f"optimizer.{key}: was" in str(caught.value)) == (getattr(kept, key) != getattr(given_options, key))


def test_a_configuration_names_them_and_an_unknown_way_is_refused_with_those_there_are():
    table = {"update": "one_shot", "credit": False, "try_examples": False}
    assert parse_config({**MODELS, "optimizer": table}, "c.toml").optimizer == OptimizerOptions.model_validate(table)
    with pytest.raises(ConfigError, match=r"'optimizer.update': .*'progressive' or 'one_shot', not 'whole'"):
        parse_config({**MODELS, "optimizer": {"update": "whole"}}, "c.toml")
