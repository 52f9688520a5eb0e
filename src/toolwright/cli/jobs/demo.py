"""The demo: a training like any other, with the bundled config, tasks and replies."""

from importlib.resources import as_file, files
from pathlib import Path

from toolwright.cli.exits import Exit
from toolwright.cli.jobs.overrides import Overrides
from toolwright.cli.jobs.train import exit_of, report, train_watched
from toolwright.cli.output import print_line, results
from toolwright.config import load_config
from toolwright.errors import ConfigError
from toolwright.models.spec import REPLAY


def run_demo(runs: Path | None, sandbox: str | None, *, as_json: bool, quiet: bool) -> Exit:
    """Trains on the bundled tasks with the bundled recording.

    Raises:
        ConfigError: The recording is not in this installation.
    """
    with as_file(files("toolwright.demo")) as folder:
        recording = folder / "recording.jsonl"
        if not recording.is_file():
            raise ConfigError(
                f"the demo's recording is not in this installation ({recording} is missing); reinstall Toolwright, or "
                f"train live: copy {folder / 'demo.toml'}, name your own models in it, and `toolwright train` the copy"
            )
        overrides = Overrides(model=f"{REPLAY}{recording}", runs=runs, sandbox=sandbox)
        result = train_watched(load_config(folder / "demo.toml"), folder, overrides, quiet=quiet)
    report(result, as_json=as_json)
    if not as_json and not quiet:
        _hint(Path(result.folder))
    return exit_of(result)


def _hint(folder: Path) -> None:
    console = results()
    console.print()
    print_line(console, "Nothing was paid: the replies are recorded; the price is what they would cost at the example")
    print_line(console, "price in demo.toml, with tokens estimated as characters/4.")
    print_line(console, f"Read what was learned:  toolwright functions show {folder / 'functions'}")
    print_line(console, f"See how a task went:    toolwright show {folder} --task demo/train/check/1")
    print_line(console, f"See the whole training: toolwright report {folder} --open")
    print_line(console, "Next, your own tasks:   README.md, “Your own tasks in two minutes”")
