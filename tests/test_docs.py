"""What the README and docs show is true: their Python runs, their TOML is accepted, every key is documented."""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any, cast, get_args

import pytest
from pydantic import BaseModel

from simulated_endpoint import question, seal, simulated_endpoint
from support import sums
from toolwright import Function, FunctionSet, TrainingResult
from toolwright.config.load import parse_config
from toolwright.config.schema import Config
from toolwright.parts import checked_gate
from toolwright.sandbox import Limits as CallLimits
from toolwright.training.gates import StrictImprovement
from toolwright.training.trainer import Splits
from toolwright.trajectories import OutcomeStatus

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONFIG = (ROOT / "docs" / "config.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
OWN_PARTS = (ROOT / "docs" / "own-parts.md").read_text(encoding="utf-8")


needs_walls = pytest.mark.skipif(sys.platform != "linux", reason="walls are Linux's")


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language, indentation taken off."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return ["\n".join(line.removeprefix(indent) for line in body.splitlines()) for indent, body in found]


@pytest.fixture
def task_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """train.jsonl and test.jsonl, where the code that runs finds them."""
    monkeypatch.chdir(tmp_path)
    for name, words in (("train", ("apple", "pear", "plum")), ("test", ("fig", "kiwi"))):
        rows = [{"id": w, "question": question(w), "target": seal(w)} for w in words]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.mark.usefixtures("task_files")
def test_the_five_lines_of_the_readme_train_an_agent() -> None:
    code = blocks(README, "python")[0]
    with simulated_endpoint() as endpoint:
        for name, role in (("openai:gpt-5-mini", "agent"), ("openai:gpt-5", "optimizer")):
            code = code.replace(f'"{name}"', f'ModelSpec(model="{role}", base_url="{endpoint.url}")')
        exec(f"from toolwright import ModelSpec\n{code.replace('numeric', 'exact')}")
    assert FunctionSet.load("learned").names == ("seal",)


def test_what_the_page_of_ones_own_parts_says_of_a_config_can_be_written_so(tmp_path: Path) -> None:
    (gated,), (configured,) = (
        re.findall(rf"`(Trainer[^`]*{word}[^`]*)`", OWN_PARTS) for word in ("gate=", "from_config")
    )
    file = tmp_path / "train.toml"
    file.write_text('models = { agent = "openai:gpt-5-mini" }\ntraining = { ties = "accept" }\n')
    names = "from toolwright import Trainer, load_config\nfrom toolwright.training.gates import StrictImprovement\n"
    scope: dict[str, Any] = {}
    exec(f"{names}one = {gated.replace('...', repr('openai:gpt-5-mini'))}", scope)
    exec(f"{names}other = {configured.replace('train.toml', str(file))}", scope)
    parts = [scope[name].parts for name in ("one", "other")]
    gates = [checked_gate(each.training, Splits(train=sums(1)), each.gate) for each in parts]
    assert [gate.ties for gate in gates if isinstance(gate, StrictImprovement)] == ["accept", "accept"]


@pytest.mark.usefixtures("task_files", "few_packages")
def test_parts_of_ones_own_train_as_their_page_says() -> None:
    (code,) = blocks(OWN_PARTS, "python")
    scope: dict[str, Any] = {}
    with simulated_endpoint() as endpoint:
        exec(code.replace("http://127.0.0.1:8000/v1", endpoint.url), scope)
    result: TrainingResult = scope["result"]
    assert result.functions.names == ("seal",)
    assert result.test is not None
    assert (result.test.before.mean, result.test.after.mean) == (0.0, 1.0)
    assert result.test.after.results[0].trajectory.tools == ("letters",)


def test_what_was_learned_is_used_as_the_readme_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    source = (
        "def loan_balance(principal: str, annual_rate_percent: str, monthly_payment: str, payments: int) -> str:\n"
        "    return principal\n"
    )
    FunctionSet(functions=(Function(name="loan_balance", source=source),)).save("learned")
    scope: dict[str, Any] = {}
    exec(blocks(README, "python")[1], scope)
    assert scope["outcome"].result == "1000.00"


@pytest.mark.parametrize("block", [*blocks(README, "toml"), *blocks(CONFIG, "toml")])
def test_every_configuration_shown_is_accepted(block: str) -> None:
    parse_config(tomllib.loads(block), "the docs")


def test_every_key_of_a_configuration_is_documented() -> None:
    shown = tomllib.loads(blocks(CONFIG, "toml")[0])
    elsewhere = {"tasks.train", "tasks.validation", "tasks.test"}  # the other way to name tasks, in a comment
    missing = [key for key in keys(Config) if not holds(shown, key) and key not in elsewhere]
    inner = [key for key in missing if not key.startswith("models.optimizer.")]  # the agent's, shown, has the same keys
    assert inner == ["scorer.kind"]


@needs_walls
def test_the_walls_can_be_looked_at_as_their_page_says() -> None:
    (code,) = blocks(SECURITY, "python")
    scope: dict[str, Any] = {}
    exec(code, scope)
    assert scope["report"].tier in ("A", "B-", "B")
    assert all(verdict.held for verdict in scope["report"].verdicts)
    assert scope["outcome"].status == "error"


def test_every_limit_of_a_call_and_every_outcome_is_explained() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", SECURITY, re.MULTILINE))
    assert set(told) == set(CallLimits.model_fields)
    defaults = {name: re.match(r"[\d.]+", text) for name, text in told.items()}
    units = {"output_bytes": 1024, "file_bytes": 1024 * 1024, "result_bytes": 1_000_000}
    for name, value in CallLimits().model_dump().items():
        shown = defaults[name]
        assert shown is not None, name
        assert float(shown[0]) * units.get(name, 1) == value, name
    assert [status for status in get_args(OutcomeStatus) if status != "ok" and f"`{status}`" not in SECURITY] == []


def test_what_remains_without_namespaces_is_what_the_escape_tests_let_remain() -> None:
    tests = (ROOT / "tests" / "sandbox" / "escape" / "test_escapes.py").read_text(encoding="utf-8")
    assert '\nRESIDUAL: Final = ["learns size and time of a file whose path it guesses"]\n' in tests
    assert "learn whether a path that it guesses exists, its\n  size and times" in SECURITY


def keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Every key of a configuration, dotted."""
    found: list[str] = []
    for name, field in model.model_fields.items():
        kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
        table = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
        found += (
            keys(table, f"{prefix}{name}.")
            if table and name not in ("train", "validation", "test")
            else [f"{prefix}{name}"]
        )
    return found


def holds(shown: Any, key: str) -> bool:
    """Whether a dotted key is in the data."""
    first, _, rest = key.partition(".")
    if not isinstance(shown, dict) or first not in shown:
        return False
    return not rest or holds(cast("dict[str, Any]", shown)[first], rest)
