"""Data sets from the Hugging Face hub, played by a server on loopback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hub_server import COMMIT, FILES, GSM8K, LATER, HubServer
from parquet_files import parquet_shards

from toolwright.config import load_config
from toolwright.config.shortcuts import splits_of
from toolwright.datasets import GaiaReader, Gsm8kReader
from toolwright.datasets.hub import fetched, source_of
from toolwright.errors import ConfigError, DataError
from toolwright.experiments.cells import cells_of
from toolwright.experiments.drawing import Drawing
from toolwright.experiments.load import load_experiment


def test_a_file_is_fetched_once_and_read(hub: HubServer):
    (task,) = Gsm8kReader(path=fetched("hub:owner/set/main/train.jsonl")).read().tasks
    assert (task.id, task.target) == ("train/1", "2")
    files = [path for path in hub.asked if "/resolve/" in path]
    assert {path.rpartition("/")[2] for path in files} == {"train.jsonl"}
    for again in ("hub:owner/set/main/train.jsonl", f"hub:owner/set@{COMMIT}/main/train.jsonl"):
        assert fetched(again).read_bytes() == GSM8K
    assert [path for path in hub.asked if "/resolve/" in path] == files


def test_a_folder_is_fetched_with_the_files_of_its_tasks(hub: HubServer):
    (task,) = GaiaReader(path=fetched("hub:owner/set/2023").parent).read().tasks
    assert [file.name for file in task.files] == ["a.csv"]
    assert Path(task.files[0].path).read_bytes() == b"1\n2\n"
    assert not any("train" in path for path in hub.asked)
    whole = fetched(f"hub:owner/set@{COMMIT}")
    assert {path.relative_to(whole).as_posix() for path in whole.rglob("*") if path.is_file()} == set(FILES)


def test_a_config_reads_from_the_hub(hub: HubServer, tmp_path: Path):
    path = tmp_path / "c.toml"
    path.write_text(
        '[models]\nagent = "openai:x"\n[tasks]\ntrain = { reader = "gsm8k", path = "hub:owner/set/main/train.jsonl" }\n'
    )
    assert len(splits_of(load_config(path).tasks, tmp_path).train) == 1


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("hub:owner/set@v9/main/train.jsonl", r"no revision 'v9'; name a branch, a tag or a commit of http://127"),
        (
            "hub:owner/none/x.jsonl",
            r"the hub has no data set owner/none, or it is private; check the name, or `hf auth",
        ),
        ("hub:owner/set/main/test.jsonl", r"owner/set has no 'main/test.jsonl'; its files are on http://127"),
    ],
)
def test_what_is_not_there_is_said(hub: HubServer, path: str, message: str):
    with pytest.raises(DataError, match=message) as said:
        fetched(path)
    assert str(said.value).startswith(f"{path}: ")


def test_a_gated_set_says_what_to_do_and_no_key(hub: HubServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_TOKEN", "hf_verysecret")
    hub.gated.add("main/train.jsonl")
    with pytest.raises(
        DataError, match=r"gated, .*accept its terms on http.*/datasets/owner/set, then `hf auth login`, or set"
    ) as said:
        fetched("hub:owner/set/main/train.jsonl")
    assert "Bearer hf_verysecret" in hub.keys
    assert "verysecret" not in str(said.value)
    assert said.value.__suppress_context__


def test_a_server_that_hangs_up_or_fails_is_said(hub: HubServer):
    hub.status = -1
    with pytest.raises(DataError, match=r"could not be fetched \(\w+\); try again, or name a local file"):
        fetched("hub:owner/set/main/train.jsonl")
    hub.status = 500
    with pytest.raises(DataError, match="the hub answers with status 500; try again later"):
        fetched("hub:owner/set/main/train.jsonl")
    hub.status = 401
    with pytest.raises(DataError, match=r"status 401; it refuses the key; `hf auth login`, or set HF_TOKEN"):
        fetched("hub:owner/set/main/train.jsonl")


def test_without_a_network_the_cache_is_read_and_its_lack_is_said(hub: HubServer, monkeypatch: pytest.MonkeyPatch):
    fetched("hub:owner/set/main/train.jsonl")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert fetched("hub:owner/set/main/train.jsonl").read_bytes() == GSM8K
    with pytest.raises(DataError, match="the hub cannot be reached, and the cache does not hold it"):
        fetched("hub:owner/another/main/train.jsonl")


@pytest.fixture
def parquet_hub(hub: HubServer, tmp_path: Path) -> HubServer:
    """openai/gsm8k's layout beside that of a copy of MATH, in Parquet, with rows enough for the presets."""
    local = tmp_path / "local"
    for split, count in (("train", 100), ("test", 81)):
        rows = [{"question": f"{split} {n}?", "answer": f"#### {n}"} for n in range(count)]
        parquet_shards(local / "main", split, rows, 2)
        parquet_shards(local / "socratic", split, [{**row, "answer": "How?\n" + row["answer"]} for row in rows], 1)
        for subject in ("algebra", "geometry"):
            problems = [{"problem": f"{split} {subject} {n}?", "solution": r"\boxed{1}"} for n in range(count)]
            parquet_shards(local / "copy" / subject, split, problems, 1)
    hub.files = {
        path.relative_to(local).as_posix(): path.read_bytes() for path in local.rglob("*.parquet") if path.is_file()
    }
    return hub


def test_a_parquet_file_and_a_folder_of_shards_are_fetched_and_read(parquet_hub: HubServer):
    shard = fetched("hub:owner/set/main/test-00001-of-00002.parquet")
    assert len(Gsm8kReader(path=shard).read()) == 40
    tasks = Gsm8kReader(path=fetched(f"hub:owner/set@{COMMIT}/main"), split="test").read().tasks
    assert [task.id for task in tasks] == [f"test/{n}" for n in range(1, 82)]
    files = {path.partition(f"{COMMIT}/")[2] for path in parquet_hub.asked if "/resolve/" in path}
    assert files == {f"main/{half}-0000{n}-of-00002.parquet" for half in ("train", "test") for n in (0, 1)}


def test_the_presets_read_the_hubs_own_layouts(parquet_hub: HubServer):
    given = {"gsm8k": Path(f"hub:owner/set@{COMMIT}"), "math": Path(f"hub:owner/set@{COMMIT}/copy")}
    for preset, domain, source in (("open", "gsm8k", "main"), ("paper", "geometry", "copy/geometry")):
        experiment, base = load_experiment(preset)
        (cell, *_) = [cell for cell in cells_of(experiment) if cell.key.domain == domain]
        splits = Drawing(experiment, base, given).splits(cell)
        assert splits.test is not None
        assert (len(splits.train), len(splits.test)) == (20, 80)
        assert any(f"/{source}/train-" in path for path in parquet_hub.asked)
        assert all("How?" not in str(task.metadata) for task in splits.train.tasks)


def test_the_commit_that_was_fetched_is_told(hub: HubServer, tmp_path: Path):
    for path in ("main/train.jsonl", "2023", ""):
        source = f"hub:owner/set@{COMMIT}{path and f'/{path}'}"
        assert source_of(fetched(f"hub:owner/set{path and f'/{path}'}")) == source
        assert source_of(fetched(source)) == source
    hub.revisions["main"] = LATER
    assert source_of(fetched("hub:owner/set/main")) == f"hub:owner/set@{LATER}/main"
    assert source_of(tmp_path / "snapshots" / COMMIT / "main") == ""


@pytest.mark.parametrize(
    ("revision", "reference"),
    [
        ("refs/convert/parquet", "refs/convert/parquet"),
        ("refs%2Fconvert%2Fparquet", "refs/convert/parquet"),
        ("refs/pr/3", "refs/pr/3"),
        ("mine%2Fnew", "mine/new"),
        ("refs", "refs"),
    ],
)
def test_a_revision_may_be_a_reference_or_have_an_escaped_slash(hub: HubServer, revision: str, reference: str):
    hub.revisions = {"main": COMMIT, reference: LATER}
    assert source_of(fetched(f"hub:owner/set@{revision}/main")) == f"hub:owner/set@{LATER}/main"
    assert source_of(fetched(f"hub:owner/set@{revision}")) == f"hub:owner/set@{LATER}"


@pytest.mark.parametrize(
    "path",
    [
        "hub:",
        "hub:owner",
        "hub:owner/set@/x",
        "hub:owner/set/../x",
        "hub:o n/set/x",
        "hub:a/b//x",
        "hub:a/b@../x",
        "hub:a/b@x%2F..%2F..%2Fy/z",
        "hub:a/b@%2Fetc/x",
        "hub:a/b@x%20y/z",
    ],
)
def test_what_is_no_path_on_the_hub_is_refused(path: str):
    with pytest.raises(ConfigError, match="write hub:OWNER/NAME@REVISION/FILE"):
        fetched(path)


def test_a_missing_library_is_said_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ConfigError, match=r"pip install 'toolwright\[hub\]'"):
        fetched("hub:owner/set/x")


def test_the_environment_names_the_hub_and_the_key_and_jsonl_needs_no_pyarrow(hub: HubServer, tmp_path: Path):
    code = (
        "import sys; from toolwright.datasets import Gsm8kReader; from toolwright.datasets.hub import fetched\n"
        "print(Gsm8kReader(path=fetched('hub:owner/set'), split='train').read().tasks[0].id, 'pyarrow' in sys.modules)"
    )
    own = {"HF_HOME": str(tmp_path / "home"), "HF_TOKEN": "hf_mine"}
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, **own}, capture_output=True, check=True)
    assert done.stdout.split() == [b"train/1", b"False"]
    assert "Bearer hf_mine" in hub.keys
