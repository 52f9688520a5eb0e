"""Who may read the live page: those who ask for it under its own name, from its own pages, and hold its token.

A page elsewhere can send a browser here under a name of its own (DNS rebinding), or from its own scripts; which name
and headers such requests carry is the browser's word, not the page's. Where others than this machine's users reach
the server, a secret is asked for as well: once in the address, then in a cookie.

Example:
    door = Door(host="127.0.0.1", port=8000)
    door.refusal("GET", {"Host": "127.0.0.1:8000"}) is None
    door.refusal("GET", {"Host": "evil.example:8000"}).status == 421
"""

import hmac
import ipaddress
import re
import secrets
from collections.abc import Mapping
from typing import Final, NamedTuple, Self

from toolwright.base import Frozen

METHODS: Final = ("GET", "HEAD")
"""What may be asked: the server only reads."""

_FROM_HERE: Final = {"same-origin", "none"}
"""Values of Sec-Fetch-Site: asked by our own page, or by the user."""
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::([0-9]{1,5}))?")
_HTTP: Final = 80


class Refusal(NamedTuple):
    """Why a request is not answered: an HTTP status and a sentence."""

    status: int
    text: str


class Door(Frozen):
    """The server's own name, and the secret that opens it.

    Attributes:
        host: The address or name it listens on.
        port: Its port.
        machine: This machine's name: what others may call the server where it listens on every address.
        token: The secret; "" where none is needed, as none but this machine's users reach the server.
    """

    host: str
    port: int
    machine: str = ""
    token: str = ""

    @classmethod
    def at(cls, host: str, port: int, machine: str = "") -> Self:
        """The door of a server: with a new token, of 256 random bits, unless it listens on loopback alone."""
        return cls(host=host, port=port, machine=machine, token="" if is_loopback(host) else secrets.token_urlsafe(32))

    @property
    def url(self) -> str:
        """What to open in a browser, with the token where one is needed."""
        name = (self.machine or "localhost") if self._everywhere else self.host
        address = f"http://{_bracketed(name)}:{self.port}/"
        return f"{address}?token={self.token}" if self.token else address

    @property
    def cookie(self) -> str:
        """The name of the cookie with the token; a browser keeps one jar for all ports of a host."""
        return f"toolwright-{self.port}"

    def admits(self, given: str) -> bool:
        """Whether a text is the token; how long it takes to say so tells nothing about it."""
        return bool(self.token) and hmac.compare_digest(
            given.encode("utf-8", "surrogatepass"), self.token.encode("ascii")
        )

    def refusal(self, method: str, headers: Mapping[str, str]) -> Refusal | None:
        """Why a request is refused before anything is read for it, None where it is not; the token is not looked at.

        Args:
            method: The request's method.
            headers: Its headers, found whatever their case; the parser refuses two of one that may come once.
        """
        if method not in METHODS:
            return Refusal(405, "This server only reads: GET and HEAD.")
        host = headers.get("Host", "").lower()
        if not self._is_own(host):
            return Refusal(421, f"This server does not go by that name; open {self._address} (with its port).")
        origin = headers.get("Origin")
        if origin is not None and origin.lower() != f"http://{host}":
            return Refusal(403, "Other sites' pages are not answered.")
        if headers.get("Sec-Fetch-Site", "none") not in _FROM_HERE:
            return Refusal(403, "Links and pages of other sites are not answered; open the address itself.")
        return None

    @property
    def _address(self) -> str:
        return self.url.partition("?")[0]

    @property
    def _everywhere(self) -> bool:
        address = _address_of(self.host)
        return address is not None and address.is_unspecified

    def _is_own(self, host: str) -> bool:
        name, port = _split(host)
        if port != self.port:
            return False
        if self._everywhere:  # an address cannot be given to another site's name
            return name in {"localhost", self.machine.lower()} - {""} or _address_of(name) is not None
        own = {self.host.lower()}
        return name in (own | {"127.0.0.1", "localhost", "::1"} if is_loopback(self.host) else own)


def is_loopback(host: str) -> bool:
    """Whether a server that listens there is reached from this machine alone."""
    address = _address_of(host)
    return host.lower() == "localhost" if address is None else address.is_loopback


def _address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _split(host: str) -> tuple[str, int | None]:
    """Name and port of a Host header; of one that is none, what no server is called."""
    found = _HOST.fullmatch(host)
    return (found[1].strip("[]"), int(found[2] or _HTTP)) if found else ("", None)
