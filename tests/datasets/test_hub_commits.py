"""An experiment whose data are on the hub: which commit was read is kept, and told where the data changed."""

import json
from pathlib import Path

import pytest
from hub_server import COMMIT, LATER, HubServer

from toolwright.config.changes import Change
from toolwright.config.schema import Tasks
from toolwright.config.shortcuts import pinned
from toolwright.errors import ConfigError
from toolwright.experiments.cells import Cell, cells_of
from toolwright.experiments.drawing import Drawing
from toolwright.experiments.load import load_experiment
from toolwright.experiments.made_of import Made, differences, digest_of_made, how_to_pin, made_of, sources_of
from toolwright.experiments.planning import Setup, plan_of
from toolwright.experiments.records import CellRecord, Results
from toolwright.experiments.tables import tables_of

TOML = """
name = "small"
models = { mini = { agent = "openai:gpt-5-mini" } }
agents = { react = { kind = "react" } }
methods = { plain = { kind = "none" } }
tables = [{ kind = "main" }]

[domains.sums]
train = { reader = "gsm8k", path = "data:gsm8k", split = "train" }
test = { reader = "gsm8k", path = "hub:owner/set/main", split = "test" }
draw = { train = 1, test = 1 }

[domains.shipped]
source = { reader = "dm_math", path = "package:dm_math/train.jsonl" }
draw = { train = 1, test = 1 }
"""
DATA = {"gsm8k": Path("hub:owner/set")}
NOW = {"train": f"hub:owner/set@{COMMIT}", "test": f"hub:owner/set@{COMMIT}/main"}
LATER_ON = {name: source.replace(COMMIT, LATER) for name, source in NOW.items()}


def rows(kind: str, count: int) -> bytes:
    lines = [{"question": f"{kind} {n}?", "answer": f"#### {n}"} for n in range(count)]
    return "".join(f"{json.dumps(line)}\n" for line in lines).encode()


@pytest.fixture
def experiment(hub: HubServer, tmp_path: Path) -> Path:
    hub.files = {"main/train.jsonl": rows("train", 1), "main/test.jsonl": rows("test", 1)}
    (tmp_path / "small.toml").write_text(TOML)
    return tmp_path / "small.toml"


def begun(file: Path) -> tuple[Cell, Made]:
    """The cell on the hub's data, and what it is made of."""
    experiment, base = load_experiment(file, data=DATA)
    drawing, cell = Drawing(experiment, base, DATA), cells_of(experiment)[0]
    return cell, made_of(cell, drawing.splits(cell), "", drawing.sources(cell.key.domain))


def test_the_commit_of_each_source_is_known_and_of_files_there_is_none(experiment: Path):
    loaded, base = load_experiment(experiment, data=DATA)
    drawing = Drawing(loaded, base, DATA)
    assert drawing.sources("sums") == NOW
    assert drawing.sources("shipped") == {}


def test_the_same_tasks_at_a_later_commit_are_the_same_cell(experiment: Path, hub: HubServer):
    cell, kept = begun(experiment)
    assert sources_of(kept) == NOW
    hub.revisions["main"] = LATER
    _, now = begun(experiment)
    assert (sources_of(now), differences(kept, now)) == (LATER_ON, [])
    drawing = Drawing(*load_experiment(experiment, data=DATA), DATA)
    assert digest_of_made(kept) == digest_of_made(now) == digest_of_made(made_of(cell, drawing.splits(cell), ""))


def test_other_tasks_at_a_later_commit_are_told_with_both_commits_and_how_to_pin(experiment: Path, hub: HubServer):
    _, kept = begun(experiment)
    hub.revisions["main"] = LATER
    hub.files["main/train.jsonl"] = rows("other", 1)
    _, now = begun(experiment)
    changed = differences(kept, now)
    assert [change.key for change in changed] == ["sources.train", "sources.test", "tasks.train"]
    assert str(changed[0]) == f'sources.train: was "{NOW["train"]}", now "{LATER_ON["train"]}"'
    assert how_to_pin(changed) == (
        "The data on the hub changed: name the commit that the cell was begun with, "
        f"hub:owner/set@{COMMIT} and hub:owner/set@{COMMIT}/main"
    )


def test_where_the_hub_is_not_what_changed_nothing_is_to_be_pinned(experiment: Path):
    _, made = begun(experiment)
    other: Made = {**made, "draw": {"train": 2}}
    assert how_to_pin(differences(made, other)) == how_to_pin([Change("tasks.train", "a", "b")]) == ""
    assert sources_of(None) == sources_of({}) == {}


def setup(file: Path) -> Setup:
    experiment, base = load_experiment(file, data=DATA)
    return Setup(experiment=experiment, base=base, out=file.parent / "out", data=DATA, only=("sums/*",))


def test_a_record_tells_the_commit_and_a_cell_is_not_gone_on_with_on_other_tasks(experiment: Path, hub: HubServer):
    (one,) = plan_of(setup(experiment)).planned
    one.folder.begin(one.made)
    kept = one.folder.keep(CellRecord(key=one.cell.key, digest=one.alone.digest))
    assert kept.sources == NOW
    results = Results(experiment=setup(experiment).experiment, cells=(kept,))
    noted = [
        table.name for table in tables_of(results) if f"Data of sums: {NOW['train']}, {NOW['test']}." in table.notes
    ]
    assert noted == ["main"]
    hub.revisions["main"] = LATER
    assert plan_of(setup(experiment)).planned[0].done
    hub.files["main/test.jsonl"] = rows("other", 1)
    hub.revisions["main"] = hub.revisions["again"] = "0" * 40
    with pytest.raises(
        ConfigError, match=r"sums/react/mini/plain/0 in .* was begun with something else: sources, tasks"
    ) as said:
        plan_of(setup(experiment))
    assert f'  sources.test: was "{NOW["test"]}", now "hub:owner/set@{"0" * 40}/main"\n' in str(said.value)
    assert f"name the commit that the cell was begun with, {NOW['train']} and {NOW['test']}. Set it back, give" in str(
        said.value
    )


def test_a_configuration_is_pinned_to_the_commits_that_are_read(hub: HubServer):
    tasks = Tasks.model_validate(
        {
            "train": {"reader": "gsm8k", "path": "hub:owner/set", "split": "train"},
            "test": {"reader": "csv", "path": "x"},
        }
    )
    found = pinned(tasks)
    assert found.train is not None
    assert found.train.options == {"path": f"hub:owner/set@{COMMIT}", "split": "train"}
    hub.revisions["main"] = LATER
    assert (found.test, found.validation, pinned(found)) == (tasks.test, None, found)
