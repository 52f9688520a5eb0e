"""Prompts are text files next to the code that fills them; `$name` marks a place to fill."""

from functools import cache
from importlib.resources import files
from string import Template


@cache
def read_prompt(package: str, name: str) -> Template:
    """Reads `prompts/NAME.txt` of a package; the file's last line end is not part of the prompt."""
    text = (files(package) / "prompts" / f"{name}.txt").read_text(encoding="utf-8")
    return Template(text.removesuffix("\n"))
