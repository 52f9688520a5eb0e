"""A refused request is asked once in the life of a run, and a recording refuses it again."""

import pytest
from asking import Scripted, ask, door, say, scratch_store, site

from simulated_endpoint import simulated_endpoint
from toolwright.errors import ContextTooLong, ModelError, ModelUnavailable, ReplayError, RequestRefused
from toolwright.messages import Usage
from toolwright.models.passing import Passing
from toolwright.models.refusals import accepted, as_reply
from toolwright.models.replay import ReplayModel
from toolwright.models.wrappers import Journalled
from toolwright.recordings import Entry, Header, Recording

REFUSALS = [RequestRefused("the provider's content filter refused the request"), ContextTooLong("9000 > 4096")]


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_refusal_is_kept_and_raised_again_without_asking(refusal: RequestRefused):
    inner = Scripted(refusal, say("never asked"))
    with scratch_store() as store:
        for _ in range(3):
            with pytest.raises(RequestRefused) as caught:
                await Journalled(inner, store).request(site(), ask())
            assert (type(caught.value), str(caught.value)) == (type(refusal), str(refusal))
        kept = store.reply(site(), ask())
    assert kept is not None
    assert (kept.finish.partition(":")[0], kept.usage) == ("refused", Usage())
    assert len(inner.requests) == 1


@pytest.mark.parametrize("error", [Passing("timeout"), ModelUnavailable("out"), ModelError("key"), ReplayError("no")])
async def test_what_may_pass_or_be_mended_is_not_kept(error: Exception):
    inner = Scripted(error, say("later"))
    with scratch_store() as store:
        model = Journalled(inner, store)
        with pytest.raises(type(error)):
            await model.request(site(), ask())
        assert (await model.request(site(), ask())).message.text == "later"


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_recorded_refusal_is_replayed_as_one(refusal: RequestRefused):
    entry = Entry(site=site(), request=ask(), reply=as_reply(refusal))
    model = ReplayModel(Recording(header=Header(), entries=(entry,)), "agent")
    with pytest.raises(RequestRefused, match=str(refusal)) as caught:
        await model.request(site(), ask())
    assert type(caught.value) is type(refusal)
    assert (model.hits, model.unused()) == (1, ())


@pytest.mark.parametrize("finish", ["stop", "length", "content_filter", ""])
def test_a_reply_is_not_taken_for_a_refusal(finish: str):
    reply = say("refused", finish)
    assert accepted(reply) is reply


@pytest.mark.parametrize("kind", ["filtered", "too_long"])
async def test_a_real_refusal_is_asked_once(kind: str):
    with simulated_endpoint(plan=kind) as endpoint:
        async with door(endpoint.url) as model:
            for _ in range(2):
                with pytest.raises(RequestRefused, match=r"content_filter|context_length_exceeded"):
                    await model.request(site(), ask())
        assert endpoint.counts()["requests"] == 1
