import json
import math
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue, ValidationError

from toolwright.base import digest_of
from toolwright.messages import (
    MAX_DEPTH,
    AssistantMessage,
    ModelRequest,
    ToolCall,
    ToolMessage,
    ToolSpec,
    Usage,
    UserMessage,
)


def call(arguments: str) -> ToolCall:
    return ToolCall(id="c", name="add", arguments=arguments)


def asked(*ids: str, provider: JsonValue = None) -> ModelRequest:
    calls = tuple(ToolCall(id=one, name="add", arguments="{}") for one in ids)
    answers = [ToolMessage(call_id=one, name="add", text="1") for one in ids]
    return ModelRequest(messages=(UserMessage(text="?"), AssistantMessage(calls=calls, provider=provider), *answers))


@pytest.mark.parametrize(
    ("text", "value"), [('{"a": 1}', {"a": 1}), ("", {}), ("{}", {}), ('{"é": null}', {"é": None})]
)
def test_arguments_are_read_as_an_object(text: str, value: dict[str, object]):
    assert call(text).parsed() == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not valid JSON: .* line 1 column 2"),
        ("[1]", "must be a JSON object, not list"),
        ("null", "not NoneType"),
        ('"{}"', "not str"),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": Infinity}', "Infinity is not JSON"),
        ('{"a": "\\ud800"}', "surrogate"),
        ('{"\\udc00": 1}', "surrogate"),
        ('{"a": ' + "9" * 5000 + "}", "not valid JSON"),
        ('{"a": ' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}", f"more than {MAX_DEPTH} levels"),
        ("[" * 100_000, "nested too deeply|not valid JSON"),
    ],
)
def test_arguments_that_are_no_object_to_work_with_say_why(text: str, said: str):
    with pytest.raises(ValueError, match=said):
        call(text).parsed()


@given(st.text(st.characters()) | st.sampled_from(["{", '{"a"', "\\ud800", "\0"]))
def test_no_text_makes_the_reading_fail_in_another_way(text: str):
    with suppress(ValueError):
        assert isinstance(call(text).parsed(), dict)


def test_a_pair_of_surrogates_is_a_character():
    assert call('{"a": "\\ud83d\\ude00"}').parsed() == {"a": "\U0001f600"}


def test_a_requests_digest_knows_nothing_of_call_ids_or_the_providers_part():
    assert asked("x", "y").digest == asked("call_81", "call_82").digest
    assert asked("x", provider={"signed": 1}).digest == asked("x").digest


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5)


@given(st.dictionaries(st.text(), JSON), st.lists(st.dictionaries(st.text(), JSON), max_size=3))
def test_a_requests_digest_is_its_neutral_forms(settings: dict[str, JsonValue], schemas: list[dict[str, JsonValue]]):
    tools = tuple(ToolSpec(name=f"f{i}", description="é", parameters=schema) for i, schema in enumerate(schemas))
    request = asked("x", "y").model_copy(update={"tools": tools, "settings": settings})
    assert request.digest == digest_of(request.neutral())


def test_a_requests_digest_tells_which_call_an_answer_is_of():
    straight, crossed = asked("x", "y"), asked("x", "y")
    first, second = straight.messages[2:]
    crossed = crossed.model_copy(update={"messages": (*straight.messages[:2], second, first)})
    assert straight.digest != crossed.digest


def test_a_requests_digest_tells_messages_tools_and_settings_apart():
    request = asked("x")
    tool = ToolSpec(name="a", description="", parameters={})
    others = [
        request.model_copy(update={"settings": {"temperature": 0}}),
        request.model_copy(update={"tools": (tool,)}),
        request.model_copy(update={"messages": request.messages[:1]}),
        ModelRequest(messages=(UserMessage(text="? "), *request.messages[1:])),
    ]
    assert len({request.digest, *(other.digest for other in others)}) == len(others) + 1


def test_usage_adds_up_and_one_unknown_price_makes_the_sum_unknown():
    one = Usage(requests=1, input_tokens=10, output_tokens=2, cached_tokens=4, dollars=0.5)
    assert one + one == Usage(requests=2, input_tokens=20, output_tokens=4, cached_tokens=8, dollars=1.0)
    assert (one + Usage(requests=1, dollars=None)).dollars is None
    assert (one + one).tokens == 24


@given(st.lists(st.builds(Usage, requests=st.integers(0, 9), dollars=st.none() | st.just(1.0)), max_size=5))
def test_a_sum_of_usages_is_unknown_exactly_where_a_part_is(parts: list[Usage]):
    total = sum(parts, Usage())
    assert (total.dollars is None) == any(part.dollars is None for part in parts)
    assert total.requests == sum(part.requests for part in parts)


PAID = st.lists(st.floats(0, 20).map(lambda dollars: Usage(requests=1, dollars=dollars)), max_size=30)


@given(PAID, st.randoms(use_true_random=False))
def test_a_sum_of_dollars_is_the_same_to_the_last_digit_in_whatever_order_replies_arrived(
    parts: list[Usage], dice: Random
):
    mixed, half = dice.sample(parts, len(parts)), len(parts) // 2
    total = sum(parts, Usage())
    assert sum(mixed, Usage()) == total
    assert sum(mixed[:half], Usage()) + sum(mixed[half:], Usage()) == total
    assert Usage(dollars=math.fsum(part.dollars or 0.0 for part in parts)).dollars == total.dollars  # as a journal sums


@pytest.mark.parametrize("wrong", [{"requests": -1}, {"input_tokens": -1}, {"dollars": -0.1}, {"dollars": math.nan}])
def test_a_usage_that_cannot_be_is_refused(wrong: dict[str, float]):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        Usage.model_validate(wrong)


def test_messages_come_back_from_json_as_they_were():
    request = asked("x", provider={"a": [1]})
    assert ModelRequest.model_validate(json.loads(request.model_dump_json())) == request
