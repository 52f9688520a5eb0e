import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from conversations import conversation, json_values, messages, texts
from hypothesis import given
from hypothesis import strategies as st

from toolwright.errors import RunError
from toolwright.evaluations import Evaluation, Result, Score
from toolwright.messages import AssistantMessage, Message
from toolwright.protocols import SampleKey
from toolwright.runs.store import RunStore
from toolwright.trajectories import Call, Outcome, Trajectory

scores = st.builds(Score, value=st.floats(0, 1), reason=texts, details=st.dictionaries(texts, json_values, max_size=2))
trajectories = st.builds(
    Trajectory,
    task_id=texts,
    repeat=st.integers(0, 2),
    parameters=texts,
    messages=st.lists(messages, max_size=4).map(tuple),
    calls=st.lists(
        st.builds(
            Call,
            turn=st.integers(0, 3),
            index=st.integers(0, 3),
            kind=st.just("function"),
            name=texts,
            arguments=st.none() | st.dictionaries(texts, json_values, max_size=2),
            outcome=st.builds(Outcome, status=st.just("ok"), result=json_values),
        ),
        max_size=2,
    ).map(tuple),
    answer=st.none() | texts,
    seconds=st.floats(0, 1000),
)
results = st.builds(Result, trajectory=trajectories, score=st.none() | scores)
scored_results = st.builds(Result, trajectory=trajectories, score=scores)
evaluations = st.builds(
    Evaluation,
    parameters=st.just("p" * 32),
    tasks=st.just("t" * 32),
    split=st.sampled_from(["train", "validation", "test"]),
    results=st.lists(results, max_size=3).map(tuple),
    stopped=texts,
)
keys = st.builds(SampleKey, parameters=texts, agent=texts, scorer=texts, task=texts, repeat=st.integers(0, 3))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    with RunStore.create(tmp_path / "run.sqlite", run="first") as made:
        yield made


def plain(result: Result) -> Result:
    """As a run keeps it: without the messages' provider parts."""

    def without(message: Message) -> Message:
        return message.model_copy(update={"provider": None}) if isinstance(message, AssistantMessage) else message

    said = tuple(map(without, result.trajectory.messages))
    return result.model_copy(update={"trajectory": result.trajectory.model_copy(update={"messages": said})})


def scored(value: float, split: str = "train", task: str = "t") -> Evaluation:
    result = Result(trajectory=Trajectory(task_id=task, repeat=0, parameters="p"), score=Score(value=value))
    return Evaluation(parameters="p", tasks="t", split=split, results=(result,))


def key(task: str = "t", repeat: int = 0) -> SampleKey:
    return SampleKey(parameters="p", agent="a", scorer="s", task=task, repeat=repeat)


def rows(store: RunStore, table: str) -> int:
    connection = sqlite3.connect(store.path)
    (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    connection.close()
    return found


@given(st.lists(st.tuples(keys, scored_results), max_size=4, unique_by=lambda made: made[0].key))
def test_a_scored_rollout_comes_back_under_its_sample_and_no_other(made: list[tuple[SampleKey, Result]]):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.sqlite"
        with RunStore.create(path, run="x") as store:
            for sample, result in made:
                assert store.result(sample) is None
                store.keep_result(sample, result)
        with RunStore.open(path) as store:
            assert [store.result(sample) for sample, _ in made] == [plain(result) for _, result in made]


def test_a_sample_is_scored_once_and_repeats_are_separate_samples(store: RunStore):
    (first,), (second,) = scored(0.25).results, scored(0.75).results
    store.keep_result(key(), first)
    with pytest.raises(RunError, match=r"task t, repeat 0.*scored once"):
        store.keep_result(key(), second)
    store.keep_result(key(repeat=1), second)
    assert (store.result(key()), store.result(key(repeat=1))) == (first, second)


def test_a_rollout_without_a_score_is_no_sample(store: RunStore):
    with pytest.raises(RunError, match="without a score"):
        store.keep_result(key(), Result(trajectory=Trajectory(task_id="t", repeat=0, parameters="p"), score=None))
    assert store.result(key()) is None


def test_an_evaluation_of_kept_rollouts_stores_none_of_them_again(store: RunStore):
    said = conversation(turns=3)[-1][1].messages
    made = [
        Result(
            trajectory=Trajectory(task_id=f"t{n}", repeat=0, parameters="p", messages=said, seconds=n / 7),
            score=Score(value=0.5),
        )
        for n in range(5)
    ]
    for n, result in enumerate(made):
        store.keep_result(key(f"t{n}"), result)
    read = [store.result(key(f"t{n}")) for n in range(5)]
    assert read == made
    for epoch in range(3):
        store.keep_evaluation(Evaluation(parameters="p", tasks="t", split="train", results=tuple(made)), epoch)
    assert rows(store, "results") == 5
    assert [kept.results for _, kept in store.evaluations()] == [tuple(made)] * 3


@given(evaluations)
def test_an_evaluation_comes_back_as_it_was(evaluation: Evaluation):
    expected = evaluation.model_copy(update={"results": tuple(map(plain, evaluation.results))})
    subject = (evaluation.parameters, evaluation.tasks, evaluation.split)
    with tempfile.TemporaryDirectory() as folder, RunStore.create(Path(folder) / "run.sqlite", run="x") as store:
        store.keep_evaluation(evaluation, 2)
        assert list(store.evaluations()) == [(2, expected)]
        assert store.evaluation(2, *subject) == expected
        assert store.evaluation(1, *subject) is None


def test_an_evaluation_a_race_stopped_is_found_again_as_stopped(store: RunStore):
    stopped = scored(0.5).model_copy(update={"stopped": "it cannot win any more"})
    store.keep_evaluation(stopped, 3)
    found = store.evaluation(3, "p", "t", "train")
    assert found == stopped
    assert found is not None
    assert not found.complete


def test_an_evaluation_kept_again_takes_the_place_of_the_one_before(store: RunStore):
    store.keep_evaluation(scored(0.2), 1)
    store.keep_evaluation(scored(0.9), 2)
    store.keep_evaluation(scored(0.4), 1)
    assert [(epoch, evaluation.mean) for epoch, evaluation in store.evaluations()] == [(1, 0.4), (2, 0.9)]


def test_an_epochs_score_is_its_validations_where_there_is_one_and_never_the_tests(store: RunStore):
    store.keep_evaluation(scored(1.0, "test"), 0)
    assert store.score(0) is None
    store.keep_evaluation(scored(0.5), 0)
    assert store.score(0) == 0.5
    store.keep_evaluation(scored(0.25, "validation"), 0)
    assert store.score(0) == 0.25


def test_evaluations_can_be_read_while_others_are_kept(store: RunStore):
    for epoch in range(3):
        store.keep_evaluation(scored(epoch / 4), epoch)
    reading = store.evaluations()
    assert next(reading)[0] == 0
    store.keep_result(key(), scored(0.5, task="other").results[0])
    assert [epoch for epoch, _ in reading] == [1, 2]
