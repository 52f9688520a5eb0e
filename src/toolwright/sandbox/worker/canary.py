"""What the self-test tries to get at, set out by the trusted side: were it not there, refusal would prove nothing."""

import os
import shutil
import socket
import tempfile
from collections.abc import Generator
from contextlib import contextmanager

from toolwright.sandbox.confinement.selftest import Canaries


@contextmanager
def set_out() -> Generator[Canaries]:
    """A file that everyone may read, a folder everyone may write to, and listening sockets, as long as it lasts."""
    short = len(os.path.abspath(tempfile.gettempdir())) < 60  # noqa: PTH100 - a socket's path may have 107 characters
    folder = tempfile.mkdtemp(prefix="toolwright-canary-", dir=None if short else "/tmp")  # noqa: S108 - made unique
    folder = os.path.abspath(folder)  # noqa: PTH100 - plain strings throughout the worker
    try:
        os.chmod(folder, 0o777)  # noqa: PTH101, S103 - for everyone, and soon gone
        with open(f"{folder}/file", "w", encoding="ascii") as file:  # noqa: PTH123 - as above
            file.write("canary")
            os.fchmod(file.fileno(), 0o644)
        with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
            unix.bind(f"{folder}/socket")
            unix.listen()
            yield Canaries(
                file=f"{folder}/file",
                folder=folder,
                tcp=tcp.getsockname()[1],
                unix=f"{folder}/socket",
                pid=os.getpid(),
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
