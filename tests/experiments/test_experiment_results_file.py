"""The results file: written whole, read with clear errors, without keys."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from small_experiments import Counting, edit, make_experiment, run

from toolwright.errors import RunError
from toolwright.experiments.load import load_experiment
from toolwright.experiments.results_file import read_results, results_of, write_results


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The results file of an experiment that was run."""
    file = make_experiment(tmp_path_factory.mktemp("results"))
    asyncio.run(run(file, Counting()))
    return (file.parent / "out/results.json").read_bytes()


@pytest.fixture
def folder(tmp_path: Path, written: bytes) -> Path:
    (tmp_path / "results.json").write_bytes(written)
    return tmp_path


def refused(path: Path) -> str:
    with pytest.raises(RunError) as error:
        read_results(path)
    return str(error.value)


def change(folder: Path, **values: Any) -> None:
    file = folder / "results.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def test_it_is_read_by_its_name_or_its_folders_and_written_the_same_again(folder: Path) -> None:
    results = read_results(folder)
    assert results == read_results(folder / "results.json")
    before = (folder / "results.json").read_bytes()
    write_results(folder, results)
    assert (folder / "results.json").read_bytes() == before
    assert len(results.cells) == 8


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert "cannot be read" in refused(tmp_path / "none.json")


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\x00\xff", '{"schema_version": 1, "exper'])
def test_a_file_that_is_no_json_is_said(folder: Path, text: str) -> None:
    (folder / "results.json").write_text(text)
    assert "is no results file, or damaged: it is not JSON" in refused(folder)


@pytest.mark.parametrize("text", ["{}", "[1]", "7", '{"schema_version": 1}', '{"experiment": {}}'])
def test_another_file_is_said_to_be_none(folder: Path, text: str) -> None:
    (folder / "results.json").write_text(text)
    assert "is no results file: name a results.json" in refused(folder)


@pytest.mark.parametrize(("version", "remedy"), [(3, "upgrade it"), (1, "have it written anew"), ("x", "upgrade it")])
def test_another_version_is_said_with_who_wrote_it(folder: Path, version: object, remedy: str) -> None:
    change(folder, schema_version=version, toolwright="9.9")
    text = refused(folder)
    assert f"has version {version!r}, written by Toolwright '9.9'" in text
    assert "reads version 2" in text
    assert remedy in text


def test_a_damaged_cell_is_named(folder: Path) -> None:
    data = json.loads((folder / "results.json").read_text())
    del data["cells"][3]["digest"]
    change(folder, cells=data["cells"])
    assert "is damaged: key 'cells.3.digest': Field required" in refused(folder)


async def test_no_key_is_written(tmp_path: Path) -> None:
    file = make_experiment(tmp_path)
    edit(file, "[methods.plain]", '[domains.token]\nsource = { reader = "m:R", api_key = "hunter3" }\n[methods.plain]')
    edit(file, "price =", 'settings = { extra_body = { api_key = "hunter4" } }, price =')
    experiment, _ = load_experiment(file)
    text = results_of(experiment, ()).model_dump_json()
    assert "hunter" not in text
    assert '"token":{"source":{"reader":"m:R","api_key":"***"}' in text
    await run(file, Counting(), only=["sums/*"])
    written = [path for path in (tmp_path / "out").rglob("*.json") if "hunter" in path.read_text()]
    assert written == []
