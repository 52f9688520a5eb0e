"""A server of a live page on loopback that tells, falls silent and comes back as a test wants it.

Example:
    with serving(run) as address:
        run.goes_on()
"""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

from sample_documents import SampleDocuments

from toolwright.report.documents import Overview
from toolwright.report.page.html import page_with
from toolwright.report.page.source import to_json


class Run:
    """A run as a server tells of it; `up` is whether it answers, `refused` whether it was asked when it did not."""

    def __init__(self) -> None:
        self.ordinal, self.up, self.told, self.unchanged = 1, True, threading.Condition(), 0
        self.state, self.refused = "running", threading.Event()

    def goes_on(self, *, state: str = "running") -> None:
        """One more event."""
        with self.told:
            self.ordinal, self.state = self.ordinal + 1, state
            self.told.notify_all()

    def falls_silent(self) -> None:
        """Every connection ends, and nothing is answered from now on."""
        with self.told:
            self.up = False
            self.told.notify_all()

    def comes_back(self) -> None:
        """It answers again."""
        with self.told:
            self.up = True

    def document(self, name: str) -> bytes:
        """A document as it is now; KeyError where there is none."""
        found = SampleDocuments().read(name)
        if isinstance(found, Overview):
            found = found.model_copy(update={"headline": f"Heard {self.ordinal} events.", "state": self.state})
        return to_json(found)


class Server(ThreadingHTTPServer):
    """Serves one run."""

    daemon_threads = True

    def __init__(self, run: Run) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.run = run


class Handler(BaseHTTPRequestHandler):
    """Answers for the server's run."""

    @property
    def run(self) -> Run:
        return cast("Server", self.server).run

    def do_GET(self) -> None:
        if not self.run.up:
            self.run.refused.set()
            self.send_error(503)
        elif self.path == "/":
            self.reply("text/html", page_with((), live=True).encode())
        elif self.path == "/events":
            self.events()
        else:
            self.document(self.path.removeprefix("/documents/"))

    def document(self, name: str) -> None:
        tag = f'"{name}-{self.run.ordinal if name == "overview" else 0}"'
        if self.headers["If-None-Match"] == tag:
            self.run.unchanged += 1
            self.send_response(304)
            self.end_headers()
            return
        try:
            self.reply("application/json", self.run.document(name), tag)
        except KeyError:
            self.send_error(404)

    def reply(self, kind: str, body: bytes, tag: str = "") -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", tag)
        self.end_headers()
        self.wfile.write(body)

    def events(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        with self.run.told:
            while self.run.up:
                self.wfile.write(f"data: {json.dumps({'ordinal': self.run.ordinal})}\n\n".encode())
                self.run.told.wait(30)

    def log_message(self, *args: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - nothing is logged
        pass


@contextmanager
def serving(run: Run) -> Generator[str]:
    """Gives the address of the run's page."""
    server = Server(run)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        run.falls_silent()
        server.shutdown()
        thread.join()
        server.server_close()
