"""What a pilot is projected to: low, expected and high in this order, whatever it measured and whatever is planned."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cell_works import TEST, elsewhere, tasks, work
from hypothesis import given, settings
from hypothesis import strategies as st

from support import add, having, rolled
from toolwright.config.schema import Models, Training
from toolwright.evaluations import Evaluation
from toolwright.experiments.measuring.projections import projected, projected_readings
from toolwright.messages import Usage
from toolwright.models.spec import ModelSpec, Price
from toolwright.parameters import Parameters
from toolwright.tasks import TaskSet
from toolwright.training.measured import Pilot
from toolwright.training.outlay import Outlay, Range
from toolwright.training.trainer import Splits

TRAIN = tasks("train", right=12)
PILOTED = TaskSet(name="train", tasks=TRAIN.tasks[:2])
URL = "http://127.0.0.1:9/v1"
COUNTS, TIMES = st.integers(1, 5), st.sampled_from([0.1, 1.0, 100.0])


USAGE = st.builds(
    Usage,
    requests=COUNTS,
    input_tokens=st.sampled_from([10, 200, 9_000]),
    output_tokens=st.sampled_from([1, 100, 900]),
    dollars=st.none(),
)


@st.composite
def evaluations(draw: st.DrawFn, parameters: Parameters) -> Evaluation:
    seconds = draw(TIMES)
    results = tuple(rolled(task, 0.0, usage=draw(USAGE), seconds=seconds) for task in PILOTED.tasks)
    return Evaluation(parameters=parameters.digest, tasks=PILOTED.digest, split="pilot", results=results)


@st.composite
def pilots(draw: st.DrawFn) -> Pilot:
    start, learns = Parameters(), draw(st.booleans())
    candidate = having(add()) if learns else start
    step = draw(USAGE)
    return Pilot(
        tasks=PILOTED,
        start=start,
        candidate=candidate,
        before=draw(evaluations(start)),
        after=draw(evaluations(candidate)) if learns else None,
        step=step,
        step_seconds=draw(TIMES),
        usage={"optimizer": step},
        minutes=1.0,
    )


TRAININGS = st.builds(
    Training,
    epochs=st.integers(0, 6),
    patience=st.integers(1, 6),
    batch=st.sampled_from([0, 2]),
    repeats=st.integers(1, 2),
    proposals=st.integers(1, 3),
    at_once=st.integers(1, 4),
)


def ranges(outlay: Outlay) -> Iterator[Range | None]:
    used = outlay.used
    return iter((used.requests, used.input_tokens, used.output_tokens, used.dollars, outlay.minutes))


@settings(max_examples=100)
@given(pilots(), TRAININGS, st.none() | st.integers(1, 600))
def test_what_is_expected_lies_between_low_and_high(pilot: Pilot, training: Training, pace: int | None) -> None:
    spec = ModelSpec(model="m", base_url=URL, price=Price(input=1.0, output=3.0), requests_per_minute=pace)
    cell = work(
        URL,
        Path(),
        splits=Splits(train=TRAIN, test=TEST),
        curve=True,
        others={"near": elsewhere()},
        training=training,
        models=Models(agent=spec, optimizer=spec),
    )
    for outlay in (projected(cell, pilot, trained=False), *projected_readings(cell, pilot, trained=False)):
        for found in ranges(outlay):
            assert found is not None
            assert found.expected is not None
            slack = 1e-9 * (1 + found.high)
            assert found.low - slack <= found.expected <= found.high + slack


@settings(max_examples=20)
@given(pilots())
def test_without_epochs_nothing_is_learned_and_the_test_is_read_once(pilot: Pilot) -> None:
    model = ModelSpec(model="m", base_url=URL)
    training, models = Training(epochs=0), Models(agent=model, optimizer=model)
    cell = work(URL, Path(), splits=Splits(train=TRAIN, test=TEST), training=training, models=models)
    once = pilot.before.usage.requests / len(PILOTED)
    found = projected(cell, pilot, trained=False).used.requests.expected
    assert found == pytest.approx(once * (len(TRAIN) + len(TEST)))
