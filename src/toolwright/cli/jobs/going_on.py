"""What is said of a run that was broken off: whether it can go on, on what condition, and the command that does it."""

import shlex
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from pydantic import JsonValue

from toolwright.cli.display import RunNamed
from toolwright.cli.jobs.overrides import Overrides
from toolwright.cli.output import messages, print_line
from toolwright.config.changes import hidden_keys
from toolwright.errors import KeyRefused, ModelUnknown, RunError, ToolwrightError
from toolwright.redaction import HIDDEN
from toolwright.runs.folder import RunFolder
from toolwright.training.rollouts import ScorerFailed


class Started(RunNamed):
    """Remembers which run was started, and says how to go on with it, if one was."""

    def __init__(self, runs: Path, overrides: Overrides) -> None:
        super().__init__()
        self._runs, self._overrides = runs, overrides

    def say(self, error: BaseException | None = None) -> None:
        """Prints, on standard error, the command and what must be changed first, as far as the error says."""
        if not self.run:
            return
        run = self._runs / self.run
        if isinstance(error, ModelUnknown):
            _say_unknown(run, self._overrides, error.role)
            return
        if isinstance(error, ScorerFailed):
            print_line(messages(), "A run keeps its scorer: mend it and start a new run.")
            return
        if isinstance(error, KeyRefused):
            text = "With a key that is accepted the run can go on (--config FILE where another variable holds it):"
            print_line(messages(), text)
        say_how_to_go_on(run, self._overrides)


@contextmanager
def saying_how_to_go_on(runs: Path, overrides: Overrides) -> Generator[Started]:
    """Says, where a run is broken off, how to go on with it."""
    started = Started(runs, overrides)
    try:
        yield started
    except (ToolwrightError, KeyboardInterrupt) as error:
        started.say(error)
        raise


def _say_unknown(run: Path, overrides: Overrides, role: str) -> None:
    """Another model makes another run; only an endpoint of the user's own may be what was wrong with this one."""
    print_line(messages(), "A run keeps its models: correct the name and start a new run.")
    if role == "optimizer":
        command = f"toolwright record CONFIG --out FILE --from {shlex.quote(str(run))}"
        print_line(messages(), f"What the agent's model has answered can be used again by that:  {command}")
    if _has_address(_config(run), role):
        text = "Where the name is right, and the address (--config FILE) or the server was wrong, the run can go on:"
        print_line(messages(), text)
        say_how_to_go_on(run, overrides)


def say_how_to_go_on(run: Path, overrides: Overrides) -> None:
    """Prints, on standard error, the command that goes on with a run."""
    words = ["toolwright", "resume", str(run)]
    if overrides.record:
        words = ["toolwright", *overrides.record, "--from", str(run)]
    elif overrides.config is not None:
        words += ["--config", str(overrides.config)]
    elif hidden_keys(_config(run), HIDDEN):
        words += ["--config", "FILE"]
    if overrides.sandbox == "unconfined":
        words += ["--sandbox", "unconfined"]
    print_line(messages(), f"Go on with it:  {shlex.join(words)}")


def _config(run: Path) -> dict[str, JsonValue]:
    """The run's own config, empty where it cannot be read."""
    try:
        with RunFolder.read(run) as folder:
            return folder.config
    except RunError:
        return {}


def _has_address(config: dict[str, JsonValue], role: str) -> bool:
    """Whether a role's model is at an address of the user's own."""
    match config:
        case {"models": dict() as models}:
            model = models.get(role) or models.get("agent")
            return isinstance(model, dict) and bool(model.get("base_url"))
        case _:
            return False
