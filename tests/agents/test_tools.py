import asyncio
import threading
from datetime import date
from functools import partial
from typing import Literal

import pytest

from toolwright.agents.tools import Tool
from toolwright.errors import ConfigError


def price(item: str, count: int = 1, unit: Literal["EUR", "USD"] = "EUR") -> dict[str, object]:
    """What an item costs."""
    if item == "moon":
        raise LookupError("not for sale")
    return {"item": item, "total": 2.5 * count, "unit": unit, "on": date(2026, 1, 2)}


def test_a_tools_schema_comes_from_its_hints_and_its_description_from_its_docstring():
    spec = Tool(price).spec
    assert (spec.name, spec.description) == ("price", "What an item costs.")
    assert spec.parameters["required"] == ["item"]
    assert spec.parameters["additionalProperties"] is False


async def test_a_tool_runs_off_the_event_loop_and_its_result_becomes_json():
    outcome = await Tool(price).run({"item": "tea", "count": 2})
    assert outcome.result == {"item": "tea", "total": 5.0, "unit": "EUR", "on": "2026-01-02"}
    thread = (await Tool(lambda: threading.current_thread().name, name="thread").run({})).result
    assert thread != threading.current_thread().name


async def test_an_async_tool_is_awaited_on_the_loop():
    async def wait(seconds: float) -> str:
        await asyncio.sleep(seconds)
        return threading.current_thread().name

    assert (await Tool(wait).run({"seconds": 0})).result == threading.current_thread().name


async def test_what_a_plain_callable_returns_to_be_awaited_is_awaited():
    async def late(number: int) -> int:
        return number + 1

    def soon(number: int) -> object:
        return late(number)

    assert (await Tool(soon).run({"number": 1})).result == 2


async def test_a_tool_that_raises_gives_an_error_and_no_exception():
    outcome = await Tool(price).run({"item": "moon"})
    assert (outcome.status, outcome.error) == ("error", "LookupError: not for sale")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "item: Missing"),
        ({"item": "tea", "count": "two"}, "count: Input should be a valid integer"),
        ({"item": "tea", "size": 1}, "size: Unexpected"),
        ({"item": "tea", "unit": "GBP"}, "unit: Input should be 'EUR' or 'USD'"),
    ],
)
async def test_wrong_arguments_refuse_a_tools_call_naming_the_argument(arguments: dict[str, object], said: str):
    outcome = await Tool(price).run(arguments)  # pyright: ignore[reportArgumentType] - what a model may send
    assert outcome.status == "refused"
    assert said in outcome.error


async def test_a_result_without_a_json_form_becomes_text():
    def thing() -> object:
        return object()

    outcome = await Tool(thing).run({})
    assert outcome.ok
    assert "object" in str(outcome.result)


def test_a_callable_without_a_name_needs_one():
    for nameless in (lambda: 1, partial(price, "tea")):
        with pytest.raises(ConfigError, match="a tool needs a name"):
            Tool(nameless)
    assert Tool(partial(price, "tea"), name="tea").name == "tea"


def test_parameters_that_cannot_be_given_by_name_are_refused():
    def positional(a: int, /) -> int:
        return a

    def many(*numbers: int) -> int:
        return sum(numbers)

    for tool in (positional, many):
        with pytest.raises(ConfigError, match=f"tool {tool.__name__}: its parameters cannot be given by name"):
            Tool(tool)


def test_a_hint_that_makes_no_schema_is_refused():
    class Odd: ...

    def odd(thing: Odd) -> None: ...

    with pytest.raises(ConfigError, match="tool odd: its type hints make no JSON schema"):
        Tool(odd)
