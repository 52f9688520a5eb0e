"""What the built-in agents share: their instructions, where their answer is, and whether they may run code."""

from collections.abc import Sequence
from typing import ClassVar

from toolwright.agents.answers import extractor
from toolwright.agents.rollout import INTERPRETER
from toolwright.base import digest_of
from toolwright.messages import ToolSpec
from toolwright.prompt_files import read_prompt
from toolwright.protocols import Rollout
from toolwright.rendering import RESULT_CHARACTERS


class Prompted:
    """An agent with instructions from a prompt file.

    Args:
        system_prompt: Instructions in the place of the built-in ones; "$tools" in it becomes a note on what may be
            called.
        answer: Where the answer is in the last reply: "boxed", "final_answer", "last_line", "regex:…", or several to
            try in order; the agent's own default where it is None.
        interpreter: Whether the model may also run Python code.
        result_characters: How much of one result the model reads.
    """

    answer: ClassVar[tuple[str, ...]]
    """Where the answer is by default."""

    def __init__(
        self,
        *,
        system_prompt: str = "",
        answer: str | Sequence[str] | None = None,
        interpreter: bool = False,
        result_characters: int = RESULT_CHARACTERS,
    ) -> None:
        self._prompt = system_prompt
        found_in = self.answer if answer is None else answer
        self._found_in = [found_in] if isinstance(found_in, str) else list(found_in)
        self._extract = extractor(self._found_in)
        self._interpreter = interpreter
        self._characters = result_characters

    @property
    def digest(self) -> str:
        """The digest of its options; whoever goes on with a run must give the same."""
        return digest_of([self._prompt, *self._found_in, self._interpreter, self._characters])

    def _tools(self, rollout: Rollout) -> tuple[ToolSpec, ...]:
        """What the model may call: the rollout's functions and tools, then the interpreter."""
        return (*rollout.specs(), *((INTERPRETER,) if self._interpreter else ()))

    def _instructions(self, prompt: str, note: str) -> str:
        """The user's instructions, or the prompt file's, with a note on what may be called."""
        if self._prompt:
            return self._prompt.replace("$tools", note)
        return read_prompt("toolwright.agents", prompt).substitute(tools=note)
