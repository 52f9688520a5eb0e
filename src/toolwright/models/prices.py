"""What a request costs: the user's price, else genai-prices' table; unknown is None, never 0."""

from pydantic_ai.messages import ModelResponse

from toolwright.models.spec import MILLION_TOKENS, ModelSpec, Price


def dollars_of(response: ModelResponse, price: Price | None) -> float | None:
    """Dollars of one response."""
    if price is not None:
        usage = response.usage
        return (usage.input_tokens * price.input + usage.output_tokens * price.output) / MILLION_TOKENS
    try:
        return float(response.cost().total_price)
    except (LookupError, ValueError, AssertionError):
        return None


def price_of(spec: ModelSpec) -> Price | None:
    """The price of a model, dollars for a million uncached tokens; None where nobody knows it."""
    if spec.price is not None or spec.base_url:
        return spec.price
    provider, _, name = spec.model.partition(":")
    from genai_prices import Usage, calc_price  # noqa: PLC0415 - 60 ms, and only where a price is asked for

    try:
        one = [
            float(calc_price(usage, name, provider_id=provider.removesuffix("-chat")).total_price)
            for usage in (Usage(input_tokens=MILLION_TOKENS), Usage(output_tokens=MILLION_TOKENS))
        ]
    except LookupError:
        return None
    return Price(input=one[0], output=one[1])
