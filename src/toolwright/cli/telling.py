"""Events in words: one line for what a user wants to know, none for the rest; pure."""

from toolwright.cli.text import one_line
from toolwright.events import (
    ActionAdmitted,
    ActionRefused,
    BudgetAnnounced,
    CodeRun,
    EvaluationFinished,
    EvaluationStarted,
    Event,
    GateDecided,
    HistoryShortened,
    ModelRetried,
    PaceWaited,
    ProposalsScreened,
    ProviderPaused,
    ProviderResumed,
    RaceStopped,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
    TestOpened,
    Warned,
)
from toolwright.models.passing import RATE_LIMIT
from toolwright.report.sections import points

Step = StepStarted | CodeRun | HistoryShortened | ActionAdmitted | ActionRefused | StepFinished


def tell(event: Event) -> str:
    """An event as one line, safe to show; "" where there is nothing to say."""
    return one_line(_words(event))


def _words(event: Event) -> str:  # noqa: C901, PLR0911, PLR0912 - a table, one line a kind
    match event:
        case RunStarted():
            return _started(event)
        case EvaluationStarted():
            return f"epoch {event.epoch}: {event.split}: {event.rollouts} rollouts"
        case EvaluationFinished():
            missing = event.rollouts - event.scored
            lost = f", {missing} without a score" if missing else ""
            return f"epoch {event.epoch}: {event.split}: mean score {event.mean:.3f}{lost}"
        case StepStarted() | CodeRun() | HistoryShortened() | ActionAdmitted() | ActionRefused() | StepFinished():
            return f"{_whose(event)}: {_step(event)}"
        case ProposalsScreened():
            return _screened(event)
        case RaceStopped():
            rollouts = event.run + event.saved
            return f"epoch {event.epoch}: race lost: {event.saved} of {rollouts} rollouts not run to their end"
        case GateDecided():
            noise = "" if event.noise is None else f"; noise floor {points(event.noise)}"
            return f"epoch {event.epoch}: {_VERDICTS[event.decision]}: {event.reason}{noise}"
        case ModelRetried():
            when = f"in {event.wait:.0f} s" if event.wait >= 0.5 else "at once"
            return f"{event.role}: {event.fault}; attempt {event.attempt + 1} {when}"
        case ProviderPaused():
            return paused(event, event.wait, event.since)
        case PaceWaited():
            return waiting(event, event.wait)
        case ProviderResumed():
            return f"{event.role}: the provider answers again, after {duration(event.seconds)}; going on"
        case BudgetAnnounced():
            share = "half" if event.share == 0.5 else f"{event.share:.0%}"
            return f"{share} of the budget of {_limit(event)} is used"
        case TestOpened() if event.forced:
            return f"warning: the sealed test is opened for the {_ordinal(event.times)} time, FORCED; the run is marked"
        case Warned():
            return f"warning: {event.text}"
        case RunFinished():
            return f"ended: {event.end}"
        case _:
            return ""


_VERDICTS = {"accept": "accepted", "reject": "rolled back", "undecided": "undecided"}


def _step(event: Step) -> str:
    """What happens in a conversation with the optimizer."""
    match event:
        case StepStarted():
            return "the optimizer reads what happened"
        case CodeRun():
            failed = f": {event.error}" if event.error else ""
            return f"the optimizer ran code on the training tasks ({event.status}{failed})"
        case HistoryShortened():
            return f"the history did not fit and is sent again within {event.tokens:,} tokens ({event.reason})"
        case ActionAdmitted():
            return f"{event.action} {event.function}: admitted. {event.reason}"
        case ActionRefused():
            return f"{event.action} {event.function}: refused. {event.reason}"
        case StepFinished():
            return f"{event.actions} admitted, {event.refused} refused ({event.end})"


def retries(count: int) -> str:
    """How many retries, in words."""
    return "1 retry" if count == 1 else f"{count:,} retries"


def paused(event: ProviderPaused, wait: float, since: float) -> str:
    """A pause as it is now, in one line.

    Args:
        event: What began it.
        wait: Seconds until the next try.
        since: Seconds that the provider has been out for.
    """
    when = f"trying again in {duration(wait)}" if wait >= 1 else "trying again"
    why = "lets nothing through" if event.fault.startswith(RATE_LIMIT) else "is not answering"
    out = f", out for {duration(since)}" if since >= 1 else ""
    return f"{event.role}: the provider {why} ({event.fault}); paused, {when}; nothing is lost{out}"


def waiting(event: PaceWaited, wait: float) -> str:
    """A wait for one's own limit as it is now, `wait` seconds before its end; "" where that has come."""
    return f"{event.role}: waits for your own limit ({event.limit}), {duration(wait)} more" if wait >= 0.5 else ""


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _whose(event: Step) -> str:
    """Which conversation: of several in an epoch, those after the first say their number."""
    return f"epoch {event.epoch}" + (f", proposal {event.proposal + 1}" if event.proposal else "")


def _screened(event: ProposalsScreened) -> str:
    means = ", ".join(f"{mean:.3f}" for mean in sorted(event.scores.values(), reverse=True))
    took = f"{event.requests} requests"
    return (
        f"epoch {event.epoch}: {len(event.scores)} proposals on {event.tasks} tasks: {means}; the best goes on ({took})"
    )


def _limit(event: BudgetAnnounced) -> str:
    return f"${event.of:,.2f}" if event.limit == "dollars" else f"{event.of:,g} {event.limit}"


def _ordinal(times: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(times, f"{times}th")


def _started(event: RunStarted) -> str:
    sets = [f"{event.train} training", *(f"{n} {what}" for n, what in _others(event) if n)]
    models = ", ".join(f"{role} {model}" for role, model in event.models.items())
    tasks = f"{' and '.join(sets)} tasks" if len(sets) < 3 else f"{', '.join(sets)} tasks"
    return f"run {event.run}: {tasks}, at most {event.epochs} epochs; {event.agent}; {models}"


def _others(event: RunStarted) -> tuple[tuple[int, str], tuple[int, str]]:
    return (event.validation, "validation"), (event.test, "test")
