"""How a role's model is named and set: a value that holds no key.

Example:
    >>> ModelSpec(model="openai:gpt-5-mini", settings={"temperature": 0.0}).settings
    {'temperature': 0.0}
"""

from typing import Final

from pydantic import Field, JsonValue

from toolwright.base import Frozen

SETTINGS: Final = frozenset(
    {"extra_body", "frequency_penalty", "logit_bias", "max_tokens", "presence_penalty", "seed", "service_tier"}
    | {"stop_sequences", "temperature", "thinking", "top_k", "top_p"}
)
"""The model settings a user may give, by their pydantic-ai names."""


MILLION_TOKENS: Final = 1_000_000


class Price(Frozen):
    """A model's price in US dollars for a million tokens."""

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

    model: str = Field(min_length=1)
    base_url: str = ""
    api_key_env: str = ""
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    timeout: float = Field(default=600.0, gt=0)
    attempts: int = Field(default=6, ge=1)
    retry_wait: float = Field(default=1.0, ge=0)
    concurrency: int = Field(default=64, ge=1)
    requests_per_minute: float | None = Field(default=None, gt=0)
    tokens_per_minute: float | None = Field(default=None, gt=0)
    outage_minutes: float = Field(default=30.0, ge=0)
    price: Price | None = None
