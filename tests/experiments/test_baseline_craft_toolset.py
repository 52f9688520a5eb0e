"""CRAFT's pure parts: sampling that spreads, tools that are read and told apart, retrieval that votes."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolwright.errors import FunctionError
from toolwright.experiments.methods.craft.retrieval import Retriever, Wish, read_wish
from toolwright.experiments.methods.craft.sampling import diverse
from toolwright.experiments.methods.craft.similarity import Similarity
from toolwright.experiments.methods.craft.tool import CraftTool, read_tool
from toolwright.experiments.methods.craft.toolset import Toolset, toolset_of
from toolwright.functions import FunctionSet
from toolwright.tasks import Task, TaskSet

TASK = Task(id="t", question="What is 13 percent of 300?", target="39")


def tool(name: str, doc: str = "Does it.", question: str = "How?", body: str = "return x") -> CraftTool:
    code = f"def {name}(x):\n    '''{doc}'''\n    {body}\nprint({name}(1))"
    return read_tool(code, TASK.model_copy(update={"question": question}))


def tasks(*questions: str) -> TaskSet:
    return TaskSet(name="train", tasks=tuple(Task(id=str(n), question=text) for n, text in enumerate(questions)))


def test_likeness_is_of_words_and_not_of_numbers_or_frequent_words():
    texts = Similarity(["percent of a price", "days between two dates"])
    assert texts.nearest("20 percent, 35", 2) == [0]
    assert texts.nearest("What is it of the 20?", 2) == []
    assert texts.nearest("", 2) == []
    assert Similarity([]).nearest("percent", 2) == []
    assert Similarity(["12", ""]).to("percent") == [0.0, 0.0]


@given(st.lists(st.text(max_size=30), max_size=6), st.text(max_size=30), st.integers(1, 4))
def test_any_texts_can_be_compared(texts: list[str], query: str, most: int):
    found = Similarity(texts)
    places = found.nearest(query, most)
    scores = found.to(query)
    assert len(places) <= most
    assert [scores[place] for place in places] == sorted((scores[place] for place in places), reverse=True)


def test_sampling_goes_for_what_is_least_like_the_chosen():
    like = [f"percent of the price of apples {n}" for n in range(6)]
    train = tasks(*like, "days between two dates", "greatest prime factor")
    for seed in range(5):
        drawn = diverse(train, 3, first=1, each=1, seed=seed)
        assert {"6", "7"} <= {task.id for task in drawn.tasks}


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 4), st.integers(0, 3))
def test_sampling_draws_so_many_different_tasks_in_order_the_same_every_time(
    count: int, first: int, each: int, seed: int
):
    train = tasks(*("abcdefgh"[n] * 3 + " price" for n in range(8)))
    drawn = diverse(train, count, first=first, each=each, seed=seed)
    ids = [int(task.id) for task in drawn.tasks]
    assert len(ids) == min(count, 8)
    assert ids == sorted(set(ids))
    assert drawn == diverse(train, count, first=first, each=each, seed=seed)


def test_a_tool_is_the_last_function_with_what_stands_before_it_and_the_call_is_the_rest():
    found = read_tool(
        "import math\nHALF = 2\n\ndef floor(x):\n    return math.floor(x)\n\n"
        "def share(number, *, of=100):\n    '''A share.'''\n    return floor(number / of) * HALF\n\n"
        "x = 3\nprint(share(x))",
        TASK,
    )
    assert (found.name, found.arguments, found.doc) == ("share", ("number", "of"), "A share.")
    assert found.call == "x = 3\nprint(share(x))\n"
    assert found.source.startswith("import math\nHALF = 2")
    assert found.source.endswith("* HALF\n")


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("print(1)", "does not end in a plain function"),
        ("def f(x):\n    'Doc.'\n    return x", "nothing below f calls it"),
        ("def f(x):\n    'Doc.'\n    return x\nprint(2)", "nothing below f calls it"),
        ("def f():\n    'Doc.'\nprint(f())", "f has no arguments"),
        ("def f(x):\n    return x\nprint(f(1))", "f has no docstring"),
        ("def print(x):\n    'Doc.'\nprint(1)", "builtin"),
        ("def camelCase(x):\n    'Doc.'\ncamelCase(1)", "does not match"),
        ("async def f(x):\n    'Doc.'\nf(1)", "plain function"),
        ("class F:\n    'Doc.'\nF(1)", "plain function"),
        ("def f(x):\n    '\\ud800'\nprint(f(1))", "surrogate"),
        ("def f(x):\n    'Doc. \ud800'\nprint(f(1))", "not UTF-8"),
        ("def f(x:\n", "line 1"),
        ("(" * 5000, "line 1|nested too deeply"),
    ],
)
def test_what_is_no_tool_is_refused_with_the_reason(code: str, fault: str):
    with pytest.raises(FunctionError, match=fault):
        read_tool(code, TASK)


def test_of_one_name_and_as_many_arguments_the_one_with_the_fewest_literals_is_kept():
    special = tool("share", body="return x * 13 / 100")
    general = tool("share", doc="A share of 100 things.", body="return None if x else x")
    other = tool("other", body="return x * 13 / 100")
    assert (special.literals, general.literals) == (2, 0)
    assert toolset_of([special, other, general]).tools == (general, other)
    assert toolset_of([general, special]).tools == (general,)
    twin = tool("share", doc="Later.", body="return None if x else x")
    assert toolset_of([general, twin]).tools == (general,)


def two_arguments(name: str) -> CraftTool:
    return read_tool(
        f"def {name}(x, y):\n    '''Doc.'''\n    return {name}(x - 1, y) if x else y\nprint({name}(1, 2))", TASK
    )


def test_names_that_are_taken_get_a_number_and_the_functions_still_call_themselves():
    taken = two_arguments("share_2")
    made = toolset_of([tool("share"), two_arguments("share"), taken])
    assert [one.name for one in made.tools] == ["share", "share_3", "share_2"]
    renamed = made.tools[1]
    assert "return share_3(x - 1, y)" in renamed.source
    assert renamed.call == "print(share_3(1, 2))"


@given(st.lists(st.tuples(st.sampled_from(["share", "share_2", "f"]), st.booleans()), max_size=8))
def test_no_two_names_of_a_toolset_are_the_same(drawn: list[tuple[str, bool]]):
    made = toolset_of([two_arguments(name) if two else tool(name) for name, two in drawn])
    names = [one.name for one in made.tools]
    assert len(names) == len(set(names)) == len(set(drawn))
    assert all(f"def {one.name}(" in one.source for one in made.tools)


def test_tools_are_defined_apart_so_that_helpers_and_imports_of_one_name_do_not_meet():
    first = read_tool(
        "from math import gcd as f\nK = 1\ndef one(x):\n    'Doc.'\n    return f(x, 4) * K\nprint(one(2))", TASK
    )
    second = read_tool("K = 10\ndef f(x):\n    return x\ndef two(x):\n    'Doc.'\n    return f(x) * K\ntwo(2)", TASK)
    code = f"{first.definition}{second.definition}print(one(8), two(8))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "4 80\n"


def test_a_toolset_is_saved_as_json_and_as_files_and_can_be_saved_again(tmp_path: Path):
    made = toolset_of([tool("share"), tool("other")])
    for _ in range(2):
        made.save(tmp_path / "cell")
    assert Toolset.model_validate_json((tmp_path / "cell" / "toolset.json").read_bytes()) == made
    assert FunctionSet.load(tmp_path / "cell" / "toolset").names == ("share", "other")
    assert (tmp_path / "cell" / "toolset" / "share.py").read_text() == made.tools[0].source


SHELF = Toolset(
    tools=(
        tool("share_of_price", "A percentage of a price.", "What is 13 percent of 300?"),
        tool("days_between", "Days from one date to another.", "How many days from 2 May to 9 June?"),
        tool("prime_factors", "Prime factors of a number.", "Which primes divide 91?"),
        tool("price_with_tax", "A price with tax on it.", "What does a pen of 2 dollars cost with tax?"),
    )
)


def test_the_tool_that_two_views_find_is_used_and_one_that_a_single_view_finds_is_not():
    found = Retriever(SHELF).find(
        "How many days from 1 March to 3 April?", Wish(names="days_between, count", docstring="Counts days.")
    )
    assert [one.name for one in found] == ["days_between"]
    single = Retriever(SHELF).find("How many days?", Wish(names="foo", docstring="Bar."))
    assert single == ()


def test_more_votes_come_first_and_three_are_the_most():
    shelf = Toolset(tools=tuple(tool(f"price_{n}", "A price.", "Which price?") for n in "abcde"))
    assert len(Retriever(shelf).find("The price?", Wish(names="price", docstring="Price."))) == 3
    found = Retriever(SHELF).find(
        "What is 20 percent of a price?", Wish(names="tax_of_price", docstring="A price with tax.")
    )
    assert [one.name for one in found] == ["share_of_price", "price_with_tax"]


def test_none_fits_where_nothing_is_alike():
    assert Retriever(SHELF).find("Translate 'bread'.", Wish(names="translate", docstring="A word in French.")) == ()
    assert Retriever(Toolset()).find("Anything", Wish(names="any", docstring="Any.")) == ()


@pytest.mark.parametrize(
    "reply",
    [
        "Names: days_between, count_days\nDocstring: Counts days.",
        "Sure.\n**Names:** days_between, count_days\n\n**Docstring:** Counts days.",
        "- name: days_between, count_days\n- docstring: Counts days.",
        "Docstring: Counts days.\nNames: days_between, count_days",
    ],
)
def test_a_wish_is_read(reply: str):
    wish = read_wish(reply)
    assert "days_between, count_days" in wish.names
    assert "Counts days." in wish.docstring
    assert "Counts" not in wish.names


@given(st.text())
def test_any_wish_is_read(reply: str):
    assert isinstance(read_wish(reply), Wish)
