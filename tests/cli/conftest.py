"""The command line, called in this process in a folder with a config and tasks, against a simulated endpoint."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from projects import Project, Trained, make_project

from simulated_endpoint import SimulatedEndpoint, simulated_endpoint


@pytest.fixture(scope="session", autouse=True)
def wide_lines() -> Iterator[None]:
    """Whatever width this process was told, tables are drawn 120 characters wide."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "120")
        yield


@pytest.fixture(scope="session")
def endpoint() -> Iterator[SimulatedEndpoint]:
    with simulated_endpoint() as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, endpoint: SimulatedEndpoint) -> Project:
    return make_project(tmp_path, endpoint)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, endpoint: SimulatedEndpoint) -> Trained:
    """Made once; tests only read it, or add runs to it."""
    project = make_project(tmp_path_factory.mktemp("trained"), endpoint)
    ran = project.run("train", "c.toml", "--name", "first")
    assert ran.code == 0, ran.err
    recorded = project.run("record", "c.toml", "--out", "rec.jsonl", "--from", "runs/first", "--quiet")
    assert recorded.code == 0, recorded.err
    return Trained(project, ran)
