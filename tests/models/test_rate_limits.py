"""A provider that says "slower": a burst of it is paced, a lasting one waited out, and no request fails of it."""

import asyncio
from itertools import pairwise

import pytest
from asking import Listener, NoJournal, Scripted, ask, door, site
from jumping import jump, now
from outages import Outages, paused, resumed, through

from simulated_endpoint import simulated_endpoint
from toolwright.errors import ModelUnavailable
from toolwright.events import ModelRetried
from toolwright.messages import ModelRequest, Reply
from toolwright.models.door import open_door
from toolwright.models.ledger import Ledger, Limits
from toolwright.models.outage import SEVERAL, Outage
from toolwright.models.passing import LONGEST_ASKED, RATE_LIMIT, Passing
from toolwright.models.spec import ModelSpec
from toolwright.models.wrappers import Retrying
from toolwright.protocols import CallSite

ATTEMPTS = 4
SLOWER = Passing(RATE_LIMIT, "slower")


def asking(wait: float) -> Passing:
    return Passing(RATE_LIMIT, "slower", wait)


END = (
    "the rate limit of the provider of m has let nothing through for 5 minutes, last: rate limit: slower; go on later, "
    "with a lower concurrency or requests_per_minute if need be"
)


class Strict(Outages):
    """Lets so many requests through in a minute, and complains of all others."""

    def __init__(self, a_minute: int) -> None:
        super().__init__(fault=SLOWER)
        self.a_minute = a_minute

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        recent = sum(at > now() - 60 for at in self.answers)
        self.spans = ((0.0, float("inf")),) if recent >= self.a_minute else ()
        return await super().request(site, request)


def test_a_lasting_rate_limit_is_waited_out_with_one_growing_try_at_a_time_and_no_request_fails():
    provider = Outages((5, 905), fault=SLOWER)
    answers, listener, ledger = jump(through(provider, 500, roles=("agent", "optimizer")))
    assert {type(answer) for answer in answers} == {Reply}
    assert ledger.total.requests == len(provider.answers) == 500
    assert [each.wait for each in paused(listener)][:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert paused(listener)[0].fault == "rate limit: slower"
    assert len(provider.tries) < 4 + 2 + 1 + 1 + 1 + len(paused(listener)) + 1
    (back,) = resumed(listener)
    assert 850 < back.seconds < 965


def test_a_provider_that_has_answered_nothing_yet_but_that_it_is_asked_too_much_is_waited_for_too():
    answers, listener, _ = jump(through(Outages((0, 200), fault=SLOWER), 300))
    assert {type(answer) for answer in answers} == {Reply}
    assert len(resumed(listener)) == 1


@pytest.mark.parametrize(("asked", "waited"), [(90.0, 90.0), (2.0, 2.0), (4000.0, LONGEST_ASKED)])
def test_nobody_tries_before_the_provider_asked_and_the_pauses_say_so(asked: float, waited: float):
    provider = Outages((5, 1500), fault=asking(asked))
    answers, listener, _ = jump(through(provider, 40))
    assert {type(answer) for answer in answers} == {Reply}
    assert {each.wait for each in paused(listener)} == {waited}
    alone = provider.tries[-len(paused(listener)) :]
    assert all(later - before >= waited for before, later in pairwise(alone))


def test_a_try_that_finds_no_connection_goes_on_with_the_same_pause():
    class Worse(Outages):
        async def request(self, site: CallSite, request: ModelRequest) -> Reply:
            self.fault = SLOWER if now() < 60 else Passing("connection", "refused")
            return await super().request(site, request)

    answers, listener, _ = jump(through(Worse((0, 600)), 40))
    assert {type(answer) for answer in answers} == {Reply}
    assert [each.wait for each in paused(listener)][:7] == [1, 2, 4, 8, 16, 32, 60]
    assert paused(listener)[-1].fault == "connection: refused"
    assert len(resumed(listener)) == 1


@pytest.mark.parametrize("seconds", [0.05, 1.15, 3.5])
def test_an_ordinary_burst_is_paced_and_not_told_as_a_pause(seconds: float):
    provider = Outages((0, seconds), fault=SLOWER)
    answers, listener, _ = jump(through(provider, 64, concurrency=64))
    assert {type(answer) for answer in answers} == {Reply}
    assert len(provider.tries) >= 64
    assert paused(listener) == []


def test_a_request_that_is_unlucky_again_and_again_while_others_are_answered_does_not_fail():
    provider = Strict(a_minute=10)
    answers, listener, _ = jump(through(provider, 200, concurrency=64, attempts=ATTEMPTS, outage_minutes=60))
    assert {type(answer) for answer in answers} == {Reply}
    assert max(event.attempt for event in listener.events if isinstance(event, ModelRetried)) >= ATTEMPTS


def test_when_patience_ends_every_request_ends_with_the_same_words_which_say_rate_limit():
    async def run() -> None:
        answers, _, _ = await through(Outages((2.5, float("inf")), fault=SLOWER), 100, outage_minutes=5)
        failed = [answer for answer in answers if not isinstance(answer, Reply)]
        assert {type(error) for error in failed} == {ModelUnavailable}
        assert {str(error) for error in failed} == {END}
        assert 300 < now() < 330

    jump(run())


def test_without_patience_a_rate_limit_uses_up_attempts_and_with_it_only_when_it_is_over():
    async def lasts(patience: float) -> float:
        model = Retrying(Scripted(asking(7)), 3, Listener(), first_wait=1, patience=patience)
        with pytest.raises(ModelUnavailable, match="last: rate limit: slower"):
            await model.request(site(), ask())
        return now()

    assert [jump(lasts(patience)) for patience in (0.0, 70.0)] == [14.0, 84.0]


def test_complaints_count_however_few_attempts_there_are_and_an_answer_between_begins_anew():
    outage = Outage(after=1)
    assert [outage.limited(at, probe=False) for at in range(SEVERAL - 1)] == [None] * (SEVERAL - 1)
    assert outage.answered(10.0) is None
    assert [outage.limited(at, probe=False) for at in range(SEVERAL - 1)] == [None] * (SEVERAL - 1)
    pause = outage.limited(20.0, probe=False, asked=0.0)
    assert pause is not None
    assert 0 < pause.wait < 1


@pytest.mark.soak
async def test_eight_requests_whose_first_forty_tries_are_refused_for_the_rate_all_end_with_an_answer():
    listener, ledger = Listener(), Ledger(Limits())
    with simulated_endpoint(plan=",".join(["rate_limit"] * 40)) as endpoint:
        async with door(endpoint.url, listener, ledger, concurrency=8) as model:
            answers = await asyncio.gather(*(model.request(site(turn), ask()) for turn in range(8)))
        counts = endpoint.counts()
    assert len(answers) == ledger.total.requests == 8
    assert (counts["rate_limit"], counts["ok"]) == (40, 8)
    assert paused(listener)
    assert len(resumed(listener)) == 1


async def test_a_burst_at_a_real_endpoint_pauses_nothing():
    listener = Listener()
    with simulated_endpoint(plan=",".join(["rate_limit_bare"] * 64)) as endpoint:
        async with door(endpoint.url, listener, timeout=30, concurrency=64, retry_wait=0.2) as model:
            await asyncio.gather(*(model.request(site(turn), ask()) for turn in range(64)))
        assert endpoint.counts()["requests"] == 128
    assert (paused(listener), resumed(listener)) == ([], [])


async def test_a_real_endpoint_that_only_says_slower_is_given_up_once_and_for_all():
    listener, ledger = Listener(), Ledger(Limits())
    with simulated_endpoint(fault_rate=1, faults="rate_limit") as endpoint:
        spec = ModelSpec(model="agent", base_url=endpoint.url, retry_wait=0.01, outage_minutes=0.01, concurrency=8)
        async with open_door(spec, "agent", journal=NoJournal(), ledger=ledger, events=listener) as model:
            requests = (model.request(site(turn), ask()) for turn in range(30))
            answers = await asyncio.gather(*requests, return_exceptions=True)
    (said,) = {str(answer) for answer in answers}
    assert {type(answer) for answer in answers} == {ModelUnavailable}
    assert said.startswith(
        "the rate limit of the provider of agent has let nothing through for 0.01 minutes, last: rate "
    )
    assert "(rate_limit_exceeded)" in said
    assert ledger.total.requests == 0
