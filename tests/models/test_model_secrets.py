"""Keys never leave the environment but in a request's header."""

import logging
import traceback

import pytest
from asking import Listener, ask, door, site
from hypothesis import given
from hypothesis import strategies as st

from simulated_endpoint import simulated_endpoint
from toolwright.errors import ModelError
from toolwright.models.redact import redact

KEY = "wq7-unmistakable-4c1f"


@pytest.mark.parametrize("fault", ["bad_key", "no_model", "too_long", "quota", "server_error", "rate_limit"])
@pytest.mark.parametrize("variable", ["MY_API_KEY", "SIMULATED_DOOR"])
async def test_an_error_that_repeats_the_key_is_shown_without_it(
    fault: str, variable: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setenv(variable, KEY)
    listener = Listener()
    caplog.set_level(logging.INFO)
    with simulated_endpoint(plan=f"{fault},{fault}", retry_after=0.02) as endpoint:
        async with door(endpoint.url, listener, api_key_env=variable, attempts=2, outage_minutes=0) as model:
            with pytest.raises(ModelError) as caught:
                await model.request(site(), ask())
        assert {entry["key"] for entry in endpoint.log()} == {KEY}
    shown = "".join(traceback.format_exception(caught.value))
    told = " ".join(retry.fault for retry in listener.retries)
    assert "request of key [key] refused" in str(caught.value)
    assert KEY not in shown + told + caplog.text


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-abcdefghijklmnop",
        "sk-ant-api03-AbCdEf123456",
        "sk-abc***xyz123",
        "gsk-0123456789",
        "xai-0123456789",
        "AIzaSyA0123456789abcdefghijk",
    ],
)
def test_what_looks_like_a_key_is_taken_out_wherever_it_stands(key: str):
    assert redact(f"Incorrect API key provided: {key}.").replace("[key].", "[key]") == (
        "Incorrect API key provided: [key]"
    )
    assert key not in redact(f"{{'authorization': '{key}'}}")


def test_a_bearer_token_is_taken_out_and_plain_words_stay():
    assert redact("Authorization: Bearer abcdefgh.ijklmnop") == "Authorization: Bearer [key]"
    said = "The task asks for a key-value store; risk-free keys-to-success, monkey-business."
    assert redact(said) == said


@given(
    before=st.text(max_size=20), after=st.text(max_size=20), key=st.from_regex(r"[A-Za-z0-9_\-]{8,40}", fullmatch=True)
)
def test_a_key_of_the_environment_is_taken_out_of_any_text(before: str, after: str, key: str):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOME_PROVIDER_KEY", key)
        shown = redact(before + key + after)
    assert key not in shown


def test_of_two_keys_one_of_which_begins_like_the_other_no_rest_is_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("A_TOKEN", "abcdefgh")
    monkeypatch.setenv("B_TOKEN", "abcdefgh-the-rest")
    assert redact("key abcdefgh-the-rest refused") == "key [key] refused"


def test_short_values_are_no_keys(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOKENIZERS_TOKEN", "false")
    assert redact("this is false") == "this is false"
