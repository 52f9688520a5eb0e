"""Budgets over HTTP: whole trainings with each limit, held against what the endpoint itself counted."""

import importlib
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulated_endpoint import SimulatedEndpoint, question, seal, simulated_endpoint
from support import Events
from toolwright import Limits, ModelSpec, Task, TaskSet, Trainer, TrainingResult
from toolwright.errors import ConfigError
from toolwright.events import BudgetAnnounced
from toolwright.models.spec import Price
from toolwright.sandbox import ConfinedSandbox

_models = importlib.import_module("simulated")  # bench/, where simulated_endpoint found it
PRICES = {"agent": Price(input=3.0, output=15.0), "optimizer": Price(input=5.0, output=20.0)}
AT_ONCE = 6
LONGEST = 400
WHAT = ("requests", "tokens", "dollars")


def tasks(split: str, count: int) -> TaskSet:
    """So many tasks, half of which nobody can solve: where nothing is left to gain a training ends early."""
    words = [f"{split}{number}" for number in range(count)]
    targets = [seal(word) if number % 2 else "unknowable" for number, word in enumerate(words)]
    return TaskSet(
        name=split,
        tasks=tuple(Task(id=w, question=question(w), target=t) for w, t in zip(words, targets, strict=True)),
    )


TRAIN, VALIDATION, TEST = tasks("train", 12), tasks("validation", 8), tasks("test", 8)


@dataclass
class Spent:
    """What an endpoint gave, by its own count."""

    requests: int
    tokens: int
    dollars: float
    replies: list[int]

    @classmethod
    def at(cls, endpoint: SimulatedEndpoint) -> "Spent":
        """Every answered request's tokens, as its reply said them; the replies are made again from the log."""
        found = cls(0, 0, 0.0, [])
        for entry in endpoint.log():
            body = entry["body"]
            busy = body["model"] == "optimizer"
            said = _models.optimizer_reply(body, manner="busy") if busy else _models.agent_reply(body)
            usage = _models.completion(body, said, entry["mark"])["usage"]
            price = PRICES[body["model"]]
            asked, answered = usage["prompt_tokens"], usage["completion_tokens"]
            found.requests += 1
            found.tokens += asked + answered
            found.dollars += (asked * price.input + answered * price.output) / 1e6
            found.replies.append(answered)
        return found


def trainer(endpoint: SimulatedEndpoint, limits: Limits | None, runs: Path | None = None, **options: Any) -> Trainer:
    priced, longest = options.pop("priced", True), options.pop("longest", LONGEST)
    settings: dict[str, Any] = {"max_tokens": longest} if longest else {}
    specs = [
        ModelSpec(
            model=role,
            base_url=endpoint.url,
            settings=settings,
            concurrency=AT_ONCE,
            price=PRICES[role] if priced else None,
        )
        for role in ("agent", "optimizer")
    ]
    given: dict[str, Any] = {"epochs": 4, "patience": 4, "gate": "strict", "runs": runs, **options}
    return Trainer(
        specs[0],
        optimizer_model=specs[1],
        sandbox=ConfinedSandbox(allowed=("hashlib",)),
        limits=limits,
        **given,
    )


def limited(whole: Spent, what: str, share: float) -> Limits:
    """A share of what the whole training takes; of requests, a whole number."""
    amount = share * getattr(whole, what)
    return Limits.model_validate({what: amount if what == "dollars" else int(amount)})


def trained(limits: Limits | None, test: TaskSet | None = None, **options: Any) -> tuple[TrainingResult, Spent]:
    with simulated_endpoint(optimizer="busy", latency=0.005) as endpoint:
        result = trainer(endpoint, limits, **options).fit(TRAIN, VALIDATION, test)
        return result, Spent.at(endpoint)


@pytest.fixture(scope="module")
def whole() -> Spent:
    """A training without limits."""
    result, spent = trained(None, TEST)
    assert (result.end, len(result.epochs)) == ("epochs", 5)
    assert spent.tokens == sum(usage.tokens for usage in result.usage.values())
    return spent


@pytest.mark.parametrize("share", [0.15, *(pytest.param(share, marks=pytest.mark.soak) for share in (0.5, 0.8))])
@pytest.mark.parametrize("what", WHAT)
def test_a_limit_holds_exactly_where_max_tokens_is_set(whole: Spent, what: str, share: float) -> None:
    limits = limited(whole, what, share)
    result, spent = trained(limits)
    assert getattr(spent, what) <= getattr(limits, what)
    assert result.end == "budget"
    assert f" {what} is reached: " in result.end_text
    enough = re.search(r"; ([\d,.]+) would have let it go", result.end_text)
    assert (enough is None) == (what == "requests")
    if enough is not None:
        assert float(enough[1].replace(",", "")) > getattr(limits, what)
    assert max(spent.replies) <= LONGEST  # what the endpoint says keeps to what it was told


@pytest.mark.parametrize("what", ["tokens", pytest.param("dollars", marks=pytest.mark.soak)])
def test_without_max_tokens_a_limit_holds_within_the_requests_in_flight(whole: Spent, what: str) -> None:
    limits = limited(whole, what, 0.4)
    result, spent = trained(limits, longest=0)
    dearest = max(price.output for price in PRICES.values()) / 1e6
    over = AT_ONCE * max(spent.replies) * (1 if what == "tokens" else dearest)
    assert result.end == "budget"
    assert getattr(spent, what) <= getattr(limits, what) + over


@pytest.mark.parametrize("share", [0.5, *(pytest.param(share, marks=pytest.mark.soak) for share in (0.6, 0.7, 0.8))])
@pytest.mark.parametrize("what", ["dollars", *(pytest.param(what, marks=pytest.mark.soak) for what in WHAT[:2])])
def test_a_training_that_its_limit_ends_still_reads_the_sealed_test_within_it(
    whole: Spent, what: str, share: float
) -> None:
    limits = limited(whole, what, share)
    result, spent = trained(limits, TEST)
    assert result.end == "budget"
    assert result.test is not None, result.end_text
    assert result.test.before.complete
    assert result.test.after.complete
    assert getattr(spent, what) <= getattr(limits, what)


@pytest.mark.soak
@pytest.mark.usefixtures("whole")  # whatever is imported on first use has been
def test_no_request_is_sent_when_the_minutes_are_over() -> None:
    limits = Limits(minutes=0.1)
    with simulated_endpoint(optimizer="busy", latency=0.5) as endpoint:
        result = trainer(endpoint, limits).fit(TRAIN, VALIDATION)
        sent = [entry["at"] for entry in endpoint.log()]
    assert result.end == "budget"
    assert "the limit of 0.1 minutes is reached" in result.end_text
    assert sent
    assert sent[-1] - sent[0] <= 0.1 * 60


@pytest.mark.soak  # a minute, so that a busy machine's hiccups are short beside it
@pytest.mark.usefixtures("whole")  # whatever is imported on first use has been
def test_the_sealed_test_is_read_within_the_minutes() -> None:
    with simulated_endpoint(optimizer="busy", latency=0.5) as endpoint:
        result = trainer(endpoint, Limits(minutes=1), epochs=50, patience=50).fit(TRAIN, None, TEST)
        sent = [entry["at"] for entry in endpoint.log()]
    assert result.end == "budget"
    assert result.test is not None, result.end_text
    assert sent[-1] - sent[0] <= 60


@pytest.mark.parametrize(
    "what", ["tokens", *(pytest.param(what, marks=pytest.mark.soak) for what in ("requests", "dollars", "minutes"))]
)
def test_half_and_four_fifths_of_a_limit_are_announced_once_each(whole: Spent, what: str) -> None:
    limits = Limits(minutes=0.1) if what == "minutes" else limited(whole, what, 0.5)
    events = Events()
    with simulated_endpoint(optimizer="busy", latency=0.5 if what == "minutes" else 0) as endpoint:
        result = trainer(endpoint, limits, events=[events]).fit(TRAIN, VALIDATION)
        announced = [(event.limit, event.share, event.of) for event in events.of(BudgetAnnounced)]
    assert result.end == "budget"
    most = getattr(limits, what)
    assert announced in ([(what, 0.5, most), (what, 0.8, most)], [(what, 0.5, most)])


def test_every_limit_is_announced_for_itself_and_one_that_is_far_is_not(whole: Spent) -> None:
    limits = Limits(requests=whole.requests, tokens=100 * whole.tokens, dollars=1.6 * whole.dollars, minutes=60)
    events = Events()
    with simulated_endpoint(optimizer="busy") as endpoint:
        result = trainer(endpoint, limits, events=[events]).fit(TRAIN, VALIDATION, TEST)
    assert result.end == "epochs"
    assert sorted((event.limit, event.share) for event in events.of(BudgetAnnounced)) == [
        ("dollars", 0.5),
        ("requests", 0.5),
        ("requests", 0.8),
    ]


def test_a_limit_in_dollars_without_a_price_is_refused_before_anybody_is_asked_and_leaves_no_run() -> None:
    with simulated_endpoint() as endpoint, tempfile.TemporaryDirectory() as runs:
        with pytest.raises(ConfigError, match="the price of agent is not known"):
            trainer(endpoint, Limits(dollars=1), Path(runs), priced=False).fit(TRAIN)
        assert "requests" not in endpoint.counts()
        assert not list(Path(runs).iterdir())
