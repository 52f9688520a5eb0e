"""The front door's arguments: what is wrong with one is a ConfigError that names it."""

from collections.abc import Callable
from typing import Any, cast

import pytest

import toolwright
from toolwright import Limits, Trainer, read_tasks
from toolwright.errors import ConfigError


def trainer(**options: object) -> Trainer:
    return Trainer("openai:gpt-5-mini", **cast("dict[str, Any]", options))


def test_limits_may_be_a_mapping() -> None:
    assert trainer(limits={"dollars": 5}).parts.limits == Limits(dollars=5)
    assert trainer().parts.limits == Limits()


WRONG: list[tuple[Callable[[], object], str]] = [
    (lambda: trainer(limits=5), 'limits: must be Limits(…) or a mapping such as {"dollars": 5.0}, not 5'),
    (lambda: trainer(limits={"dolars": 5}), "unknown key 'limits.dolars'; did you mean 'dollars'?"),
    (lambda: trainer(limits={"dollars": "5"}), "key 'limits.dollars': Input should be a valid number, not '5'"),
    (lambda: trainer(epoch=3), "Trainer: unknown argument 'epoch'; did you mean 'epochs'?"),
    (lambda: trainer(limit={}), "Trainer: unknown argument 'limit'; did you mean 'limits'?"),
    (lambda: trainer(epochs=True), "epochs: Input should be a valid integer, not True"),
    (lambda: trainer(actions=0), "actions: Input should be greater than or equal to 1, not 0"),
    (lambda: trainer(tools=int), "tool int: this is a class"),
    (lambda: Trainer(cast("Any", 5)), "model: 5 is none; name one"),
    (lambda: read_tasks(cast("Any", 5)), "read_tasks: 5 is no path; name one file or folder"),
    (lambda: read_tasks(cast("Any", ["a.jsonl"])), "read_tasks: ['a.jsonl'] is no path"),
    (lambda: read_tasks(""), "key 'read_tasks.path': must name a file or folder, not ''"),
    (lambda: read_tasks("a.jsonl", reader=cast("Any", 5)), "key 'read_tasks.reader': Input should be a valid string"),
    (lambda: read_tasks("a.jsonl", colums={}), "unknown key 'read_tasks.colums'; did you mean 'columns'?"),
]


@pytest.mark.parametrize(("make", "said"), WRONG)
def test_a_wrong_argument_is_named_with_what_it_may_be(make: Callable[[], object], said: str) -> None:
    with pytest.raises(ConfigError) as error:
        make()
    assert str(error.value).startswith(said)


def test_one_tool_needs_no_list() -> None:
    def search(word: str) -> str:
        """Looks a word up."""
        return word

    assert [tool.name for tool in trainer(tools=search).parts.tools] == ["search"]


def test_completion_offers_the_public_names() -> None:
    assert dir(toolwright) == sorted(toolwright.__all__)
