"""`toolwright view` as a process of its own, and a client of it that knows nothing but its address."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any, BinaryIO


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "toolwright.cli", *arguments]


def patiently(condition: Callable[[], bool], seconds: float = 120) -> None:
    """Waits until it holds."""
    ends = monotonic() + seconds
    while not condition():
        assert monotonic() < ends, "it did not happen"
        sleep(0.05)


class Viewer:
    """A running viewer; `url` is what it printed first."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process, self.url = process, url

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=60) as reply:
            return json.load(reply)

    def overview(self) -> dict[str, Any]:
        return self.get("documents/overview")

    @contextmanager
    def following(self) -> Generator[list[int]]:
        """The ordinals that are told, as they come."""
        host, port = self.url.removeprefix("http://").rstrip("/").split(":")
        told: list[int] = []
        with socket.create_connection((host, int(port))) as stream:
            stream.sendall(f"GET /events HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n".encode())
            thread = threading.Thread(target=_listen, args=(stream.makefile("rb"), told))
            thread.start()
            try:
                yield told
            finally:
                with suppress(OSError):  # the server is gone
                    stream.shutdown(socket.SHUT_RDWR)  # ends the thread, which waits for more
                thread.join()

    def end(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        """Its exit code and what else it wrote."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


def _listen(stream: BinaryIO, told: list[int]) -> None:
    with stream, suppress(ConnectionError):
        for line in stream:
            if line.startswith(b"data: "):
                told.append(json.loads(line[6:])["ordinal"])  # noqa: PERF401 - another thread reads them as they come


@contextmanager
def viewer(folder: Path, *arguments: str) -> Generator[Viewer]:
    process = subprocess.Popen(
        command("view", *arguments),
        cwd=folder,
        env={**os.environ, "COLUMNS": "40"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        try:
            url = process.stdout.readline().strip()
            assert url, process.stderr.read()
            yield Viewer(process, url)
        finally:
            process.kill()
            process.wait()
