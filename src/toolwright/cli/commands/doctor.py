"""`toolwright doctor`."""

from pathlib import Path
from typing import Annotated

import typer

from toolwright.cli.exits import Exit, handled
from toolwright.cli.options import Json, Sandbox


@handled
def doctor(
    config: Annotated[
        Path | None, typer.Argument(metavar="CONFIG", help="A config whose tasks, keys and endpoints to check, too.")
    ] = None,
    sandbox: Sandbox = None,
    json: Json = False,
) -> Exit:
    """Checks what a training needs: Python, platform, sandbox, extras, keys (names only), endpoints.

    Of the sandbox it shows every layer and what was tried against it just now. With --sandbox it looks at that kind.
    Nothing is asked of a model; an endpoint of your own (base_url) is asked for its list of models.
    """
    from toolwright.cli.jobs.doctor import examine  # noqa: PLC0415 - heavy; --help must be fast

    return examine(config, sandbox, as_json=json)
