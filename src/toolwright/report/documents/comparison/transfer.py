"""Domain transfer: the results of `toolwright evaluate … --json` as a matrix, function sets by task sets.

Example:
    files = [read_evaluation(Path("loans.json")), read_evaluation(Path("dates.json"))]
    transfer_of(files, {"7c77b32857a989142c9165661657a5c5": "demo"}).cells  # one a function set and task set
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from toolwright.base import Frozen
from toolwright.errors import DataError
from toolwright.report.documents.comparison.values import TransferCell
from toolwright.training.intervals import Interval

_SHOWN: Final = 8
"""Digits of a digest that tell two sets apart for a reader."""

Share = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    """What is read of a file, which holds much more."""

    model_config = ConfigDict(frozen=True)


class _Tasks(_Part):
    name: str
    digest: str = Field(min_length=1)


class _Score(_Part):
    mean: Share
    low: Share
    high: Share


class _File(_Part):
    """The fields of `evaluate --json` that a matrix is made of."""

    parameters: str = Field(min_length=1)
    functions: tuple[str, ...]
    tasks: _Tasks
    scored: int = Field(ge=0)
    complete: bool
    score: _Score | None


class EvaluationFile(Frozen):
    """One evaluation, as its file tells it.

    Attributes:
        file: The file's name.
        parameters: Digest of the parameters.
        functions: Names of their functions.
        name: The task set's name.
        tasks: The task set's digest.
        score: Mean score of the scored rollouts, 0 to 1; None where none is scored.
        scored: How many are.
        complete: Whether all are.
    """

    file: str
    parameters: str
    functions: tuple[str, ...]
    name: str
    tasks: str
    score: Interval | None
    scored: int
    complete: bool


class Transfer(Frozen):
    """The cells of a matrix, in the order of their files, and what its reader must know."""

    cells: tuple[TransferCell, ...] = ()
    notices: tuple[str, ...] = ()


def read_evaluation(file: Path) -> EvaluationFile:
    """Reads the result of `toolwright evaluate … --json`.

    Raises:
        DataError: The file cannot be read, or is no such result; the message names it and the field.
    """
    try:
        found = _File.model_validate_json(file.read_bytes())
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror or error}") from error
    except ValidationError as error:
        raise DataError(_not_ours(file, error)) from error
    return EvaluationFile(
        file=file.name,
        parameters=found.parameters,
        functions=found.functions,
        name=found.tasks.name,
        tasks=found.tasks.digest,
        score=Interval(**found.score.model_dump()) if found.score else None,
        scored=found.scored,
        complete=found.complete,
    )


def _not_ours(file: Path, error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"]))
    what = f"its field {where}: {first['msg']}" if where else first["msg"]
    return f"{file} is no result of `toolwright evaluate … --json`: {what}; write it anew with that command"


def transfer_of(files: Sequence[EvaluationFile], names: Mapping[str, str]) -> Transfer:
    """The matrix of some evaluations.

    Args:
        files: The evaluations; of two of the same functions and tasks the first counts.
        names: What function sets are called, by the digest of their parameters.
    """
    rows = _labels({each.parameters: _functions_name(each, names) for each in files})
    columns = _labels({each.tasks: each.name or "tasks" for each in files})
    cells: dict[tuple[str, str], TransferCell] = {}
    notices: list[str] = []
    for each in files:
        row, column = rows[each.parameters], columns[each.tasks]
        taken = cells.get((row, column))
        notices += _said_of(each, taken, f"{row} on {column}")
        if each.score is not None and taken is None:
            cells[row, column] = TransferCell(
                functions=row, tasks=column, score=each.score, rollouts=each.scored, file=each.file
            )
    return Transfer(cells=tuple(cells.values()), notices=tuple(notices))


def _said_of(each: EvaluationFile, taken: TransferCell | None, what: str) -> Iterator[str]:
    """What a reader must know of a file: nothing, where it is complete and the only one of its kind."""
    if each.score is None:
        yield f"{each.file}: no rollout of {what} has a score, so it is not in the transfer matrix"
    elif taken is not None:
        yield f"{each.file}: {what} is there already, from {taken.file}, which is shown; this one is not"
    elif not each.complete:
        yield f"{each.file}: {what} is incomplete; its score is of the {each.scored} rollouts that have one"


def _functions_name(each: EvaluationFile, names: Mapping[str, str]) -> str:
    if not each.functions:
        return "no functions"
    return names.get(each.parameters) or f"functions {each.parameters[:_SHOWN]}"


def _labels(names: Mapping[str, str]) -> dict[str, str]:
    """The names by digest, where two have the same one with the digest's beginning."""
    used = Counter(names.values())
    return {digest: f"{name} ({digest[:_SHOWN]})" if used[name] > 1 else name for digest, name in names.items()}
