"""Trains live and writes what the models replied, reusing an older recording's exact hits."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from toolwright.cli.exits import Exit
from toolwright.cli.jobs.overrides import Overrides
from toolwright.cli.jobs.train import exit_of, figures_for, train_watched
from toolwright.cli.output import print_json, print_line, print_sections, results
from toolwright.config import Config, load_config
from toolwright.errors import ReplayError
from toolwright.recordings import Recording
from toolwright.report.summary import summarise
from toolwright.runs.folder import DATABASE, RunFolder
from toolwright.runs.recorder import recording_from


class Reuse(NamedTuple):
    """How many of a recording's replies were in an older one, and how many are new."""

    reused: int
    new: int


def record_training(
    file: Path,
    out: Path,
    old: Path | None,
    *,
    force: bool,
    note: str,
    overrides: Overrides,
    as_json: bool,
    quiet: bool,
) -> Exit:
    """Trains and records.

    Raises:
        ReplayError: The old recording cannot be read, or the new one cannot be written, or would be written over
            another file.
    """
    _check_out(out, old, force=force)
    config = load_config(file)
    before = _read_old(old) if old is not None else None
    overrides = replace(overrides, record=("record", str(file), "--out", str(out)))
    result = train_watched(config, file.parent, overrides, quiet=quiet, recording=before)
    recording = _recording(Path(result.folder), config, note)
    recording.write(out)
    reuse = reuse_of(before, recording)
    if as_json:
        print_json({"recording": str(out), **reuse._asdict(), "run": figures_for(result).model_dump(mode="json")})
    else:
        print_sections(summarise(figures_for(result)))
        console = results()
        console.print()
        print_line(console, f"Recorded {reuse.reused + reuse.new} replies in {out}: {_in_words(reuse, old)}")
    return exit_of(result)


def _check_out(out: Path, old: Path | None, *, force: bool) -> None:
    """Checks, before anything is asked, that the recording can be written and nothing is lost by it."""
    if not out.resolve().parent.is_dir():
        raise ReplayError(f"the recording {out} cannot be written: {out.resolve().parent} is no folder; make it first")
    if out.is_dir():
        raise ReplayError(f"the recording {out} cannot be written: that is a folder; name a file")
    same = old is not None and out.resolve() == old.resolve()
    if out.exists() and not same and not force:
        raise ReplayError(
            f"{out} exists; name another file, use its replies again with --from {out}, or write over it with --force"
        )


def reuse_of(old: Recording | None, new: Recording) -> Reuse:
    """How many replies an older recording gave: as many as it holds of a request's digest, task and repeat."""
    held = _keys(old) if old is not None else Counter[tuple[str, ...]]()
    reused = (held & _keys(new)).total()
    return Reuse(reused, len(new.entries) - reused)


def _keys(recording: Recording) -> Counter[tuple[str, ...]]:
    return Counter(
        (entry.site.role, entry.request.digest, entry.site.task, str(entry.site.repeat)) for entry in recording.entries
    )


def _in_words(reuse: Reuse, old: Path | None) -> str:
    return f"{reuse.new} new, {reuse.reused} reused from {old}" if old is not None else "all new"


def _read_old(old: Path) -> Recording:
    """A recording file, or the journal of a run's folder as one."""
    if not (old / DATABASE).is_file():
        return Recording.read(old)
    with RunFolder.read(old) as folder:
        return recording_from(folder.store, folder.config, {})


def _recording(run: Path, config: Config, note: str) -> Recording:
    models = {role: spec.model for role, spec in config.models.by_role().items()}
    with RunFolder.read(run) as folder:
        return recording_from(folder.store, folder.config, models, note)
