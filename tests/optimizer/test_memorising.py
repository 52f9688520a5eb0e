import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import ADD_CODE, sums
from toolwright.errors import FunctionError
from toolwright.optimizer.memorising import check_memorising
from toolwright.tasks import Task

QUESTION = "A train leaves Rome at 8:15 and arrives in Milan at 11:20; how long does it travel?"


def task(number: int, target: object, question: str = "") -> Task:
    return Task.model_validate({"id": f"t{number}", "question": question or f"Question {number}?", "target": target})


TASKS = [task(1, "48213"), task(2, 77.25), task(3, "Grace Hopper"), task(4, "-5120"), task(5, "12"), task(6, "34")]


@pytest.mark.parametrize(
    "source",
    [
        "def job(q: str):\n    return {'a': 48213, 'b': 77.25}[q]\n",
        "def job(q: str):\n    return {'a': '48213', 'b': 'grace  hopper'}[q]\n",
        "TABLE = 'a=48213;b=77.25'\n\ndef job(q: str): return TABLE\n",
        "def job(q: str):\n    if q == 'a':\n        return f'{q} Grace Hopper'\n    return -5120\n",
        "def job(q: str):\n    '''48213 and 5120'''\n",
    ],
)
def test_a_source_with_two_training_targets_is_refused_as_remembering(source: str):
    with pytest.raises(FunctionError, match=r"2 training targets stand in it \(.*\); .* write the method"):
        check_memorising(source, TASKS)


@pytest.mark.parametrize(
    "source",
    [
        ADD_CODE,
        "def job(a: int):\n    return a * 48213\n",
        "def job(a: int):\n    return [12, 34, 12]\n",
        "def job(a: int):\n    return 148213 + 771.25\n",
        "def job(a: int):\n    return 'x48213y', '51200'\n",
        "def job(a: bool = True):\n    return None\n",
    ],
)
def test_honest_code_passes(source: str):
    check_memorising(source, TASKS)


def test_a_source_that_quotes_a_question_is_refused():
    for source in (
        f"def job(q: str):\n    return q == {QUESTION!r}\n",
        f"def job(q: str):\n    return {QUESTION[10:60]!r} in q\n",
        f"def job(q: str):\n    '''For example: {QUESTION.upper()}'''\n",
    ):
        with pytest.raises(FunctionError, match="a text quotes a training task"):
            check_memorising(source, [task(1, "3:05", QUESTION)])


def test_what_is_told_of_a_function_may_remember_no_more_than_its_code():
    with pytest.raises(FunctionError, match="2 training targets"):
        check_memorising(ADD_CODE, TASKS, ["For a it is 48213.", "For b, Grace Hopper."])
    with pytest.raises(FunctionError, match="2 training targets"):
        check_memorising("def job(): return 48213\n", TASKS, ["else 77.25"])
    with pytest.raises(FunctionError, match="a text quotes"):
        check_memorising(ADD_CODE, [task(1, "3:05", QUESTION)], [f"Solves: {QUESTION}"])
    check_memorising(ADD_CODE, TASKS, ["The sum.", "one, 48213 say"])


def test_a_short_part_of_a_question_is_no_quotation():
    check_memorising("def job(q: str):\n    return 'how long' in q\n", [task(1, "3:05", QUESTION)])


def test_the_same_target_of_two_tasks_is_one_target():
    check_memorising("def job(): return 'Grace Hopper'\n", [task(1, "Grace Hopper"), task(2, "grace hopper")])


def test_tasks_without_targets_are_nothing_to_remember():
    check_memorising("def job(): return [48213, 5120]\n", [task(1, None), task(2, None)])


@given(st.lists(st.integers(1000, 10**12), min_size=2, max_size=6, unique=True), st.data())
def test_any_two_targets_in_a_table_are_found_and_any_one_is_not(targets: list[int], data: st.DataObject):
    tasks = [task(n, target) for n, target in enumerate(targets)]
    kept = data.draw(st.lists(st.sampled_from(targets), min_size=2, unique=True))
    quote = data.draw(st.sampled_from([str, repr, lambda n: repr(str(n))]))
    check_memorising(f"def job(): return [{quote(kept[0])}]\n", tasks)
    with pytest.raises(FunctionError, match=f"{len(kept)} training targets stand in it"):
        check_memorising(f"def job(): return [{', '.join(map(quote, kept))}]\n", tasks)


def test_an_integer_of_more_digits_than_python_writes_is_no_error():
    check_memorising("def job(): return 0x" + "f" * 5000 + "\n", sums(3).tasks)
