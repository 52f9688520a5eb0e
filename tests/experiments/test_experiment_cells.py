"""Which cells there are, with which configuration, and on which tasks."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_experiments import TOML, edit, make_experiment, rows

from toolwright.errors import ConfigError, DataError
from toolwright.experiments.cells import Cell, cells_of
from toolwright.experiments.drawing import Drawing, Pools, drawn
from toolwright.experiments.load import load_experiment
from toolwright.experiments.matrix import Draw, Experiment, Table
from toolwright.tasks import Task, TaskSet


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return make_experiment(tmp_path)


@pytest.fixture
def experiment(file: Path) -> Experiment:
    return load_experiment(file)[0]


def ids(cells: tuple[Cell, ...]) -> list[str]:
    return [cell.key.id for cell in cells]


def test_a_table_wants_the_product_of_its_axes_in_their_order(experiment: Experiment) -> None:
    found = ids(cells_of(experiment))
    assert found[:4] == [f"sums/react/mini/{method}/{seed}" for method in ("trained", "plain") for seed in (0, 1)]
    assert len(found) == 8


def test_a_cell_that_several_tables_want_is_one(experiment: Experiment) -> None:
    more = (*experiment.tables, Table(kind="ablation", domains=("words",), seeds=(1, 7)))
    found = ids(cells_of(experiment.model_copy(update={"tables": more})))
    assert len(found) == len(set(found)) == 10
    assert found[-2:] == ["words/react/mini/trained/7", "words/react/mini/plain/7"]


def test_cells_are_chosen_by_pattern_and_by_table(experiment: Experiment) -> None:
    more = experiment.model_copy(update={"tables": (*experiment.tables, Table(kind="models", seeds=(7,)))})
    assert ids(cells_of(more, only=["sums/*/1", "words/*trained/0"])) == [
        "sums/react/mini/trained/1",
        "sums/react/mini/plain/1",
        "words/react/mini/trained/0",
    ]
    assert {key.rpartition("/")[2] for key in ids(cells_of(more, tables=["models"]))} == {"7"}


def test_readings_are_wanted_by_the_tables_that_are_shown_of_their_trainings_alone(experiment: Experiment) -> None:
    curves, transfer = Table(kind="curves", domains=("words",), seeds=(0,)), Table(kind="transfer", seeds=(0,))
    more = experiment.model_copy(update={"tables": (*experiment.tables, curves, transfer)})

    def wanted(*tables: str) -> dict[str, tuple[bool, tuple[str, ...]]]:
        found = {cell.key.id: cell.readings for cell in cells_of(more, tables=tables)}
        return {key: (one.curve, one.transfer) for key, one in found.items() if one}

    sums, words = "sums/react/mini/trained/0", "words/react/mini/trained/0"
    assert wanted() == {sums: (False, ("words",)), words: (True, ("sums",))}
    assert wanted("main") == {}
    assert wanted("curves") == {words: (True, ())}
    assert wanted("main", "transfer") == {sums: (False, ("words",)), words: (False, ("sums",))}


def test_a_transfer_is_to_the_other_domains_of_its_table_whatever_others_there_are(experiment: Experiment) -> None:
    domains = dict.fromkeys(("sums", "words", "more", "most"), experiment.domains["sums"])
    tables = tuple(Table(kind="transfer", domains=names) for names in (("more", "sums"), ("words", "sums", "most")))
    made = experiment.model_copy(update={"domains": domains, "tables": tables})
    found = {cell.key.domain: cell.readings.transfer for cell in cells_of(made, only=["*/trained/0"])}
    assert found == {
        "more": ("sums",),
        "sums": ("words", "more", "most"),
        "words": ("sums", "most"),
        "most": ("sums", "words"),
    }


KINDS = ("main", "curves", "transfer")
some = st.sets(st.sampled_from(KINDS))
tables = st.builds(
    Table,
    kind=st.sampled_from(KINDS),
    domains=st.sampled_from([(), ("sums",), ("words", "sums")]),
    methods=st.sampled_from([(), ("trained",), ("plain", "trained")]),
    seeds=st.sampled_from([(), (0,), (1, 7)]),
)


@given(st.lists(tables, max_size=4), some, some)
def test_what_tables_want_together_is_what_each_of_them_wants(
    more: list[Table], one: set[str], other: set[str]
) -> None:
    first = tuple(Table.model_validate({"kind": kind}) for kind in KINDS)
    parsed = Experiment.model_validate(tomllib.loads(TOML))
    made = parsed.model_copy(update={"tables": (*first, *more)})

    def wanted(kinds: set[str]) -> set[tuple[str, str]]:
        cells = cells_of(made, tables=[*kinds]) if kinds else ()
        curves = {(cell.key.id, "") for cell in cells if cell.readings.curve}
        return curves | {(cell.key.id, domain) for cell in cells for domain in cell.readings.transfer}

    assert wanted(one | other) == wanted(one) | wanted(other)
    assert wanted({*KINDS}) == {(cell, what) for cell, what in wanted({*KINDS}) if "/trained/" in cell}


def test_a_choice_of_nothing_is_a_mistake(experiment: Experiment) -> None:
    with pytest.raises(ConfigError, match="--only summs/\\*: no cell is called so; there are 8, 'sums/react"):
        cells_of(experiment, only=["summs/*"])
    with pytest.raises(ConfigError, match="--table batch: the experiment has no such table; it has: main"):
        cells_of(experiment, tables=["batch"])


def test_options_come_from_experiment_agent_domain_and_method_the_last_wins(file: Path) -> None:
    edit(file, "[domains.sums]", '[domains.sums]\nscorer = "numeric"\nagent = { turns = 5, calls = 6 }')
    edit(file, 'kind = "react"', 'kind = "react"\nlabel = "ReAct"\nturns = 4\nresult_characters = 700')
    edit(file, "epochs = 2", "epochs = 2, repeats = 3")
    edit(file, 'kind = "none"', 'kind = "none"\nagent = { calls = 9 }\ndraw = { train = 6 }')
    edit(file, "[models.mini]", "[training]\nepochs = 8\npatience = 7\n[limits]\nrequests = 99\n[models.mini]")
    by_id = {cell.key.id: cell for cell in cells_of(load_experiment(file)[0])}
    trained, plain = by_id["sums/react/mini/trained/0"], by_id["sums/react/mini/plain/0"]
    assert (trained.config.training.epochs, plain.config.training.epochs) == (2, 8)
    assert (trained.config.training.patience, trained.config.training.repeats) == (7, 3)
    agent = plain.config.agent
    assert (agent.kind, agent.turns, agent.calls, agent.result_characters) == ("react", 5, 9, 700)
    assert (trained.config.agent.calls, by_id["words/react/mini/trained/0"].config.agent.turns) == (6, 4)
    assert (trained.draw.train, plain.draw.train, plain.draw.test) == (4, 6, 5)
    assert (trained.config.scorer.kind, trained.config.limits.requests) == ("numeric", 99)
    assert trained.config.models.agent.model == "agent"


def test_every_cell_of_a_domain_has_the_same_test_tasks_and_each_seed_its_own_train_tasks(file: Path) -> None:
    edit(file, 'kind = "none"', 'kind = "none"\ndraw = { train = 6 }')
    experiment, base = load_experiment(file)
    drawing = Drawing(experiment, base)
    for domain in experiment.domains:
        cells = cells_of(experiment, only=[f"{domain}/*"])
        trained, other_seed, plain, _ = splits = [drawing.splits(cell) for cell in cells]
        assert {one.test.digest for one in splits if one.test} == {drawing.test(domain, cells[0].draw).digest}
        assert trained.train.digest != other_seed.train.digest
        assert (len(trained.train), len(plain.train)) == (cells[0].draw.train, 6)
        assert (trained.validation is not None) == (domain == "words")


def test_the_same_cell_has_the_same_tasks_again_and_another_seed_of_the_draw_other_test_tasks(file: Path) -> None:
    experiment, base = load_experiment(file)
    cell = cells_of(experiment)[0]
    first, again = (Drawing(experiment, base).splits(cell) for _ in range(2))
    assert first == again
    other = cell.model_copy(update={"draw": cell.draw.model_copy(update={"seed": 1})})
    assert Drawing(experiment, base).splits(other).test != first.test


def test_a_domain_is_read_once(file: Path) -> None:
    experiment, base = load_experiment(file)
    drawing = Drawing(experiment, base)
    cells = cells_of(experiment, only=["sums/*"])
    drawing.splits(cells[0])
    (base / "sums.jsonl").unlink()
    drawing.splits(cells[1])


@given(
    st.integers(2, 30),
    st.builds(
        Draw,
        train=st.integers(1, 12),
        validation=st.integers(0, 6),
        test=st.integers(1, 12),
        seed=st.integers(0, 3),
    ),
    st.integers(0, 3),
)
def test_a_draw_is_of_the_wanted_sizes_without_overlap_or_says_what_is_missing(
    count: int, draw: Draw, seed: int
) -> None:
    source = TaskSet(name="pool", tasks=tuple(Task(id=str(n), question=f"{n}?") for n in range(count)))
    sizes = (draw.train, draw.validation, draw.test)
    if sum(sizes) > count:
        with pytest.raises(DataError, match=f"pool has {count} different tasks, and {draw.train} to train on"):
            drawn(Pools(source, None, None), draw, seed)
        return
    splits = drawn(Pools(source, None, None), draw, seed)
    sets = [one for one in (splits.train, splits.validation, splits.test) if one is not None]
    assert [len(one) for one in sets] == [size for size in sizes if size]
    assert len({task.id for one in sets for task in one.tasks}) == sum(sizes)


def test_too_few_tasks_are_said_with_the_domain_what_there_is_and_what_is_wanted(file: Path) -> None:
    edit(file, "draw = { train = 3", "draw = { train = 30")
    experiment, base = load_experiment(file)
    with pytest.raises(DataError, match=r"domain words: .* has 12 different tasks, and 30 and 2 to train and validate"):
        Drawing(experiment, base).splits(cells_of(experiment, only=["words/*"])[0])


def test_a_question_that_stands_twice_in_a_source_is_never_trained_on_and_tested(file: Path) -> None:
    twice = rows("sums", 9) + rows("sums", 9).replace('"id": "sums-', '"id": "again-')
    (file.parent / "sums.jsonl").write_text(twice)
    experiment, base = load_experiment(file)
    splits = Drawing(experiment, base).splits(cells_of(experiment)[0])
    assert all(task.id.startswith("sums-") for task in (*splits.train.tasks, *(splits.test or splits.train).tasks))


def test_train_and_test_files_that_share_a_task_are_refused(file: Path) -> None:
    (file.parent / "words_test.jsonl").write_text((file.parent / "words_train.jsonl").read_text())
    experiment, base = load_experiment(file)
    cells = cells_of(experiment, only=["words/*"])
    every = cells[0].model_copy(update={"draw": Draw(train=12, test=10)})  # so that they must share one
    with pytest.raises(DataError, match=r"domain words: .* overlap"):
        Drawing(experiment, base).splits(every)


def test_an_option_of_a_reader_is_refused_with_its_key(file: Path) -> None:
    edit(file, 'path = "sums.jsonl"', 'paht = "sums.jsonl"')
    experiment, base = load_experiment(file)
    with pytest.raises(ConfigError, match=r"domains\.sums\.source"):
        Drawing(experiment, base).splits(cells_of(experiment)[0])
