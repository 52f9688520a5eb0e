"""The examples in the docstrings of the nouns and of the rooms between them and the training."""

import doctest
import importlib
import pkgutil

import pytest

import toolwright
import toolwright.agents
import toolwright.experiments
import toolwright.experiments.methods
import toolwright.experiments.methods.craft
import toolwright.optimizer
import toolwright.report
import toolwright.report.charts
import toolwright.report.documents
import toolwright.report.documents.comparison
import toolwright.report.documents.functions
import toolwright.report.documents.optimizer
import toolwright.report.documents.overview
import toolwright.report.documents.tasks
import toolwright.report.page
import toolwright.training

ROOMS = (
    toolwright,
    toolwright.agents,
    toolwright.experiments,
    toolwright.experiments.methods,
    toolwright.experiments.methods.craft,
    toolwright.optimizer,
    toolwright.report,
    toolwright.report.charts,
    toolwright.report.documents,
    toolwright.report.documents.comparison,
    toolwright.report.documents.functions,
    toolwright.report.documents.optimizer,
    toolwright.report.documents.overview,
    toolwright.report.documents.tasks,
    toolwright.report.page,
    toolwright.training,
)
MODULES = [
    f"{room.__name__}.{found.name}"
    for room in ROOMS
    for found in pkgutil.iter_modules(room.__path__)
    if not found.ispkg
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_do_what_they_say(name: str):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    found = sum(len(test.examples) for name in MODULES for test in finder.find(importlib.import_module(name)))
    assert found >= 10
