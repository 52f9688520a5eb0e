import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import JsonValue

from toolwright.errors import FunctionError
from toolwright.schemas import HINTS, parse_source, read_signature

STRING, INTEGER, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}
EVERY_HINT: list[tuple[str, dict[str, Any]]] = [
    ("str", STRING),
    ("int", INTEGER),
    ("float", NUMBER),
    ("bool", {"type": "boolean"}),
    ("None", {"type": "null"}),
    ("Any", {}),
    ("typing.Any", {}),
    ("object", {}),
    ("list", {"type": "array"}),
    ("dict", {"type": "object"}),
    ("tuple", {"type": "array"}),
    ("list[int]", {"type": "array", "items": INTEGER}),
    ("List[str]", {"type": "array", "items": STRING}),
    ("Sequence[float]", {"type": "array", "items": NUMBER}),
    ("collections.abc.Sequence[float]", {"type": "array", "items": NUMBER}),
    ("list[list[int]]", {"type": "array", "items": {"type": "array", "items": INTEGER}}),
    ("dict[str, int]", {"type": "object", "additionalProperties": INTEGER}),
    ("Mapping[str, list[int]]", {"type": "object", "additionalProperties": {"type": "array", "items": INTEGER}}),
    ("tuple[int, ...]", {"type": "array", "items": INTEGER}),
    ("tuple[int, str]", {"type": "array", "prefixItems": [INTEGER, STRING], "items": False, "minItems": 2}),
    ("Literal['a', 'b']", {"enum": ["a", "b"]}),
    ("Literal[1, None, True]", {"enum": [1, None, True]}),
    ("Literal[-1]", {"enum": [-1]}),
    ("Optional[int]", {"anyOf": [INTEGER, {"type": "null"}]}),
    ("Union[int, str]", {"anyOf": [INTEGER, STRING]}),
    ("int | str | None", {"anyOf": [INTEGER, STRING, {"type": "null"}]}),
    ("Optional[int | str]", {"anyOf": [INTEGER, STRING, {"type": "null"}]}),
    ("int | int", {"anyOf": [INTEGER]}),
    ("int | Any", {}),
    ("'int'", INTEGER),
    ("'list[\"int\"]'", {"type": "array", "items": INTEGER}),
]


def schema(parameters: str) -> dict[str, Any]:
    return read_signature(f"def job({parameters}):\n    pass\n", "job").schema_for({})


@pytest.mark.parametrize(("hint", "expected"), EVERY_HINT, ids=[hint for hint, _ in EVERY_HINT])
def test_every_hint_has_its_schema(hint: str, expected: dict[str, Any]):
    assert schema(f"a: {hint}")["properties"]["a"] == expected


def test_every_hint_that_is_promised_is_tried_above():
    tried = {hint for hint, _ in EVERY_HINT}
    concrete = {
        "list[T]": "list[int]",
        "dict[str, T]": "dict[str, int]",
        "tuple[T, ...]": "tuple[int, ...]",
        "Literal[...]": "Literal['a', 'b']",
        "Optional[T]": "Optional[int]",
        "Union[...]": "Union[int, str]",
        "T | U": "int | str | None",
    }
    promised = HINTS.replace("dict[str, T]", "dict[str; T]").replace("tuple[T, ...]", "tuple[T; ...]").split(", ")
    for hint in (one.replace(";", ",") for one in promised):
        assert concrete.get(hint, hint) in tried


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        ("bytes", "`bytes`, is not one of: str, int"),
        ("set[int]", "`set\\[int\\]`, is not one of"),
        ("dict[int, str]", "`dict\\[int, str\\]`, is not one of"),
        ("Decimal", "`Decimal`, is not one of"),
        ("list[Decimal]", "`Decimal`, is not one of"),
        ("Callable[[int], int]", "is not one of"),
        ("open('x')", "is not one of"),
        ("'in t'", "does not parse: 'in t'"),
        (repr("-" * 100_000 + "1"), "does not parse: '---"),
        ("Literal[open]", "is not a literal"),
        ("Literal[b'x']", "is no JSON value"),
    ],
)
def test_a_hint_without_a_schema_is_refused_naming_line_and_parameter(hint: str, said: str):
    with pytest.raises(FunctionError, match=rf"line 3: the (hint|default) of second.*{said}"):
        read_signature(f"def job(\n    first: int,\n    second: {hint},\n):\n    pass\n", "job")


def test_parameters_without_a_default_are_required_and_others_are_not():
    made = schema("a: int, b: str = 'x', *, c: float, d: bool = False")
    assert made["required"] == ["a", "c"]
    assert made["additionalProperties"] is False
    assert {name: spec.get("default", "none") for name, spec in made["properties"].items()} == {
        "a": "none",
        "b": "x",
        "c": "none",
        "d": False,
    }


def test_a_parameter_without_a_hint_takes_anything():
    assert schema("a, b=1")["properties"] == {"a": {}, "b": {"default": 1}}


@pytest.mark.parametrize(
    ("default", "value"),
    [("None", None), ("-1.5", -1.5), ("(1, 2)", [1, 2]), ("{'a': [1]}", {"a": [1]}), ("'é'", "é")],
)
def test_defaults_are_read_as_literals_and_never_computed(default: str, value: JsonValue):
    assert schema(f"a={default}")["properties"]["a"] == {"default": value}


@pytest.mark.parametrize("default", ["open('x')", "list()", "b'x'", "{1, 2}", "{1: 2}", "1e999", "1j", "...", "10**2"])
def test_a_default_that_json_cannot_say_is_refused(default: str):
    with pytest.raises(FunctionError, match=r"line 1: the default of a is (not a literal|no JSON value)"):
        schema(f"a={default}")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1\n", "does not define `def job.*defines nothing"),
        ("def jobs(): pass\n", "it defines jobs"),
        ("async def job(): pass\n", "line 1: job is async; write a plain"),
        ("\n\ndef job(*numbers): pass\n", r"line 3: \*numbers has no schema"),
        ("def job(**named): pass\n", r"line 1: \*\*named has no schema"),
        ("def job(a, /): pass\n", "line 1: positional-only"),
        ("def job(): pass\n\ndef job(): pass\n", "line 3: job is defined twice"),
        ("class A:\n    def job(self): pass\n", "it defines nothing"),
        ("def job(:\n", "line 1: invalid syntax: def job"),
        ("def job():\n  pass\n pass\n", "line 3: unindent"),
        ("def job():\n    return '\0'\n", r"^line 2: the source holds null bytes"),
        ("\ud800", "cannot be parsed"),
        ("-" * 100_000 + "1", "cannot be parsed: it is nested too deeply"),
        ("x" + ".x" * 100_000, "cannot be parsed: it is nested too deeply"),
        ("def job(a: " + "list[" * 190 + "int" + "]" * 190 + "): pass\n", None),
    ],
)
def test_a_source_that_cannot_be_read_is_refused_saying_where(source: str, said: str | None):
    if said is None:
        read_signature(source, "job")
    else:
        with pytest.raises(FunctionError, match=said):
            read_signature(source, "job")


def test_a_doubtful_escape_in_a_source_warns_nobody():
    assert parse_source("pattern = '\\d'\n")


def test_the_docstring_and_the_line_are_read():
    signature = read_signature(
        'import math\n\n\ndef job(a: int) -> int:\n    """Does it.\n\n    Well.\n    """\n', "job"
    )
    assert (signature.doc, signature.line) == ("Does it.\n\nWell.", 4)


def test_descriptions_stand_beside_their_parameters_and_change_nothing_else():
    signature = read_signature("def job(a: int, b): pass\n", "job")
    assert signature.schema_for({"a": "the first", "b": "", "c": "unknown"})["properties"] == {
        "a": {"type": "integer", "description": "the first"},
        "b": {},
    }
    assert signature.properties["a"] == {"type": "integer"}


hints = st.recursive(
    st.sampled_from(["str", "int", "float", "bool", "None", "Any", "list", "dict", "Literal['a', 1]"]),
    lambda inner: st.one_of(
        inner.map(lambda one: f"list[{one}]"),
        inner.map(lambda one: f"dict[str, {one}]"),
        inner.map(lambda one: f"Optional[{one}]"),
        st.tuples(inner, inner).map(lambda pair: f"{pair[0]} | {pair[1]}"),
        st.tuples(inner, inner).map(lambda pair: f"tuple[{pair[0]}, {pair[1]}]"),
    ),
    max_leaves=8,
)
defaults = st.none() | st.sampled_from(["None", "-3", "'x'", "[1, (2,)]", "{'a': 1.5}"])


@given(st.lists(st.tuples(hints, defaults), max_size=4), st.text())
def test_every_schema_is_valid_by_the_dialects_own_metaschema(parameters: list[tuple[str, str | None]], about: str):
    parts = [f"p{n}: {hint}" + ("" if given is None else f" = {given}") for n, (hint, given) in enumerate(parameters)]
    source = f"def job(*, {', '.join(parts)}):\n    pass\n" if parts else "def job():\n    pass\n"
    made = read_signature(source, "job").schema_for({"p0": about})
    Draft202012Validator.check_schema({"$schema": "https://json-schema.org/draft/2020-12/schema", **made})
    assert made["required"] == [f"p{n}" for n, (_, given) in enumerate(parameters) if given is None]
    assert json.loads(json.dumps(made)) == made
