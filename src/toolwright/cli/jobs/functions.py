"""Function folders, looked at: nothing in them is imported or run."""

import json
from pathlib import Path
from typing import cast

from pydantic import JsonValue

from toolwright.cli.output import print_json, print_sections
from toolwright.errors import FunctionError
from toolwright.functions import Function, FunctionSet
from toolwright.report.sections import Section
from toolwright.runs.folder import DATABASE


def load_functions(path: Path) -> FunctionSet:
    """The functions of a folder, or the best ones of a run's folder.

    Raises:
        FunctionError: It is neither, or a file is wrong; the message names the file and the line.
    """
    return FunctionSet.load(path / "functions" if (path / DATABASE).is_file() else path)


def list_functions(path: Path, *, as_json: bool) -> None:
    """Prints a line for each function."""
    functions = load_functions(path)
    if as_json:
        print_json([_data(function) for function in functions.functions])
        return
    rows = tuple(_row(function) for function in functions.functions)
    lines = () if rows else (f"There are no functions in {path}.",)
    print_sections(
        [Section(columns=("function", "frozen", "imports", "what it does") if rows else (), rows=rows, lines=lines)]
    )


def show_functions(path: Path, name: str, *, as_json: bool) -> None:
    """Prints functions in full; all of them where none is named."""
    functions = load_functions(path)
    chosen = (functions.get(name),) if name else functions.functions
    if as_json:
        print_json([_data(function) for function in chosen])
        return
    if not chosen:
        raise FunctionError(f"there are no functions in {path}")
    print_sections(section for function in chosen for section in _sections(function))


def diff_functions(old: Path, new: Path) -> None:
    """Prints what changed between two folders."""
    changes = load_functions(old).diff(load_functions(new))
    print_sections([Section(lines=tuple(changes.splitlines()))])


def _call(function: Function) -> str:
    properties = cast("dict[str, JsonValue]", function.parameters["properties"])
    return f"{function.name}({', '.join(properties)})"


def _row(function: Function) -> tuple[str, ...]:
    marks = "yes" if function.frozen else "no"
    return (_call(function), marks, ", ".join(function.packages), function.spec.description.split("\n")[0])


def _sections(function: Function) -> tuple[Section, Section, Section]:
    schema = json.dumps(function.parameters, indent=2, ensure_ascii=False)
    head = f"{function.name}{' (frozen)' if function.frozen else ''}"
    return (
        Section(title=head, lines=(function.spec.description,)),
        Section(title="Parameters (JSON schema)", lines=tuple(schema.splitlines())),
        Section(title=f"{function.name}.py", lines=tuple(function.source.splitlines())),
    )


def _data(function: Function) -> JsonValue:
    data = function.model_dump(mode="json")
    return {**data, "description": function.spec.description, "parameters": function.parameters}
