"""What a user is told of the sandbox when it has started: a quiet line, or, where there are no walls, a loud one."""

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from toolwright.cli.output import print_line
from toolwright.events import Event, SandboxStarted
from toolwright.report.confinement import sandbox_line
from toolwright.sandbox import WARNING, Report


class SandboxTeller:
    """Tells of the sandbox, ahead of all that runs in it."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def emit(self, event: Event) -> None:
        """Prints how confined learned code is, where the event says so."""
        if not isinstance(event, SandboxStarted):
            return
        if event.sandbox == "unconfined":
            self._warn()
        else:
            report = None if event.report is None else Report.model_validate(event.report)
            print_line(self._console, sandbox_line(event.sandbox, report), style="dim")

    def _warn(self) -> None:
        if self._console.is_terminal:
            self._console.print(Panel(Text(WARNING), style="bold red"))
        else:
            print_line(self._console, WARNING)
