"""What a cell is estimated at: its evaluations beside the training, too."""

from pathlib import Path

import pytest
from cell_works import TEST, TRAIN, elsewhere, work

from toolwright.config.schema import Agent, OptimizerOptions, Training
from toolwright.experiments.measuring.estimates import estimate_curve, estimate_fit, estimate_reading, repeated
from toolwright.experiments.measuring.readings import estimate_readings
from toolwright.experiments.methods.evaluating import EvaluationMethod
from toolwright.experiments.methods.training import TrainingMethod
from toolwright.models.spec import Price
from toolwright.training.outlay import RoleEstimate

OTHERS = {"near": elsewhere(), "hurried": elsewhere(turns=1)}


def requests(found: RoleEstimate) -> tuple[float, float]:
    return found.requests.low, found.requests.high


def test_an_evaluation_is_one_to_four_requests_a_task_and_no_more_than_its_turns():
    given = work("http://127.0.0.1:1/v1", Path(), agent=Agent(interpreter=True))
    assert requests(EvaluationMethod().estimate(given)) == (len(TEST), 4 * len(TEST))
    bare = work("http://127.0.0.1:1/v1", Path())
    assert requests(EvaluationMethod().estimate(bare)) == (len(TEST), len(TEST))  # nothing to call: it answers at once
    hurried = given.config.model_copy(update={"agent": given.config.agent.model_copy(update={"turns": 2})})
    assert requests(estimate_reading(hurried, Path(), TEST)) == (len(TEST), 2 * len(TEST))


def test_what_is_read_beside_a_training_is_estimated_beside_it():
    bare = work("http://127.0.0.1:1/v1", Path())
    whole = work("http://127.0.0.1:1/v1", Path(), curve=True, others=OTHERS)
    low, high = requests(TrainingMethod().estimate(bare))
    assert (low, high) == requests(estimate_fit(bare))
    curve = (3 * 5, 4 * 4 * 5)  # patience 3 and 4 epochs, 5 test tasks
    near, hurried = (4, 4 * 4), (4, 4)  # 4 tasks each, one agent with one turn
    assert [requests(found) for found in estimate_readings(whole, trained=False)] == [curve, near, hurried]
    assert requests(TrainingMethod().estimate(whole)) == (low, high)
    assert estimate_readings(bare, trained=False) == ()


def test_an_unknown_price_stays_unknown_and_a_known_one_is_multiplied():
    given = work("http://127.0.0.1:1/v1", Path())
    once = estimate_reading(given.config, Path(), TEST)
    assert once.dollars is None
    assert repeated(once, 2, 3).dollars is None
    agent = given.config.models.agent.model_copy(update={"price": Price(input=1, output=2)})
    models = given.config.models.model_copy(update={"agent": agent})
    priced = estimate_reading(given.config.model_copy(update={"models": models}), Path(), TEST)
    assert priced.dollars is not None
    expected = (priced.input_tokens.low * 1 + priced.output_tokens.low * 2) / 1e6
    assert priced.dollars.low == pytest.approx(expected)
    twice = repeated(priced, 2, 3).dollars
    assert twice is not None
    assert (twice.low, twice.high) == (priced.dollars.low * 2, priced.dollars.high * 3)


def test_what_always_accepts_runs_every_epoch_and_a_one_shot_step_is_one_to_three_requests():
    always = work("http://127.0.0.1:1/v1", Path(), training=Training(epochs=9, gate="always"))
    assert requests(estimate_curve(always, TEST)) == (9 * len(TEST), 9 * 4 * len(TEST))
    optimizer = OptimizerOptions(update="one_shot", actions=7)
    one_shot = work("http://127.0.0.1:1/v1", Path(), optimizer=optimizer, training=Training(epochs=1))
    none = work("http://127.0.0.1:1/v1", Path(), optimizer=optimizer, training=Training(epochs=0))
    high = requests(estimate_fit(one_shot))[1] - requests(estimate_fit(none))[1]
    assert high == 3 + 4 * len(TRAIN) + 4 * len(TEST)  # the step, and what it comes to on both


def test_a_batchs_size_decides_what_an_epoch_takes_and_not_what_a_reading_does():
    whole = work("http://127.0.0.1:1/v1", Path())
    batched = work("http://127.0.0.1:1/v1", Path(), training=Training(epochs=4, batch=1))
    assert requests(estimate_fit(batched))[1] < requests(estimate_fit(whole))[1]
    assert requests(estimate_curve(batched, TEST)) == requests(estimate_curve(whole, TEST))
