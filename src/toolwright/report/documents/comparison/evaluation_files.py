"""What `toolwright evaluate … --json` wrote, read as far as a transfer matrix is made of it.

Example:
    files = read_evaluations([Path("loans.json"), Path("a_folder_of_them")])
    files[0].score
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator, model_validator

from toolwright.base import SCHEMA_VERSION, Frozen, canonical_json
from toolwright.errors import DataError
from toolwright.training.intervals import Interval

_ROUNDING: Final = 1e-6
"""How far a mean may lie outside its interval: both are rounded."""

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

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low - _ROUNDING <= self.mean <= self.high + _ROUNDING:
            raise ValueError(f"the mean {self.mean} is not within its interval, {self.low} to {self.high}")
        return self


class _Agent(_Part):
    kind: str = ""
    model: str = ""


class _File(_Part):
    """The fields of `evaluate --json` that a matrix is made of."""

    schema_version: int = SCHEMA_VERSION
    parameters: str = Field(min_length=1)
    functions: tuple[str, ...]
    tasks: _Tasks
    scored: int = Field(ge=0)
    complete: bool
    score: _Score | None
    agent: _Agent = _Agent()
    scorer: str = ""
    settings: dict[str, dict[str, JsonValue]] | None = None

    @field_validator("schema_version")
    @classmethod
    def _known(cls, version: int) -> int:
        if version > SCHEMA_VERSION:
            raise ValueError(f"{version} is of a newer Toolwright, this one reads up to {SCHEMA_VERSION}; upgrade it")
        return version


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
        agent: The agent's kind; "" where the file does not say, as one of an older version.
        model: Its model, as above.
        scorer: The scorer, as above.
        settings: How agent, model and scorer were set, each as JSON by "agent.kind" and the like; None as above.
    """

    file: str
    parameters: str
    functions: tuple[str, ...]
    name: str
    tasks: str
    score: Interval | None
    scored: int
    complete: bool
    agent: str = ""
    model: str = ""
    scorer: str = ""
    settings: dict[str, str] | None = None


def read_evaluations(paths: Iterable[Path]) -> list[EvaluationFile]:
    """Reads files (`read_evaluation`), and all `*.json` of folders, each once however often it is named.

    Raises:
        DataError: As `read_evaluation`; or there is no such file in a folder.
    """
    distinct: dict[Path, Path] = {}
    for file in (file for path in paths for file in _files(path)):
        distinct.setdefault(file.resolve(), file)
    return [read_evaluation(file) for file in distinct.values()]


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.glob("*.json") if file.is_file())
    if not files:
        raise DataError(f"there is no *.json in {path}; write what `toolwright evaluate … --json` prints there")
    return files


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
        agent=found.agent.kind,
        model=found.agent.model,
        scorer=found.scorer,
        settings=None if found.settings is None else _by_name(found.settings),
    )


def _by_name(settings: dict[str, dict[str, JsonValue]]) -> dict[str, str]:
    return {
        f"{whose}.{name}": canonical_json(value) for whose, given in settings.items() for name, value in given.items()
    }


def _not_ours(file: Path, error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"]))
    what = f"its field {where}: {first['msg']}" if where else first["msg"]
    return f"{file} is no result of `toolwright evaluate … --json`: {what}; write it anew with that command"
