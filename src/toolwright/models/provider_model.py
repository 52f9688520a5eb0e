"""One request through pydantic-ai's direct interface: our request in, our reply or a classified fault out."""

from typing import TYPE_CHECKING, cast

from pydantic_ai.direct import model_request
from pydantic_ai.exceptions import AgentRunError, UserError
from pydantic_ai.messages import ModelResponse
from pydantic_ai.models import Model as LibraryModel

from toolwright.messages import ModelRequest, Reply, Usage
from toolwright.models.convert import from_provider, request_parameters, to_provider
from toolwright.models.faults import Passing, classify
from toolwright.models.prices import dollars_of
from toolwright.models.spec import Price
from toolwright.protocols import CallSite

if TYPE_CHECKING:
    from pydantic_ai.settings import ModelSettings


class ProviderModel:
    """A pydantic-ai model as our Model protocol.

    Args:
        model: The library's model object.
        timeout: Seconds to wait for one reply.
        price: Dollars for a million tokens; None asks the price table.
    """

    def __init__(self, model: LibraryModel, *, timeout: float, price: Price | None) -> None:
        self._model = model
        self._timeout = timeout
        self._price = price

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:  # noqa: ARG002 - a provider needs no site
        """Sends one request once; raises Passing, RequestRefused, ModelUnavailable or ModelError."""
        limits = {"timeout": self._timeout, "request_timeout": self._timeout, "max_retries": 0}
        try:
            response = await model_request(
                self._model,
                to_provider(request.messages),
                model_settings=cast("ModelSettings", {**request.settings, **limits}),
                model_request_parameters=request_parameters(request.tools),
            )
        except (AgentRunError, UserError, TimeoutError) as error:
            raise classify(error) from error
        return self._reply(response)

    def _reply(self, response: ModelResponse) -> Reply:
        message = from_provider(response)
        if not message.text.strip() and not message.calls:
            raise Passing("empty reply", "")
        return Reply(
            message=message,
            usage=Usage(
                requests=1,
                input_tokens=response.usage.input_tokens,
                output_tokens=response.usage.output_tokens,
                cached_tokens=response.usage.cache_read_tokens,
                dollars=dollars_of(response, self._price),
            ),
            finish=response.finish_reason or "",
            model=response.model_name or "",
        )
