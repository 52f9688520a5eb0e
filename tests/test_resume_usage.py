"""Everything that was paid for is in the run: also empty replies, and requests whose reply nobody waited for."""

import sqlite3
from pathlib import Path

from simulated_endpoint import SimulatedEndpoint, question, seal, simulated_endpoint
from support import StubSandbox
from toolwright import ModelSpec, Task, TaskSet, Trainer, TrainingResult
from toolwright.experiments.measuring.side_runs import took_in
from toolwright.messages import Usage
from toolwright.models.ledger import Limits
from toolwright.runs.folder import RunFolder
from toolwright.runs.schema import OLDEST, VERSION
from trained_runs import trained_run

WORDS = ("one", "two", "three", "four", "five", "six")
TRAIN = TaskSet(name="train", tasks=tuple(Task(id=w, question=question(w), target=seal(w)) for w in WORDS))
EMPTIES = {"fault_rate": 0.4, "faults": "empty", "seed": 3}


def trainer(endpoint: SimulatedEndpoint, runs: Path, limits: Limits | None = None) -> Trainer:
    models = [ModelSpec(model=role, base_url=endpoint.url, retry_wait=0.01) for role in ("agent", "optimizer")]
    return Trainer(models[0], optimizer_model=models[1], sandbox=StubSandbox(), runs=runs, epochs=2, limits=limits)


def answered(endpoint: SimulatedEndpoint) -> int:
    counts = endpoint.counts()
    return counts.get("ok", 0) + counts.get("empty", 0)


def requests(usage: dict[str, Usage]) -> int:
    return sum(usage.values(), Usage()).requests


def kept(result: TrainingResult) -> tuple[dict[str, Usage], int]:
    """What the run says it used, and how many replies it keeps, which are what a recording gets."""
    with RunFolder.read(result.folder) as folder:
        return folder.store.usage(), len(list(folder.store.requests()))


def test_empty_replies_are_in_the_usage_of_the_run_also_after_it_went_on_and_in_no_recording(tmp_path: Path) -> None:
    with simulated_endpoint(**EMPTIES) as endpoint:
        first = trainer(endpoint, tmp_path, Limits(requests=20)).fit(TRAIN)
        assert first.end == "budget"
        usage, replies = kept(first)
        assert answered(endpoint) == requests(usage) == requests(first.usage) == 20
        assert 0 < replies < 20
        result = trainer(endpoint, tmp_path).fit(TRAIN, resume=first.folder)
        usage, replies = kept(result)
        assert result.end != "budget"
        assert answered(endpoint) == requests(usage) > 20
        assert usage == result.usage
        assert replies == endpoint.counts()["ok"]
        spent = took_in(Path(result.folder)).usage
        assert spent == sum(usage.values(), Usage())


def test_what_an_evaluation_beside_a_training_took_holds_its_empty_replies(tmp_path: Path) -> None:
    with simulated_endpoint(**EMPTIES) as endpoint:
        trainer(endpoint, tmp_path).evaluate(TRAIN)
        [run] = tmp_path.iterdir()
        assert took_in(run).usage.requests == answered(endpoint) > endpoint.counts()["ok"]
    with RunFolder.read(run) as folder:
        assert folder.store.usage() == {}  # it trained nothing


def test_a_run_of_the_version_before_is_read_and_gone_on_with(tmp_path: Path) -> None:
    result = trained_run(tmp_path)
    older, database = kept(result), Path(result.folder) / "run.sqlite"
    with sqlite3.connect(database) as connection:
        connection.execute("DROP TABLE unanswered")
        connection.execute("UPDATE meta SET value = ? WHERE name = 'schema_version'", (OLDEST,))
    assert kept(result) == older
    assert version(database) == OLDEST  # who reads changes nothing
    with RunFolder.open(result.folder) as folder:
        site = next(folder.store.requests()).site
        folder.store.keep_usage(site, Usage(requests=1, input_tokens=3, output_tokens=1))
    assert version(database) == VERSION
    assert (requests(kept(result)[0]), kept(result)[1]) == (requests(older[0]) + 1, older[1])


def version(database: Path) -> int:
    with sqlite3.connect(database) as connection:
        return int(connection.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone()[0])
