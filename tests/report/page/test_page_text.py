"""Numbers and texts as the page writes them: rounded as Python rounds, and nothing in them hides."""

import random
from collections.abc import Callable, Generator
from importlib.resources import files
from typing import Any, Final

import pytest

pytestmark = pytest.mark.soak

Call = Callable[..., Any]
ASSETS: Final = files("toolwright.report.page") / "assets"


@pytest.fixture
def call(chromium: Any) -> Generator[Call]:
    """Calls a function of text.js for each of several lists of arguments."""
    page = chromium.new_page()
    page.add_script_tag(content=(ASSETS / "text.js").read_text("utf-8"))

    def called(name: str, *arguments: list[Any]) -> list[str]:
        return page.evaluate(f"all => all.map((one) => {name}(...one))", arguments)

    yield called
    page.close()


def test_ties_are_rounded_to_the_even_digit_so_that_cards_and_headline_agree(call: Call) -> None:
    assert call("share", [1 / 16], [3 / 16], [5 / 16], [0.5]) == ["6.2 %", "18.8 %", "31.2 %", "50.0 %"]
    assert call("significant", [0.625, 2], [0.375, 2], [0.0021, 2], [1.0, 2]) == ["0.62", "0.38", "0.0021", "1"]
    assert call("fixed", [0.5, 0], [1.5, 0], [2.5, 0], [-0.25, 1]) == ["0", "2", "2", "-0.2"]


def test_any_number_is_rounded_as_python_rounds_it(call: Call) -> None:
    chance = random.Random(7)
    ties = [[chance.randrange(-4000, 4000) / 2**place, digits] for place in range(8) for digits in range(5)]
    others = [[chance.uniform(-2, 200), chance.randrange(5)] for _ in range(500)]
    assert call("fixed", *ties, *others) == [f"{value:.{digits}f}" for value, digits in (*ties, *others)]
    small = [[chance.random() * 10 ** -chance.randrange(4), 2] for _ in range(500)] + [
        [n / 64, 2] for n in range(1, 64)
    ]
    assert [float(text) for text in call("significant", *small)] == [float(f"{value:.2g}") for value, _ in small]


def test_a_small_amount_is_never_nothing(call: Call) -> None:
    amounts = [[0], [0.0000004], [0.00085], [0.0071], [0.25], [12], [None]]
    assert call("dollarsOf", *amounts) == ["$0.00", "$0.0000004", "$0.00085", "$0.0071", "$0.25", "$12.00", "unknown"]
    assert call("secondsOf", [0], [0.0004], [0.012], [0.25], [3.04]) == ["0.0 s", "0.4 ms", "12 ms", "0.2 s", "3.0 s"]


@pytest.mark.parametrize("code", [0x1BCA0, 0x1BCA3, 0x1D173, 0x1D17A, 0xE0100, 0xE01EF, 0xFE00, 0xFE0F, 0x200D])
def test_what_has_no_width_is_named(call: Call, code: int) -> None:
    assert call("visible", [f"a{chr(code)}b"]) == [f"a⟦U+{code:04X}⟧b"]


@pytest.mark.parametrize("emoji", ["❤\ufe0f", "1\ufe0f\u20e3", "👩\u200d🔬", "🏳\ufe0f\u200d🌈", "👩🏽\u200d🔬"])
def test_an_emoji_keeps_what_makes_it_one(call: Call, emoji: str) -> None:
    assert call("visible", [f"a {emoji} b"]) == [f"a {emoji} b"]


def test_a_selector_behind_an_emojis_own_is_named(call: Call) -> None:
    assert call("visible", ["❤\ufe0f\ufe0f"], ["1\ufe0f2"], ["x\ufe0f\u200d"]) == [
        "❤\ufe0f⟦U+FE0F⟧",
        "1⟦U+FE0F⟧2",
        "x⟦U+FE0F⟧⟦U+200D⟧",
    ]
