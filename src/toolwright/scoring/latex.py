r"""Mathematics as text: the last box of a solution, and answers made ready to be compared.

Example:
    >>> last_boxed(r"so \boxed{\frac{1}{2}}."), as_latex("-2*x**12")
    ('\\frac{1}{2}', '$-2*x^{12}$')
"""

import re

_BOX = re.compile(r"\\(?:boxed|fbox)(?:\s*\{|\s+([^\s$\\]+))")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_TEXT = re.compile(r"\\(?:text|textbf|textit|textrm|mathrm|mbox)\s*\{([^{}]*)\}")
_WORD = re.compile(r"[^\W\d_]{3,}(?:[\s'-]+[^\W\d_]+)*")
_FACTOR = re.compile(
    r"(?<=\d)(?=[A-Za-z])(?!(?:cm|mm|km|kg|ft|in|mi|lbs?|oz|mph|ml|min|hrs?|sec|deg|degrees|and|or)\b)"
)
"""Where a product is meant: math-verify drops units, and would read 113s as 113 (seconds)."""
_FENCES = (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"))


def last_boxed(text: str) -> str | None:
    r"""The content of the last complete `\boxed{…}` or `\fbox{…}`, nested braces and all; also of `\boxed 5`.

    Returns:
        The content without white space around it, None where there is no box, or none that is closed.
    """
    closing = _closing_braces(text)
    for match in reversed(list(_BOX.finditer(text))):
        if match[1] is not None:
            return match[1].strip()
        if match.end() in closing:
            return text[match.end() : closing[match.end()]].strip()
    return None


def _closing_braces(text: str) -> dict[int, int]:
    """Where the brace closes that was opened just before a place, in one pass however many never close."""
    opened: list[int] = []
    closing: dict[int, int] = {}
    for brace in _BRACE.finditer(text):
        if brace[0] == "{":
            opened.append(brace.end())
        elif brace[0] == "}" and opened:
            closing[opened.pop()] = brace.start()
    return closing


def unfenced(text: str) -> str:
    r"""The text without white space, and without one pair of `$`, `$$`, `\(…\)` or `\[…\]` around all of it."""
    text = text.strip()
    for left, right in _FENCES:
        inner = text[len(left) : -len(right)]
        if len(text) >= len(left + right) and text == left + inner + right and left not in inner:
            return inner.strip()
    return text


def plain(text: str) -> str:
    r"""An answer as text: no fences, no `\text{}`, no full stop at its end, no white space."""
    return "".join(_TEXT.sub(r"\1", unfenced(unfenced(text).removesuffix("."))).split())


def is_words(text: str) -> bool:
    """Whether an answer is words: as mathematics, "east" and "seat" would be the same product of letters."""
    return _WORD.fullmatch(_TEXT.sub(r"\1", unfenced(text)).strip()) is not None


def as_latex(text: str) -> str:
    """An answer as one LaTeX formula between `$` signs; programmers' `**` and `x^12` become exponents."""
    text = unfenced(unfenced(text).removesuffix(".")).replace("**", "^").replace(r"\$", "").replace("$", "")
    text = re.sub(r"\^\s*\(([^()]*)\)", r"^{\1}", text)
    if "\\" not in text:  # in LaTeX x^12 is x to the 1, times 2; nobody who writes no LaTeX means that
        text = re.sub(r"\^\s*(-?\d+)", r"^{\1}", text)
        text = _FACTOR.sub("*", text)
    return f"${text}$"
