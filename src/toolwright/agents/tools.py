"""A user's own trusted callable, offered beside the functions and run on the host; never learned.

Example:
    >>> def weather(city: str) -> str:
    ...     '''Today's weather in a city.'''
    ...     return "sunny"
    >>> Tool(weather).spec.parameters["required"]
    ['city']
"""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, cast

from pydantic import JsonValue, PydanticUserError, TypeAdapter, ValidationError, validate_call
from pydantic_core import to_jsonable_python

from toolwright.errors import ConfigError
from toolwright.messages import ToolSpec
from toolwright.trajectories import Outcome


class Tool:
    """A callable as a tool; its schema comes from its type hints, its description from its docstring.

    Args:
        function: A sync or async callable; sync ones run in a thread.
        name: Its name to the model; the callable's own where it is empty.

    Attributes:
        doubt: What a model is not told of it, "" where it is told all: no description, parameters of any kind.

    Raises:
        ConfigError: It is a class or has no name, or its hints make no JSON schema.
    """

    def __init__(self, function: Callable[..., Any], name: str = "") -> None:
        self.name = name or getattr(function, "__name__", "")
        if not self.name.isidentifier():
            raise ConfigError(f"a tool needs a name: Tool({function!r}, name='…')")
        if isinstance(function, type):
            raise ConfigError(f"tool {self.name}: this is a class; name a function, or a method of an instance")
        try:
            schema = TypeAdapter[Any](function).json_schema()  # pyright: ignore[reportArgumentType] - a callable has a schema, too
        except PydanticUserError as error:
            said = str(error).partition(". ")[0].partition("\n")[0]
            raise ConfigError(
                f"tool {self.name}: its type hints make no JSON schema: {said}; use those of JSON's kinds, such as str "
                "or list[float], or a pydantic model"
            ) from error
        if schema.get("type") != "object":
            raise ConfigError(f"tool {self.name}: its parameters cannot be given by name; leave out `/` and `*`")
        self.spec = ToolSpec(
            name=self.name,
            description=inspect.getdoc(function) or self.name,
            parameters=cast("dict[str, JsonValue]", {"type": "object", "properties": {}, **schema}),
        )
        self.doubt = _doubt(function)
        self._call = validate_call(function)
        self._is_async = inspect.iscoroutinefunction(function)

    async def run(self, arguments: dict[str, JsonValue]) -> Outcome:
        """Calls it; whatever it raises becomes an error outcome."""
        try:
            if self._is_async:
                result = await self._call(**arguments)
            else:
                result = await asyncio.to_thread(self._call, **arguments)
            if inspect.isawaitable(result):  # a plain function may return what is to be awaited
                result = await result
            return Outcome(status="ok", result=to_jsonable_python(result, fallback=str))
        except ValidationError as error:
            return Outcome(status="refused", error=_first_fault(error))
        except Exception as error:  # noqa: BLE001 - a tool may raise anything; the agent reads it and goes on
            return Outcome(status="error", error=f"{type(error).__name__}: {error}")


def _doubt(function: Callable[..., Any]) -> str:
    bare = [name for name, given in inspect.signature(function).parameters.items() if given.annotation is given.empty]
    lacks = [f"a type hint for {', '.join(bare)}"] if bare else []
    lacks += [] if inspect.getdoc(function) else ["a docstring, which is its description"]
    return f"has not {' and '.join(lacks)}" if lacks else ""


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"argument {'.'.join(map(str, fault['loc']))}: {fault['msg']}"
