"""The Hugging Face hub: what a path `hub:OWNER/NAME[@REVISION]/FILE-OR-FOLDER` names is fetched into the hub's cache.

The extra `hub` brings the library, which finds a key itself (HF_TOKEN, or `hf auth login`) and falls back on its cache
where there is no network. Only a revision that is a commit names the same tasks for ever; `source_of` tells which one
was fetched. A revision's slash is written %2F, but for the hub's own refs/convert/NAME and refs/pr/NUMBER.

Example:
    path = fetched("hub:OWNER/NAME@main/math/test.jsonl")
    source_of(path)    # "hub:OWNER/NAME@0123456789abcdef0123456789abcdef01234567/math/test.jsonl"
"""

import glob
import os
import re
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from toolwright.datasets.extras import extra
from toolwright.errors import ConfigError, DataError

PREFIX: Final = "hub:"
_PATH: Final = re.compile(r"hub:([\w.-]+)/([\w.-]+)(?:@(refs/convert/[\w.-]+|refs/pr/\d+|[^/\s]+))?(?:/(.*))?")
_REVISION: Final = re.compile(r"[^/\s]+(?:/[^/\s]+)*")
_STORED: Final = re.compile(r"datasets--(.+?)--(.+)")
"""What the cache calls a data set's folder; the hub allows no two dashes in a name."""


class _Place(NamedTuple):
    """A file or folder of a data set; `inner` is "" for all of it."""

    text: str
    repository: str
    revision: str
    inner: str


def fetched(text: str) -> Path:
    """Where a path of the hub's lies on this machine; what is not there yet, or has changed, is fetched.

    Raises:
        ConfigError: It is no such path, or the library is not installed.
        DataError: There is no such data set, revision or file, it is gated, or the hub cannot be reached.
    """
    place, library = _place(text), _library("huggingface_hub")
    inner = glob.escape(place.inner)
    try:
        snapshot = library.snapshot_download(
            place.repository,
            repo_type="dataset",
            revision=place.revision or None,
            endpoint=_endpoint(),
            allow_patterns=[inner, f"{inner}/*"] if inner else None,
        )
    except Exception as error:  # noqa: BLE001 - whatever the library's HTTP client and its store raise, too
        raise DataError(f"{text}: {_fault(error, place)}") from None
    path = Path(snapshot) / place.inner
    if not path.exists():
        raise DataError(f"{text}: {place.repository} has no {place.inner!r}; its files are on {_page(place)}")
    return path


def content_folder(folder: Path) -> Path | None:
    """Where the hub's cache keeps the content of the files in a folder, which are links; None of any other folder."""
    snapshot = _snapshot(folder)
    return snapshot and snapshot.parent.parent / "blobs"


def source_of(path: Path) -> str:
    """What a path in the hub's cache is on the hub, with the commit that was fetched; "" of any other path."""
    snapshot = _snapshot(path)
    stored = snapshot and _STORED.fullmatch(snapshot.parent.parent.name)
    if not snapshot or not stored:
        return ""
    inner = path.relative_to(snapshot).as_posix()
    return f"{PREFIX}{stored[1]}/{stored[2]}@{snapshot.name}{'' if inner == '.' else f'/{inner}'}"


def _snapshot(path: Path) -> Path | None:
    """The snapshot in the hub's cache that a path lies in; its folder is called by its commit."""
    for folder in (path, *path.parents):
        if folder.parent.name == "snapshots" and (folder.parent.parent / "blobs").is_dir():
            return folder
    return None


def _place(text: str) -> _Place:
    match = _PATH.fullmatch(text)
    revision = unquote((match and match[3]) or "")
    inner = PurePosixPath((match and match[4]) or "")
    wrong = revision and (".." in revision or not _REVISION.fullmatch(revision))
    if match is None or wrong or ".." in inner.parts or inner.is_absolute():
        raise ConfigError(
            f"{text!r} is no path on the hub; write hub:OWNER/NAME@REVISION/FILE, without @REVISION for main, and %2F "
            "for a slash in a revision"
        )
    return _Place(text, f"{match[1]}/{match[2]}", revision, str(inner) if inner.parts else "")


def _library(module: str) -> Any:  # noqa: ANN401 - an extra, which need not be there
    return extra(module, "huggingface_hub is not installed: pip install 'toolwright[hub]'")


def _fault(error: BaseException, place: _Place) -> str:
    """What went wrong and what to do, in our own words: the library's name addresses and headers."""
    errors = _library("huggingface_hub.errors")
    cause = error.__cause__
    if cause is not None and isinstance(cause, errors.HfHubHTTPError):
        error = cause  # the library went on to its cache, which does not hold it either
    login = "`hf auth login`, or set HF_TOKEN in the environment"
    page = _page(place)
    match error:
        case errors.GatedRepoError():
            return f"the set is gated, and you have no access: accept its terms on {page}, then {login}"
        case errors.RepositoryNotFoundError():
            return f"the hub has no data set {place.repository}, or it is private; check the name, or {login}"
        case errors.RevisionNotFoundError():
            return f"there is no revision {place.revision!r}; name a branch, a tag or a commit of {page}"
        case errors.LocalEntryNotFoundError():
            return "the hub cannot be reached, and the cache does not hold it; try again, or name a local file"
        case errors.HfHubHTTPError():
            status = error.response.status_code
            hint = f"it refuses the key; {login}" if status == 401 else "try again later, or name a local file"
            return f"the hub answers with status {status}; {hint}"
        case _:
            return f"it could not be fetched ({type(error).__name__}); try again, or name a local file"


def _page(place: _Place) -> str:
    return f"{_endpoint()}/datasets/{place.repository}"


def _endpoint() -> str:
    """The hub's address; a mirror's from the environment, as the library has it."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
