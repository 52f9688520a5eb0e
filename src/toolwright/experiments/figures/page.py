"""The page of an experiment: one HTML file made of the report page's parts and a view of its own.

Its policy names each script and style by digest, as the report page's does, and its document lies in it as data that
means nothing to HTML.

Example:
    page_of(ExperimentDocument(name="small"))
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from string import Template
from typing import Final

from pydantic import BaseModel, Field

from toolwright.base import Frozen
from toolwright.experiments.tables.shown import Shown
from toolwright.report.documents import Chart
from toolwright.report.page.html import embedded

_REPORT: Final = ("toolwright.report.page", "assets")
_OURS: Final = ("toolwright.experiments.figures", "assets")
_LIBRARIES: Final = ("vega", "vega-lite", "vega-interpreter", "preact", "hooks", "htm")
_BEFORE: Final = ("core", "documents", "text", "charts", "table")
"""The report page's parts that the view stands on; the last one, "app", draws it."""


class ExperimentDocument(Frozen):
    """What the page shows."""

    name: str
    about: str = ""
    charts: dict[str, Chart] = Field(default_factory=dict)
    tables: tuple[Shown, ...] = ()


class _Documents:
    """The one document, as the report page's machinery takes it."""

    def __init__(self, document: ExperimentDocument) -> None:
        self._document = document

    def names(self) -> Iterable[str]:
        return ("experiment",)

    def read(self, name: str) -> BaseModel:  # noqa: ARG002 - there is but one
        return self._document


def page_of(document: ExperimentDocument) -> str:
    """The page."""
    scripts, style = _scripts(), _style()
    rules = (
        "default-src 'none'",
        f"script-src {' '.join(map(_digest, scripts))}",
        f"style-src {_digest(style)}",
        "img-src data:",
        "connect-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return Template(_asset(_OURS, "page.html")).substitute(
        policy=escape("; ".join(rules)),
        title=escape(f"{document.name} - Toolwright"),
        style=style,
        documents="\n".join(embedded(_Documents(document))),
        scripts="\n".join(f"<script>{script}</script>" for script in scripts),
    )


def _scripts() -> list[str]:
    """The libraries, each as it came, and the page's parts in one strict scope."""
    parts = [*(_asset(_REPORT, f"{name}.js") for name in _BEFORE), _asset(_OURS, "experiment.js")]
    own = "\n".join([*parts, _asset(_REPORT, "app.js")])
    libraries = (_asset(_REPORT, f"vendor/{name}.min.js") for name in _LIBRARIES)
    return [*map(_inert, libraries), _inert(f'(function () {{\n"use strict";\n{own}\n}})();\n')]


def _style() -> str:
    return "\n".join(_asset(_REPORT, f"{name}.css") for name in ("style", "views")).replace("</style", "<\\/style")


def _inert(script: str) -> str:
    """A script without what would end or hide it in HTML."""
    return re.sub("</(?=script)", r"<\\/", script, flags=re.IGNORECASE).replace("<!--", "<\\!--")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _asset(where: tuple[str, str], name: str) -> str:
    package, folder = where
    return (files(package) / folder / name).read_text("utf-8").replace("\r\n", "\n")
