"""Goes on with a run, from its own config or from another that differs in nothing an answer depends on."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, cast

from pydantic import JsonValue

from toolwright.cli.exits import Exit
from toolwright.cli.jobs.overrides import Overrides
from toolwright.cli.jobs.train import finish, train_watched
from toolwright.cli.output import messages, print_line
from toolwright.config import Config, load_config
from toolwright.config.changes import hidden_keys
from toolwright.config.load import parse_config
from toolwright.errors import RunError
from toolwright.redaction import HIDDEN
from toolwright.resuming import is_final, kept_result
from toolwright.runs.folder import RunFolder
from toolwright.runs.listing import find_run
from toolwright.training.result import TrainingResult


class Kept(NamedTuple):
    """What a run says of itself.

    Attributes:
        path: Its folder.
        config: Its config.
        folder: What the config's paths are relative to.
        result: How it ended, None where it has not.
        tested: Whether it has a sealed test.
    """

    path: Path
    config: dict[str, JsonValue]
    folder: str
    result: TrainingResult | None
    tested: bool


def resume_and_report(
    root: Path, run: str, file: Path | None, sandbox: str | None, *, as_json: bool, quiet: bool
) -> Exit:
    """Goes on with the run and prints its ending report; of one that came to its end the report alone.

    Raises:
        ToolwrightError: No run is meant, it cannot go on, or what it is to go on with is wrong.
    """
    kept = _kept(find_run(root, run))
    if kept.result is not None and is_final(kept.result, tested=kept.tested):
        if not quiet:
            print_line(messages(), f"The run {kept.path.name} came to its end: {kept.result.end_text}. Its report:")
        return finish(kept.result, Overrides(), as_json=as_json, quiet=quiet)
    _check_walls(kept, sandbox)
    config, folder = _config(kept) if file is None else (load_config(file), file.parent)
    overrides = Overrides(runs=kept.path.parent, sandbox=sandbox, config=file)
    result = train_watched(config, folder, overrides, quiet=quiet, resume=kept.path)
    return finish(result, overrides, as_json=as_json, quiet=quiet)


def _kept(path: Path) -> Kept:
    with RunFolder.read(path) as folder:
        tested = bool(folder.origin.digests.get("test"))
        return Kept(path, folder.config, folder.origin.folder, kept_result(folder), tested)


def _check_walls(kept: Kept, sandbox: str | None) -> None:
    """Learned code runs without walls only where the user says so, each time."""
    table = kept.config.get("sandbox")
    if isinstance(table, dict) and table.get("kind") == "unconfined" and sandbox != "unconfined":
        raise RunError(
            f"the run {kept.path.name} ran learned functions unconfined; if it is to go on so, say it again: "
            f"toolwright resume {kept.path} --sandbox unconfined"
        )


def _config(kept: Kept) -> tuple[Config, Path]:
    """The run's own config and the folder of its paths.

    Raises:
        RunError: It came from Python objects, or holds what was hidden.
    """
    if "tasks" not in kept.config:
        raise RunError(
            f"the run {kept.path.name} was started in Python, and no file says with which objects; make the same "
            f'Trainer and go on with it: Trainer(…).fit(…, resume="{kept.path}")'
        )
    if hidden := hidden_keys(kept.config, HIDDEN):
        raise RunError(
            f"the run {kept.path.name} does not keep secrets, and hides {', '.join(hidden)} in its config; give the "
            f"config file it was started with: toolwright resume {kept.path} --config FILE"
        )
    where = f"the config that the run {kept.path.name} keeps"
    return parse_config(_without_walls_asked(kept.config), where), Path(kept.folder)


def _without_walls_asked(config: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The config without the kind of sandbox where no config may ask for it; the command line has said it."""
    table = cast("dict[str, JsonValue]", config["sandbox"])
    return {**config, "sandbox": {**table, "kind": ""}} if table.get("kind") == "unconfined" else dict(config)
