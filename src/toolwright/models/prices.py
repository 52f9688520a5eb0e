"""What a request costs: the user's price, else genai-prices' table; unknown is None, never 0."""

from typing import TYPE_CHECKING

from toolwright.errors import ConfigError
from toolwright.models.ledger import Limits
from toolwright.models.spec import MILLION_TOKENS, ModelSpec, Price

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse


def dollars_of(response: "ModelResponse", price: Price | None, *, table: bool = True) -> float | None:
    """Dollars of one response, by the user's price or, with `table`, by the table's: cached tokens and tiers count."""
    if price is not None:
        usage = response.usage
        return (usage.input_tokens * price.input + usage.output_tokens * price.output) / MILLION_TOKENS
    if not table:
        return None
    try:
        return float(response.cost().total_price)
    except (LookupError, ValueError, AssertionError):
        return None


def check_price(price: Price | None, spec: ModelSpec, role: str, limits: Limits) -> None:
    """Checks that a limit in dollars can hold; raises ConfigError where nobody knows the price."""
    if limits.dollars is not None and price is None:
        raise ConfigError(
            f"{role}: the price of {spec.model} is not known, so a limit in dollars cannot hold; "
            f"set price = {{ input = …, output = … }} (dollars for a million tokens)"
        )


def price_of(spec: ModelSpec) -> Price | None:
    """The price of a model at the most, that of its longest prompts; None where nobody knows it."""
    if spec.price is not None or spec.base_url:
        return spec.price
    provider, _, name = spec.model.partition(":")
    from genai_prices import Usage, calc_price  # noqa: PLC0415 - 60 ms, and only where a price is asked for

    try:
        prompt, both = [
            calc_price(usage, name, provider_id=provider.partition("-")[0]).total_price
            for usage in (
                Usage(input_tokens=MILLION_TOKENS),
                Usage(input_tokens=MILLION_TOKENS, output_tokens=MILLION_TOKENS),
            )
        ]
    except LookupError:
        return None
    return Price(input=float(prompt), output=float(both - prompt))
