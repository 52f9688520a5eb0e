import pytest
from conversations import json_values, texts
from hypothesis import given
from hypothesis import strategies as st

from toolwright.redaction import redacted

SECRETS = [
    *("api_key", "apiKey", "API-KEY", "OPENAI_API_KEY", "x-api-key", "token", "access_token", "authToken"),
    *("password", "Authorization", "client_secret", "credentials", "aws_secret_access_key", "Cookie"),
]
HARMLESS = [
    *("max_tokens", "tokens", "token_limit", "input_tokens", "api_key_env", "question", "author", "key", "keys"),
    *("monkey", "passwords_seen_by", "target", "secretary"),
]


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("value", ["s3cret", ["s3cret"], {"inner": "s3cret"}, 7])
def test_what_stands_under_a_secrets_name_is_hidden_wherever_it_is(name: str, value: object):
    assert redacted({"models": [{"headers": {name: value}}]}) == {"models": [{"headers": {name: "***"}}]}  # pyright: ignore[reportArgumentType] - any JSON


@pytest.mark.parametrize("name", HARMLESS)
def test_names_that_only_look_like_a_secrets_keep_their_values(name: str):
    assert redacted({name: "value"}) == {name: "value"}


def test_an_absent_secret_stays_visibly_absent():
    config = {"api_key": None, "token": "", "auth": False}
    assert redacted(config) == config  # pyright: ignore[reportArgumentType] - a dict of narrower values


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://user:pass@host/v1", "https://***@host/v1"),
        ("Bearer abc.def", "Bearer ***"),
        ("use sk-proj-abcdefghijklmnop now", "use *** now"),
        ("openai:gpt-4.1 at http://127.0.0.1:8000/v1", "openai:gpt-4.1 at http://127.0.0.1:8000/v1"),
    ],
)
def test_what_looks_like_a_key_inside_a_text_is_hidden(text: str, shown: str):
    assert redacted({"note": [text]}) == {"note": [shown]}


@given(st.dictionaries(texts, json_values))
def test_redacting_twice_is_redacting_once(config: dict[str, object]):
    once = redacted(config)  # pyright: ignore[reportArgumentType] - any JSON
    assert redacted(once) == once
