"""The door: one role's model, opened for one run, with everything a request passes through.

settings → journal → time → giving up → retries → empty replies → turns at the endpoint → budget → provider (or a
recording)
"""

import os
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from toolwright.models.endpoint import Endpoints
from toolwright.models.ledger import Ledger
from toolwright.models.prices import check_price, price_of
from toolwright.models.providers import open_provider
from toolwright.models.rates import MINUTE
from toolwright.models.replay import ReplayModel
from toolwright.models.spec import REPLAY, ModelSpec, Price
from toolwright.models.wrappers import (
    Budgeted,
    GivingUp,
    InTime,
    Journalled,
    NotEmpty,
    Paced,
    Retrying,
    WithSettings,
)
from toolwright.protocols import EventSink, Journal, Model, Role
from toolwright.recordings import Recording

if TYPE_CHECKING:
    from pydantic_ai.models import Model as LibraryModel


@asynccontextmanager
async def open_door(
    spec: ModelSpec,
    role: Role,
    *,
    journal: Journal,
    ledger: Ledger,
    events: EventSink,
    model: "LibraryModel | Model | None" = None,
    recording: Recording | None = None,
    endpoints: Endpoints | None = None,
) -> AsyncGenerator[Model]:
    """Opens a role's model; its connections close with the context.

    Args:
        spec: The model by name and its settings.
        role: "agent" or "optimizer".
        journal: Where replies are kept.
        ledger: The run's budget, shared by both roles.
        events: Is told of retries, and of a provider's outages.
        model: A pydantic-ai model, or our own Model (a recording, a scripted one), in the place of the named one.
        recording: Replies to use before the model is asked; with "replay:FILE" as the name, the only ones.
        endpoints: The run's endpoints, so that roles that ask the same one share its limits; its own by default.

    Raises:
        ConfigError: No key, no endpoint, an unknown setting, or a dollar limit without a known price.
    """
    async with AsyncExitStack() as stack:
        inner, price = await _innermost(spec, role, model, recording, stack, events=events)
        check_price(price, spec, role, ledger.limits)
        endpoint = (endpoints or Endpoints()).of(spec, model)
        paced = Paced(Budgeted(inner, ledger, price, journal), endpoint, events)
        patience = spec.outage_minutes * MINUTE
        lasting = Retrying(
            NotEmpty(paced, journal),
            spec.attempts,
            events,
            first_wait=spec.retry_wait,
            patience=patience,
            address=spec.base_url,
        )
        yield WithSettings(Journalled(InTime(GivingUp(lasting, endpoint), ledger), journal), spec.settings)


async def _innermost(
    spec: ModelSpec,
    role: Role,
    model: "LibraryModel | Model | None",
    recording: Recording | None,
    stack: AsyncExitStack,
    *,
    events: EventSink,
) -> tuple[Model, Price | None]:
    if recording is not None and spec.model.startswith(REPLAY):
        return ReplayModel(recording, role), spec.price or Price(input=0, output=0)
    from pydantic_ai.models import Model as Library  # noqa: PLC0415 - half a second, only where a model is opened

    from toolwright.models.provider_model import ProviderModel  # noqa: PLC0415 - imports the library too

    if model is not None and not isinstance(model, Library):
        return model, spec.price
    library = model if model is not None else open_provider(spec, role)
    await stack.enter_async_context(library)
    price = spec.price if model is not None else price_of(spec)
    secrets = [os.environ.get(spec.api_key_env, "")] if spec.api_key_env else []
    live = ProviderModel(
        library, timeout=spec.timeout, price=spec.price, table=not spec.base_url, secrets=secrets, events=events
    )
    return ReplayModel(recording, role, live) if recording is not None else live, price
