"""One request through pydantic-ai's direct interface: our request in, our reply or a classified fault out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from pydantic_ai.direct import model_request
from pydantic_ai.messages import ModelResponse
from pydantic_ai.models import Model as LibraryModel

from toolwright.messages import ModelRequest, Reply, Usage
from toolwright.models.convert import from_provider, request_parameters, to_provider
from toolwright.models.faults import classify
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
        table: Whether to ask it; an endpoint of the user's own is in none, whatever its models are called.
        secrets: Keys no error may show, beside those of the environment.
    """

    def __init__(
        self,
        model: LibraryModel,
        *,
        timeout: float,
        price: Price | None,
        table: bool = True,
        secrets: Sequence[str] = (),
    ) -> None:
        self._model = model
        self._limits = {"timeout": timeout, "request_timeout": timeout, **_no_retries(model)}
        self._price, self._table = price, table
        self._secrets = secrets

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        """Sends one request once; raises Passing, RequestRefused, ModelUnavailable or ModelError."""
        messages, parameters = to_provider(request.messages), request_parameters(request.tools)
        try:
            response = await model_request(
                self._model,
                messages,
                model_settings=cast("ModelSettings", {**request.settings, **self._limits}),
                model_request_parameters=parameters,
            )
        except Exception as error:  # noqa: BLE001 - a provider's fault is never the agent's, whatever its type
            raise classify(error, self._secrets, site.role) from None  # the cause's traceback may show a key
        return self._reply(response)

    def _reply(self, response: ModelResponse) -> Reply:
        return Reply(
            message=from_provider(response),
            usage=Usage(
                requests=1,
                input_tokens=response.usage.input_tokens,
                output_tokens=response.usage.output_tokens,
                cached_tokens=response.usage.cache_read_tokens,
                dollars=dollars_of(response, self._price, table=self._table),
            ),
            finish=response.finish_reason or "",
            model=response.model_name or "",
        )


def _no_retries(model: LibraryModel) -> dict[str, int]:
    """The setting that keeps a library from sending again; it makes a new client a request, so only where needed."""
    client = getattr(model, "client", None)
    return {} if getattr(client, "max_retries", None) == 0 else {"max_retries": 0}
