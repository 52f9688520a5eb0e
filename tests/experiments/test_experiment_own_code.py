"""What is only named, one's own code and a recording, is a part of what a cell is made of: a change of it is said."""

import json
import sys
from pathlib import Path

import pytest
from small_experiments import PLAIN, TRAINED, Counting, edit, make_experiment, replay, run

from toolwright.config.schema import Agent, Config, Kind
from toolwright.errors import ConfigError
from toolwright.experiments.own_code import code_of

MINE = '''
class Mine:
    """An agent of one's own."""

    name = "mine"

    async def run(self, task, rollout):
        return "1"


def judge(task, answer):
    return 1.0


def look_up(word: str) -> str:
    """Looks a word up."""
    return word
'''
NAME = "own_code_of_an_experiment"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delitem(sys.modules, NAME, raising=False)
    (tmp_path / f"{NAME}.py").write_text(MINE)
    return make_experiment(tmp_path)


def changed(file: Path, old: str, new: str) -> None:
    edit(file.parent / f"{NAME}.py", old, new)


def digests(file: Path, **config: object) -> dict[str, object]:
    given = {"models": {"agent": {"model": "agent", "base_url": "http://127.0.0.1:9/v1"}}, **config}
    return dict(code_of(Config.model_validate(given), file.parent))


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("return 1.0", "return 0.0", "scorer"),
        ('return "1"', 'return "2"', "agent"),
        ("return word", "return word[::-1]", f"tools.{NAME}:look_up"),
    ],
)
def test_agent_scorer_and_tools_of_ones_own_have_a_digest_of_their_source(
    file: Path, old: str, new: str, part: str
) -> None:
    own = {
        "agent": Agent(kind=f"{NAME}:Mine", tools=(f"{NAME}:look_up",)),
        "scorer": Kind(kind=f"{NAME}:judge"),
    }
    before = digests(file, **own)
    changed(file, old, new)
    after = digests(file, **own)
    assert before.keys() == after.keys() == {"agent", "scorer", f"tools.{NAME}:look_up"}
    assert [name for name in before if before[name] != after[name]] == [part]


def test_what_is_toolwrights_own_or_cannot_be_had_has_none(file: Path) -> None:
    assert digests(file, scorer=Kind(kind="numeric"), agent=Agent(kind="react")) == {}
    assert digests(file, scorer=Kind(kind="nowhere:judge"), models={"agent": "replay:nowhere.jsonl"}) == {}


async def test_a_scorer_whose_code_changed_is_said_also_of_a_cell_that_is_not_run_now(file: Path) -> None:
    edit(file, "[domains.sums]", f'[domains.sums]\nscorer = "{NAME}:judge"')
    await run(file, Counting(), only=[PLAIN])
    again = Counting()
    await run(file, again, only=[PLAIN])
    assert again.ids == []
    changed(file, "return 1.0", "return 0.0")
    for only in (PLAIN, TRAINED):
        with pytest.raises(ConfigError, match=rf"the cell {PLAIN} .* something else: code\n  code\.scorer: was "):
            await run(file, again, only=[only])
    await run(file, again, only=[PLAIN], again=[PLAIN])
    assert again.ids == [PLAIN]


async def test_a_reading_in_a_domain_whose_scorers_code_changed_is_said(file: Path) -> None:
    edit(file, 'kind = "main"', 'kind = "main"\n[[tables]]\nkind = "transfer"')
    edit(file, "[domains.words]", f'[domains.words]\nscorer = "{NAME}:judge"')
    await run(file, Counting(), only=[TRAINED])
    changed(file, "return 1.0", "return 0.0")
    with pytest.raises(ConfigError, match=r"something else: transfer\n  transfer\.words\.code\.scorer: was "):
        await run(file, Counting(), only=[PLAIN])


async def test_a_cell_kept_without_digests_of_code_or_whose_code_cannot_be_read_now_is_no_other(file: Path) -> None:
    edit(file, "[domains.sums]", f'[domains.sums]\nscorer = "{NAME}:judge"')
    await run(file, Counting(), only=[PLAIN])
    made_of = file.parent / "out/cells" / PLAIN / "made_of.json"
    made = json.loads(made_of.read_text())
    assert [*made.pop("code")] == ["scorer"]
    made_of.write_text(json.dumps(made))
    again = Counting()
    await run(file, again, only=[PLAIN])
    assert again.ids == []


async def test_another_recording_under_the_same_name_is_said(file: Path) -> None:
    replay(file, "replies.jsonl")
    replies = file.parent / "replies.jsonl"
    replies.write_text("one\n")
    await run(file, Counting(), only=[PLAIN])
    replies.write_text("another\n")
    with pytest.raises(ConfigError, match=r"else: code\n  code\.models\.agent: was "):
        await run(file, Counting(), only=[PLAIN])
