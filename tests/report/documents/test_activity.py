"""What a run is doing now, in a sentence: also while nothing moves."""

from toolwright.events import EvaluationStarted, Event, PaceWaited, ProviderPaused, ProviderResumed
from toolwright.report.documents.activity import Activity

BEGUN = EvaluationStarted(epoch=0, split="train", parameters="p", rollouts=4)
OUT = ProviderPaused(role="agent", fault="connection: refused", wait=8.0, since=3.0)
OWN = PaceWaited(role="optimizer", limit="requests_per_minute = 2", wait=30.0)
BACK = ProviderResumed(role="agent", seconds=9.0)


def doing(*events: Event) -> str:
    activity = Activity()
    for event in events:
        activity.take(event)
    return activity.progress.text


def test_an_outage_is_told_until_the_provider_answers_and_ones_own_pace_is_none() -> None:
    plain = doing(BEGUN)
    assert doing(BEGUN, OUT) == doing(BEGUN, OUT, OWN) == f"{plain} (the agent's provider is out: connection: refused)"
    assert doing(BEGUN, OUT, BACK) == doing(BEGUN, OWN) == plain
