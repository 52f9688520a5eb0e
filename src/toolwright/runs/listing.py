"""The runs there are: one line each, whatever state their folders are in; and the one a user means."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from toolwright.base import Frozen
from toolwright.errors import RunError
from toolwright.events import RunFinished
from toolwright.runs.folder import DATABASE, RunFolder
from toolwright.runs.lock import in_use

State = Literal["finished", "running", "stopped", "unfinished", "unreadable"]


class RunInfo(Frozen):
    """A run at a glance.

    Attributes:
        id: The run's id, its folder's name.
        path: Its folder.
        state: How its training stands: "running" while a process trains and it has not finished; "stopped" where its
            provider ended it, or its budget before the starting set was evaluated, and it can go on; "unfinished" where
            it was interrupted; "finished" also where it only evaluated; "unreadable" where the folder is no run,
            damaged or of another version, and `error` then says why.
        started: When it was created, UTC.
        best: Mean score of the last accepted epoch, on validation where there is one, else on train.
        epochs: How many epochs ended.
        requests: How many model replies are journalled.
        sandbox: The kind of sandbox functions run in; "" where the run does not say.
        error: Why it is unreadable.
    """

    id: str
    path: Path
    state: State
    started: datetime | None = None
    best: float | None = None
    epochs: int = 0
    requests: int = 0
    sandbox: str = ""
    error: str = ""


def list_runs(root: Path | str) -> list[RunInfo]:
    """The runs in a folder, oldest first, unreadable ones before all; none where there is no such folder.

    Raises:
        RunError: The folder itself cannot be listed.
    """
    try:
        folders = [path for path in Path(root).iterdir() if path.is_dir() and not path.name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(f"the runs in {root} cannot be listed: {error}; name the folder that holds the runs") from error
    infos = [run_info(path) for path in folders]
    return sorted(infos, key=lambda info: (info.started or datetime.min.replace(tzinfo=UTC), info.id))


def run_info(path: Path) -> RunInfo:
    """One run at a glance; a folder that cannot be read is reported, not raised."""
    try:
        with RunFolder.read(path) as folder:
            return _info(folder)
    except RunError as error:
        return RunInfo(id=path.name, path=path, state="unreadable", error=str(error))


def _info(folder: RunFolder) -> RunInfo:
    store = folder.store
    epochs, requests = store.count()
    accepted = folder.accepted()
    return RunInfo(
        id=folder.path.name,
        path=folder.path,
        state=_state(folder),
        started=store.identity.started,
        best=store.score(max(accepted)) if accepted else None,
        epochs=epochs,
        requests=requests,
        sandbox=_sandbox(folder),
    )


def _state(folder: RunFolder) -> State:
    running = in_use(folder.path)  # asked first: a process that ends now leaves its last word in the store
    ended = folder.store.ended
    early = ended is not None and (ended.why == "provider" or _began_too_small(folder, ended))
    if (ended is not None and not early) or not folder.store.trains:
        return "finished"
    if running and folder.store.newest_session == "training":
        return "running"
    return "unfinished" if ended is None else "stopped"


def _began_too_small(folder: RunFolder, ended: RunFinished) -> bool:
    """Whether the budget ended before the starting set, then the best there is, was evaluated on all splits."""
    store, origin = folder.store, folder.store.identity.origin
    if ended.why != "budget" or origin is None or max(folder.accepted(), default=0) > 0:
        return False
    read = {split: digest for split in ("train", "validation") if (digest := origin.digests.get(split))}
    return any(store.evaluation(0, ended.best, digest, split) is None for split, digest in read.items())


def _sandbox(folder: RunFolder) -> str:
    table = folder.config.get("sandbox")
    return str(table.get("kind", "")) if isinstance(table, dict) else ""


def find_run(root: Path | str, text: str) -> Path:
    """The folder of the run a user means.

    Args:
        root: The folder that holds runs.
        text: A run's id or the beginning of one, a run folder's path, or "last" for the run started last.

    Raises:
        RunError: No run, or more than one, is meant; the message lists the candidates.
    """
    if (Path(text) / DATABASE).is_file():
        return Path(text)
    infos = list_runs(root)
    if text == "last":
        infos = [info for info in infos if info.state != "unreadable"][-1:]
    elif any(info.id == text for info in infos):
        return Path(root) / text
    else:
        infos = [info for info in infos if text and info.id.startswith(text)]
    if len(infos) == 1:
        return infos[0].path
    if not infos and text and Path(text).is_dir():
        raise RunError(
            f"{text} is no run folder: {DATABASE} is not there; `toolwright runs {text}` lists the runs in it, if any"
        )
    if not list_runs(root):
        raise RunError(f"there is no run in {root}; `toolwright train CONFIG` starts one")
    found = f"{len(infos)} runs are: {', '.join(info.id for info in infos[:10])}" if infos else "none is"
    raise RunError(f"one run in {root} must be meant by {text!r}, but {found}; `toolwright runs` lists them")
