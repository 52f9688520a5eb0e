"""The optimizer's steps, in a browser: what it was asked, what it replied, what came of it."""

# ruff: noqa: RUF001 - the glyphs are what the page shows

import json
from collections.abc import Callable

import pytest
from browser import Shown
from playwright.sync_api import expect
from pydantic import BaseModel
from sample_documents import SampleDocuments

from toolwright.messages import AssistantMessage, ToolCall
from toolwright.report.documents import OptimizerDocument, Said, StepDocument

pytestmark = pytest.mark.soak

OpenPage = Callable[..., Shown]


class WithStep(SampleDocuments):
    """The sample run with one reply in every step: a call with these arguments."""

    def __init__(self, arguments: str) -> None:
        super().__init__()
        self._arguments = arguments

    def read(self, name: str) -> BaseModel:
        if not name.startswith("steps/"):
            return super().read(name)
        call = ToolCall(id="c", name="run_code", arguments=self._arguments)
        return StepDocument(name=name.removeprefix("steps/"), said=(Said(message=AssistantMessage(calls=(call,))),))


class WithoutSteps(SampleDocuments):
    """The sample run before its first step."""

    def read(self, name: str) -> BaseModel:
        return OptimizerDocument(steps=()) if name == "optimizer" else super().read(name)


def test_every_step_is_listed_with_what_it_came_to_and_what_was_left_out(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(), "#/optimizer")
    rows = shown.page.get_by_role("region", name="steps of the optimizer").locator("tbody tr")
    expect(rows).to_have_count(7)
    expect(rows.nth(3)).to_contain_text("Epoch 3, proposal 2")
    for said in ("not chosen", "terminated", "4 of 6 solved tasks were left out", "5,840", "$0.0071"):
        expect(rows.nth(3)).to_contain_text(said)


def test_a_step_shows_its_prompt_its_replies_and_what_came_of_each(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(), "#/optimizer")
    shown.page.get_by_role("link", name="Epoch 3, proposal 1").click()
    expect(shown.page.get_by_role("heading", name="Optimizer: epoch 3, proposal 1")).to_be_visible()
    happened = shown.page.get_by_role("region", name="What came of it").get_by_role("listitem")
    expect(happened).to_have_count(5)
    texts = [" ".join(text.split()) for text in happened.all_inner_texts()]
    assert texts[1:4] == [
        "▸ ran code: ok",
        "× refused: add_function guess_answer line 2: `eval` is not allowed",
        "✓ admitted: add_function solve_linear halving",
    ]
    said = shown.page.get_by_role("region", name="Conversation").locator(".message")
    assert said.locator(".role").all_inner_texts() == ["SYSTEM", "USER", "MODEL", "RESULT", "MODEL", "RESULT", "MODEL"]
    expect(said.nth(1)).to_contain_text("# History")
    expect(said.nth(2)).to_contain_text("large-model-1 · 1 request, 5,200 tokens in, 640 out, $0.0071")
    expect(said.nth(3)).to_contain_text("{'id': 'train/0'}")
    expect(shown.page.get_by_text("the prompt lost 12,000 characters")).to_be_visible()


def test_code_among_the_arguments_of_a_call_has_its_lines_and_colours(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(), "#/optimizer/1-0")
    code = shown.page.get_by_label("code", exact=True)
    expect(code).to_have_count(2)
    assert code.nth(1).inner_text() == "def solve_linear(a):\n    return a / 2\n"
    colour = "element => getComputedStyle(element).color"
    assert code.nth(1).get_by_text("return", exact=True).evaluate(colour) != code.nth(1).evaluate(colour)


@pytest.mark.parametrize(
    "source",
    [
        'text = """one # no comment\ntwo"""  # a comment\n\n\tx = \'it\\\'s\' if 1_000 else None',
        "\"unfinished\n''' open",
        "",
        "\\",
        "def return_value(): 0x1f",
    ],
)
def test_coloured_code_is_the_same_text(open_page: OpenPage, source: str) -> None:
    shown = open_page(WithStep(json.dumps({"code": source})), "#/optimizer/1-0")
    assert shown.page.get_by_label("code", exact=True).inner_text() == f"{source}\n"


@pytest.mark.parametrize(
    "arguments", ['{"code": ', '"text"', "[1, 2]", "null", '{"code": 3, "much": {"a": [1, null]}}', "{}"]
)
def test_arguments_of_any_kind_are_shown(open_page: OpenPage, arguments: str) -> None:
    shown = open_page(WithStep(arguments), "#/optimizer/1-0")
    shown_text = shown.page.locator(".call").inner_text()
    said = {"{}": ("no arguments",), '{"code": 3, "much": {"a": [1, null]}}': ("code", "3", '{"a":[1,null]}')}
    for part in said.get(arguments, (arguments.strip(),)):
        assert part in shown_text


def test_one_step_leads_to_the_next_and_back(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(), "#/optimizer/3-0")
    shown.page.get_by_role("link", name="Epoch 3, proposal 2").click()
    expect(shown.page.get_by_role("heading", name="Optimizer: epoch 3, proposal 2")).to_be_visible()
    shown.page.get_by_role("link", name="Epoch 4").click()
    expect(shown.page.get_by_role("heading", name="Optimizer: epoch 4")).to_be_visible()
    shown.page.get_by_role("link", name="All steps").click()
    expect(shown.page.get_by_role("heading", name="Optimizer", exact=True)).to_be_visible()


def test_a_step_that_is_not_there_is_said_and_so_is_a_run_without_steps(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(), "#/optimizer/99-0")
    expect(shown.page.get_by_role("alert")).to_contain_text("steps/99-0")
    none = open_page(WithoutSteps(), "#/optimizer")
    expect(none.page.get_by_text("The optimizer was not asked yet.")).to_be_visible()


@pytest.mark.parametrize("width", [1400, 400])
def test_a_hostile_step_is_text_and_nothing_else(open_page: OpenPage, width: int) -> None:
    shown = open_page(SampleDocuments(hostile=True), "#/optimizer", width=width)
    for place in ("#/optimizer", "#/optimizer/3-0"):
        shown.go(place)
        shown.check_text_alone(width)
