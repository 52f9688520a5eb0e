r"""Answer extraction: which part of what a model wrote is its answer.

Example:
    >>> extract = extractor(["boxed", "final_answer", "last_line"])
    >>> extract("**Final Answer:** 42."), extract(r"Hence \boxed{\frac{1}{2}}")
    ('42', '\\frac{1}{2}')
"""

import re
from collections.abc import Callable, Iterator, Sequence

from toolwright.errors import ConfigError
from toolwright.scoring.latex import last_boxed, unfenced

Extractor = Callable[[str], str | None]

_LABEL = re.compile(
    r"\bfinal[ \t]+answer\b(?:[*_`# \t]*(?::|\N{FULLWIDTH COLON}|\bis\b))+|\bfinal[ \t]+answer\b[*_`# \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_FENCE_LINES = {"", "$$", r"\[", r"\]", "```", "**", "*"}
_WRAPPED = re.compile(r"\\(?:text|textbf|mathrm|mbox|boxed|fbox)\s*\{([^{}]*)\}")
_NAMED_GROUP = "answer"
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")


def boxed(text: str) -> str | None:
    r"""The content of the last closed `\boxed{…}`, nested braces and all; None where there is none or it is empty."""
    content = last_boxed(text)
    return None if content is None else cleaned(content)


def final_answer(text: str) -> str | None:
    """The first line behind the last "FINAL ANSWER", in any case, bold or not, with a colon, "is" or a line break."""
    labels = list(_LABEL.finditer(text))
    return _first(_lines(text[labels[-1].end() :])) if labels else None


def last_line(text: str) -> str | None:
    """The last line that is not blank."""
    return _first(reversed(list(_lines(text))))


def regex(pattern: str) -> Extractor:
    """What a pattern's last match holds: its group `answer`, else its first group, else all of it.

    Raises:
        ConfigError: The pattern is broken, or plain text: "regex:guess" would make the word "guess" the answer.
    """
    try:
        compiled = re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise ConfigError(f"answer: {pattern!r} is no regular expression: {error}") from None
    if not _SPECIAL.search(pattern):
        raise ConfigError(f"answer: {pattern!r} finds itself alone; put what the answer is into ( and ): 'guess: (.*)'")
    group: str | int = _NAMED_GROUP if _NAMED_GROUP in compiled.groupindex else min(1, compiled.groups)

    def extract(text: str) -> str | None:
        matches = list(compiled.finditer(text))
        return cleaned(matches[-1][group] or "") if matches else None

    return extract


def extractor(spec: str | Sequence[str]) -> Extractor:
    """The extractors named, tried in order: "boxed", "final_answer", "last_line" or "regex:PATTERN".

    Raises:
        ConfigError: One is unknown, a pattern is broken or plain text, or none is named.
    """
    parts = [_named(name) for name in ([spec] if isinstance(spec, str) else spec)]
    if not parts:
        raise ConfigError("answer: name at least one of boxed, final_answer, last_line, regex:PATTERN")

    def extract(text: str) -> str | None:
        return next((answer for part in parts if (answer := part(text)) is not None), None)

    return extract


def cleaned(answer: str) -> str | None:
    r"""An answer without what is around it; None where nothing is left.

    Taken off are white space, emphasis around all of it (`**5**`, `` `5` ``), math fences (`$5$`, `\(5\)`), a `\text{}`
    or `\boxed{}` that is all of it, and the full stop that ends a sentence, not the one of "2:10 P.M.".
    """
    before = None
    while answer != before:
        before = answer
        answer = _without_stop(unfenced(_without_emphasis(answer.strip())))
        wrapped = _WRAPPED.fullmatch(answer)
        answer = wrapped[1] if wrapped else answer
    return answer or None


def _without_emphasis(text: str) -> str:
    for mark in ("**", "__", "*", "`"):
        inner = text[len(mark) : -len(mark)]
        if len(text) > 2 * len(mark) and text == mark + inner + mark and mark not in inner:
            return inner
    return text


def _without_stop(text: str) -> str:
    last = text.rsplit(maxsplit=1)[-1] if text else ""
    abbreviated = "." in last[:-1] and not re.fullmatch(r"[^A-Za-z]*\d\.", last)
    return text[:-1] if last.endswith(".") and not abbreviated else text


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip() not in _FENCE_LINES)


def _first(lines: Iterator[str]) -> str | None:
    """The first line, an emphasis opened or closed elsewhere left out."""
    line = next(lines, "")
    for mark in ("**", "__"):
        if line.count(mark) % 2:
            line = line.removeprefix(mark) if line.startswith(mark) else line.removesuffix(mark)
    return cleaned(line)


def _named(name: str) -> Extractor:
    if name.startswith("regex:"):
        return regex(name.removeprefix("regex:"))
    known: dict[str, Extractor] = {"boxed": boxed, "final_answer": final_answer, "last_line": last_line}
    if name not in known:
        raise ConfigError(f"answer: unknown {name!r}; there are {', '.join(known)} and regex:PATTERN")
    return known[name]
