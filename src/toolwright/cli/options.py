"""Arguments and options several commands share, said once."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class SandboxKind(StrEnum):
    """The rungs of the ladder."""

    CONFINED = "confined"
    CONTAINER = "container"
    UNCONFINED = "unconfined"


Sandbox = Annotated[
    SandboxKind | None,
    typer.Option(
        "--sandbox",
        help="Where learned functions run, in the place of the config's: confined by the kernel's layers; in a "
        "container; or unconfined, as you and with all you can reach, which only this option can ask for.",
    ),
]
ConfigFile = Annotated[Path, typer.Argument(metavar="CONFIG", help="The TOML file that says what to train on.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output, for scripts.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but the result (and errors).")]
Runs = Annotated[
    Path | None, typer.Option("--runs", metavar="DIR", help="Where runs are kept, in the place of the config's folder.")
]
Root = Annotated[Path, typer.Option("--root", metavar="DIR", help="The folder that holds the runs.")]
ModelName = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="MODEL",
        help="Ask this model in both roles; replay:FILE takes the replies from a recording, and asks nobody.",
    ),
]
