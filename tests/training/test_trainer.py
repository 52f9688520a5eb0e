import asyncio
import re
from pathlib import Path
from typing import Any, Literal

import pytest
from whole_runs import ADD, DONE, WORSE, adds_where_it_can, kept_evaluations, trainer

from support import Events, ScriptedModel, StubSandbox, add, calling, having, results_of, sums
from toolwright import FunctionSet, Trainer
from toolwright.api import TrainingOptions
from toolwright.config.schema import Training
from toolwright.errors import ConfigError, DataError, SandboxError
from toolwright.events import RunFinished, RunStarted, SandboxStarted, Warned
from toolwright.models.ledger import Limits
from toolwright.parts import checked_gate
from toolwright.report.figures import figures_of
from toolwright.runs.folder import RunFolder
from toolwright.runs.store import RunStore
from toolwright.sandbox import ConfinedSandbox, Report, UnconfinedSandbox
from toolwright.tasks import Task
from toolwright.training.gates import PairedGate, StrictImprovement
from toolwright.training.trainer import Splits

TRAIN, VALIDATION, TEST = sums(3, start=1), sums(2, start=10), sums(2, start=20)


def half(task: Task, answer: str) -> float:
    """Half a point for what is right: however good the functions are, something is left to gain."""
    return (answer == task.target) / 2


def test_a_training_from_end_to_end(tmp_path: Path):
    events = Events()
    one = trainer(adds_where_it_can, [ADD, DONE], tmp_path, events=[events], gate="strict")
    result = one.fit(TRAIN, VALIDATION, TEST)
    assert result.end == "nothing_to_gain"
    assert result.functions.names == ("add",)
    assert result.validation is not None
    assert result.test is not None
    for before_after in (result.train, result.validation, result.test):
        assert (before_after.before.mean, before_after.after.mean) == (0.0, 1.0)
    assert result.usage["agent"].requests == 3 + 2 + 6 + 4 + 2 + 4
    assert result.usage["optimizer"].requests == 2
    assert [type(event) for event in events.seen[:2]] == [SandboxStarted, RunStarted]
    assert isinstance(events.seen[-1], RunFinished)


def test_what_was_learned_is_saved_and_loads(tmp_path: Path):
    result = trainer(adds_where_it_can, [ADD, DONE], tmp_path / "runs", epochs=1).fit(TRAIN)
    assert FunctionSet.load(result.save(tmp_path / "learned")) == result.functions
    assert FunctionSet.load(Path(result.folder) / "functions") == result.functions


async def test_fit_works_inside_a_running_loop(tmp_path: Path):
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    result = trainer(adds_where_it_can, [ADD, DONE], tmp_path, epochs=1).fit(TRAIN)
    ticking.cancel()
    assert result.train.after.mean == 1.0


def test_a_trainer_can_be_used_again(tmp_path: Path):
    one = trainer(adds_where_it_can, [ADD, DONE, ADD, DONE], tmp_path, epochs=1)
    first, second = one.fit(TRAIN), one.fit(TRAIN)
    assert first.best == second.best
    assert first.folder != second.folder


def test_without_a_run_folder_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    result = trainer(adds_where_it_can, [ADD, DONE], None, epochs=1).fit(TRAIN)
    assert result.folder == ""
    assert list(tmp_path.iterdir()) == []


def test_the_gate_reads_validation_only_and_the_optimizer_train_only(tmp_path: Path):
    optimizer = ScriptedModel([ADD, DONE])
    result = trainer(adds_where_it_can, optimizer, tmp_path, epochs=1, gate="strict").fit(TRAIN, VALIDATION, TEST)
    assert result.epochs[1].reason == "better: 1.000 against 0.000 on validation"
    texts = "".join(message.text for _, request in optimizer.requests for message in request.messages)
    assert all(task.question in texts for task in TRAIN.tasks)
    assert not any(task.question in texts for task in (*VALIDATION.tasks, *TEST.tasks))


def test_no_request_of_the_agent_in_the_journal_holds_a_target(tmp_path: Path):
    result = trainer(adds_where_it_can, [ADD, DONE], tmp_path, epochs=1, gate="strict").fit(TRAIN, VALIDATION, TEST)
    with RunStore.read(Path(result.folder) / "run.sqlite") as store:
        agent = list(store.requests("agent"))
        optimizer = "".join(kept.request.model_dump_json() for kept in store.requests("optimizer"))
    targets = [str(task.target) for tasks in (TRAIN, VALIDATION, TEST) for task in tasks.tasks]
    asked = [kept.request for kept in agent if not results_of(kept.request)]
    assert asked
    assert not any(target in request.model_dump_json() for request in asked for target in targets)
    assert all(str(task.target) in optimizer for task in TRAIN.tasks)


def test_evaluate_scores_any_functions_on_any_tasks_and_learns_nothing(tmp_path: Path):
    made = trainer(adds_where_it_can, [], tmp_path, functions=FunctionSet(functions=(add(),))).evaluate(TEST)
    assert (made.mean, made.split) == (1.0, "evaluation")


def test_a_users_own_functions_are_the_start_and_frozen_ones_stay(tmp_path: Path):
    functions = having(add()).functions.freeze()
    folder = functions.save(tmp_path / "mine")
    optimizer = ScriptedModel([ADD, DONE])
    options: dict[str, Any] = {"functions": folder, "scorer": half, "epochs": 1}
    result = trainer(adds_where_it_can, optimizer, tmp_path / "runs", **options).fit(TRAIN)
    assert result.start.functions == functions
    assert "there is a function 'add' already" in results_of(optimizer.last)[0]


def test_a_limit_ends_the_run_cleanly_with_the_best_so_far_and_the_test_it_had_reserved(tmp_path: Path):
    script = [ADD, DONE, *[WORSE, DONE] * 9]
    options: dict[str, Any] = {"scorer": half, "limits": Limits(requests=30), "epochs": 10, "patience": 10}
    result = trainer(adds_where_it_can, script, tmp_path, **options).fit(TRAIN, test=TEST)
    assert (result.end, result.functions.names) == ("budget", ("add",))
    assert sum(usage.requests for usage in result.usage.values()) <= 30
    assert result.test is not None
    assert result.test.after.mean == 0.5


def test_a_test_that_the_budget_does_not_reach_is_said_to_be_unread(tmp_path: Path):
    events = Events()
    limits = Limits(requests=14)
    result = trainer(adds_where_it_can, [ADD, DONE], tmp_path, epochs=1, limits=limits, events=[events]).fit(
        TRAIN, test=sums(12, start=20)
    )
    assert result.test is None
    assert "the sealed test could not be read to its end" in result.end_text
    assert "14 used, 1 more needed" in result.end_text
    assert events.of(Warned)


def test_a_limit_below_the_first_evaluation_ends_the_run_cleanly_with_the_starting_set(tmp_path: Path):
    result = trainer(adds_where_it_can, [], tmp_path, gate="strict", limits=Limits(requests=2)).fit(
        TRAIN, VALIDATION, TEST
    )
    assert (result.end, result.best, result.test) == ("budget", result.start, None)
    assert "the limit of 2 requests is reached" in result.end_text
    assert not result.train.before.complete
    assert result.epochs[0].reason == "the starting set, not evaluated to the end"
    assert (result.epochs[0].train, result.epochs[0].validation) == (None, None)
    found = figures_of(result)
    assert (found.state, sum(split.scored for split in found.splits)) == ("unfinished", 2)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"epochs": -1}, "epochs: Input should be greater than or equal to 0, not -1"),
        ({"agent": object()}, "is no agent; it needs a `name` and `async def run"),
    ],
)
def test_a_wrong_argument_is_named(arguments: dict[str, Any], text: str):
    with pytest.raises(ConfigError, match=re.escape(text)):
        Trainer("openai:gpt-5-mini", **arguments)


def test_the_run_folder_keeps_what_the_training_was_made_of(tmp_path: Path):
    result = trainer(adds_where_it_can, [DONE], tmp_path, epochs=1, limits=Limits(requests=99)).fit(TRAIN)
    with RunFolder.read(result.folder) as folder:
        config = folder.config
    assert set(config) == {"agent", "models", "scorer", "optimizer", "training", "limits", "sandbox", "functions"}
    assert (config["scorer"], config["sandbox"]) == ({"kind": "exact"}, {"kind": "confined"})
    assert isinstance(config["limits"], dict)
    assert config["limits"]["requests"] == 99


def test_the_run_keeps_how_learned_code_was_confined_and_what_was_tried_against_it(tmp_path: Path):
    result = trainer(adds_where_it_can, [DONE], tmp_path, epochs=1).fit(TRAIN)
    with RunFolder.read(result.folder) as folder:
        (started,) = [timed.event for timed in folder.store.events() if isinstance(timed.event, SandboxStarted)]
        summary = folder.summary
    report = Report.model_validate(started.report)
    assert (started.sandbox, report) == (result.sandbox, result.confinement)
    assert [layer.name for layer in report.layers] == ["namespaces", "landlock", "seccomp", "limits"]
    assert report.verdicts
    assert all(verdict.held for verdict in report.verdicts)
    assert summary is not None
    assert summary["confinement"] == started.report


def test_a_sandbox_of_ones_own_need_not_say_how_it_confines(tmp_path: Path):
    result = trainer(adds_where_it_can, [DONE], tmp_path, epochs=1, sandbox=StubSandbox()).fit(TRAIN)
    assert (result.sandbox, result.confinement) == ("stub", None)


def test_a_sandbox_that_does_not_start_costs_nothing_and_leaves_no_run(tmp_path: Path):
    agent = ScriptedModel([])
    broken = ConfinedSandbox(python=tmp_path / "nowhere")
    with pytest.raises(SandboxError, match="nowhere"):
        trainer(agent, [], tmp_path / "runs", sandbox=broken).fit(TRAIN)
    assert agent.requests == []
    assert not (tmp_path / "runs").exists()


def test_no_walls_are_had_by_an_object_alone(tmp_path: Path):
    with pytest.warns(UserWarning, match="UNCONFINED"):
        one = trainer(adds_where_it_can, [ADD, DONE], tmp_path, epochs=1, sandbox=UnconfinedSandbox(allowed=("math",)))
    result = one.fit(TRAIN)
    with RunFolder.read(result.folder) as folder:
        assert folder.config["sandbox"] == {"kind": "unconfined"}
    assert result.sandbox == "unconfined"


def test_what_is_no_task_set_is_named(tmp_path: Path):
    with pytest.raises(ConfigError, match=re.escape("train: 'train.jsonl' is no TaskSet; read one with read_tasks")):
        trainer(adds_where_it_can, [], tmp_path).fit("train.jsonl")  # pyright: ignore[reportArgumentType] - wrong on purpose


def test_every_complete_evaluation_is_kept(tmp_path: Path):
    result = trainer(adds_where_it_can, [ADD, DONE], tmp_path, epochs=1, gate="strict").fit(TRAIN, VALIDATION, TEST)
    kept = [(evaluation.split, evaluation.mean) for evaluation in kept_evaluations(result)]
    assert kept == [("train", 0), ("validation", 0), ("train", 1), ("validation", 1), ("test", 0), ("test", 1)]


def test_the_keys_of_the_table_training_are_the_keyword_arguments():
    assert set(TrainingOptions.__annotations__) | {"gate"} == set(Training.model_fields)
    one = Trainer("openai:gpt-5-mini", sandbox=StubSandbox(), gate="paired", race=True, max_repeats=7)
    assert (one.parts.training.gate, one.parts.training.race, one.parts.training.max_repeats) == ("paired", True, 7)


def chosen_gates(*, validated: bool) -> list[type]:
    """The kinds of the gates that "auto", "strict" and "paired" mean."""
    gates: tuple[Literal["auto", "strict", "paired"], ...] = ("auto", "strict", "paired")
    parts = [Trainer("openai:x", sandbox=StubSandbox(), gate=gate).parts for gate in gates]
    splits = Splits(train=sums(9), validation=sums(9, 100) if validated else None)
    return [type(checked_gate(each.training, splits, each.gate)) for each in parts]


def test_the_gate_is_paired_where_there_are_validation_tasks_unless_it_is_said_otherwise():
    assert chosen_gates(validated=True) == [PairedGate, StrictImprovement, PairedGate]
    assert chosen_gates(validated=False) == [StrictImprovement, StrictImprovement, PairedGate]


def test_a_user_may_pass_a_gate_of_their_own(tmp_path: Path):
    accepting = StrictImprovement(ties="accept")
    result = trainer(ScriptedModel(["\\boxed{1}"] * 6), [ADD, DONE], tmp_path, epochs=1, gate=accepting).fit(TRAIN)
    assert result.functions.names == ("add",)


def weather(city: str) -> str:
    """Today's weather."""
    return "sunny"


def test_two_things_of_one_name_are_refused_before_anything_is_asked(tmp_path: Path):
    def add(a: int, b: int) -> int:
        """Another sum."""
        return a + b

    agent = ScriptedModel([])
    for options in ({"functions": having_add(), "tools": [add]}, {"tools": [weather, weather]}):
        with pytest.raises(ConfigError, match=r"tools: '(add|weather)' is also the name of another"):
            trainer(agent, [], tmp_path, **options).fit(TRAIN)
    assert agent.requests == []


def having_add() -> FunctionSet:
    return FunctionSet(functions=(add(),))


def test_no_learned_function_may_take_a_tools_name_or_the_interpreters(tmp_path: Path):
    proposed = [
        calling(("add_function", ADD.calls[0].arguments.replace("add", name))) for name in ("weather", "python")
    ]
    optimizer = ScriptedModel([*proposed, DONE])
    result = trainer(adds_where_it_can, optimizer, tmp_path, epochs=1, tools=[weather]).fit(TRAIN)
    assert [refused.reason.split(";")[0] for refused in result.epochs[1].refused] == [
        "name: 'weather' is one of the assistant's own tools",
        "name: 'python' is one of the assistant's own tools",
    ]


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"agent": "reakt"}, ConfigError, "did you mean 'react'"),
        ({"scorer": "exakt"}, ConfigError, "did you mean 'exact'"),
        ({"scorer": 7}, ConfigError, "neither a scorer nor a callable"),
        ({"functions": "nowhere"}, Exception, "nowhere is no folder of functions"),
    ],
)
def test_a_wrong_argument_is_refused_naming_it(
    tmp_path: Path, options: dict[str, object], error: type[Exception], said: str
):
    with pytest.raises(error, match=said):
        trainer(adds_where_it_can, [], tmp_path, **options)


def test_no_model_is_an_error_that_says_what_to_set():
    with pytest.raises(ConfigError, match="model: name one"):
        Trainer("")


def test_overlapping_splits_are_refused_before_anything_is_asked(tmp_path: Path):
    agent = ScriptedModel([])
    with pytest.raises(DataError, match="train and validation overlap"):
        trainer(agent, [], tmp_path).fit(TRAIN, TRAIN)
    assert list(tmp_path.iterdir()) == []
