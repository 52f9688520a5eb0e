"""Simulated models for dm_math: an agent who knows the answers, and an optimizer who sees which types of task failed.

The agent answers a fixed share of the tasks right, and every task for whose type a function is offered, after calling
it. The optimizer adds one function an action, named after a type of which a failed task is in its prompt. So a score
says that learning goes through, and nothing else; what is real are the prompts' sizes, the requests and the time.

Example:
    Mathematician.of("src/toolwright/experiments/data/dm_math/train.jsonl").reply(body, "learner")
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from simulated import Body, call, first_user, offered, say

RIGHT: Final = 0.4
"""The share of tasks answered right without a function."""

WORKING: Final = "Let me think about this step by step, and write down what follows from what. " * 16
"""What the agent writes before its answer: about 300 tokens, at the lower end of what models write."""

FAILED: Final = re.compile(r"^## Task dm_math/\w+/(\w+)/\d+[^:\n]*: score 0\b", re.MULTILINE)
HEADING: Final = re.compile(r"^## (\w+)(?: \(frozen.*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Known:
    """What is known of a question."""

    type: str
    answer: str


class Mathematician:
    """Both roles.

    Args:
        known: By question.
    """

    def __init__(self, known: dict[str, Known]) -> None:
        self._known = known

    @classmethod
    def of(cls, path: str) -> Self:
        """Who knows the rows of a file of dm_math."""
        rows = [json.loads(line) for line in Path(path).read_text().splitlines()]
        return cls({row["question"]: Known(row["type"], row["answer"]) for row in rows})

    def reply(self, body: Body, manner: str = "learner") -> Body:
        """A reply; a busy optimizer's functions are each other's like in nothing but their names."""
        return _improved(body, manner) if body["model"] == "optimizer" else self._answered(body)

    def _answered(self, body: Body) -> Body:
        question = str(first_user(body)["content"])
        known = self._known[question]
        if known.type in offered(body):
            if body["messages"][-1]["role"] != "tool":
                return call(body, known.type, {"question": question})
        elif _drawn(question) >= RIGHT:
            return say(f"{WORKING}\n\\boxed{{unknown}}")
        return say(f"{WORKING}\n\\boxed{{{known.answer}}}")


def _drawn(text: str) -> float:
    """A number from 0 to 1 that depends on the text alone."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 2**32


def _improved(body: Body, manner: str) -> Body:
    """One more function, for the type with most failed tasks that has none; terminates where there is no such type."""
    prompt = str(first_user(body)["content"])
    failed = FAILED.findall(prompt)
    said = [called["function"]["arguments"] for message in body["messages"] for called in message.get("tool_calls", [])]
    there = {*HEADING.findall(prompt), *(json.loads(arguments).get("name") for arguments in said)}
    types = sorted(set(failed) - there, key=lambda name: (-failed.count(name), name))
    if not types:
        return call(body, "terminate", {"reason": "Every type of failed task has its function."})
    version = hashlib.sha256(prompt.encode()).hexdigest()[:12] if manner == "busy" else "the only one"
    action = {
        "name": types[0],
        "description": f"A first look at a question of {types[0]}: how many numbers stand in it.",
        "arguments": {"question": "The whole question, as it was asked."},
        "code": (
            "import re\n\n\n"
            f"def {types[0]}(question: str) -> int:\n"
            f"    # version: {version}\n"
            '    return len(re.findall(r"[0-9]+", question))\n'
        ),
        "examples": [{"arguments": {"question": "What is 2 plus 30?"}, "result": 2}],
        "reason": f"{failed.count(types[0])} tasks of this type failed.",
    }
    fields = offered(body)["add_function"]["properties"]
    return call(body, "add_function", {name: value for name, value in action.items() if name in fields})
