r"""Functions, the learnable weights of an agent, and the ordered, immutable set of them.

Example:
    >>> add = Function(name="add", description="Sum.", source="def add(a: int, b: int) -> int:\n    return a + b\n")
    >>> FunctionSet(functions=(add,)).names
    ('add',)
"""

import builtins
import difflib
import keyword
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from pydantic import Field, JsonValue, field_validator, model_validator

from toolwright.base import Frozen, canonical_json, digest_of_model
from toolwright.errors import FunctionError
from toolwright.messages import ToolSpec
from toolwright.schemas import Signature, read_signature

if TYPE_CHECKING:
    from toolwright.protocols import Sandbox
    from toolwright.trajectories import Outcome

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")


def name_fault(name: str) -> str | None:
    """Why a text cannot name a function, or None where it can."""
    if not NAME.fullmatch(name):
        return f"{name!r:.80} does not match ^[a-z][a-z0-9_]{{0,63}}$"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return f"{name!r} is a keyword of Python"
    if hasattr(builtins, name):
        return f"{name!r} is a builtin of Python"
    return None


class Example(Frozen):
    """One call that shows a function at work.

    Attributes:
        arguments: The call's arguments by name.
        result: The expected result; None where none was stated.
        stated: Whether `result` was stated (None is a result too).
    """

    arguments: dict[str, JsonValue]
    result: JsonValue = None
    stated: bool = False


class Function(Frozen):
    """One learnable Python function.

    Attributes:
        name: Matches ^[a-z][a-z0-9_]{0,63}$; no keyword, no builtin.
        description: What the agent is told it does; the docstring where it is empty.
        source: A Python module that defines `def name(...)`; never run outside a sandbox.
        arguments: One-line meaning by parameter name.
        packages: Top-level modules the source imports, as read when it was proposed; empty for a file written by hand.
        examples: Calls that were run before the function was admitted.
        frozen: Whether training must leave the function as it is.
    """

    name: str
    source: str
    description: str = ""
    arguments: dict[str, str] = Field(default_factory=dict)
    packages: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    frozen: bool = False

    @field_validator("name")
    @classmethod
    def _named(cls, name: str) -> str:
        if fault := name_fault(name):
            raise ValueError(fault)
        return name

    @model_validator(mode="after")
    def _encodable(self) -> Self:
        try:
            self.source.encode()
        except UnicodeEncodeError as error:
            line = self.source.count("\n", 0, error.start) + 1
            raise ValueError(f"function {self.name}: not UTF-8 text: line {line} of the source: {error}") from None
        try:
            canonical_json(self.model_dump()).encode()  # as Python: the JSON form loses such a key
        except UnicodeEncodeError as error:
            raise ValueError(f"function {self.name}: not UTF-8 text: {error}") from None
        return self

    @cached_property
    def signature(self) -> Signature:
        """What the syntax tree says of the parameters; raises FunctionError where it cannot be read."""
        return read_signature(self.source, self.name)

    @property
    def parameters(self) -> dict[str, JsonValue]:
        """The parameters' JSON schema, draft 2020-12."""
        return self.signature.schema_for(self.arguments)

    @cached_property
    def spec(self) -> ToolSpec:
        """The function as it is offered to a model."""
        description = self.description or self.signature.doc or self.name
        return ToolSpec(name=self.name, description=description, parameters=self.parameters)


class FunctionSet(Frozen):
    """An ordered, immutable set of functions with unique names. One digest, plain .py files on disk."""

    functions: tuple[Function, ...] = ()

    @model_validator(mode="after")
    def _unique(self) -> Self:
        repeated = {name for name in self.names if self.names.count(name) > 1}
        if repeated:
            raise ValueError(f"two functions are named {', '.join(sorted(repeated))}")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The functions' names, in order."""
        return tuple(function.name for function in self.functions)

    @cached_property
    def digest(self) -> str:
        """32 hexadecimal digits; equal for equal sets."""
        return digest_of_model(self)

    def __len__(self) -> int:
        return len(self.functions)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def get(self, name: str) -> Function:
        """The function of that name; raises FunctionError where there is none."""
        for function in self.functions:
            if function.name == name:
                return function
        close = difflib.get_close_matches(name, self.names, 1)
        meant = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(self.names) or 'none'}"
        raise FunctionError(f"there is no function {name!r}; {meant}")

    def with_function(self, function: Function) -> "FunctionSet":
        """The set with one function added at the end, or replaced in its place."""
        if function.name in self:
            return FunctionSet(functions=tuple(function if f.name == function.name else f for f in self.functions))
        return FunctionSet(functions=(*self.functions, function))

    def without(self, name: str) -> "FunctionSet":
        """The set without the function of that name; raises FunctionError where there is none."""
        self.get(name)
        return FunctionSet(functions=tuple(function for function in self.functions if function.name != name))

    def freeze(self, *names: str) -> "FunctionSet":
        """The set with the named functions frozen, all of them where no name is given."""
        for name in names:
            self.get(name)
        frozen = names or self.names
        return FunctionSet(
            functions=tuple(f.model_copy(update={"frozen": f.frozen or f.name in frozen}) for f in self.functions)
        )

    def schemas(self) -> list[ToolSpec]:
        """Each function's name, description and parameter schema, as a model is offered them."""
        return [function.spec for function in self.functions]

    def diff(self, newer: "FunctionSet") -> str:
        """A unified diff of the sources from this set to a newer one; "" where they are equal."""
        names = [*self.names, *(name for name in newer.names if name not in self)]
        return "".join(_diff_one(name, self, newer) for name in names)

    def save(self, path: Path | str) -> Path:
        """Writes a folder of one .py per function and a manifest, importable as a package; returns its path.

        Raises:
            FunctionError: The folder exists and holds anything that is not a function set, or cannot be written.
        """
        from toolwright.function_folder import save_folder  # noqa: PLC0415 - the folder knows the set, not the reverse

        return save_folder(self, Path(path))

    @classmethod
    def load(cls, path: Path | str) -> "FunctionSet":
        """Reads a folder that `save` wrote, or any folder of .py files with one function each, by its file's name.

        Nothing in the folder is imported or run.

        Raises:
            FunctionError: The folder or a file in it is wrong; the message names the file and the line.
        """
        from toolwright.function_folder import load_folder  # noqa: PLC0415 - as in save

        return load_folder(Path(path))

    def call(self, name: str, arguments: dict[str, JsonValue], *, sandbox: "Sandbox | None" = None) -> "Outcome":
        """Runs one function in a sandbox: the default one, started for this call, where none is given.

        Args:
            name: The function's name.
            arguments: Its arguments; checked against the schema before the call.
            sandbox: A started sandbox, for many calls.

        Returns:
            The outcome: its status, and the result or the error. A failing function raises nothing.

        Raises:
            FunctionError: There is no such function, or the arguments do not fit its schema.
            SandboxError: The sandbox itself failed.
        """
        from toolwright.sandbox.once import call_once  # noqa: PLC0415 - the one arrow up, so that a set can be used alone

        return call_once(self.get(name), arguments, sandbox)


def _diff_one(name: str, old: FunctionSet, new: FunctionSet) -> str:
    before = old.get(name).source.splitlines(keepends=True) if name in old else []
    after = new.get(name).source.splitlines(keepends=True) if name in new else []
    lines = difflib.unified_diff(before, after, f"a/{name}.py", f"b/{name}.py")
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)
