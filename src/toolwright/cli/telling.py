"""Events in words: one line for what a user wants to know, none for the rest; pure."""

from toolwright.cli.text import one_line
from toolwright.events import (
    ActionAdmitted,
    ActionRefused,
    EvaluationFinished,
    EvaluationStarted,
    Event,
    GateDecided,
    ModelRetried,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
    Warned,
)


def tell(event: Event) -> str:  # noqa: C901, PLR0911 - a table, one line a kind
    """An event as one line, safe to show; "" where there is nothing to say."""
    match event:
        case RunStarted():
            return _started(event)
        case EvaluationStarted():
            return f"epoch {event.epoch}: {event.split}: {event.rollouts} rollouts"
        case EvaluationFinished():
            missing = event.rollouts - event.scored
            lost = f", {missing} without a score" if missing else ""
            return f"epoch {event.epoch}: {event.split}: mean score {event.mean:.3f}{lost}"
        case StepStarted():
            return f"epoch {event.epoch}: the optimizer reads what happened"
        case ActionAdmitted():
            return one_line(f"epoch {event.epoch}: {event.action} {event.function}: admitted. {event.reason}")
        case ActionRefused():
            return one_line(f"epoch {event.epoch}: {event.action} {event.function}: refused. {event.reason}")
        case StepFinished():
            return f"epoch {event.epoch}: {event.actions} admitted, {event.refused} refused ({event.end})"
        case GateDecided():
            return one_line(f"epoch {event.epoch}: {_verdict(event)}: {event.reason}")
        case ModelRetried():
            when = f"in {event.wait:.0f} s" if event.wait >= 0.5 else "at once"
            return one_line(f"{event.role}: {event.fault}; attempt {event.attempt + 1} {when}")
        case Warned():
            return one_line(f"warning: {event.text}")
        case RunFinished():
            return one_line(f"ended: {event.end}")
        case _:
            return ""


def retries(count: int) -> str:
    """How many retries, in words."""
    return "1 retry" if count == 1 else f"{count:,} retries"


def _verdict(event: GateDecided) -> str:
    return "accepted" if event.decision == "accept" else "rolled back"


def _started(event: RunStarted) -> str:
    sets = [f"{event.train} training", *(f"{n} {what}" for n, what in _others(event) if n)]
    models = ", ".join(f"{role} {model}" for role, model in event.models.items())
    tasks = f"{' and '.join(sets)} tasks" if len(sets) < 3 else f"{', '.join(sets)} tasks"
    return one_line(f"run {event.run}: {tasks}, at most {event.epochs} epochs; {event.agent}; {models}")


def _others(event: RunStarted) -> tuple[tuple[int, str], tuple[int, str]]:
    return (event.validation, "validation"), (event.test, "test")
