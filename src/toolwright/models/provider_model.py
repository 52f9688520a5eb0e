"""One request through pydantic-ai's direct interface: our request in, our reply or a classified fault out."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from pydantic_ai.direct import model_request
from pydantic_ai.exceptions import UsageExtractionFailedWarning
from pydantic_ai.messages import ModelResponse
from pydantic_ai.models import Model as LibraryModel

from toolwright.events import Warned
from toolwright.messages import ModelRequest, Reply, Usage
from toolwright.models.convert import from_provider, request_parameters, to_provider
from toolwright.models.counting import counted
from toolwright.models.faults import classify
from toolwright.models.prices import dollars_of
from toolwright.models.spec import Price
from toolwright.protocols import CallSite, EventSink, Role

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
        events: Is told, once, that usage is estimated because the provider does not tell it.
    """

    def __init__(
        self,
        model: LibraryModel,
        *,
        timeout: float,
        price: Price | None,
        table: bool = True,
        secrets: Sequence[str] = (),
        events: EventSink | None = None,
    ) -> None:
        self._model = model
        self._limits = {"timeout": timeout, "request_timeout": timeout, **_no_retries(model)}
        self._price, self._table = price, table
        self._secrets, self._events = secrets, events
        self._warned = False
        # For the whole process: catch_warnings around a request would be undone by the requests beside it.
        warnings.simplefilter("ignore", UsageExtractionFailedWarning)  # said as an event, once, with what it means

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
        return self._reply(site.role, request, response)

    def _reply(self, role: Role, request: ModelRequest, response: ModelResponse) -> Reply:
        used = counted(response, request)
        if used is not response.usage:
            self._say_estimated(role)
        return Reply(
            message=from_provider(response),
            usage=Usage(
                requests=1,
                input_tokens=used.input_tokens,
                output_tokens=used.output_tokens,
                cached_tokens=used.cache_read_tokens,
                dollars=dollars_of(replace(response, usage=used), self._price, table=self._table),
            ),
            finish=response.finish_reason or "",
            model=response.model_name or "",
        )

    def _say_estimated(self, role: Role) -> None:
        """Warns, once, that figures are estimates: what is counted as nothing would make every limit void."""
        if self._events is not None and not self._warned:
            self._warned = True
            text = (
                f"the endpoint gives no usage with the {role}'s replies, or an impossible one: tokens are estimated, "
                "4 bytes of text each, and dollars with them; limits hold for these estimates"
            )
            self._events.emit(Warned(text=text))


def _no_retries(model: LibraryModel) -> dict[str, int]:
    """The setting that keeps a library from sending again; it makes a new client a request, so only where needed."""
    client = getattr(model, "client", None)
    return {} if getattr(client, "max_retries", None) == 0 else {"max_retries": 0}
