"""How a role's model is named and set: a value that holds no key.

An error of one never shows its values, as a key may have been put where it does not belong.

Example:
    >>> ModelSpec(model="openai:gpt-5-mini", settings={"temperature": 0.0}).settings
    {'temperature': 0.0}
"""

import re
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from toolwright.base import Frozen, whole_numbers
from toolwright.keys import KEY_SHAPES
from toolwright.redaction import HIDDEN

TOLD: Final = "told"
"""The type of an error that says all itself: its value is not shown behind it, as it may hold a key."""

_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LIKE_A_KEY: Final = re.compile(rf"{KEY_SHAPES.pattern}|(?=[A-Za-z]*[0-9])(?![A-Z]+[0-9]*(?:_|$))[A-Za-z0-9]{{20,}}")
"""Keys of no known shape are long and mix in digits; a name in capitals has them at its end alone."""


class _Settings(BaseModel):
    """The model settings a user may give, by their pydantic-ai names; what a limit rests on must be what it says."""

    model_config = ConfigDict(strict=True, extra="allow", allow_inf_nan=False)

    extra_body: JsonValue = None
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    logit_bias: dict[str, float] | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    seed: int | None = None
    service_tier: str | None = None
    stop_sequences: list[str] | None = None
    temperature: float | None = Field(default=None, ge=0)
    thinking: JsonValue = None
    top_k: int | None = Field(default=None, ge=-1)
    top_p: float | None = Field(default=None, ge=0, le=1)


SETTINGS: Final = frozenset(_Settings.model_fields)
"""Their names; another one is refused where the model is opened."""


def _checked(settings: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """The settings as they are; pydantic names the one that is wrong below the field's own name."""
    _Settings.model_validate(settings)
    return settings


def _variable(name: str) -> str:
    """The name of a variable, "" for none: a key in its place would be shown wherever the name is."""
    if name and (not _VARIABLE.fullmatch(name) or _LIKE_A_KEY.search(name)):
        raise PydanticCustomError(
            TOLD,
            "must be the name of an environment variable, not a key: export MY_KEY=… and write MY_KEY here "
            "(the value is not shown)",
        )
    return name


def _address(url: str) -> str:
    """An address that can be asked, "" for none."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and " " not in url
    except ValueError:  # a port that is no number, a bracket that is not closed
        good = False
    user, at, _ = url.partition("://")[2].partition("/")[0].rpartition("@")
    if at and user != HIDDEN:  # what was kept of an older version's has it hidden
        raise PydanticCustomError(
            TOLD, "must hold no user and password; put the key into a variable and name it in api_key_env"
        )
    if url and not good:
        raise PydanticCustomError(TOLD, 'must be an address as "http://127.0.0.1:8000/v1", with http:// or https://')
    return url


MILLION_TOKENS: Final = 1_000_000


class Price(Frozen):
    """A model's price in US dollars for a million tokens."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    input: float = Field(ge=0)
    output: float = Field(ge=0)


REPLAY: Final = "replay:"
"""What the name of a recording begins with, its file after it."""


class ModelSpec(Frozen):
    """A model by name, with what a request to it needs.

    Attributes:
        model: "openai:…", "anthropic:…" or another provider's name; a bare name where `base_url` is given;
            "replay:FILE" for a recording.
        base_url: An OpenAI-compatible endpoint (vLLM, Ollama, llama.cpp, …), "" for the provider's own.
        api_key_env: The environment variable that holds the key, "" for the provider's usual one.
        settings: Temperature, max_tokens and the like, by their pydantic-ai names.
        timeout: Seconds to wait for one reply.
        attempts: How often a request is sent before its provider counts as unavailable; what waits out an outage or
            a rate limit uses up none.
        retry_wait: Seconds before the second attempt where the provider does not say; doubled each time, at most 60.
        concurrency: Requests under way at once; fewer for a while where the provider says it is too many.
        requests_per_minute: Requests sent in any minute; None is no limit.
        tokens_per_minute: Tokens sent and received in any minute, to within one request; None is no limit.
        outage_minutes: How long a provider that has answered before is waited for when it is out, and any whose rate
            limit lets nothing through; the last try goes out at the end of it.
        price: Dollars for a million tokens; None asks the price table of genai-prices.
    """

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, table: object) -> object:
        return whole_numbers(table)

    model: str = Field(min_length=1)
    base_url: Annotated[str, AfterValidator(_address)] = ""
    api_key_env: Annotated[str, AfterValidator(_variable)] = ""
    settings: Annotated[dict[str, JsonValue], AfterValidator(_checked)] = Field(default_factory=dict)
    timeout: float = Field(default=600.0, gt=0)
    attempts: int = Field(default=6, ge=1)
    retry_wait: float = Field(default=1.0, ge=0)
    concurrency: int = Field(default=64, ge=1)
    requests_per_minute: float | None = Field(default=None, gt=0)
    tokens_per_minute: float | None = Field(default=None, gt=0)
    outage_minutes: float = Field(default=30.0, ge=0)
    price: Price | None = None
