"""Live sockets on loopback and in the file system that write down what reaches them, so that a leak is seen.

Example:
    with Listeners("/tmp/folder", "mark") as listeners:
        listeners.names  # {"tcp4": 40001, "unix": "/tmp/folder/stream.sock", ...}
"""

import selectors
import socket
import threading
from pathlib import Path
from typing import Self

BITS = 65536


class Listeners:
    """TCP and UDP over IPv4 and IPv6 (0 where the machine has no IPv6), unix sockets by path and by abstract name.

    Attributes:
        names: What reaches them: ports (`tcp4`, `tcp6`, `udp4`, `udp6`), paths (`unix`,
            `unix_dgram`) and abstract names (`abstract`, `abstract_dgram`), which begin with a zero byte.
        inbox: A file with a line for each message: the name and what came ("connected" first, for streams).
    """

    def __init__(self, folder: Path, mark: str) -> None:
        self.names: dict[str, str | int] = {}
        self.inbox = folder / "inbox"
        self._unix = {
            "unix": str(folder / "stream.sock"),
            "unix_dgram": str(folder / "datagram.sock"),
            "abstract": f"\0{mark}-stream",
            "abstract_dgram": f"\0{mark}-datagram",
        }
        self._selector = selectors.DefaultSelector()
        self._stop, self._stopped = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="listeners", daemon=True)

    def __enter__(self) -> Self:
        self.inbox.touch()
        for name in ("tcp4", "tcp6", "udp4", "udp6"):
            self.names[name] = self._open_port(name)
        for name, address in self._unix.items():
            self._open(name, socket.AF_UNIX, address)
            self.names[name] = address
        for name in ("unix", "unix_dgram"):
            Path(self._unix[name]).chmod(0o777)
        self._selector.register(self._stopped, selectors.EVENT_READ, "stop")
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.close()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._selector.close()

    def _open_port(self, name: str) -> int:
        family, host = (socket.AF_INET6, "::1") if "6" in name else (socket.AF_INET, "127.0.0.1")
        try:
            return self._open(name, family, (host, 0)).getsockname()[1]
        except OSError:  # no IPv6 here
            return 0

    def _open(self, name: str, family: int, address: str | tuple[str, int]) -> socket.socket:
        stream = name in ("tcp4", "tcp6", "unix", "abstract")
        one = socket.socket(family, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM)
        try:
            one.bind(address)
        except OSError:
            one.close()
            raise
        if stream:
            one.listen(64)
        self._selector.register(one, selectors.EVENT_READ, f"{name} listens" if stream else name)
        return one

    def _serve(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data == "stop":
                    return
                assert isinstance(key.fileobj, socket.socket)
                self._take(key.fileobj, key.data)

    def _take(self, one: socket.socket, data: str) -> None:
        name, _, listens = data.partition(" ")
        if listens:
            connection, _ = one.accept()
            self._selector.register(connection, selectors.EVENT_READ, name)
            self._note(name, b"connected")
        else:
            text = _receive(one)
            if text:
                self._note(name, text)
            elif one.type == socket.SOCK_STREAM:
                self._selector.unregister(one)
                one.close()

    def _note(self, name: str, text: bytes) -> None:
        with self.inbox.open("a") as file:
            file.write(f"{name}: {text.decode('utf-8', 'replace')}\n")


def _receive(one: socket.socket) -> bytes:
    try:
        return one.recv(BITS)
    except OSError:  # the other side reset the connection
        return b""
