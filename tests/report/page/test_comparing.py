"""The page of several runs has one document, with the charts there are figures for."""

from pathlib import Path

import pytest

from toolwright.report.page.comparing import CompareDocuments
from trained_runs import trained_run


def test_the_page_of_several_runs_has_one_document_with_its_charts(tmp_path: Path) -> None:
    runs = [Path(trained_run(tmp_path).folder) for _ in range(2)]
    documents = CompareDocuments(runs)
    assert list(documents.names()) == ["comparison"]
    found = documents.read("comparison")
    assert found is documents.read("comparison") is documents.comparison
    assert set(found.charts) == {"accuracy", "cost"}
    assert {value["run"] for value in found.charts["accuracy"]["data"]["values"]} == {run.name for run in runs}
    with pytest.raises(KeyError):
        documents.read("overview")
