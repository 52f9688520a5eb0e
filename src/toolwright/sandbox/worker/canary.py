"""What the self-test tries to get at, set out by the trusted side: were it not there, refusal would prove nothing.

Nothing is written anywhere, so a caller that is killed meanwhile leaves nothing.
"""

import os
import socket
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from toolwright.sandbox.confinement.selftest import Canaries

READABLE: Final = "/etc/passwd"
"""A file of every machine that every user may read."""


@contextmanager
def set_out() -> Generator[Canaries]:
    """Canaries, listening as long as it lasts; none but on Linux, where alone they are tried."""
    if sys.platform != "linux":
        yield Canaries(file="", folder="", tcp=0, unix="", pid=0)
        return
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind("")  # the kernel chooses a name that no file stands for
        unix.listen()
        yield Canaries(
            file=READABLE,
            folder=os.path.abspath(tempfile.gettempdir()),  # noqa: PTH100 - plain strings throughout the worker
            tcp=tcp.getsockname()[1],
            unix=unix.getsockname().decode(),
            pid=os.getpid(),
        )
