"""An experiment's TOML: what is wrong with it is said with the file, the key and the remedy, and no task is read."""

from pathlib import Path

import pytest
from small_experiments import TOML, edit, make_experiment

from toolwright.config.schema import Reader
from toolwright.errors import ConfigError
from toolwright.experiments.load import load_experiment
from toolwright.experiments.shipped import placed


def refused(file: Path, **options: object) -> str:
    with pytest.raises(ConfigError) as error:
        load_experiment(file, **options)  # pyright: ignore[reportArgumentType] - a test's own options
    return str(error.value)


def test_an_experiment_is_read_without_its_tasks(tmp_path: Path) -> None:
    file = tmp_path / "alone.toml"
    file.write_text(TOML)
    experiment, base = load_experiment(file)
    assert (experiment.name, base, list(experiment.methods)) == ("small", tmp_path, ["trained", "plain"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "small"', 'nmae = "small"', "unknown key 'nmae'; did you mean 'name'?"),
        ('name = "small"', "", "missing key 'name'; say what it is called"),
        ("test = 5", "tset = 5", "unknown key 'domains.sums.draw.tset'; did you mean 'test'?"),
        ('kind = "react"', 'knd = "react"', "unknown key 'agents.react.knd'; did you mean 'kind'?"),
        ('kind = "main"', 'kind = "main"\ndomain = ["sums"]', "key 'tables.0.domain'; did you mean 'domains'?"),
        ('kind = "main"', 'kind = "mian"', "key 'tables.0.kind': Input should be 'main', "),
        ('kind = "main"', 'kind = "main"\nmethods = ["traind"]', "tables.0.methods: there is no method 'traind'"),
        ('kind = "main"', 'kind = "main"\nagents = ["x"]', "tables.0.agents: there is no agent 'x'; there are: react"),
        (
            'kind = "main"',
            'kind = "curves"\nmethods = ["plain"]',
            'tables.0: a table of curves reads trainings, and none of its methods is of kind "train"; they are: plain',
        ),
        ('kind = "main"', 'kind = "transfer"\nmethods = ["plain"]', "tables.0: a table of transfer reads trainings"),
        ('kind = "main"', 'kind = "transfer"\ndomains = ["sums"]', "a table of transfer has at least two domains"),
        ('kind = "none"', 'kind = "none"\ncurve = true', "unknown key 'methods.plain.curve'"),
        ("epochs = 2", "epoch = 2", "unknown key 'methods.trained.training.epoch'; did you mean 'epochs'?"),
        ("epochs = 2", "epochs = -2", "key 'methods.trained.training.epochs': Input should be greater"),
        ('kind = "none"', 'kind = "none"\nagent = { turns = 0 }', "key 'methods.plain.agent.turns'"),
        ('kind = "none"', 'kind = "none"\ndraw = { tests = 9 }', "unknown key 'methods.plain.draw.tests'"),
        (
            'gate = "strict" }',
            'gate = "strict" }\noptions = { shots = 4 }',
            'methods.trained.options.shots: nothing of a method of kind "train" reads it; leave it out',
        ),
        ('kind = "none"', 'kind = "none"\noptions = { parts = 4 }', "methods.plain.options.parts: nothing of a method"),
        (
            'kind = "none"',
            'kind = "craft"\ntraining = { repeats = 2, epochs = 3 }',
            'methods.plain.training.epochs: nothing of a method of kind "craft" reads it; leave it out: only train',
        ),
        (
            'kind = "none"',
            'kind = "few_shot"\noptimizer = { credit = false }',
            "methods.plain.optimizer.credit: nothing",
        ),
        ("[domains.words]", "[domains.words]\nagent = { turn = 3 }", "unknown key 'domains.words.agent.turn'"),
        ("[domains.words]", '[domains."w/s"]', "domains.w/s: 'w/s' cannot name a folder"),
        ("[domains.words]", "[domains.words]\nsource = { reader = 'csv' }", "domains.words: give `source`, or both"),
        ('test = { reader = "jsonl", path = "words_test.jsonl" }', "", "domains.words: give `source`, or both"),
        ("[models.mini]", '[sandbox]\nkind = "unconfined"\n[models.mini]', "key 'sandbox.kind': no configuration can"),
        ("[models.mini]", "[models.mini", "is not valid TOML"),
    ],
)
def test_what_is_wrong_is_said_with_file_key_and_remedy(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = make_experiment(tmp_path)
    edit(file, old, new)
    text = refused(file)
    assert text.startswith(str(file))
    assert said in text


def test_what_a_method_reads_may_be_given(tmp_path: Path) -> None:
    file = make_experiment(tmp_path)
    edit(file, 'gate = "strict" }', 'gate = "strict" }\noptimizer = { credit = false }')
    edit(file, 'kind = "none"', 'kind = "none"\ntraining = { repeats = 3, at_once = 2 }')  # an evaluation's, too
    more = """[methods.parts]
kind = "divide"
options = { parts = 2 }
training = { epochs = 3 }
optimizer = { credit = false }
[methods.shown]
kind = "few_shot"
options = { shots = 4 }
[[tables]]"""
    edit(file, "[[tables]]", more)
    assert list(load_experiment(file)[0].methods) == ["trained", "plain", "parts", "shown"]


def test_of_an_option_that_several_tables_give_the_one_that_counts_is_named(tmp_path: Path) -> None:
    file = make_experiment(tmp_path)
    edit(file, 'kind = "react"', 'kind = "react"\nturns = 4')
    edit(file, "[domains.sums]", "[domains.sums]\nagent = { turns = 0 }")
    assert "key 'domains.sums.agent.turns': Input should be greater" in refused(file)


def test_a_name_that_is_neither_file_nor_preset_is_refused(tmp_path: Path) -> None:
    assert "nosuch is neither a file nor a preset" in refused(Path("nosuch"))
    assert "cannot be read" in refused(tmp_path / "nosuch.toml")


def test_models_of_the_command_line_stand_in_the_place_of_all_others(tmp_path: Path) -> None:
    file = make_experiment(tmp_path)
    edit(file, 'kind = "main"', 'kind = "main"\nmodels = ["mini"]')
    experiment, _ = load_experiment(file, models={"agent": "openrouter:meta/llama-3", "optimizer": "openai:gpt-5"})
    [(name, models)] = experiment.models.items()
    assert (name, models.agent.model) == ("llama-3", "openrouter:meta/llama-3")
    assert models.optimizer is not None
    assert models.optimizer.model == "openai:gpt-5"
    assert experiment.tables[0].models == ()


def test_the_optimizers_model_alone_names_no_experiment(tmp_path: Path) -> None:
    assert "--model: give agent=MODEL" in refused(make_experiment(tmp_path), models={"optimizer": "openai:gpt-5"})


def test_data_that_no_domain_reads_are_a_mistake(tmp_path: Path) -> None:
    file = make_experiment(tmp_path)
    assert "no domain reads data:sums; it reads none" in refused(file, data={"sums": tmp_path})
    edit(file, '"sums.jsonl"', '"data:sums/sums.jsonl"')
    assert "there are: sums" in refused(file, data={"smus": tmp_path})
    load_experiment(file, data={"sums": tmp_path})


def test_paths_of_named_and_of_shipped_data_lie_where_they_are(tmp_path: Path) -> None:
    def path_of(text: str) -> str:
        return str(placed(Reader.model_validate({"reader": "jsonl", "path": text}), {"sums": tmp_path}).options["path"])

    assert path_of("data:sums/a/b.jsonl") == f"{tmp_path}/a/b.jsonl"
    assert Path(path_of("data:sums")) == tmp_path
    assert path_of("plain.jsonl") == "plain.jsonl"
    assert Path(path_of("package:dm_math/train.jsonl")).is_absolute()
    with pytest.raises(ConfigError, match="--data other=PATH"):
        path_of("data:other/x")
    with pytest.raises(ConfigError, match="nothing called 'nosuch' is shipped"):
        path_of("package:nosuch/x")
