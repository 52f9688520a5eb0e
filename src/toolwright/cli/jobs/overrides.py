"""What the command line says in the config's place."""

from dataclasses import dataclass
from pathlib import Path

from toolwright.config import Config
from toolwright.config.sandboxes import sandbox_of
from toolwright.models.spec import REPLAY
from toolwright.protocols import Sandbox


@dataclass(frozen=True)
class Overrides:
    """What the command line says in the config's place.

    Attributes:
        model: Both roles' model, None for the config's.
        runs: Where runs are kept, None for the config's folder.
        name: The run's name, "" for the config's.
        sandbox: Where functions run, None for the config's.
        config: The config file where it is not the run's own: a run that goes on goes on with it.
        record: The words of a `record` command, which goes on from the run's folder; empty for other commands.
    """

    model: str | None = None
    runs: Path | None = None
    name: str = ""
    sandbox: str | None = None
    config: Path | None = None
    record: tuple[str, ...] = ()

    def apply(self, config: Config) -> Config:
        """The config as the command line wants it."""
        run = {"folder": str(self.runs) if self.runs is not None else "", "name": self.name}
        given = {key: value for key, value in run.items() if value}
        changed = config.model_copy(update={"run": config.run.model_copy(update=given)})
        return changed if self.model is None else changed.with_model(from_here(self.model))

    def sandbox_for(self, config: Config, folder: Path) -> Sandbox:
        """The sandbox as the command line wants it; `folder` is the config's."""
        return sandbox_of(config.sandbox, folder, self.sandbox)


def from_here(model: str) -> str:
    """A recording named on the command line lies where the user is, one in a config beside the config."""
    return f"{REPLAY}{Path(model.removeprefix(REPLAY)).absolute()}" if model.startswith(REPLAY) else model
