"""A limit in minutes ends a request that is under way, and leaves the rest as it is."""

import asyncio

import pytest

from toolwright.errors import BudgetReached
from toolwright.messages import AssistantMessage, ModelRequest, Reply
from toolwright.models.ledger import Amount, Ledger, Limits
from toolwright.models.wrappers import InTime
from toolwright.protocols import CallSite

SITE = CallSite(role="agent", purpose="train", parameters="p")
ASK = ModelRequest(messages=())
REPLY = Reply(message=AssistantMessage(text="yes"))


class Slow:
    """Answers after some seconds, or fails with a timeout of its own."""

    def __init__(self, seconds: float, error: Exception | None = None) -> None:
        self.seconds, self.error, self.cancelled = seconds, error, False

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        if self.error is not None:
            raise self.error
        return REPLY


async def test_a_request_is_given_up_when_the_minutes_are_over():
    slow = Slow(60)
    with pytest.raises(BudgetReached, match=r"the limit of 0\.001 minutes is reached"):
        await InTime(slow, Ledger(Limits(minutes=0.001))).request(SITE, ASK)
    assert slow.cancelled


async def test_what_is_held_back_for_the_test_is_no_time_to_wait_in():
    ledger = Ledger(Limits(minutes=10), clock=lambda: 0.0)
    ledger.hold(Amount(), minutes=10)
    with pytest.raises(BudgetReached):
        await InTime(Slow(0), ledger).request(SITE, ASK)


@pytest.mark.parametrize("limits", [Limits(), Limits(minutes=1)])
async def test_a_reply_in_time_is_passed_on(limits: Limits):
    assert await InTime(Slow(0), Ledger(limits)).request(SITE, ASK) == REPLY


async def test_a_timeout_of_the_models_own_is_not_taken_for_the_limit():
    with pytest.raises(TimeoutError, match="mine"):
        await InTime(Slow(0, TimeoutError("mine")), Ledger(Limits(minutes=1))).request(SITE, ASK)
