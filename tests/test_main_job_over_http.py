"""The main job over HTTP: train, validation and test against a simulated endpoint, with and without faults."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulated_endpoint import OUTAGES, SLIPS, question, seal, simulated_endpoint
from toolwright import Limits, ModelSpec, Score, Task, TaskSet, Trainer, TrainingResult
from toolwright.errors import ModelUnavailable
from toolwright.events import Event, ModelRetried, RolloutFinished
from toolwright.protocols import CallSite
from toolwright.runs.store import RunStore
from toolwright.sandbox import ConfinedSandbox
from toolwright.trajectories import FAULTLESS

KEY = "wq7-unmistakable-4c1f"
KEY_VARIABLE = "SIMULATED_DOOR"  # a name that does not say it holds a key
SAID = {
    "rate_limit": "rate limit",
    "server_error": "server error",
    "timeout": "timeout",
    "truncated": "unreadable reply",
    "empty": "empty reply",
}


@dataclass
class Run:
    """One training and what the endpoint saw of it."""

    result: TrainingResult
    events: Sequence[Event]
    counts: dict[str, int]
    log: Sequence[dict[str, Any]]

    @property
    def folder(self) -> Path:
        return Path(self.result.folder)

    def retries(self) -> list[ModelRetried]:
        return [event for event in self.events if isinstance(event, ModelRetried)]


class Listener:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        self.events.append(event)


def word(split: str, number: int) -> str:
    """A word nobody would write by chance."""
    return "w" + hashlib.md5(f"{split}{number}".encode()).hexdigest()[:14]


def token(kind: str, of: str) -> str:
    return f"{kind}-{hashlib.md5(f'{kind}{of}'.encode()).hexdigest()[:14]}"


def target(answer: str) -> str:
    """Not the answer itself, which an agent writes once it can, but a token it never meets."""
    return token("target", answer)


def judge(task: Task, answer: str) -> Score:
    return Score(value=float(target(answer) == task.target), reason=str(task.metadata["verdict"]))


def tasks(split: str, count: int) -> TaskSet:
    words = [word(split, number) for number in range(count)]
    return TaskSet(
        name=split,
        tasks=tuple(
            Task(
                id=token(f"{split}-id", each),
                question=question(each),
                target=target(seal(each)),
                metadata={"verdict": token("verdict", each), "note": token("note", each)},
            )
            for each in words
        ),
    )


TRAIN, VALIDATION, TEST = tasks("train", 16), tasks("validation", 12), tasks("test", 12)


def trainer(url: str, listener: Listener, runs: Path, **options: Any) -> Trainer:
    def spec(model: str) -> ModelSpec:
        attempts = options.get("attempts", 6)
        return ModelSpec(
            model=model,
            base_url=url,
            api_key_env=KEY_VARIABLE,
            timeout=options.get("timeout", 1.0),
            retry_wait=0.01,
            attempts=attempts,
            outage_minutes=0.02,
        )

    return Trainer(
        spec("agent"),
        optimizer_model=spec("optimizer"),
        scorer=judge,
        sandbox=ConfinedSandbox(allowed=("hashlib",)),
        limits=options.get("limits"),
        epochs=5,
        objective="score_then_cost",  # so that something is left to gain where all is solved: the last steps are asked
        margin=0.4,
        events=[listener],
        runs=runs,
    )


def train(runs: Path, *, test: TaskSet | None = TEST, limits: Limits | None = None, **faults: object) -> Run:
    listener = Listener()
    with simulated_endpoint(hang=4, **faults) as endpoint:
        patience = 1.0 if faults else 30.0  # on a busy machine an endpoint without a fault takes its time
        made = trainer(endpoint.url, listener, runs, limits=limits, timeout=patience)
        result = made.fit(TRAIN, VALIDATION, test)
        return Run(result, listener.events, endpoint.counts(), endpoint.log())


@pytest.fixture(scope="module", autouse=True)
def key() -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, KEY)
        yield


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(tmp_path_factory.mktemp("faulty"), fault_rate=0.1, seed=17)


def scores(run: Run) -> dict[str, dict[str, list[float]]]:
    splits = {"train": run.result.train, "validation": run.result.validation, "test": run.result.test}
    pairs = {name: pair for name, pair in splits.items() if pair is not None}
    return {
        f"{name} {when}": evaluation.scores_by_task()
        for name, pair in pairs.items()
        for when, evaluation in (("before", pair.before), ("after", pair.after))
    }


def test_without_faults_the_function_is_learned_and_the_sealed_test_is_better(clean: Run):
    assert [record.decision for record in clean.result.epochs] == ["start", "reject", "accept", "none", "none"]
    assert clean.result.test is not None
    assert (clean.result.test.before.mean, clean.result.test.after.mean) == (0.0, 1.0)
    assert clean.result.functions.call("seal", {"word": "unheard-of"}).result == seal("unheard-of")
    assert clean.retries() == []


@pytest.mark.soak
def test_with_a_tenth_of_the_requests_failing_the_run_learns_the_same(faulty: Run, clean: Run):
    injected = sum(faulty.counts[kind] for kind in (*OUTAGES, *SLIPS))
    assert all(faulty.counts.get(kind, 0) > 0 for kind in (*OUTAGES, *SLIPS)), faulty.counts
    assert 0.05 < injected / faulty.counts["requests"] < 0.2
    of_optimizer = {entry["fault"] for entry in faulty.log if entry["body"]["model"] == "optimizer"}
    assert of_optimizer & set(OUTAGES)
    assert of_optimizer & set(SLIPS)
    assert faulty.result.best == clean.result.best
    assert [record.decision for record in faulty.result.epochs] == [record.decision for record in clean.result.epochs]
    assert scores(faulty) == scores(clean)


@pytest.mark.soak
def test_no_outage_is_scored_and_every_task_is(faulty: Run):
    with RunStore.read(faulty.folder / "run.sqlite") as store:
        evaluations = [evaluation for _, evaluation in store.evaluations()]
    assert [each.split for each in evaluations] == ["train", "validation"] * 3 + ["test"] * 2
    assert all(each.complete for each in evaluations)
    assert {result.trajectory.end for each in evaluations for result in each.results} == {"answer"}
    finished = [event for event in faulty.events if isinstance(event, RolloutFinished)]
    assert all((event.score is not None) == (event.end in FAULTLESS) for event in finished)


@pytest.mark.soak
def test_every_fault_is_told_as_it_was_and_how_long_is_waited(faulty: Run):
    told = Counter(retry.fault.partition(":")[0] for retry in faulty.retries())
    for kind, name in SAID.items():
        assert told[name] >= faulty.counts[kind]
    assert all(told[name] == faulty.counts[kind] for kind, name in SAID.items() if kind != "timeout")
    assert {retry.wait for retry in faulty.retries() if retry.fault.startswith("rate limit")} == {0.05}
    with RunStore.read(faulty.folder / "run.sqlite") as store:
        kept = [timed.event for timed in store.events() if isinstance(timed.event, ModelRetried)]
    assert kept == faulty.retries()


@pytest.mark.soak
def test_a_slip_of_the_models_is_in_the_trajectory_as_a_refused_call_and_costs_no_score(faulty: Run):
    assert faulty.result.test is not None
    after = [*faulty.result.test.after.results, *faulty.result.train.after.results]
    refused = [call for result in after for call in result.trajectory.calls if call.outcome.status == "refused"]
    assert refused
    assert all(result.value == 1.0 for result in after)


@pytest.mark.soak
def test_the_usage_is_what_the_answered_requests_used(faulty: Run):
    answered = sum(faulty.counts.get(kind, 0) for kind in ("ok", "empty", *SLIPS))
    assert sum(usage.requests for usage in faulty.result.usage.values()) == answered


@pytest.mark.soak
def test_no_key_is_in_the_run_folder_the_events_or_the_result(faulty: Run):
    assert {entry["key"] for entry in faulty.log} == {KEY}  # the endpoint had it, and repeats it in its errors
    with RunStore.read(faulty.folder / "run.sqlite") as store:
        kept = [timed.event.model_dump_json() for timed in store.events()]
        kept += [json.dumps([r.request.model_dump(), r.reply.model_dump()]) for r in store.requests()]
    said = [event.model_dump_json() for event in faulty.events]
    assert any("request of key [key] refused" in text for text in kept)
    assert not [text for text in (*kept, *said, faulty.result.model_dump_json()) if KEY in text]
    files = [path for path in faulty.folder.rglob("*") if path.is_file()]
    assert not [path for path in files if KEY.encode() in path.read_bytes()]


def journalled(run: Run, role: str) -> list[tuple[CallSite, str]]:
    """Every request of a role as text, from the journal and as it went over the wire."""
    with RunStore.read(run.folder / "run.sqlite") as store:
        return [(kept.site, kept.request.model_dump_json()) for kept in store.requests() if kept.site.role == role]


def wired(run: Run, role: str) -> str:
    return "\n".join(json.dumps(entry["body"]) for entry in run.log if entry["body"]["model"] == role)


def secrets(split: TaskSet, *, texts: bool) -> set[str]:
    """The tokens of a task set: targets, verdicts, notes, and with `texts` its words and ids."""
    hidden = {str(task.target) for task in split.tasks}
    hidden |= {str(value) for task in split.tasks for value in task.metadata.values()}
    found = (re.search(r"the word (\w+)\?", task.question) for task in split.tasks)
    shown = {match[1] for match in found if match} | {task.id for task in split.tasks}
    return hidden | shown if texts else hidden


def test_the_search_for_secrets_finds_what_may_be_seen(clean: Run):
    seen = "\n".join(text for _, text in journalled(clean, "optimizer"))
    for task in TRAIN.tasks:
        assert str(task.target) in seen
        assert str(task.metadata["verdict"]) in seen
        assert task.question in seen
    assert all(task.question in wired(clean, "agent") for split in (TRAIN, VALIDATION, TEST) for task in split.tasks)


@pytest.mark.parametrize("name", ["clean", "faulty"])
def test_no_request_of_the_agents_holds_a_target_or_a_verdict(name: str, request: pytest.FixtureRequest):
    run: Run = request.getfixturevalue(name)
    requests = journalled(run, "agent")
    assert {site.purpose for site, _ in requests} == {"train", "validation", "test"}
    seen = "\n".join([wired(run, "agent"), *(text for _, text in requests)])
    hidden = set[str]().union(*(secrets(split, texts=False) for split in (TRAIN, VALIDATION, TEST)))
    assert len(hidden) == 3 * (16 + 12 + 12)
    assert not [secret for secret in hidden if secret in seen]


@pytest.mark.parametrize("name", ["clean", "faulty"])
def test_no_request_of_the_optimizers_holds_anything_of_validation_or_test(name: str, request: pytest.FixtureRequest):
    run: Run = request.getfixturevalue(name)
    requests = journalled(run, "optimizer")
    assert len(requests) >= 6
    seen = "\n".join([wired(run, "optimizer"), *(text for _, text in requests)])
    hidden = secrets(VALIDATION, texts=True) | secrets(TEST, texts=True)
    assert len(hidden) == 5 * (12 + 12)
    assert not [secret for secret in hidden if secret in seen]
    notes = {str(task.metadata["note"]) for task in TRAIN.tasks}
    assert not [note for note in notes if note in seen]


def until(run: Run, purpose: str) -> int:
    """How many requests a fault-free run makes before the first of that purpose."""
    with RunStore.read(run.folder / "run.sqlite") as store:
        return next(number for number, kept in enumerate(store.requests()) if kept.site.purpose == purpose)


def train_until_death(runs: Path, after: int, listener: Listener) -> TrainingResult:
    with simulated_endpoint(die_after=after) as endpoint:
        result = trainer(endpoint.url, listener, runs, attempts=2).fit(TRAIN, VALIDATION, TEST)
        assert endpoint.process.wait(timeout=5) == 1
        return result


@pytest.mark.soak
def test_an_endpoint_that_dies_after_an_acceptance_ends_the_run_with_the_best_so_far(clean: Run, tmp_path: Path):
    listener = Listener()
    result = train_until_death(tmp_path, until(clean, "step 3"), listener)
    assert result.end == "provider"
    assert "has been out for 0.02 minutes" in result.end_text
    assert "the sealed test is not read before the run has gone on to its end" in result.end_text
    assert result.best == clean.result.best
    assert (result.train.after.mean, result.test) == (1.0, None)
    assert (Path(result.folder) / "functions" / "seal.py").is_file()


@pytest.mark.soak
def test_a_candidate_whose_evaluation_the_endpoint_did_not_survive_is_not_accepted_nor_scored(
    clean: Run, tmp_path: Path
):
    listener = Listener()
    result = train_until_death(tmp_path, until(clean, "step 2") + 12, listener)
    assert (result.end, result.best) == ("provider", result.start)
    assert [record.decision for record in result.epochs] == ["start", "reject"]
    dead = [event for event in listener.events if isinstance(event, RolloutFinished) and event.end == "provider"]
    assert dead
    assert all(event.score is None and "has been out for 0.02 minutes" in event.error for event in dead)
    with RunStore.read(Path(result.folder) / "run.sqlite") as store:
        assert len(list(store.evaluations())) == 4  # the starting set's and the first candidate's


@pytest.mark.soak
def test_an_endpoint_that_dies_at_the_start_is_an_error_that_says_so(tmp_path: Path):
    listener = Listener()
    with pytest.raises(ModelUnavailable, match="the starting set could not be evaluated: "):
        train_until_death(tmp_path, 5, listener)
    finished = [event for event in listener.events if isinstance(event, RolloutFinished)]
    dead = [event for event in finished if event.end == "provider"]
    assert len(finished) - len(dead) <= 5
    assert len({event.task for event in dead}) >= len(TRAIN) - 5
    assert all((event.score is None) == (event.end == "provider") for event in finished)


@pytest.mark.soak
def test_a_budget_of_requests_holds_to_the_request_and_keeps_the_best_so_far(clean: Run, tmp_path: Path):
    limit = until(clean, "step 3") + 1
    run = train(tmp_path, test=None, limits=Limits(requests=limit))
    assert run.result.end == "budget"
    assert f"the limit of {limit} requests is reached" in run.result.end_text
    assert run.result.best == clean.result.best
    assert run.counts["requests"] == limit


@pytest.mark.soak
def test_a_small_budget_leaves_enough_to_read_the_sealed_test(clean: Run, tmp_path: Path):
    limit = until(clean, "step 1") + 4 + 2 * len(TEST)
    run = train(tmp_path, limits=Limits(requests=limit))
    assert (run.result.end, run.result.best) == ("budget", run.result.start)
    assert run.result.test is not None
    assert run.result.test.before.complete
    assert run.counts["requests"] <= limit
