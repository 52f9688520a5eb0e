import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from support import ADD_CODE, add, function
from toolwright.errors import FunctionError
from toolwright.functions import Example, Function, FunctionSet, name_fault
from toolwright.parameters import Parameters
from toolwright.sandbox import ConfinedSandbox


def job(name: str) -> Function:
    return function(name, f"def {name}():\n    return {name!r}\n")


def a_set(*names: str) -> FunctionSet:
    return FunctionSet(functions=tuple(map(job, names)))


@pytest.mark.parametrize("name", ["add", "a", "a_1", "loan_balance", "x" * 64])
def test_a_name_of_small_letters_digits_and_underscores_is_a_name(name: str):
    assert name_fault(name) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        *((name, "does not match") for name in ["", "Add", "1a", "_a", "a-b", "a b", "é", "x" * 65, "a\n", "../a"]),
        *((name, "keyword") for name in ["def", "match", "class"]),
        *((name, "builtin") for name in ["sum", "print", "list"]),
    ],
)
def test_any_other_name_is_refused_with_the_reason(name: str, said: str):
    assert said in str(name_fault(name))
    with pytest.raises(ValidationError, match=said):
        function(name, "x = 1\n")


def test_a_function_is_offered_with_its_description_its_docstring_or_its_name():
    documented = function("job", 'def job():\n    """Does it."""\n')
    assert documented.spec.description == "Does it."
    assert documented.model_copy(update={"description": "Better."}).spec.description == "Better."
    assert job("job").spec.description == "job"


def test_a_schema_states_what_is_required():
    assert add().spec.parameters["required"] == ["a", "b"]


@pytest.mark.parametrize(
    "fields",
    [
        {"source": "# \ud800"},
        {"description": "\ud800"},
        {"arguments": {"a": "\ud800"}},
        {"examples": (Example(arguments={"a": "\ud800"}),)},
        {"examples": (Example(arguments={"\ud800": 1}),)},
    ],
)
def test_a_function_that_could_not_be_saved_is_refused_when_it_is_made(fields: dict[str, object]):
    with pytest.raises(ValidationError, match="function job: not UTF-8 text"):
        Function.model_validate({"name": "job", "source": "def job(): pass\n", **fields})


def test_a_copy_with_another_source_has_another_signature():
    changed = add().model_copy(update={"source": "def add(c: str): pass\n"})
    assert add().signature.required == ("a", "b")
    assert changed.signature.required == ("c",)


def test_a_set_has_no_two_functions_of_one_name():
    with pytest.raises(ValidationError, match="two functions are named one"):
        a_set("one", "two", "one")


def test_a_new_function_goes_to_the_end_and_a_revised_one_keeps_its_place():
    functions = a_set("one", "two").with_function(job("three"))
    assert functions.names == ("one", "two", "three")
    revised = functions.with_function(function("one", "def one(): return 1\n"))
    assert revised.names == ("one", "two", "three")
    assert revised.get("one").source == "def one(): return 1\n"


def test_a_set_is_a_value_that_no_change_touches():
    functions = a_set("one")
    functions.with_function(job("two"))
    functions.without("one")
    assert functions.names == ("one",)


def test_a_function_that_is_not_there_is_named_with_those_that_are():
    for asking in (a_set("one", "two").get, a_set("one", "two").without, a_set("one", "two").freeze):
        with pytest.raises(FunctionError, match="no function 'three'; there are: one, two"):
            asking("three")
    with pytest.raises(FunctionError, match="no function 'tow'; did you mean 'two'"):
        a_set("one", "two").get("tow")
    with pytest.raises(FunctionError, match="there are: none"):
        FunctionSet().get("three")


def test_some_or_all_functions_can_be_frozen():
    assert [f.frozen for f in a_set("one", "two").freeze("two").functions] == [False, True]
    assert [f.frozen for f in a_set("one", "two").freeze().functions] == [True, True]


def test_a_digest_tells_any_change_and_nothing_else():
    functions = a_set("one", "two")
    changes = [
        a_set("two", "one"),
        a_set("one"),
        functions.freeze("one"),
        functions.with_function(function("one", "def one(): return 2\n")),
        functions.with_function(job("one").model_copy(update={"description": "x"})),
    ]
    digests = {functions.digest, *(other.digest for other in changes)}
    assert len(digests) == len(changes) + 1
    assert functions.digest == a_set("one", "two").digest


def test_parameters_have_a_digest_of_their_functions():
    assert Parameters(functions=a_set("one")).digest == Parameters(functions=a_set("one")).digest
    assert Parameters(functions=a_set("one")).digest != Parameters().digest


def test_a_difference_is_a_unified_diff_of_the_sources():
    newer = a_set("two", "three").with_function(function("two", "def two():\n    return 'second'"))
    assert a_set("one", "two").diff(newer) == (
        "--- a/one.py\n+++ b/one.py\n@@ -1,2 +0,0 @@\n-def one():\n-    return 'one'\n"
        "--- a/two.py\n+++ b/two.py\n@@ -1,2 +1,2 @@\n def two():\n-    return 'two'\n+    return 'second'\n"
        "--- a/three.py\n+++ b/three.py\n@@ -0,0 +1,2 @@\n+def three():\n+    return 'three'\n"
    )


@given(st.permutations(["one", "two", "three"]), st.sets(st.sampled_from(["one", "two", "three"])))
def test_equal_sets_have_no_difference_whatever_their_order(order: list[str], kept: set[str]):
    functions = a_set(*(name for name in order if name in kept))
    assert functions.diff(functions) == ""
    assert functions.diff(a_set(*(name for name in functions.names[::-1]))) == ""


def test_what_was_learned_can_be_called_at_once(sandbox: ConfinedSandbox):
    functions = FunctionSet(functions=(add(), function("sub", "def sub(a: int, b: int) -> int:\n    return a - b\n")))
    assert [spec.name for spec in functions.schemas()] == ["add", "sub"]
    assert functions.call("add", {"a": 5, "b": 3}, sandbox=sandbox).result == 8
    assert functions.call("sub", {"a": 5, "b": 3}, sandbox=sandbox).result == 2
    with pytest.raises(FunctionError, match="add: missing argument b"):
        functions.call("add", {"a": 1}, sandbox=sandbox)
    with pytest.raises(FunctionError, match="no function 'mul'"):
        functions.call("mul", {}, sandbox=sandbox)


def test_a_failing_function_raises_nothing(sandbox: ConfinedSandbox):
    functions = FunctionSet(functions=(function("bad", "def bad():\n    return 1 / 0\n"),))
    assert functions.call("bad", {}, sandbox=sandbox).status == "error"


def test_nothing_of_a_source_runs_when_it_is_described(tmp_path: object):
    trap = "import sys\nraise SystemExit('ran')\n" + ADD_CODE
    assert function("add", trap).spec.parameters["required"] == ["a", "b"]
