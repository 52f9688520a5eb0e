"""The shipped presets: the paper's sizes and settings, names its figures are found by, and tasks enough for all."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from toolwright.config.schema import Reader
from toolwright.config.shortcuts import reader_of
from toolwright.datasets.math_layouts import SUBJECTS
from toolwright.experiments.cells import Cell, cells_of
from toolwright.experiments.checking import check_experiment
from toolwright.experiments.drawing import Drawing, seeds_alike
from toolwright.experiments.load import load_experiment
from toolwright.experiments.matrix import Experiment, Table
from toolwright.experiments.paper_figures import paper_domains, paper_figure
from toolwright.experiments.shipped import preset_names, readers_of

GYM = ("dice", "calendar_arithmetic", "color_cube_rotation", "cryptarithm", "base_conversion")


def cells(name: str, **axes: str | int) -> list[Cell]:
    """A preset's cells whose keys say so."""
    there = cells_of(load_experiment(name)[0])
    return [cell for cell in there if all(getattr(cell.key, axis) == value for axis, value in axes.items())]


def sizes(
    name: str, where: dict[str, Path], wanted: Callable[[Cell], bool]
) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """How many train, validation and test tasks the cells of the first seed really draw."""
    experiment, base = load_experiment(name)
    drawing = Drawing(experiment, base, where)
    for cell in cells_of(experiment):
        if cell.key.seed == 0 and wanted(cell):
            splits = drawing.splits(cell)
            assert splits.test is not None
            yield cell.key.id, (len(splits.train), len(splits.validation or ()), len(splits.test))


def drawn(cell: Cell) -> tuple[int, int, int]:
    return cell.draw.train, cell.draw.validation, cell.draw.test


@pytest.fixture(scope="module")
def layouts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The paper's data sets in their authors' layouts, with invented tasks: as many as the preset draws."""
    root = tmp_path_factory.mktemp("data")
    for split in ("train", "test"):
        for subject in sorted(SUBJECTS):
            count = 80 if split == "test" else 100 if subject == "intermediate_algebra" else 20
            (root / "MATH" / split / subject).mkdir(parents=True)
            for number in range(count):
                row = {"problem": f"{split} {subject} {number}?", "solution": r"\boxed{1}", "level": "Level 1"}
                (root / "MATH" / split / subject / f"{number}.json").write_text(json.dumps(row))
    for file, count in (("problems_train", 20), ("problems_test1k", 100)):
        problems = {
            f"{file}{n}": {"question": f"{file} {n}?", "choices": None, "answer": "1", "table": "a"}
            for n in range(count)
        }
        (root / f"{file}.json").write_text(json.dumps(problems))
    gaia = root / "2023" / "validation"
    gaia.mkdir(parents=True)
    rows = (
        {"task_id": f"{n}", "Question": f"{n}?", "Level": 1, "Final answer": "1", "file_name": ""} for n in range(110)
    )
    (gaia / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return {"math": root / "MATH", "tabmwp": root, "gaia": root}


def test_both_presets_are_there():
    assert {"open", "paper"} <= set(preset_names())


def test_the_paper_preset_has_the_papers_sizes():
    wanted = {"tabmwp": (10, 0, 100), "gaia": (10, 0, 100)}
    for cell in cells("paper", method="trained"):
        assert drawn(cell) == wanted.get(cell.key.domain, (20, 0, 80))


@pytest.mark.parametrize("name", ["paper", "open"])
def test_presets_have_the_papers_settings(name: str):
    for cell in cells(name, method="trained"):
        training = cell.config.training
        assert (training.epochs, training.patience, training.gate, training.ties) == (10, 10, "strict", "reject")
        assert (cell.config.optimizer.actions, cell.config.agent.interpreter) == (3, True)
    kinds = {agent: cells(name, agent=agent)[0].config.agent.kind for agent in ("gpt4_plus", "react")}
    assert kinds == {"gpt4_plus": "function_calling", "react": "react"}


@pytest.mark.parametrize("name", ["paper", "open"])
def test_presets_have_every_table(name: str):
    kinds = {table.kind for table in load_experiment(name)[0].tables}
    assert kinds >= {"main", "ablation", "baselines", "models", "curves", "transfer", "batch"}
    assert ("scaling" in kinds) == (name == "open")


@pytest.mark.parametrize("name", ["paper", "open"])
def test_each_ablation_switches_off_one_thing(name: str):
    full, *others = (
        cells(name, method=method, seed=0)[0]
        for method in (
            "trained",
            "no_rollback",
            "one_shot",
            "no_run_code",
            "no_examples",
            "validated",
            "no_credit",
            "whole_history",
        )
    )
    changed = [_changes(full.config.model_dump(), other.config.model_dump()) for other in others]
    assert changed == [
        {"training.gate": "always"},
        {"optimizer.update": "one_shot"},
        {"optimizer.run_code": False},
        {"optimizer.try_examples": False},
        {"training.gate": "paired"},
        {"optimizer.credit": False},
        {"optimizer.prompt_tokens": 1_000_000},
    ]
    assert [drawn(other) == drawn(full) for other in others] == [True, True, True, True, False, True, True]
    assert drawn(others[4])[0] + drawn(others[4])[1] == drawn(full)[0]


def _changes(one: dict[str, Any], other: dict[str, Any]) -> dict[str, object]:
    return {
        f"{table}.{key}": value
        for table in ("training", "optimizer", "agent")
        for key, value in other[table].items()
        if one[table][key] != value
    }


@pytest.mark.parametrize("name", ["paper", "open"])
def test_batches_see_equal_numbers_of_examples(name: str):
    batches = [cell for cell in cells(name, seed=0) if cell.key.method.startswith("batch_")]
    seen = {cell.config.training.batch: cell.config.training.batch * cell.config.training.epochs for cell in batches}
    assert seen == {5: 200, 10: 200, 15: 195, 20: 200}
    assert all(cell.config.training.patience == cell.config.training.epochs for cell in batches)
    assert {drawn(cell) for cell in batches} == {(100, 0, 80)}


def test_past_the_papers_limit_all_see_equal_numbers_of_examples():
    seen: dict[str, int] = {}
    for cell in cells("open", seed=0, domain="dm_math"):
        training, tasks = cell.config.training, cell.draw.train
        if tasks == 160:
            assert training.patience == training.epochs
            seen[cell.key.method] = (training.batch or tasks) * training.epochs
    assert seen == dict.fromkeys(("full_160", "budget_160", "running_160", "divide_160"), 1600)


def test_the_papers_figures_are_found_for_what_the_paper_has():
    experiment, _ = load_experiment("paper")
    assert {domain.paper for domain in experiment.domains.values()} == paper_domains()
    for table in experiment.tables:
        if table.kind in ("main", "models"):
            assert [key for key in _named(experiment, table) if paper_figure(*key) is None] == []
    ablations = next(table for table in experiment.tables if table.kind == "ablation")
    found = {key for key in _named(experiment, ablations) if key[2]}
    assert len(found) == 9
    assert None not in [paper_figure(*key) for key in found]


def _named(experiment: Experiment, table: Table) -> Iterator[tuple[str, str, str, str]]:
    """The names in the paper of a table's cells."""
    for cell in cells_of(experiment.model_copy(update={"tables": (table,)})):
        domain, agent = experiment.domains[cell.key.domain].paper, experiment.agents[cell.key.agent].paper
        yield domain, agent, cell.method.paper, cell.key.model if table.kind == "models" else ""


@pytest.mark.parametrize("name", ["paper", "open"])
def test_one_model_option_replaces_all_placeholders(name: str):
    experiment, _ = load_experiment(name, models={"agent": "openai:mine", "optimizer": "openai:other"})
    assert {cell.key.model for cell in cells_of(experiment)} == {"mine"}
    assert {cell.config.models.agent.model for cell in cells_of(experiment)} == {"openai:mine"}


def test_the_paper_preset_draws_its_sizes_from_the_authors_layouts(layouts: dict[str, Path]):
    found = dict(sizes("paper", layouts, lambda cell: cell.key.model == "default"))
    assert found == {cell.key.id: drawn(cell) for cell in cells("paper", seed=0, model="default")}
    assert len(found) == 55


def test_the_open_preset_draws_its_sizes_from_the_shipped_rows():
    ours = {cell.key.id: drawn(cell) for cell in cells("open", seed=0) if cell.key.domain not in ("gsm8k", *GYM)}
    assert dict(sizes("open", {}, lambda cell: cell.key.id in ours)) == ours
    assert len({key.partition("/")[0] for key in ours}) == 10


def test_seeds_draw_other_train_tasks_and_the_same_test_tasks():
    experiment, base = load_experiment("open")
    drawing = Drawing(experiment, base)
    splits = [drawing.splits(cell) for cell in cells("open", domain="extrapolation", agent="react")]
    assert len(splits) == 3
    for one, other in pairwise(splits):
        assert one.test is not None
        assert other.test is not None
        assert one.test.digest == other.test.digest
        assert one.train.digest != other.train.digest


def test_the_open_preset_says_where_its_seeds_train_on_the_same_tasks():
    experiment, base = load_experiment("open")
    drawing = Drawing(experiment, base)
    shipped = [cell for cell in cells("open", agent="gpt4_plus") if cell.key.domain not in ("gsm8k", *GYM)]
    alike = seeds_alike((cell, drawing.splits(cell)) for cell in shipped)
    types = {domain for domain in experiment.domains if domain not in ("dm_math", "extrapolation", "gsm8k", *GYM)}
    assert {*alike} == {"dm_math (train = 160)"} | {f"{domain} (train = 20)" for domain in types}
    assert "20 train tasks a type and 160 in all" in experiment.about
    assert "10 and 100" in experiment.about
    assert all(drawn(cell)[2] == 80 for cell in cells("open"))


def test_the_open_preset_draws_its_sizes_from_real_gsm8k(data_dir: Path):
    found = dict(sizes("open", {"gsm8k": data_dir / "gsm8k"}, lambda cell: cell.key.domain == "gsm8k"))
    assert set(found.values()) == {(20, 0, 80)}


@pytest.mark.soak
def test_the_open_preset_draws_its_sizes_from_generators():
    found = dict(sizes("open", {}, lambda cell: cell.key.domain in GYM and cell.key.agent == "react"))
    assert [*found.values()] == [(20, 0, 80)] * len(GYM)


def test_what_the_page_of_data_shows_can_be_written_so():
    page = (Path(__file__).parents[2] / "docs" / "experiments" / "data.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    shown = load_experiment("open")[0].model_dump(exclude_unset=True)
    for block in blocks:
        domains = tomllib.loads(block)["domains"]
        experiment = Experiment.model_validate(
            {**shown, "domains": domains, "methods": {"trained": {}}, "tables": [{"kind": "main"}]}
        )
        check_experiment(experiment)
        for domain in experiment.domains.values():
            for reader in readers_of(domain).values():
                local = {key: "x" if key == "path" else value for key, value in reader.options.items()}
                reader_of(Reader.model_validate({"reader": reader.reader, **local}), Path(), "domain")
    assert len(blocks) == 2
    for name, cells_there in (("paper", 174), ("open", 207)):
        assert len(cells(name)) == cells_there
        assert re.search(rf"\| `{name}` \|.*\| {cells_there} \|", page)
