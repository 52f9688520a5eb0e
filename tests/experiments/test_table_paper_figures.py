"""The paper's figures are as published, with their numbers of tasks; what it does not give is not made up."""

import pytest

from toolwright.experiments.paper_figures import (
    paper_domains,
    paper_figure,
    paper_figures,
    paper_functions,
    paper_transfer,
)


def mean_test(agent: str, method: str) -> float:
    """Over the seven types of Table 1."""
    found = [
        one.test
        for one in paper_figures()
        if (one.table, one.agent, one.method) == ("Table 1", agent, method) and one.test is not None
    ]
    assert len(found) == 7
    return sum(found) / 7


def test_a_figure_is_found_by_the_names_of_the_paper() -> None:
    found = paper_figure("MATH/Algebra", "GPT-4+", "with")
    assert found is not None
    assert (found.train, found.test, found.train_tasks, found.test_tasks) == (65.0, 65.0, 20, 80)
    assert found.error == pytest.approx(5.33, abs=0.01)
    assert paper_figure("MATH/Topology", "GPT-4+", "with") is None


def test_the_means_of_table_1_are_those_derived_from_it() -> None:
    means = [mean_test(agent, method) for agent in ("GPT-4+", "ReAct") for method in ("without", "with")]
    assert means == pytest.approx([53.8, 58.2, 67.4, 70.6], abs=0.06)


def test_eleven_of_fourteen_cells_of_table_1_improve() -> None:
    domains = [name for name in paper_domains() if name.startswith("MATH/")]
    gains: list[bool] = []
    for agent in ("GPT-4+", "ReAct"):
        for domain in domains:
            before, after = paper_figure(domain, agent, "without"), paper_figure(domain, agent, "with")
            assert before is not None
            assert after is not None
            gains.append((after.test or 0) > (before.test or 0))
    assert (len(gains), sum(gains)) == (14, 11)


def test_every_figure_is_a_share_of_its_tasks_or_has_a_note() -> None:
    for one in paper_figures():
        for value, tasks in ((one.train, one.train_tasks), (one.test, one.test_tasks)):
            if value is not None:
                nearest = round(value * tasks / 100) * 100 / tasks
                assert abs(value - nearest) <= 0.051 or one.note, one


def test_figures_without_an_agent_or_with_a_model_of_their_own_are_found() -> None:
    creator = paper_figure("TabMWP", "ReAct", "CREATOR")
    assert creator is not None
    assert (creator.train, creator.test) == (None, 30.0)
    mixtral = paper_figure("MATH", "GPT-4+", "with", "mixtral-8x7b")
    assert mixtral is not None
    assert mixtral.test == 28.8
    assert paper_figure("MATH", "GPT-4+", "with", "another") is None


def test_what_the_paper_only_draws_has_no_figure() -> None:
    assert paper_transfer("MATH/Intermediate Algebra", "MATH/Algebra") == 67.5
    assert paper_transfer("MATH/Geometry", "MATH/Algebra") is None


def test_calls_and_complexity_are_by_data_set() -> None:
    found = paper_functions("MATH/Geometry")
    assert found is not None
    assert (found.first, found.last, found.complexity) == (11, 23, 1.2)
    assert paper_functions("dm_math") is None
