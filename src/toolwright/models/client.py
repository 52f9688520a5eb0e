"""OpenAI's client, which sends a plain chat completion's parameters as they are.

The SDK first holds every value in a body against its declared types, to rename, format or serialize what needs it.
Nothing in a chat completion of plain JSON does, and with a handful of tools the search costs more than all the rest.

Example:
    provider = OpenAIProvider(openai_client=PlainClient(api_key="none-needed", base_url="http://127.0.0.1:8000/v1"))
"""

from functools import cached_property
from typing import Any, Final, cast

from openai import AsyncOpenAI, NotGiven, Omit, RequestOptions
from openai.resources.chat import AsyncChat, AsyncCompletions
from openai.types.chat import ChatCompletion
from pydantic import ValidationError

_OWN_WAY: Final = frozenset({"stream", "response_format", "extra_query"})
"""Parameters of which the SDK makes more than a part of the body: with one of these it is left to it."""


class PlainClient(AsyncOpenAI):
    """The SDK's client but for chat completions of plain JSON: never streamed, and with no Python type in them."""

    @cached_property
    def chat(self) -> AsyncChat:  # pyright: ignore[reportIncompatibleMethodOverride] - the SDK's own cached_property
        """The chat resource."""
        return _Chat(self)


class _Chat(AsyncChat):
    @cached_property
    def completions(self) -> AsyncCompletions:  # pyright: ignore[reportIncompatibleMethodOverride] - as above
        return _Completions(self._client)


class _Completions(AsyncCompletions):
    async def create(self, **parameters: Any) -> object:  # noqa: ANN401 # pyright: ignore[reportIncompatibleMethodOverride] - any of its forms
        given = {name: value for name, value in parameters.items() if not isinstance(value, Omit | NotGiven)}
        if any(given.get(name) for name in _OWN_WAY):
            return cast("object", await super().create(**parameters))  # pyright: ignore[reportUnknownMemberType]
        return await self._client.post(self._url, body=given, options=_options(given), cast_to=_Completion)

    @cached_property
    def _url(self) -> str:
        """The whole address, put together once."""
        return f"{str(self._client.base_url).rstrip('/')}/chat/completions"


class _Completion(ChatCompletion):
    """A completion read by pydantic's own validation, many times faster than the SDK's field by field."""

    @classmethod
    def build(cls, *, response: object, data: dict[str, Any]) -> ChatCompletion:  # noqa: ARG003 - as the SDK calls it
        """What the SDK asks a type that makes itself; a body that is not as declared is read as leniently as ever."""
        try:
            return ChatCompletion.model_validate(data)
        except (ValidationError, TypeError):
            return ChatCompletion.construct(**data)


def _options(given: dict[str, Any]) -> RequestOptions:
    """Takes out of the parameters what is not the body's, in the form the SDK's post wants it."""
    options = RequestOptions(security={"bearer_auth": True})
    if "timeout" in given:
        options["timeout"] = given.pop("timeout")
    if (headers := given.pop("extra_headers", None)) is not None:
        options["headers"] = headers
    if (body := given.pop("extra_body", None)) is not None:
        options["extra_json"] = body
    given.pop("extra_query", None)
    return options
