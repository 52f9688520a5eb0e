import pytest

from support import ADD_CODE, add, function
from toolwright.errors import FunctionError
from toolwright.functions import Function
from toolwright.optimizer.imports import imported_roots
from toolwright.optimizer.static_checks import FORBIDDEN, MAX_SOURCE, check_function

ALLOWED = {"math", "decimal", "collections"}


def check(source: str, name: str = "job", **fields: object) -> None:
    made = function(name, source)
    fields.setdefault("arguments", dict.fromkeys(made.signature.properties, "x") if "arguments" not in fields else {})
    check_function(made.model_copy(update=fields), ALLOWED, {"weather"})


@pytest.mark.parametrize(
    "source",
    [
        "def job(): pass\n",
        '"""A module."""\n\nimport math\nfrom collections import Counter\n\nRATE = 0.05\n\ndef job(a: int): pass\n',
        "def _helper(n): return n\n\ndef job(a: int): return _helper(a)\n",
        "TABLE: dict[str, int] = {'a': 1, **{}}\n\ndef job(): return TABLE\n",
        "def job(a: int):\n    import decimal\n    def inner(x): return x\n    return [inner(y) for y in range(a)]\n",
        "import collections.abc\n\ndef job(): return max([1], key=lambda x: x)\n",
    ],
)
def test_an_honest_function_passes(source: str):
    check(source)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import os\n\ndef job(): pass\n", "line 1: 'os' may not be imported; these may: collections, decimal, math"),
        ("def job():\n    import os.path\n", "line 2: 'os' may not be imported"),
        ("def job():\n    def inner():\n        from subprocess import run\n", "line 3: 'subprocess' may not"),
        ("import math, sys\n\ndef job(): pass\n", "line 1: 'sys' may not be imported"),
        ("from . import secrets\n\ndef job(): pass\n", r"line 1: '\.' may not be imported"),
        ("from .. import x\n\ndef job(): pass\n", r"line 1: '\.' may not"),
        ("import mathematics\n\ndef job(): pass\n", "'mathematics' may not"),
        ("def job():\n    try:\n        import ctypes\n    except ImportError:\n        pass\n", "'ctypes' may not"),
    ],
)
def test_an_import_that_is_not_allowed_is_refused_wherever_it_stands(source: str, said: str):
    with pytest.raises(FunctionError, match=said):
        check(source)


@pytest.mark.parametrize("name", sorted(FORBIDDEN))
def test_a_forbidden_name_is_refused_with_what_to_do_instead(name: str):
    with pytest.raises(FunctionError, match=f"line 2: {name} is not admitted; {FORBIDDEN[name]}"):
        check(f"def job():\n    return {name}\n")


@pytest.mark.parametrize("text", ["().__class__", "job.__globals__", "math.__loader__", "f'{job.__code__}'"])
def test_a_dunder_attribute_is_refused(text: str):
    with pytest.raises(FunctionError, match=r"line 2: the attribute __\w+__ is not admitted"):
        check(f"def job():\n    return {text}\n")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def job(): pass\n\ndef other(): pass\n", "line 3: the code defines other beside job; begin a helper's name"),
        ("import math\n\n@math.cache\ndef job(): pass\n", "job is decorated"),
        ("@property\ndef _h(): pass\n\ndef job(): pass\n", "_h is decorated"),
        ("print('hi')\n\ndef job(): pass\n", r"line 1: `print\('hi'\)` runs at import"),
        ("X = open('f')\n\ndef job(): pass\n", "runs at import"),
        ("X = (lambda: 1)\n\ndef job(): pass\n", "runs at import"),
        ("X = (y := 1)\n\ndef job(): pass\n", "runs at import"),
        ("for x in []: pass\n\ndef job(): pass\n", "runs at import"),
        ("if True:\n    import math\n\ndef job(): pass\n", "runs at import"),
        ("class A: pass\n\ndef job(): pass\n", "runs at import"),
        ("def job(): pass\n\njob()\n", "runs at import"),
        ("async def _h(): pass\n\ndef job(): pass\n", "runs at import"),
    ],
)
def test_nothing_but_imports_constants_and_functions_stands_at_the_top(source: str, said: str):
    with pytest.raises(FunctionError, match=said):
        check(source)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("async def job(): pass\n", "runs at import|async"),
        ("def other(): pass\n", "the code defines other beside job"),
        ("x = 1\n", "does not define `def job"),
        ("def job(*a): pass\n", "has no schema"),
        ("def job(a: set): pass\n", "is not one of"),
        ("def job(", "line 1: .*never closed"),
        ("def job(): pass\n" + "#" * MAX_SOURCE, f"at most {MAX_SOURCE} are admitted"),
    ],
)
def test_a_source_without_the_function_as_it_should_be_is_refused(source: str, said: str):
    with pytest.raises(FunctionError, match=said):
        check_function(function("job", source), ALLOWED, ())


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({}, "they name nothing, but the code's parameters are a, b"),
        ({"a": "x"}, "they name a, but the code's parameters are a, b"),
        ({"a": "x", "b": "x", "c": "x"}, "they name a, b, c, but"),
    ],
)
def test_the_stated_arguments_must_be_the_codes_parameters(stated: dict[str, str], said: str):
    with pytest.raises(FunctionError, match=f"arguments: {said}"):
        check_function(function("add", ADD_CODE, arguments=stated), ALLOWED, ())


def test_a_name_of_the_users_tools_is_refused():
    with pytest.raises(FunctionError, match="name: 'weather' is one of the assistant's own tools"):
        check("def weather(): pass\n", "weather")


def test_a_bad_name_is_refused_before_anything_else():
    bad: Function = add().model_copy(update={"name": "Add"})
    with pytest.raises(FunctionError, match="name: 'Add' does not match"):
        check_function(bad, ALLOWED, ())


def test_the_imports_of_a_source_are_its_top_level_modules():
    source = "import os.path, math as m\nfrom a.b import c\n\ndef job():\n    from . import x\n"
    assert imported_roots(source) == (".", "a", "math", "os")
