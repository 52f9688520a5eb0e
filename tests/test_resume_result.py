"""What a training learned is read back exactly, whatever its names look like; texts that may hold a key stay hidden."""

import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from support import Said, ScriptedModel, StubSandbox, proposal, results_of, says
from toolwright import Task, TaskSet, Trainer, TrainingResult
from toolwright.errors import RunError
from toolwright.functions import Function
from toolwright.messages import ModelRequest
from toolwright.protocols import CallSite
from toolwright.resuming import kept_result
from toolwright.runs.folder import RunFolder
from toolwright.trajectories import Outcome

SEAL = """def seal(token: str, password: str = "sk-none-given") -> str:
    rk_fourth_order = token[::-1]
    return rk_fourth_order
"""
KEY = "sk-proj-abcdefghijklmnop"
LEARN = says(add_function=proposal("seal", SEAL, {"arguments": {"token": "ab"}, "result": "ba"}, reason=f"With {KEY}."))
DONE = says(terminate={"reason": "Nothing is left."})
IDS = [f"hf-test-{n}" for n in range(5)]
TRAIN = TaskSet(
    name="train", tasks=tuple(Task(id=i, question=f"Seal of word{i}?", target=f"word{i}"[::-1]) for i in IDS)
)
TEST = TaskSet(name="test", tasks=tuple(Task(id=f"{i}-t", question=f"Seal of {i}?", target=i[::-1]) for i in IDS))


def agent(site: CallSite, request: ModelRequest) -> Said:
    """Seals with the function, and guesses without; the first task it gets wrong either way."""
    if results := results_of(request):
        return f"\\boxed{{{json.loads(results[-1])}}}"
    word = request.messages[1].text.split("Seal of ")[1].split("?")[0]
    return says(seal={"token": word}) if request.tools and site.task != IDS[0] else f"\\boxed{{{KEY}}}"


def optimizer(site: CallSite, _request: ModelRequest) -> Said:
    return LEARN if site.purpose == "step 1" and not site.turn else DONE


def sealing(_function: Function, arguments: dict[str, JsonValue]) -> Outcome:
    return Outcome(status="ok", result=str(arguments["token"])[::-1])


def trainer(runs: Path) -> Trainer:
    models = ScriptedModel(agent), ScriptedModel(optimizer)
    return Trainer(models[0], optimizer_model=models[1], sandbox=StubSandbox(sealing), runs=runs, epochs=2)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    return trainer(tmp_path_factory.mktemp("sealed")).fit(TRAIN, test=TEST)


def learned(result: TrainingResult) -> tuple[str, object]:
    """What it came to: the best parameters, every score by task, who used which function."""
    assert result.test is not None
    sides = (result.train.before, result.train.after, result.test.before, result.test.after)
    calls = [[call.name for call in one.trajectory.calls] for side in sides for one in side.results]
    return result.best.digest, ([side.scores_by_task() for side in sides], calls)


def test_what_was_learned_is_kept_as_it_is_and_texts_that_look_like_a_key_are_not(result: TrainingResult) -> None:
    assert result.functions.names == ("seal",)
    assert result.train.after.scores_by_task() == {i: [float(i != IDS[0])] for i in IDS}
    with RunFolder.read(result.folder) as folder:
        kept = kept_result(folder)
    assert kept is not None
    assert kept.best == result.best
    assert kept.start == result.start
    assert learned(kept) == learned(result)
    assert kept.epochs[1].actions[0].function == "seal"
    assert KEY not in (Path(result.folder) / "summary.json").read_text()


def test_a_finished_run_that_is_resumed_gives_what_it_gave(result: TrainingResult) -> None:
    assert learned(trainer(Path(result.folder).parent).fit(TRAIN, test=TEST, resume=result.folder)) == learned(result)


def test_a_summary_with_other_functions_is_refused_and_made_anew_once_it_is_removed(result: TrainingResult) -> None:
    file = Path(result.folder) / "summary.json"
    summary = json.loads(file.read_text())
    [seal] = summary["best"]["functions"]["functions"]
    seal["source"] = seal["source"].replace("rk_fourth_order", "hidden")
    file.write_text(json.dumps(summary))
    with (
        RunFolder.read(result.folder) as folder,
        pytest.raises(RunError, match=r"does not hold the functions the run ended with.*remove it.*asks nobody"),
    ):
        kept_result(folder)
    file.unlink()
    silent = ScriptedModel([])
    again = Trainer(
        silent, optimizer_model=ScriptedModel([]), sandbox=StubSandbox(), runs=Path(result.folder).parent, epochs=2
    ).fit(TRAIN, test=TEST, resume=result.folder)
    assert learned(again) == learned(result)
    assert file.is_file()
    assert silent.requests == []
