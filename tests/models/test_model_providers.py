"""Names of models, keys, prices, and what an import costs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from asking import Listener, ask, door, site
from pydantic_ai.messages import ModelResponse, TextPart
from pydantic_ai.usage import RequestUsage

from simulated_endpoint import simulated_endpoint
from toolwright.errors import ConfigError
from toolwright.models.door import open_door
from toolwright.models.ledger import Ledger, Limits
from toolwright.models.prices import dollars_of, price_of
from toolwright.models.providers import KEYS, check_spec, open_provider
from toolwright.models.spec import ModelSpec, Price
from toolwright.runs.store import RunStore

MILLION = 1_000_000


@pytest.mark.parametrize("provider", KEYS)
def test_without_a_key_the_message_names_the_variable_to_export(provider: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(KEYS[provider], raising=False)
    with pytest.raises(ConfigError) as caught:
        check_spec(ModelSpec(model=f"{provider}:some-model"), "optimizer")
    assert str(caught.value) == (
        f"optimizer: {provider}:some-model needs a key: export {KEYS[provider]}=… (or name another variable with "
        "api_key_env, or set base_url for an OpenAI-compatible endpoint that needs none)"
    )
    monkeypatch.setenv(KEYS[provider], "k")
    check_spec(ModelSpec(model=f"{provider}:some-model"), "optimizer")


def test_a_key_variable_of_ones_own_must_be_set_and_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("MY_OWN", raising=False)
    spec = ModelSpec(model="openai:gpt-5-mini", api_key_env="MY_OWN")
    with pytest.raises(ConfigError, match="agent: the environment variable MY_OWN is not set; export MY_OWN=…"):
        check_spec(spec, "agent")
    monkeypatch.setenv("MY_OWN", "k")
    check_spec(spec, "agent")


def test_a_bare_name_needs_a_provider_or_an_endpoint_and_the_message_shows_both():
    with pytest.raises(ConfigError) as caught:
        check_spec(ModelSpec(model="qwen3"), "agent")
    assert "'qwen3' names no provider; write openai:qwen3, anthropic:…" in str(caught.value)
    assert 'set base_url = "http://127.0.0.1:8000/v1"' in str(caught.value)
    check_spec(ModelSpec(model="qwen3", base_url="http://127.0.0.1:8000/v1"), "agent")
    check_spec(ModelSpec(model="replay:demo.jsonl"), "agent")


def test_an_unknown_setting_is_named_beside_those_there_are():
    spec = ModelSpec(model="qwen3", base_url="http://127.0.0.1:8000/v1", settings={"temprature": 0})
    with pytest.raises(ConfigError, match=r"agent: unknown model setting 'temprature'; there are: .*temperature"):
        check_spec(spec, "agent")


def test_an_unknown_provider_is_an_error_that_says_what_to_write():
    with pytest.raises(ConfigError, match="agent: unknown provider 'nonsense' in 'nonsense:x'; there are: anthropic, "):
        open_provider(ModelSpec(model="nonsense:x"), "agent")


async def test_an_endpoint_without_a_key_is_sent_none_of_the_environments(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-the-users-own-key")
    with simulated_endpoint() as endpoint:
        async with door(endpoint.url) as model:
            await model.request(site(), ask())
        assert [entry["key"] for entry in endpoint.log()] == ["none-needed"]


async def test_settings_reach_the_endpoint_by_their_names():
    with simulated_endpoint() as endpoint:
        async with door(endpoint.url, settings={"temperature": 0.5, "seed": 7}) as model:
            await model.request(site(), ask())
        (entry,) = endpoint.log()
    assert (entry["body"]["temperature"], entry["body"]["seed"], entry["body"]["model"]) == (0.5, 7, "agent")


@pytest.mark.parametrize("name", ["openai:gpt-4o-mini", "openai-chat:gpt-4o-mini", "openai-responses:gpt-4o-mini"])
def test_a_known_model_has_a_price(name: str):
    assert price_of(ModelSpec(model=name)) == Price(input=0.15, output=0.6)


def test_a_price_that_grows_with_the_prompt_is_reserved_at_its_highest_and_charged_as_it_is():
    most = price_of(ModelSpec(model="anthropic:claude-sonnet-4-5"))
    assert most is not None
    response = ModelResponse(
        parts=[TextPart("x")],
        usage=RequestUsage(input_tokens=1000, output_tokens=1000),
        model_name="claude-sonnet-4-5",
        provider_name="anthropic",
    )
    charged = dollars_of(response, None)
    assert charged is not None
    assert 0 < charged < (1000 * most.input + 1000 * most.output) / MILLION


def test_the_users_own_price_goes_before_the_table():
    own = Price(input=1, output=2)
    assert price_of(ModelSpec(model="openai:gpt-4o-mini", price=own)) == own
    response = ModelResponse(parts=[], usage=RequestUsage(input_tokens=MILLION, output_tokens=MILLION))
    assert dollars_of(response, own) == 3.0


@pytest.mark.parametrize(
    "spec", [{"model": "openai:gpt-99-imaginary"}, {"model": "gpt-4o-mini", "base_url": "http://x"}]
)
def test_an_unknown_price_is_unknown_and_never_nothing(spec: dict[str, str]):
    assert price_of(ModelSpec.model_validate(spec)) is None
    assert dollars_of(ModelResponse(parts=[], model_name="gpt-99-imaginary", provider_name="openai"), None) is None


async def test_an_endpoint_of_ones_own_has_no_price_whatever_its_models_are_called():
    with simulated_endpoint() as endpoint:
        async with door(endpoint.url, model="gpt-4o-mini") as model:
            assert (await model.request(site(), ask())).usage.dollars is None
        async with door(endpoint.url, model="gpt-4o-mini", price={"input": 1, "output": 1}) as model:
            usage = (await model.request(site(), ask())).usage
            assert usage.dollars == pytest.approx(usage.tokens / MILLION)


async def test_a_known_price_makes_a_limit_in_dollars_possible(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-never-used-here")
    with RunStore.create(tmp_path / "run.sqlite", run="r") as store:
        spec, ledger = ModelSpec(model="openai:gpt-4o-mini"), Ledger(Limits(dollars=1))
        async with open_door(spec, "agent", journal=store, ledger=ledger, events=Listener()):
            pass


@pytest.mark.parametrize(
    "statement",
    ["import toolwright", "from toolwright import TaskSet", "import toolwright.api", "from toolwright import Trainer"],
)
def test_an_import_loads_no_provider_library(statement: str):
    heavy = ["pydantic_ai", "openai", "anthropic", "genai_prices", "scipy", "numpy"]
    code = f"{statement}\nimport json, sys\nprint(json.dumps([name for name in {heavy} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
