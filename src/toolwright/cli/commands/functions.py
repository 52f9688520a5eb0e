"""`toolwright functions list|show|diff`."""

from pathlib import Path
from typing import Annotated

import typer

from toolwright.cli.exits import handled
from toolwright.cli.options import Json

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A function folder, or a run's folder.")]


@handled
def list_(folder: Folder, json: Json = False) -> None:
    """Lists the functions of a folder."""
    from toolwright.cli.jobs.functions import list_functions  # noqa: PLC0415 - heavy; --help must be fast

    list_functions(folder, as_json=json)


@handled
def show(
    folder: Folder,
    name: Annotated[str, typer.Argument(help="One function; all where none is named.")] = "",
    json: Json = False,
) -> None:
    """Shows functions: what the agent is told, the parameters' JSON schema, and the source."""
    from toolwright.cli.jobs.functions import show_functions  # noqa: PLC0415 - heavy; --help must be fast

    show_functions(folder, name, as_json=json)


@handled
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A function folder, or a run's folder.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Another.")],
) -> None:
    """Shows what changed in the sources, as a unified diff; nothing where they are equal."""
    from toolwright.cli.jobs.functions import diff_functions  # noqa: PLC0415 - heavy; --help must be fast

    diff_functions(old, new)
