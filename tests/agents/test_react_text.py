import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolwright.agents.react_text import read_react

AS_MODELS_WRITE_IT: list[tuple[str, str, str, dict[str, Any]]] = [
    ("as asked", 'Thought: sum\nAction: add\nAction Input: {"a": 1, "b": 2}', "add", {"a": 1, "b": 2}),
    ("bold labels", '**Thought:** sum\n**Action:** add\n**Action Input:** {"a": 1}', "add", {"a": 1}),
    ("bold with the colon outside", '**Action**: add\n**Action Input**: {"a": 1}', "add", {"a": 1}),
    ("headings", '### Thought: x\n### Action: add\n### Action Input: {"a": 1}', "add", {"a": 1}),
    ("a list", '- Thought: x\n- Action: add\n- Action Input: {"a": 1}', "add", {"a": 1}),
    ("a quotation", '> Action: add\n> Action Input: {"a": 1}', "add", {"a": 1}),
    ("the name in backticks", 'Action: `add`\nAction Input: {"a": 1}', "add", {"a": 1}),
    ("the name in quotes", 'Action: "add"\nAction Input: {"a": 1}', "add", {"a": 1}),
    ("a full stop after the name", 'Action: add.\nAction Input: {"a": 1}', "add", {"a": 1}),
    ("numbered labels", 'Thought 1: x\nAction 1: add\nAction Input 1: {"a": 1}', "add", {"a": 1}),
    ("small letters", 'thought: x\naction: add\naction input: {"a": 1}', "add", {"a": 1}),
    ("capitals", 'ACTION: add\nACTION INPUT: {"a": 1}', "add", {"a": 1}),
    ("no space in the label", 'Action:add\nActionInput:{"a": 1}', "add", {"a": 1}),
    ("the name below its label", 'Action:\nadd\nAction Input:\n{"a": 1}', "add", {"a": 1}),
    ("both on one line", 'Action: add, Action Input: {"a": 1}', "add", {"a": 1}),
    ("a json fence", 'Action: add\nAction Input:\n```json\n{"a": 1}\n```', "add", {"a": 1}),
    ("a fence without a language", 'Action: add\nAction Input: ```\n{"a": 1}\n```', "add", {"a": 1}),
    ("inline code", 'Action: add\nAction Input: `{"a": 1}`', "add", {"a": 1}),
    ("JSON over several lines", 'Action: add\nAction Input: {\n  "a": 1,\n  "b": 2\n}', "add", {"a": 1, "b": 2}),
    ("a Python dictionary", "Action: add\nAction Input: {'ok': True, 'c': None,}", "add", {"ok": True, "c": None}),
    ("keyword arguments", 'Action: add\nAction Input: a=1, b="two"', "add", {"a": 1, "b": "two"}),
    ("a call in the line", "Action: add(a=1, b=2)", "add", {"a": 1, "b": 2}),
    ("a call with JSON in it", 'Action: add({"a": 1})', "add", {"a": 1}),
    ("a call without arguments", "Action: today()", "today", {}),
    ("no input at all", "Thought: the date\nAction: today", "today", {}),
    ("an empty input", "Action: today\nAction Input:", "today", {}),
    ("JSON below the name, unlabelled", 'Action: add\n{"a": 1}', "add", {"a": 1}),
    ("a fence below the name, unlabelled", 'Action: add\n```json\n{"a": 1}\n```', "add", {"a": 1}),
    ("one JSON object for both", 'Action:\n```json\n{"action": "add", "action_input": {"a": 1}}\n```', "add", {"a": 1}),
    ("one bare JSON object for both", 'Action: {"name": "add", "arguments": {"a": 1}}', "add", {"a": 1}),
    ("a made-up observation", 'Action: add\nAction Input: {"a": 1}\nObservation: 9\nFINAL ANSWER: 9', "add", {"a": 1}),
    ("a second action", 'Action: add\nAction Input: {"a": 1}\nAction: sub\nAction Input: {"a": 2}', "add", {"a": 1}),
    ("an input of a later action", 'Action: today\nObservation: x\nAction: add\nAction Input: {"a": 1}', "today", {}),
    ("talk after the input", 'Action: add\nAction Input: {"a": 1}\n\nI will wait for the result.', "add", {"a": 1}),
    ("a line end inside a string", 'Action: say\nAction Input: {"text": "one\ntwo"}', "say", {"text": "one\ntwo"}),
    ("braces inside a string", 'Action: say\nAction Input: {"text": "}{ Thought:"}', "say", {"text": "}{ Thought:"}),
    ("windows line ends", 'Thought: x\r\nAction: add\r\nAction Input: {"a": 1}\r\n', "add", {"a": 1}),
    ("the answer mentioned", 'Thought: then FINAL ANSWER: x\nAction: add\nAction Input: {"a": 1}', "add", {"a": 1}),
    ("an action that is none, then one", 'Action: none\nAction: add\nAction Input: {"a": 1}', "add", {"a": 1}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "action", "arguments"),
    [row[1:] for row in AS_MODELS_WRITE_IT],
    ids=[row[0].replace(" ", "-") for row in AS_MODELS_WRITE_IT],
)
def test_an_action_is_read_as_models_really_write_it(text: str, action: str, arguments: dict[str, Any]):
    step = read_react(text)
    assert (step.action, json.loads(step.arguments), step.final) == (action, arguments, False)


@pytest.mark.parametrize(
    "text",
    [
        '{"action": "seal", "action_input": {"word": "a"}}',
        '\n```json\n{"action": "seal", "action_input": {"word": "a"}}\n```\n',
        '```\n{"tool": "seal", "input": {"word": "a"}}\n```',
        '{"name": "seal", "arguments": {"word": "a"}}',
        '{"name": "seal", "arguments": "{\\"word\\": \\"a\\"}"}',
        '{\n  "tool": "seal",\n  "args": {"word": "a"}\n}',
        "{'action': 'seal', 'action_input': {'word': 'a'}}",
    ],
)
def test_a_reply_that_is_one_json_object_naming_an_action_and_its_input_is_that_action(text: str):
    step = read_react(text)
    assert (step.action, json.loads(step.arguments), step.final) == ("seal", {"word": "a"}, False)


@pytest.mark.parametrize(
    "text",
    [
        '{"answer": 42}',
        '{"name": "Ann", "age": 3}',
        '{"action": "seal"}',
        '{"name": "Ann Lee", "input": "x"}',
        '{"action": "Final Answer", "action_input": "42"}',
        '{"action": "none", "action_input": ""}',
        '{"action": 3, "action_input": 4}',
        'It would be {"action": "seal", "action_input": {"word": "a"}}',
        '{"action": "seal", "action_input": {"word": "a"}} is what I might do',
        '[{"action": "seal", "action_input": {"word": "a"}}]',
        "{}",
        "```json\n42\n```",
    ],
)
def test_json_that_names_no_action_with_its_input_or_is_not_alone_is_no_action(text: str):
    assert not read_react(text).action


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("Action: evaluate\nAction Input: 3 + 4", "3 + 4"),
        ("Action: search[red apples]", "red apples"),
        ("Action: python\nAction Input: ```python\nx = 5\nprint(x)\n```", "x = 5\nprint(x)"),
        ("Action: add\nAction Input: 3, 4", "3, 4"),
        ("Action: add\nAction Input: {'a': {1, 2}}", "{'a': {1, 2}}"),
        ("Action: add\nAction Input: {(1, 2): 3}", "{(1, 2): 3}"),
        ("Action: add\nAction Input: {'a': b'x'}", "{'a': b'x'}"),
        ("Action: match\nAction Input: '\\d+'", "'\\d+'"),
    ],
)
def test_an_input_that_is_no_object_stays_as_it_was_written(text: str, raw: str):
    assert read_react(text).raw == raw
    assert read_react(text).action


@pytest.mark.parametrize(
    "text",
    [
        "FINAL ANSWER: 42",
        "Thought: I know it.\nFINAL ANSWER: 42",
        "I know it. **FINAL ANSWER:** 42",
        "**Final Answer**: 42",
        "## Final Answer\n42",
        "Thought: done\nAction: None\nFINAL ANSWER: 42",
        "Action: Finish\nFinal Answer: 42",
        'FINAL ANSWER: 42\nAction: add\nAction Input: {"a": 1}',
    ],
)
def test_a_final_answer_before_any_action_ends_the_rollout(text: str):
    step = read_react(text)
    assert step.final
    assert not step.action


@pytest.mark.parametrize("text", ["", "I think about it.", "Action: none", "The action is: add", "Thought: 3 + 4"])
def test_a_reply_with_neither_is_neither(text: str):
    step = read_react(text)
    assert not step.final
    assert not step.action


def test_what_a_reply_made_up_after_its_action_is_cut_off():
    step = read_react('Thought: sum\nAction: add\nAction Input: {"a": 1}\nObservation: 99\nFINAL ANSWER: 99')
    assert step.text == 'Thought: sum\nAction: add\nAction Input: {"a": 1}'


LABELS = st.sampled_from(
    ["Thought:", "Action:", "Action Input:", "FINAL ANSWER:", "**Action**:", "Observation:", "add", "```", "\n", " "]
)
PIECES = LABELS | st.sampled_from(
    ['{"a": 1}', '{"action": "add", "args": {}}', "{'a': {1}}", "dict(", "a=1", "[" * 300, "0x" + "f" * 5000, "\0"]
)


@given(st.lists(PIECES | st.text(max_size=8), max_size=12).map("".join))
def test_no_reply_makes_the_reading_fail(text: str):
    step = read_react(text)
    assert text.startswith(step.text)
    assert not (step.final and step.action)
