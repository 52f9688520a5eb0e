"""The toolset: of tools with one name and as many arguments the most general; names that are used once (CRAFT, step 5).

CELL/toolset.json      the toolset as it is used
CELL/toolset/          the same as .py files, for the reader
"""

from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final

from toolwright.base import SCHEMA_VERSION, Frozen
from toolwright.errors import ConfigError
from toolwright.experiments.methods.craft.tool import CraftTool
from toolwright.functions import Function, FunctionSet, name_fault
from toolwright.recordings import write_whole

FILE: Final = "toolset.json"
FOLDER: Final = "toolset"


class Toolset(Frozen):
    """Tools with names of their own."""

    schema_version: int = SCHEMA_VERSION
    tools: tuple[CraftTool, ...] = ()

    @property
    def functions(self) -> FunctionSet:
        """The tools as functions; what they import or expect is not looked at."""
        return FunctionSet(
            functions=tuple(Function(name=tool.name, source=tool.source, description=tool.doc) for tool in self.tools)
        )

    def save(self, folder: Path) -> None:
        """Writes both forms below a folder.

        Raises:
            ConfigError: They cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(folder / FILE, self.model_dump_json(indent=2).encode() + b"\n")
        except OSError as error:
            raise ConfigError(f"the toolset cannot be written to {folder}: {error}; make it writable") from error
        self.functions.save(folder / FOLDER)


def toolset_of(tools: Sequence[CraftTool]) -> Toolset:
    """The toolset of tools that were found right.

    The most general of a group is the one with the fewest literal values in its source, the first of these in task
    order. A name that a tool with another number of arguments has, too, gets a number.
    """
    groups: dict[tuple[str, int], list[CraftTool]] = {}
    for tool in tools:
        groups.setdefault((tool.name, len(tool.arguments)), []).append(tool)
    return Toolset(tools=tuple(_named_apart([min(group, key=_literals) for group in groups.values()])))


def _literals(tool: CraftTool) -> int:
    return tool.literals


def _named_apart(tools: list[CraftTool]) -> list[CraftTool]:
    """The tools, renamed where an earlier one has the name; one that cannot be renamed is left out."""
    taken = {tool.name for tool in tools}
    apart: dict[str, CraftTool] = {}
    for tool in tools:
        if tool.name not in apart:
            apart[tool.name] = tool
            continue
        name = next(name for n in count(2) if (name := f"{tool.name}_{n}") not in taken)
        with suppress(RecursionError):  # a source that nests past Python's stack
            if name_fault(name) is None:
                apart[name] = tool.renamed(name)
                taken.add(name)
    return [*apart.values()]
