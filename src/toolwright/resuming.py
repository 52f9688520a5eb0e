"""Whether and how a run may go on: with what it was started with, unless it came to its end, its test read once."""

from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError

from toolwright.config.changes import Change, check_changes
from toolwright.errors import RunError
from toolwright.parts import Parts
from toolwright.redaction import redacted
from toolwright.runs.folder import RunFolder
from toolwright.runs.identity import Origin
from toolwright.tasks import TaskSet
from toolwright.training.result import TrainingResult

WHAT: Final[Mapping[str, str]] = {
    "train": "the training tasks",
    "validation": "the validation tasks",
    "test": "the test tasks",
    "functions": "the functions to start from",
    "agent": "the agent (its kind, options, code, model and settings, limits or tools)",
    "scorer": "the scorer",
    "gate": "the gate",
    "optimizer": "the optimizer's model (its object's type, source or digest)",
    "sandbox": "the sandbox (its type, source, limits or digest)",
}
"""The digests a run must go on with, and what a message calls them."""

READ_BEFORE: Final = (
    "the sealed test was read when the run was ended by its {end}; it is read again for what is learned from now on"
)


def is_final(result: TrainingResult, *, tested: bool = False) -> bool:
    """Whether a run came to its own end; one that its budget or provider ended may go on.

    Args:
        result: What the run came to.
        tested: Whether it has a sealed test: one that could not be read to its end is read on.
    """
    return result.end not in ("budget", "provider") and not (tested and result.test is None)


def kept_result(folder: RunFolder) -> TrainingResult | None:
    """What a run came to, also one ended by its budget or provider; None where it did not come to an end.

    Raises:
        RunError: Its summary is damaged, of another version, or does not hold the functions the run ended with.
    """
    summary, ended = folder.summary, folder.store.ended
    if summary is None or ended is None:
        return None
    try:
        result = TrainingResult.model_validate({**summary, "folder": str(folder.path)})
    except ValidationError as error:
        raise RunError(
            f"{folder.path / 'summary.json'} is no summary of this version; remove it: the figures are in the database "
            "too (the journal is whole)"
        ) from error
    if result.best.digest != ended.best:
        raise RunError(
            f"{folder.path / 'summary.json'} does not hold the functions the run ended with: it was changed, or a "
            "version that took a part of them for a key wrote it; remove it: the figures are in the database too (the "
            f"journal is whole), and the functions in {folder.functions}; resume then makes it anew and asks nobody"
        )
    return result


def check_same(folder: RunFolder, digests: Mapping[str, str], parts: Parts) -> list[Change]:
    """Checks that a run is to go on with what it was started with; returns what changed and does no harm.

    Args:
        folder: The run's folder.
        digests: The digests of what is given.
        parts: What is given.

    Raises:
        RunError: It is not; the message says what changed.
    """
    kept, name = folder.origin.digests, folder.path.name
    found = check_changes(folder.config, redacted(parts.config), name)
    changed = [text for key, text in WHAT.items() if kept.get(key, "") != digests[key]]
    if changed:
        listed = "".join(f"\n  {text}" for text in changed)
        raise RunError(
            f"the run {name} was started with something else; what changed since:{listed}\n"
            "Set it back, or start a new run."
        )
    return found


def check_sealed(folder: RunFolder, tasks: TaskSet, *, force: bool) -> bool:
    """Whether any of the tasks is one of the run's sealed test, which is read once, at the end.

    Raises:
        RunError: One is, and nobody insists.
    """
    found = _sealed_among(folder.origin, tasks)
    if not found or force:
        return found > 0
    raise RunError(
        f"{found} of the {len(tasks)} tasks given are among the sealed test tasks of the run {folder.path.name}, "
        "recognised by what they ask and read once, at the end of its training; who looks again and chooses by them "
        "has no test any more. Use other tasks, or insist with --force (in Python force=True); the run then says so"
    )


def _sealed_among(origin: Origin, tasks: TaskSet) -> int:
    """How many of the tasks are sealed; a run that does not keep what each asks knows its whole test alone."""
    if not origin.sealed:
        return len(tasks) if origin.digests.get("test") == tasks.digest else 0
    sealed = frozenset(origin.sealed)
    return sum(task.content_digest in sealed for task in tasks.tasks)
