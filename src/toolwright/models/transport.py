"""OpenAI's library on its aiohttp transport, whose time for a request does not grow with the requests under way.

Example:
    model = OpenAIChatModel("qwen3:8b", provider=openai_provider("http://127.0.0.1:8000/v1", "none-needed"))
"""

from typing import Final

from httpx2 import AsyncClient, Limits
from openai import DefaultAioHttpClient
from pydantic_ai.providers.openai import OpenAIProvider

from toolwright.models.client import PlainClient

_UNLIMITED: Final = Limits(max_connections=0)
"""As many connections as requests, whose number the endpoint's turns limit; 0 is aiohttp's word for it."""


def openai_provider(base_url: str | None, key: str | None) -> OpenAIProvider:
    """The provider of OpenAI, or of an endpoint that speaks as it does.

    Args:
        base_url: The endpoint, None for OpenAI's own.
        key: The key, None for the environment's.
    """
    return _Provider(base_url, key)


class _Provider(OpenAIProvider):
    """Names its client as its own, so that the library closes it, and makes a new one when it is opened again."""

    def __init__(self, base_url: str | None, key: str | None) -> None:
        http = _client()
        client = PlainClient(base_url=base_url, api_key=key, http_client=http, max_retries=0)
        super().__init__(openai_client=client)  # pyright: ignore[reportUnknownMemberType] - the other kind of http client is not installed
        self._own_http_client = http  # pyright: ignore[reportUnknownMemberType] - as above
        self._http_client_factory = _client


def _client() -> AsyncClient:
    return DefaultAioHttpClient(limits=_UNLIMITED)
