"""The run folder: everything one training leaves behind, in one place a user can read.

runs/20261120-231500-ab12/
  run.sqlite         journal, events, evaluations, what the run was started with and from
  config.json        what the run was started with, keys redacted: a copy to be read by people alone
  accepted/epoch-0/  the functions of every accepted epoch
  functions/         the best ones: what the user ships
  summary.json       how it ended
"""

import json
import re
import secrets
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self, cast

from pydantic import JsonValue

from toolwright.errors import FunctionError, RunError
from toolwright.parameters import Parameters
from toolwright.recordings import write_whole
from toolwright.redaction import redacted
from toolwright.runs.database import Database
from toolwright.runs.identity import Origin
from toolwright.runs.lock import FolderLock
from toolwright.runs.sessions import SessionKind
from toolwright.runs.store import RunStore

DATABASE: Final = "run.sqlite"
_CONFIG: Final = "config.json"
_SMALLEST_PAGE: Final = 512  # bytes; a database of less has no table
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class RunFolder:
    """An open run folder; a context manager that closes it.

    Attributes:
        path: The folder.
        store: The run's journal, event sink and evaluations.
    """

    def __init__(self, path: Path, store: RunStore, lock: FolderLock | None) -> None:
        self.path = path
        self.store = store
        self._lock = lock

    @classmethod
    def create(
        cls,
        root: Path | str,
        name: str | None = None,
        config: Mapping[str, JsonValue] | None = None,
        origin: Origin | None = None,
        session: SessionKind = "training",
    ) -> Self:
        """Makes a new run folder and opens it for writing.

        Args:
            root: The folder that holds runs; made where it is missing.
            name: The run's id; by default the UTC time and four random hexadecimal digits.
            config: What the run is started with; keys are redacted before it is written.
            origin: What it is started from.
            session: What it is made for.

        Raises:
            RunError: The folder exists or cannot be written, or the name is no name of a folder.
        """
        path = _make_folder(Path(root), name)
        try:
            return cls._fill(path, config or {}, origin, session)
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)  # nothing of a run is in it yet
            raise

    @classmethod
    def _fill(cls, path: Path, config: Mapping[str, JsonValue], origin: Origin | None, session: SessionKind) -> Self:
        lock = FolderLock(path)
        try:
            _write_json(path / _CONFIG, redacted(config))
            return cls(path, RunStore.create(path / DATABASE, path.name, config, origin, session), lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(cls, path: Path | str, session: SessionKind = "training") -> Self:
        """Opens a run folder to go on with its run, or to evaluate something in it.

        Raises:
            RunError: It is no run folder, is damaged or newer, cannot be written, or another process writes to it.
        """
        path = _existing(Path(path))
        if not (path / DATABASE).is_file():
            raise RunError(
                f"{path} is no run folder: {DATABASE} is not there; `toolwright runs` lists the runs there are"
            )
        lock = FolderLock(path)
        try:
            return cls(path, RunStore.open(path / DATABASE, session), lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def read(cls, path: Path | str) -> Self:
        """Opens a run folder to look at it, also while its run goes on; what would write raises RunError."""
        path = _existing(Path(path))
        return cls(path, RunStore.read(path / DATABASE), None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the store and gives the folder free."""
        try:
            self.store.close()
        finally:
            if self._lock is not None:
                self._lock.release()

    @property
    def id(self) -> str:
        """The run's id."""
        return self.store.identity.run

    @property
    def origin(self) -> Origin:
        """What the run was started from; RunError where it was started without saying."""
        origin = self.store.identity.origin
        if origin is None:
            raise RunError(f"the run {self.id} does not say what it was started from; start a new run")
        return origin

    @property
    def functions(self) -> Path:
        """Where the best functions are saved: what the user ships."""
        return self.path / "functions"

    @property
    def config(self) -> dict[str, JsonValue]:
        """What the run was started with, keys redacted."""
        return self.store.identity.config

    @property
    def summary(self) -> dict[str, JsonValue] | None:
        """How the run ended, None where it has not."""
        file = self.path / "summary.json"
        return _read_json(file) if file.is_file() else None

    def save_accepted(self, epoch: int, parameters: Parameters) -> Path:
        """Saves the functions an epoch was accepted with; returns their folder."""
        return self._save(parameters, self.path / "accepted" / f"epoch-{epoch}")

    def save_best(self, parameters: Parameters) -> Path:
        """Saves the best functions so far in place of the ones before; returns their folder."""
        return self._save(parameters, self.functions)

    def _save(self, parameters: Parameters, path: Path) -> Path:
        self._check_owned()
        try:
            return parameters.functions.save(path)
        except FunctionError as error:
            raise RunError(f"the run {self.id} cannot save its functions: {error}") from error

    def accepted(self) -> dict[int, Path]:
        """The folders of the accepted epochs, by epoch."""
        folders = {_epoch(path): path for path in (self.path / "accepted").glob("epoch-*")}
        return {epoch: folders[epoch] for epoch in sorted(folders) if epoch >= 0}

    def write_summary(
        self, summary: Mapping[str, JsonValue], exact: Mapping[str, JsonValue] = MappingProxyType({})
    ) -> Path:
        """Writes how the run ended, keys redacted but in those of its parts that are `exact`; returns the file."""
        self._check_owned()
        return _write_json(self.path / "summary.json", redacted(summary, exact))

    def _check_owned(self) -> None:
        if self._lock is None:
            raise RunError(f"the run folder {self.path} is open for reading; open it for writing to change it")


def holds_run(path: Path) -> bool:
    """Whether a folder holds a run; what a creation that was broken off left there is none, and nothing is lost by it.

    Raises:
        RunError: What is there cannot be read: it may be a run that is damaged.
    """
    file = path / DATABASE
    if not file.is_file():
        return False
    if (path / "functions").exists() or (path / "accepted").exists():
        return True  # something was learned there, whatever became of the database
    if file.stat().st_size < _SMALLEST_PAGE:
        return False
    with Database(file, "read") as database:
        return database.one("SELECT 1 FROM sqlite_master") is not None


def _make_folder(root: Path, name: str | None) -> Path:
    if name is not None and (name == "last" or not _NAME.fullmatch(name)):
        raise RunError(f"{name!r:.120} cannot name a run: use letters, digits, '.', '_' and '-', and not 'last'")
    path = root / (name or f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}")
    try:
        root.mkdir(parents=True, exist_ok=True)
        path.mkdir()
    except FileExistsError as error:
        if path.is_dir():
            raise RunError(f"the run folder {path} exists; give this run another name") from error
        raise RunError(f"runs cannot be kept in {root}: {error}; name a folder that can be written") from error
    except OSError as error:
        raise RunError(f"runs cannot be kept in {root}: {error}; make it writable or name another folder") from error
    return path


def _existing(path: Path) -> Path:
    if not path.is_dir():
        raise RunError(f"{path} is no run folder; `toolwright runs` lists the runs there are")
    return path


def _epoch(path: Path) -> int:
    number = path.name.removeprefix("epoch-")
    return int(number) if number.isascii() and number.isdigit() else -1


def _write_json(file: Path, value: dict[str, JsonValue]) -> Path:
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    try:
        return write_whole(file, text.encode("utf-8", "surrogatepass"))
    except OSError as error:
        raise RunError(
            f"{file} cannot be written: {error}; free space on its disk, or make its folder writable"
        ) from error


def _read_json(file: Path) -> dict[str, JsonValue]:
    remedy = "remove it: the figures are in the database too"
    try:
        value = json.loads(file.read_bytes().decode("utf-8", "surrogatepass"))
    except (OSError, ValueError) as error:
        raise RunError(f"{file} cannot be read: {error}; {remedy} (the journal is whole)") from error
    if not isinstance(value, dict):
        raise RunError(f"{file} holds no JSON object; {remedy} (the journal is whole)")
    return cast("dict[str, JsonValue]", value)
