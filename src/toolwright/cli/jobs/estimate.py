"""What a training would take, from assumptions or from a pilot, shown."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import JsonValue

from toolwright.cli.display import watching
from toolwright.cli.interrupts import run_interruptible
from toolwright.cli.jobs.overrides import Overrides
from toolwright.cli.jobs.train_ahead import check_limits, check_training
from toolwright.cli.output import messages, print_json, print_line, print_sections
from toolwright.config import Config, load_config
from toolwright.config.plan import plan_of, prices_of
from toolwright.config.shortcuts import splits_of
from toolwright.errors import ConfigError
from toolwright.machine import new_run, running
from toolwright.messages import Usage
from toolwright.origin import digests_of
from toolwright.parts import Parts, checked_gate, gate_reads, parts_of, starting_functions
from toolwright.report.sections import Section, price, time_of, usage_section
from toolwright.tasks import TaskSet
from toolwright.training.estimate import estimate_training
from toolwright.training.gates import doubt_about_cost
from toolwright.training.measured import Pilot
from toolwright.training.outlay import Estimate, Plan, Range, RoleEstimate
from toolwright.training.pilot import draw, run_pilot
from toolwright.training.projection import project
from toolwright.training.trainer import Splits


def print_estimate(file: Path, *, epochs: int | None, as_json: bool) -> None:
    """Prints requests, tokens and dollars, low and high, with the assumptions they rest on.

    Raises:
        ToolwrightError: The config or a task file is wrong.
    """
    config = _for_epochs(load_config(file), epochs)
    parts, splits = parts_of(config, file.parent), splits_of(config.tasks, file.parent)
    unset: list[ConfigError] = []
    check_training(parts, splits, keyless=unset.append)
    found = estimate_training(splits, _plan(config, file.parent, splits), prices_of(config))
    notes = (*_gate_notes(config, splits), *_limit_notes(config, parts, splits), *_key_notes(unset))
    if as_json:
        print_json(_data(found, notes))
    else:
        print_sections(_sections(found, config, notes, "Estimate, low to high", _prices_assumed(config)))


def print_pilot(file: Path, count: int, *, epochs: int | None, sandbox: str | None, as_json: bool, quiet: bool) -> None:
    """Runs a pilot of `count` training tasks; prints what it took, then the estimate it gives.

    Raises:
        ToolwrightError: The config or a task file is wrong, a model cannot be asked, or the limits end the pilot.
    """
    config = _for_epochs(load_config(file), epochs)
    splits = splits_of(config.tasks, file.parent)
    if count > len(splits.train):
        raise ConfigError(f"--pilot {count}: there are {len(splits.train)} training tasks; ask for so many at the most")
    checked_gate(config.training, splits)  # a pilot of a training that could accept nothing is not paid for either
    plan = _plan(config, file.parent, splits)
    inside = Overrides(sandbox=sandbox).sandbox_for(config, file.parent)
    with watching(Path(config.run.folder), quiet=quiet) as sinks:
        parts = replace(parts_of(config, file.parent, sinks, sandbox=inside), runs=None)
        check_training(parts, splits)
        pilot = run_interruptible(_piloted(parts, draw(splits.train, count)))
    found, notes = project(pilot, splits, plan, prices_of(config)), _gate_notes(config, splits)
    if as_json:
        print_json({**_data(found, notes), "pilot": _pilot_data(pilot)})
    else:
        print_sections((_pilot_section(pilot), *_sections(found, config, notes, "Estimate: expected (low to high)")))


async def _piloted(parts: Parts, tasks: TaskSet) -> Pilot:
    """A pilot that is broken off says what it took: it is paid for."""
    digests = digests_of(parts, Splits(train=tasks))
    async with running(parts, new_run(parts, digests), digests) as machine:
        try:
            return await run_pilot(machine.evaluator, machine.optimizer, machine.folder.store, parts.start, tasks)
        except BaseException:
            used = machine.ledger.total
            counts = f"{used.requests:,} requests and {used.tokens:,} tokens, price {price(used.dollars)}"
            print_line(messages(), f"The pilot took {counts}, and was not finished; nothing of it is kept.")
            raise


def _for_epochs(config: Config, epochs: int | None) -> Config:
    if epochs is None:
        return config
    return config.model_copy(update={"training": config.training.model_copy(update={"epochs": epochs})})


def _plan(config: Config, folder: Path, splits: Splits) -> Plan:
    return plan_of(config, starting_functions(config, folder), validated=splits.validation is not None)


def _prices_assumed(config: Config) -> tuple[str, ...]:
    """Said where prices come from a table, which may have several for one model."""
    if all(spec.price is not None or spec.base_url for spec in config.models.by_role().values()):
        return ()
    return ("where a model's price rises with the length of its prompts, the highest is taken",)


def _gate_notes(config: Config, splits: Splits) -> tuple[str, ...]:
    """Where the gate could accept nothing, or nothing for its cost, on so few tasks: no sum is worth that."""
    try:
        doubt = doubt_about_cost(checked_gate(config.training, splits), gate_reads(config.training, splits)[0])
    except ConfigError as error:
        return (str(error),)
    return (doubt,) if doubt else ()


def _limit_notes(config: Config, parts: Parts, splits: Splits) -> tuple[str, ...]:
    """Where the limits let nothing be trained; what they must be raised to is what an estimate is asked for."""
    try:
        note = check_limits(config, parts, splits)
    except ConfigError as error:
        return (str(error),)
    return (note,) if note else ()


def _key_notes(unset: Sequence[ConfigError]) -> Iterator[str]:
    for text in dict.fromkeys(map(str, unset)):
        yield f"Before it can be trained: {text}"


def _data(found: Estimate, notes: tuple[str, ...]) -> dict[str, JsonValue]:
    return {**found.model_dump(mode="json"), "total": found.total.model_dump(mode="json"), "notes": list(notes)}


def _pilot_data(pilot: Pilot) -> dict[str, JsonValue]:
    return {
        "tasks": [task.id for task in pilot.tasks.tasks],
        "usage": {role: used.model_dump(mode="json") for role, used in pilot.usage.items()},
        "minutes": pilot.minutes,
        "score_before": pilot.before.mean,
        "score_after": None if pilot.after is None else pilot.after.mean,
        "functions": list(pilot.candidate.functions.names),
    }


def _pilot_section(pilot: Pilot) -> Section:
    names = ", ".join(pilot.candidate.functions.names) or "none"
    after = "the step changed nothing" if pilot.after is None else f"{pilot.after.mean:.3f} with its candidate"
    usage = usage_section(pilot.usage or {"agent": Usage()})
    return usage.model_copy(
        update={
            "title": f"The pilot took, on {len(pilot.tasks)} training tasks",
            "lines": (
                f"Time: {time_of(pilot.minutes)}. Mean score {pilot.before.mean:.3f}, {after}; functions: {names}.",
                "No run is kept of it, and a training asks anew.",
            ),
        }
    )


def _sections(
    found: Estimate, config: Config, notes: tuple[str, ...], title: str, more: tuple[str, ...] = ()
) -> tuple[Section, ...]:
    rows = {"agent": found.agent, "optimizer": found.optimizer, "total": found.total}
    minutes = () if found.minutes is None else (f"Time: {_minutes(found.minutes)}",)
    return (
        Section(
            title=f"{title}, for {config.training.epochs} epochs",
            columns=("role", "requests", "tokens in", "tokens out", "price"),
            rows=tuple((role, *_cells(estimate)) for role, estimate in rows.items()),
            lines=(*minutes, *_unknown(found, config), *_limits(found, config), *notes),
        ),
        Section(title="This assumes", lines=tuple(f"- {line}" for line in (*found.assumptions, *more))),
    )


def _cells(role: RoleEstimate) -> tuple[str, ...]:
    counts = (role.requests, role.input_tokens, role.output_tokens)
    return (*(_shown(found, "{:,.0f}".format) for found in counts), _price(role.dollars))


def _price(dollars: Range | None) -> str:
    return price(None) if dollars is None else _shown(dollars, price)


def _minutes(found: Range) -> str:
    return _shown(found, time_of)


def _shown(found: Range, text: Callable[[float], str]) -> str:
    """The expected figure with low and high beside it, or these alone."""
    between = f"{text(found.low)} to {text(found.high)}"
    return between if found.expected is None else f"{text(found.expected)} ({between})"


def _unknown(found: Estimate, config: Config) -> Iterator[str]:
    for role, spec in config.models.by_role().items():
        if getattr(found, role).dollars is None:
            yield (
                f"The price of {spec.model} is unknown; "
                f"set models.{role}.price = {{ input = …, output = … }} (dollars for a million tokens)."
            )


def _limits(found: Estimate, config: Config) -> Iterator[str]:
    """Which limits may end the training before its time."""
    total = found.total
    tokens = total.input_tokens + total.output_tokens
    named = {"requests": total.requests, "tokens": tokens, "dollars": total.dollars, "minutes": found.minutes}
    for name, taken in named.items():
        limit = getattr(config.limits, name)
        if limit is None or taken is None or taken.high <= limit:
            continue
        if taken.low > limit:
            when = "will"
        else:
            when = "is expected to" if taken.expected is not None and taken.expected > limit else "may"
        yield f"The limit of {limit:,} {name} {when} end the training early, with the best functions so far."
