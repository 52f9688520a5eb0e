"""The results file: all cells of an experiment that have records, from which tables and figures are drawn.

Example:
    results = read_results("experiments/small/results.json")
"""

import json
from pathlib import Path
from typing import Any, Final, cast

from pydantic import ValidationError

from toolwright.errors import RunError
from toolwright.experiments.matrix import Experiment
from toolwright.experiments.records import RESULTS_VERSION, CellRecord, Results
from toolwright.recordings import write_whole
from toolwright.redaction import redacted
from toolwright.runs.identity import this_version

RESULTS: Final = "results.json"
"""Its name in an experiment's folder."""

_AXES: Final = ("domains", "agents", "models", "methods")


def read_results(path: Path | str) -> Results:
    """Reads a results file, or that of an experiment's folder.

    Raises:
        RunError: There is none, it is no results file, damaged, or of another version.
    """
    file = Path(path) / RESULTS if Path(path).is_dir() else Path(path)
    try:
        data: object = json.loads(file.read_bytes())
    except OSError as error:
        raise RunError(f"{file} cannot be read: {error}; name a {RESULTS} that `experiment run` wrote") from error
    except (ValueError, RecursionError) as error:
        raise RunError(f"{file} is no results file, or damaged: it is not JSON: {error}; {_REMEDY}") from error
    table = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    if "schema_version" not in table or "experiment" not in table:
        raise RunError(f"{file} is no results file: name a {RESULTS} that `toolwright experiment run` wrote")
    _check_version(file, table)
    try:
        return Results.model_validate_json(json.dumps(table))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in fault["loc"])
        raise RunError(f"{file} is damaged: key {key!r}: {fault['msg']}; {_REMEDY}") from None


_REMEDY: Final = "restore a copy, or have it written anew by the same `toolwright experiment run` (its cells are kept)"


def _check_version(file: Path, table: dict[str, Any]) -> None:
    found = table["schema_version"]
    if not isinstance(found, bool) and found == RESULTS_VERSION:
        return
    wrote = f"{file} has version {found!r:.20}, written by Toolwright {table.get('toolwright') or 'unknown'!r:.20}"
    here = f"this one ({this_version()}) reads version {RESULTS_VERSION}"
    if isinstance(found, int) and found < RESULTS_VERSION:
        raise RunError(f"{wrote}; {here}: have it written anew by `toolwright experiment run`, or use that version")
    raise RunError(f"{wrote}; {here}: upgrade it")


def results_of(experiment: Experiment, records: tuple[CellRecord, ...]) -> Results:
    """Results as they are kept: the experiment with its keys hidden."""
    data = experiment.model_dump(mode="json")
    for axis in _AXES:  # entry by entry: what a user calls a domain hides nothing
        data[axis] = {name: redacted(entry) for name, entry in data[axis].items()}
    return Results(experiment=Experiment.model_validate(data), cells=records, toolwright=this_version())


def write_results(folder: Path, results: Results) -> Path:
    """Writes the results file of an experiment's folder whole; raises RunError where it cannot be written."""
    return write_value(folder / RESULTS, results.model_dump_json(indent=1))


def write_value(file: Path, text: str) -> Path:
    """Writes a file whole; raises RunError where it cannot be written."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return write_whole(file, f"{text}\n".encode())
    except OSError as error:
        raise RunError(f"{file} cannot be written: {error}; free space on its disk, or make it writable") from error
