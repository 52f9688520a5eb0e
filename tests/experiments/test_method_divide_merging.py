"""What two function sets are merged to, which of several stays, and how tasks, limits and paces are divided."""

from hypothesis import given
from hypothesis import strategies as st

from support import sums
from toolwright.config.schema import Models
from toolwright.experiments.methods.divide.dividing import divided, joined, paced, share_of
from toolwright.experiments.methods.divide.merging import Reading, better, duplicates, exchanged, kept, united
from toolwright.functions import Function, FunctionSet
from toolwright.models.ledger import Limits
from toolwright.models.spec import ModelSpec

NAMES = ("add", "area", "share")


def function(name: str, body: str = "1", *, frozen: bool = False) -> Function:
    return Function(name=name, source=f"def {name}(n: int) -> int:\n    return {body}\n", frozen=frozen)


def functions(*given: Function) -> FunctionSet:
    return FunctionSet(functions=given)


SETS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["n", "n + 1", "n * n"])).map(
    lambda bodies: functions(*(function(name, body) for name, body in bodies.items()))
)
START = (function("start", "n"), function("frozen", "n + 1", frozen=True))


def test_functions_of_other_names_and_sources_all_stay_in_order():
    merged = united(functions(function("add", "n"), function("area", "n * n")), functions(function("share", "n / 2")))
    assert merged.names == ("add", "area", "share")


def test_one_name_with_two_sources_is_a_duplicate_of_which_the_first_sets_is_taken_until_one_is_judged():
    first, second = functions(function("add", "n")), functions(function("add", "n + 1"))
    [pair] = duplicates(first, second)
    assert (united(first, second), exchanged(united(first, second), pair)) == (first, second)


def test_two_names_with_one_source_are_a_duplicate_also_where_the_function_calls_itself():
    first = functions(function("add", "add(n - 1)"), function("area", "n * n"))
    second = functions(function("plus", "plus(n - 1)"))
    [pair] = duplicates(first, second)
    assert united(first, second) == first
    assert exchanged(first, pair).names == ("plus", "area")


def test_equal_functions_of_one_name_are_one():
    both = functions(function("add", "n"))
    assert duplicates(both, both) == ()
    assert united(both, both) == both


@given(SETS, SETS, st.data())
def test_whatever_is_decided_what_both_sets_started_from_stays_and_every_name_is_once(
    first: FunctionSet, second: FunctionSet, data: st.DataObject
):
    first, second = (FunctionSet(functions=(*START, *one.functions)) for one in (first, second))
    merged = united(first, second)
    for pair in duplicates(first, second):
        if data.draw(st.booleans()):
            merged = exchanged(merged, pair)
    assert merged.functions[:2] == START
    pairs = duplicates(first, second)
    names = {one.name for pair in pairs for one in pair}
    assert set(merged.names) | names == {*first.names, *second.names}
    assert all((pair.one in merged.functions) != (pair.other in merged.functions) for pair in pairs)


def test_the_better_stays_and_of_equals_that_with_less_source():
    short, long = functions(function("add", "n")), functions(function("add", "n + n + n"))
    assert better(Reading(short, 0.4), Reading(long, 0.5)).functions == long
    assert better(Reading(long, 0.5), Reading(short, 0.5)).functions == short


def test_a_merged_set_stays_where_it_is_as_good_as_either_and_else_gives_way_to_the_better():
    merged, first, second = (functions(function(name)) for name in NAMES)
    readings = Reading(first, 0.5), Reading(second, 0.6)
    assert kept(Reading(merged, 0.6), *readings).functions == merged
    assert kept(Reading(merged, 0.59), *readings).functions == second


@given(st.integers(1, 40), st.integers(2, 8), st.integers(0, 3))
def test_parts_are_disjoint_all_tasks_and_as_equal_as_can_be(count: int, parts: int, seed: int):
    train = sums(max(count, parts))
    made = divided(train, parts, seed)
    sizes = [len(part) for part in made]
    assert max(sizes) - min(sizes) <= 1
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) == len(train)
    assert joined(train, made) == train
    assert divided(train, parts, seed) == made


def test_another_seed_divides_otherwise():
    assert len({divided(sums(12), 3, seed)[0].digest for seed in range(5)}) > 1


def test_a_part_has_its_share_of_what_is_used_up_and_all_parts_minutes():
    limits = Limits(requests=101, tokens=1_000, dollars=2.0, minutes=10.0)
    assert share_of(limits, 0.2, 0.8) == Limits(requests=20, tokens=200, dollars=0.4, minutes=8.0)
    assert share_of(Limits(), 0.2, 0.8) == Limits()


def test_parts_together_ask_a_model_no_faster_than_one_training():
    agent = ModelSpec(model="agent", concurrency=9, requests_per_minute=60, tokens_per_minute=None)
    found = paced(Models(agent=agent, optimizer=ModelSpec(model="optimizer", concurrency=1)), 4)
    assert (found.agent.concurrency, found.agent.requests_per_minute, found.agent.tokens_per_minute) == (2, 15, None)
    assert found.optimizer is not None
    assert (found.optimizer.model, found.optimizer.concurrency) == ("optimizer", 1)
