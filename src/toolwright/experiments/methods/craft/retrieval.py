r"""Multi-view retrieval: three views of the toolset vote on what fits a task (CRAFT, step 6).

the task's question    against the tasks the tools were made of   the 10 most like it
the wanted names       against the tools' names                   the 5 most like them
the wanted docstring   against the tools' docstrings              the 10 most like it

The 3 with the most votes are used; one that a single view has found is not. At equal votes the better places decide.

Example:
    read_wish("Names: days_between\nDocstring: Counts days.").names     # "days_between"
"""

import re
from typing import Final

from toolwright.base import Frozen
from toolwright.experiments.methods.craft.similarity import Similarity
from toolwright.experiments.methods.craft.tool import CraftTool
from toolwright.experiments.methods.craft.toolset import Toolset

QUESTIONS: Final = 10
NAMES: Final = 5
DOCSTRINGS: Final = 10
MOST: Final = 3
VOTES: Final = 2
"""The fewest views that have to find a tool."""

_LABELLED: Final = re.compile(
    r"^[ \t>*_#-]*(?P<label>names?|docstrings?)[ \t*_`]*:(?P<text>.*?)"
    r"(?=^[ \t>*_#-]*(?:names?|docstrings?)[ \t*_`]*:|\Z)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)


class Wish(Frozen):
    """What a model would look for; "" where it did not say."""

    names: str = ""
    docstring: str = ""


class Retriever:
    """Finds tools for a task.

    Args:
        toolset: The tools.
    """

    def __init__(self, toolset: Toolset) -> None:
        self._tools = toolset.tools
        self._questions = Similarity([tool.question for tool in self._tools])
        self._names = Similarity([tool.name for tool in self._tools])
        self._docs = Similarity([tool.doc for tool in self._tools])

    def find(self, question: str, wish: Wish) -> tuple[CraftTool, ...]:
        """The tools that fit best, best first; none where no two views agree.

        Args:
            question: The task's text.
            wish: What the model would look for.
        """
        views = (
            self._questions.nearest(question, QUESTIONS),
            self._names.nearest(wish.names, NAMES),
            self._docs.nearest(wish.docstring, DOCSTRINGS),
        )
        places: dict[int, list[int]] = {}
        for view in views:
            for place, tool in enumerate(view):
                places.setdefault(tool, []).append(place)
        agreed = [tool for tool, found in places.items() if len(found) >= VOTES]
        agreed.sort(key=lambda tool: (-len(places[tool]), sum(places[tool]), tool))
        return tuple(self._tools[tool] for tool in agreed[:MOST])


def read_wish(reply: str) -> Wish:
    """What a reply wishes, by its labels "Names" and "Docstring"."""
    said = {found["label"].lower().rstrip("s"): found["text"].strip() for found in _LABELLED.finditer(reply)}
    return Wish(names=said.get("name", ""), docstring=said.get("docstring", ""))
