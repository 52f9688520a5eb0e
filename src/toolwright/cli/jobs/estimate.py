"""What a training would take, shown."""

from collections.abc import Iterator
from pathlib import Path

from toolwright.cli.output import print_json, print_sections
from toolwright.config import Config, load_config
from toolwright.config.shortcuts import splits_of
from toolwright.models.prices import price_of
from toolwright.parts import starting_functions
from toolwright.report.sections import Section, price
from toolwright.training.estimate import Estimate, Plan, Range, RoleEstimate, estimate_training


def print_estimate(file: Path, *, as_json: bool) -> None:
    """Prints requests, tokens and dollars, low and high, with the assumptions they rest on.

    Raises:
        ToolwrightError: The config or a task file is wrong.
    """
    config = load_config(file)
    found = estimate_training(
        splits_of(config.tasks, file.parent),
        plan_of(config, file.parent),
        {role: price_of(spec) for role, spec in config.models.by_role().items()},
    )
    if as_json:
        print_json({**found.model_dump(mode="json"), "total": found.total.model_dump(mode="json")})
    else:
        print_sections(_sections(found, config))


def plan_of(config: Config, folder: Path) -> Plan:
    """What of a config decides how much its training takes."""
    return Plan(
        epochs=config.training.epochs,
        patience=config.training.patience,
        repeats=config.training.repeats,
        actions=config.optimizer.actions,
        prompt_tokens=config.optimizer.prompt_tokens,
        turns=config.agent.turns,
        start=starting_functions(config, folder),
    )


def _sections(found: Estimate, config: Config) -> tuple[Section, ...]:
    rows = {"agent": found.agent, "optimizer": found.optimizer, "total": found.total}
    return (
        Section(
            title="Estimate, low to high",
            columns=("role", "requests", "tokens in", "tokens out", "price"),
            rows=tuple((role, *_cells(estimate)) for role, estimate in rows.items()),
            lines=(*_unknown(found, config), *_limits(found.total, config)),
        ),
        Section(title="This assumes", lines=tuple(f"- {line}" for line in found.assumptions)),
    )


def _cells(role: RoleEstimate) -> tuple[str, ...]:
    counts = (role.requests, role.input_tokens, role.output_tokens)
    return (*(f"{found.low:,.0f} to {found.high:,.0f}" for found in counts), _price(role.dollars))


def _price(dollars: Range | None) -> str:
    return price(None) if dollars is None else f"{price(dollars.low)} to {price(dollars.high)}"


def _unknown(found: Estimate, config: Config) -> Iterator[str]:
    for role, spec in config.models.by_role().items():
        if getattr(found, role).dollars is None:
            yield (
                f"The price of {spec.model} is unknown; "
                f"set models.{role}.price = {{ input = …, output = … }} (dollars for a million tokens)."
            )


def _limits(total: RoleEstimate, config: Config) -> Iterator[str]:
    """Which limits may end the training before its time."""
    tokens = total.input_tokens + total.output_tokens
    for name, found in (("requests", total.requests), ("tokens", tokens), ("dollars", total.dollars)):
        limit = getattr(config.limits, name)
        if limit is not None and found is not None and found.high > limit:
            when = "will" if found.low > limit else "may"
            yield f"The limit of {limit:,} {name} {when} end the training early, with the best functions so far."
