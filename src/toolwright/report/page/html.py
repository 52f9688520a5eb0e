"""The page as one HTML file: styles, scripts and documents are in it, and nothing is ever loaded from elsewhere.

Documents lie in it as gzipped JSON in base64, which holds no character that means anything to HTML; the page's policy
names each script and style by its digest, so that nothing else in it can run.

Example:
    Path("report.html").write_text(page_html(RunDocuments(folder)))
"""

import base64
import gzip
import hashlib
import re
from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files
from string import Template
from typing import Final

from toolwright.report.page.source import Documents, to_json

_LIBRARIES: Final = ("vega", "vega-lite", "vega-interpreter", "preact", "hooks", "htm")
_PARTS: Final = (
    "core",
    "documents",
    "text",
    "charts",
    "table",
    "overview",
    "code",
    "functions",
    "function",
    "tasks",
    "trajectory",
    "optimizer",
    "comparison",
    "app",
)
_STYLES: Final = ("style", "views")
_LIVE: Final = '<meta name="toolwright-live" content="1">'


def page_html(documents: Documents, *, title: str = "") -> str:
    """The page with all its documents in it; `title` is the window's, such as the run's id."""
    return page_with(embedded(documents), title=title)


def page_with(elements: Iterable[str], *, live: bool = False, title: str = "") -> str:
    """The page.

    Args:
        elements: Its documents, as elements of it (`embedded`); none of one that is live.
        live: Whether it fetches its documents from the server it came from.
        title: The window's title.
    """
    page = Template(_asset("page.html"))
    return page.substitute(
        policy=escape(csp(live=live)),
        live=_LIVE if live else "",
        title=escape(f"{title} - Toolwright" if title else "Toolwright"),
        style=_style(),
        documents="\n".join(elements),
        scripts="\n".join(f"<script>{script}</script>" for script in _scripts()),
    )


def csp(*, live: bool = False) -> str:
    """The content-security policy of the page: its own scripts and styles, and what it asks its own server."""
    scripts = " ".join(map(_digest, _scripts()))
    rules = (
        "default-src 'none'",
        f"script-src {scripts}",
        f"style-src {_digest(_style())}",
        "img-src data:",
        "connect-src 'self'" if live else "connect-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(rules)


def embedded(documents: Documents) -> Iterator[str]:
    """Each document as an element of a page, built when it is asked for."""
    for name in documents.names():
        packed = gzip.compress(to_json(documents.read(name)), compresslevel=6, mtime=0)
        data = base64.b64encode(packed).decode()
        yield f'<script type="application/gzip" data-name="{escape(name)}">{data}</script>'


def _scripts() -> list[str]:
    """The libraries, each as it came, and our own files in one strict scope."""
    own = "\n".join(_asset(f"{name}.js") for name in _PARTS)
    libraries = (_asset(f"vendor/{name}.min.js") for name in _LIBRARIES)
    return [*map(_inert, libraries), _inert(f'(function () {{\n"use strict";\n{own}\n}})();\n')]


def _style() -> str:
    return "\n".join(_asset(f"{name}.css") for name in _STYLES).replace("</style", "<\\/style")


def _inert(script: str) -> str:
    """A script without what would end or hide it in HTML; in a string or a pattern the text stays what it was."""
    return re.sub("</(?=script)", r"<\\/", script, flags=re.IGNORECASE).replace("<!--", "<\\!--")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _asset(name: str) -> str:
    file = files("toolwright.report.page") / "assets" / name
    return file.read_text("utf-8").replace("\r\n", "\n")  # as a browser reads it, whose digests count
