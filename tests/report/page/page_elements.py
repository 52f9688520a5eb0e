"""What is in a page's file, as a browser finds it: scripts, styles, metas, and the documents.

Example:
    Elements(page_html(documents)).document("overview")
"""

import base64
import gzip
from collections.abc import Callable
from html.parser import HTMLParser


class Elements(HTMLParser):
    """A page's scripts, styles, metas and data, as a browser finds them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.data: dict[str, str] = {}
        self.metas: dict[str, str] = {}
        self.title = ""
        self.loading: list[str] = []
        self._take: Callable[[str], None] | None = None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.loading += [given[name] for name in ("src", "href", "action", "srcset") if name in given]
        name = given.get("data-name")
        if tag == "meta":
            self.metas[given.get("http-equiv") or given.get("name", "")] = given.get("content", "")
        elif name is not None:
            assert given["type"] == "application/gzip"
            self._take = lambda text: self.data.update({name: text})
        elif tag in ("script", "style"):
            self._take = (self.scripts if tag == "script" else self.styles).append
        elif tag == "title":
            self._take = lambda text: setattr(self, "title", text)

    def handle_data(self, data: str) -> None:
        if self._take is not None:
            self._take(data)
            self._take = None

    def document(self, name: str) -> str:
        """A document's JSON."""
        return gzip.decompress(base64.b64decode(self.data[name], validate=True)).decode()
