import importlib
import subprocess
import sys

import pytest

import toolwright


def test_every_public_name_is_there_and_documented():
    for name in toolwright.__all__:
        assert getattr(toolwright, name).__doc__, name


def test_the_public_surface_is_this_and_changes_on_purpose_only():
    assert toolwright.__all__ == [
        *("Config", "Evaluation", "Function", "FunctionSet", "Limits", "ModelSpec", "Parameters", "Price", "Run"),
        *("Score", "Task", "TaskSet", "ToolwrightError", "Trainer", "TrainingResult", "Trajectory", "load_config"),
        "read_tasks",
    ]


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'Trainor'"):
        toolwright.Trainor  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue] - that is the point


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, toolwright; print(sorted({'pydantic', 'pydantic_ai', 'scipy', 'typer'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_trainer_imports_no_provider_library_before_a_model_is_opened():
    code = "import sys; from toolwright import Trainer; print('pydantic_ai' in sys.modules, 'scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False False"


@pytest.mark.parametrize("module", ["functions", "tasks", "messages", "protocols", "schemas", "base"])
def test_every_nouns_module_says_what_it_is(module: str):
    assert importlib.import_module(f"toolwright.{module}").__doc__
