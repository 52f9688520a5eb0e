"""The hub on loopback: what huggingface_hub asks it for the revisions of a data set, and how it refuses."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from urllib.parse import unquote

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LATER = "89abcdef0123456789abcdef0123456789abcdef"
Reply = tuple[int, bytes, dict[str, str]]

GSM8K = b'{"question": "1 + 1?", "answer": "#### 2"}\n'
GAIA = {"task_id": "t", "Question": "Sum?", "Level": 1, "Final answer": "3", "file_name": "a.csv"}
FILES = {
    "main/train.jsonl": GSM8K,
    "2023/validation/metadata.jsonl": json.dumps(GAIA).encode(),
    "2023/validation/a.csv": b"1\n2\n",
    "other/large.bin": b"0" * 100,
}


@dataclass
class HubServer:
    """Holds the data set "owner/set".

    Attributes:
        files: By name.
        revisions: Commits by branch, tag or reference; all have the same files.
        gated: Those one needs access for.
        status: What every request is answered with; 0 for as it should, -1 for not at all.
        asked, keys: The paths of all requests, and the keys they came with.
    """

    files: dict[str, bytes]
    revisions: dict[str, str] = field(default_factory=lambda: {"main": COMMIT})
    gated: set[str] = field(default_factory=set[str])
    status: int = 0
    asked: list[str] = field(default_factory=list[str])
    keys: set[str] = field(default_factory=set[str])
    address: str = ""

    def reply(self, path: str) -> Reply:
        if path.startswith("/api/datasets/owner/set/revision/"):
            asked = unquote(path.rpartition("/")[2])
            commit = self.revisions.get(asked, asked)
            if commit in self.revisions.values():
                return 200, json.dumps({"id": "owner/set", "sha": commit}).encode(), {}
            return 404, b"{}", {"X-Error-Code": "RevisionNotFound"}
        if path.startswith("/api/datasets/owner/set/tree/"):
            return 200, json.dumps([_listed(*file) for file in self.files.items()]).encode(), {}
        if path.startswith("/datasets/owner/set/resolve/"):
            return self._file(*path.removeprefix("/datasets/owner/set/resolve/").split("/", 1))
        return 401, b"{}", {"X-Error-Code": "RepoNotFound"}

    def _file(self, commit: str, name: str) -> Reply:
        if name in self.gated:
            return 403, b"{}", {"X-Error-Code": "GatedRepo"}
        content = self.files[name]
        return 200, content, {"ETag": f'"{sha1(content).hexdigest()}"', "X-Repo-Commit": commit}


def _listed(name: str, content: bytes) -> dict[str, object]:
    return {"type": "file", "path": name, "size": len(content), "oid": sha1(content).hexdigest()}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, hub: HubServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hub = hub


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        hub, path = cast("_Server", self.server).hub, self.path.partition("?")[0]
        hub.asked.append(path)
        hub.keys.add(self.headers.get("Authorization", ""))
        if hub.status < 0:
            self.close_connection = True
            return
        status, body, headers = (hub.status, b"{}", {}) if hub.status else hub.reply(path)
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        pass


@contextmanager
def serving(hub: HubServer) -> Generator[HubServer]:
    """The hub while it is served, at `hub.address`."""
    with _Server(hub) as server:
        hub.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
