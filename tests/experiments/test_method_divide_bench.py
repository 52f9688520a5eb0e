"""The simulated models of dm_math: what they say follows from the rows, the functions on offer and the prompt."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

import simulated_endpoint
from toolwright.functions import Function

mathematician: Any = importlib.import_module("mathematician")  # bench/, where simulated_endpoint found it

PROMPT = """# The assistant's functions
## algebra
How many numbers there are.

# The conversations, failed ones first
## Task dm_math/train/calculus/3: score 0 (no answer)
## Task dm_math/train/algebra/1: score 0
## Task dm_math/train/numbers/7 (earlier, with other functions): score 0
## Task dm_math/train/numbers/8: score 0
## Task dm_math/train/probability/8: score 1
"""
SCHEMA: dict[str, Any] = {"properties": {"name": {}, "code": {}, "examples": {}, "arguments": {}, "description": {}}}


@pytest.fixture
def model(tmp_path: Path) -> Any:
    rows = [{"question": f"{n} + 1?", "answer": str(n + 1), "type": "arithmetic"} for n in range(50)]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return mathematician.Mathematician.of(str(file))


def body(role: str, content: str, tool: str = "") -> dict[str, Any]:
    offered: dict[str, Any] = {"type": "function", "function": {"name": tool, "parameters": SCHEMA}}
    messages = [{"role": "user", "content": content}]
    return {"model": role, "messages": messages, "tools": [offered] if tool else []}


def action(reply: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    [call] = reply["tool_calls"]
    return call["function"]["name"], json.loads(call["function"]["arguments"])


def test_without_a_function_a_fixed_share_is_answered_right(model: Any):
    right = [model.reply(body("agent", f"{n} + 1?"))["content"].endswith(f"{{{n + 1}}}") for n in range(50)]
    assert 0.2 < sum(right) / len(right) < 0.6
    assert right == [model.reply(body("agent", f"{n} + 1?"))["content"].endswith(f"{{{n + 1}}}") for n in range(50)]


def test_with_its_types_function_the_agent_calls_it_and_then_is_right(model: Any):
    for n in range(50):
        asked = body("agent", f"{n} + 1?", "arithmetic")
        assert action(model.reply(asked)) == ("arithmetic", {"question": f"{n} + 1?"})
        asked["messages"].append({"role": "tool", "content": "1"})
        assert model.reply(asked)["content"].endswith(f"\\boxed{{{n + 1}}}")


def test_the_optimizer_adds_a_function_for_each_type_that_failed_and_has_none(model: Any):
    asked, names = body("optimizer", PROMPT, "add_function"), list[str]()
    while (said := action(model.reply(asked)))[0] == "add_function":
        names.append(said[1]["name"])
        assert Function(name=said[1]["name"], source=said[1]["code"]).parameters["required"] == ["question"]
        asked["messages"].append({"role": "assistant", **model.reply(asked)})
    assert names == ["numbers", "calculus"]
    assert said[0] == "terminate"


def test_a_busy_optimizers_functions_are_those_of_its_prompt_alone(model: Any):
    codes = [
        action(model.reply(body("optimizer", text, "add_function"), manner))[1]["code"]
        for manner in ("busy", "learner")
        for text in (PROMPT, f"{PROMPT}\nMore.")
    ]
    assert len(set(codes)) == 3
    assert codes[2] == codes[3]


def test_the_endpoint_plays_them_where_it_is_given_answers(tmp_path: Path):
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({"question": "1 + 1?", "answer": "2", "type": "arithmetic"}))
    with simulated_endpoint.simulated_endpoint(answers=file) as endpoint:
        assert endpoint.counts() == {}
    options = importlib.import_module("endpoint").parsed(["--answers", str(file)])
    served: Any = importlib.import_module("endpoint").Endpoint(options)
    reply = json.loads(served.reply(body("agent", "1 + 1?", "arithmetic"), "m", "ok"))
    assert reply["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "arithmetic"
