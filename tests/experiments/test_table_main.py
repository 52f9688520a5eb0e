"""The main table and that of models: ours beside the paper's, nulls and losses as they are, gaps with their reasons."""

import math
from typing import Any

import pytest
from results_builder import experiment, pair, record, sample_results

from toolwright.errors import ConfigError
from toolwright.experiments.records import CellKey, Pair, Results
from toolwright.experiments.tables import Shown, tables_of
from toolwright.experiments.tables.shown import NONE

ONE_DOMAIN = {"algebra": {"label": "Algebra", "paper": "MATH/Algebra"}}
ONE_AGENT = {"plus": {"paper": "GPT-4+", "label": "GPT-4+"}}


def main_of(*tests: Pair, **changes: object) -> tuple[Shown, Shown]:
    """The two main tables of one domain and agent, a seed each of these tests before and after."""
    made = experiment(
        domains=ONE_DOMAIN,
        agents=ONE_AGENT,
        seeds=list(range(len(tests))),
        tables=[{"kind": "main", "methods": ["trained"]}],
        **changes,
    )
    key = CellKey(domain="algebra", agent="plus", model="mini", method="trained")
    cells = [
        record(key.model_copy(update={"seed": seed}), test=test, train=pair(11, 13, 20))
        for seed, test in enumerate(tests)
    ]
    layout, tested = tables_of(Results(experiment=made, cells=tuple(cells)), wanted=["main"])
    return layout, tested


def rows_of(shown: Shown) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(row[0], row[1]): row[2:] for row in shown.rows}


def noted(shown: Shown, text: str) -> bool:
    return any(text in note for note in shown.notes)


def test_the_layout_is_the_papers_with_its_figures_below_ours() -> None:
    layout, _ = main_of(pair(53, 52))
    assert layout.columns == ("agent", "functions", "Algebra")
    assert layout.rows == (
        ("GPT-4+", "before training", "55.0 / 66.3"),  # 53 of 80, rounded as the paper rounds
        ("GPT-4+", "training", "65.0 / 65.0"),
        ("GPT-4+", "paper: before training", "55.0 / 66.3"),
        ("GPT-4+", "paper: training", "65.0 / 65.0"),
    )


def test_a_fall_is_printed_as_a_fall_and_counted() -> None:
    layout, tests = main_of(pair(53, 40))
    counts = "Of 1 comparison, test improved in 0, did not change in 0 and fell in 1; 0 cannot be made."
    assert noted(layout, counts)
    assert noted(layout, "0 improved, 1 fell")
    assert tests.rows[0][5].startswith("-16.3 [-")
    assert tests.rows[0][6:8] == ("<0.001", "<0.001")


def test_a_difference_beyond_chance_over_tasks_is_told_apart_from_one_over_seeds_too() -> None:
    same_by_seed, _ = main_of(pair(40, 49), pair(40, 50), pair(40, 51))
    assert noted(
        same_by_seed, "Beyond chance over tasks, by p (Holm) at most 0.05: 1 improved (of these 1 over seeds, "
    )
    by_one_seed, _ = main_of(pair(40, 40), pair(40, 40), pair(40, 70))
    assert noted(by_one_seed, "at most 0.05: 1 improved (of these 0 over seeds, too), 0 fell.")
    one_seed, _ = main_of(pair(40, 60))
    assert noted(one_seed, "Beyond chance, by p (Holm) at most 0.05: 1 improved, 0 fell.")


def test_gains_and_losses_of_a_task_in_different_seeds_are_a_null() -> None:
    # by task -2/3, 1/3 and 1/3, which rounded one by one are no longer nothing together
    layout, tests = main_of(pair(1, 1, 3, first=1), pair(2, 2, 3, first=1), pair(1, 1, 3))
    assert noted(layout, "improved in 0, did not change in 1 and fell in 0")
    assert tests.rows[0][5].startswith("0.0")


def test_a_null_is_printed_as_a_null() -> None:
    layout, tests = main_of(pair(40, 40))
    assert noted(layout, "did not change in 1")
    assert tests.rows[0][3:] == ("50.0 [39.3, 60.7]", "50.0 [39.3, 60.7]", "0.0", "1.000", "1.000", "66.3 → 65.0")


def test_the_papers_figures_stand_there_with_what_their_tasks_allow() -> None:
    _, tests = main_of(pair(40, 44))
    assert noted(tests, "the standard error of its test figures here is 5.3 to 5.3 points")


def test_several_seeds_have_an_interval_over_seeds_and_both_tests_in_the_data() -> None:
    _, tests = main_of(pair(40, 45), pair(42, 46), pair(41, 49))
    assert noted(tests, "over seeds (Student's t)")
    assert noted(tests, "seeds: 3")
    difference = tests.data[0]["difference"]
    assert isinstance(difference, dict)
    assert difference["p_seeds"] == pytest.approx(1 - 4.714951667 / math.sqrt(2 + 4.714951667**2))  # t at two degrees
    assert difference["over_seeds"] == 3
    mean, error = 17 / 240, math.sqrt(13 / 3) / 80 / math.sqrt(3)  # of 5, 4 and 8 of 80
    low, high = mean - 4.302652729911275 * error, mean + 4.302652729911275 * error
    assert (difference["seeds_low"], difference["seeds_high"]) == pytest.approx((low, high))
    said = dict(zip(tests.columns, tests.rows[0], strict=True))
    assert said["difference"].startswith("+7.1 [+")
    assert said["difference over seeds"] == f"[+{100 * low:.1f}, +{100 * high:.1f}], p = 0.042, 0.042"
    assert noted(tests, "that is covered over seeds, by the interval of the same difference by Student's t")


def test_one_seed_says_nothing_of_another_training() -> None:
    _, tests = main_of(pair(40, 45))
    assert "difference over seeds" not in tests.columns
    assert noted(tests, "They cover another draw of test tasks, not of trainings: with one seed nothing here does.")


def test_p_values_that_disagree_are_marked() -> None:
    _, tests = main_of(pair(40, 43), pair(40, 43), pair(40, 50))
    assert tests.rows[0][6].endswith("‡")
    assert noted(tests, "‡ The test over seeds")


def test_p_values_are_corrected_over_the_whole_table() -> None:
    results = sample_results(tables=[{"kind": "main", "methods": ["trained"]}])
    _, tests = tables_of(results, wanted=["main"])
    found: list[Any] = [row["difference"] for row in tests.data]
    pairs = sorted((one["p_tasks"], one["p_holm"]) for one in found)
    assert len(pairs) == 4
    assert pairs[0][1] == pytest.approx(min(1.0, 4 * pairs[0][0]))


def test_what_failed_is_incomplete_or_was_not_run_stands_there_with_its_reason() -> None:
    missing = {
        "algebra/plus/mini/trained/0": "failed",
        "algebra/plus/mini/trained/1": "not run",
        "algebra/plus/mini/trained/2": "incomplete",
        "geometry/plus/mini/trained/1": "failed",
        **{f"algebra/react/mini/trained/{seed}": "not run" for seed in range(3)},
    }
    layout, tests = tables_of(sample_results(without=missing), wanted=["main"])
    assert rows_of(layout)["GPT-4+", "training"][0] == "failed"
    assert rows_of(layout)["GPT-4+", "training"][1].endswith(" (2 of 3 seeds)")
    assert rows_of(layout)["ReAct", "training"][0] == "not run"
    for shown in (layout, tests):
        assert noted(shown, "algebra/plus/mini/trained/0: failed: the failed one's reason.")
        assert noted(shown, "algebra/plus/mini/trained/1: not run.")
        assert noted(shown, "algebra/plus/mini/trained/2: incomplete: the incomplete one's reason.")
    assert noted(layout, "2 cannot be made")
    assert noted(layout, "Train tasks: 20; test tasks: 80; seeds: 2 to 3.")


def test_an_experiment_of_which_nothing_was_run_has_its_tables_all_the_same() -> None:
    shown = tables_of(Results(experiment=experiment()))
    assert {one.name for one in shown} >= {"main", "main-tests", "ablation", "functions", "costs", "costs-by-method"}
    assert all(len(row) == len(one.columns) for one in shown for row in one.rows)


def test_a_domain_that_the_paper_does_not_have_is_said() -> None:
    domains = {"algebra": {"paper": "MATH/Topology"}}
    layout, _ = tables_of(
        sample_results(domains=domains, methods={"trained": {"paper": "with"}}, tables=[{"kind": "main"}]), ["main"]
    )
    assert noted(layout, 'The paper has no figures of a domain "MATH/Topology".')


def test_a_doubtful_figure_of_the_papers_carries_its_note() -> None:
    layout, _ = tables_of(
        sample_results(
            domains={"algebra": {"paper": "MATH/Pre-Algebra"}}, tables=[{"kind": "main", "methods": ["trained"]}]
        ),
        ["main"],
    )
    assert noted(layout, "82.6 is no share of 80 tasks")


def test_both_tables_say_whose_models_the_figures_are_of_ours_and_the_papers() -> None:
    for shown in main_of(pair(40, 44), models={"mini": {"agent": "openai:small", "optimizer": "openai:large"}}):
        assert "Models: agent openai:small, optimizer openai:large." in shown.notes
        assert noted(shown, "The paper's agents ask GPT-4-1106-preview, on TabMWP GPT-3.5-turbo-1106")
        assert noted(shown, "the standard error of its test figures here is 5.3 to 5.3 points")
    without = sample_results(domains={"algebra": {}}, tables=[{"kind": "main", "methods": ["trained"]}])
    for shown in tables_of(without, ["main"]):
        assert "Models: agent and optimizer openai:gpt-5-mini." in shown.notes
        assert not noted(shown, "The paper's agents")


def test_a_method_without_a_before_has_no_row_of_it() -> None:
    layout, _ = tables_of(sample_results(tables=[{"kind": "main", "methods": ["trained", "creator"]}]), ["main"])
    labels = [row[1] for row in layout.rows if row[0] == "ReAct" and not row[1].startswith("paper")]
    assert labels == ["before training", "training", "CREATOR"]
    assert "CREATOR: rectification: 3 rounds." in layout.notes


def test_an_interval_beside_a_p_says_that_they_are_made_in_two_ways() -> None:
    _, tests = main_of(pair(40, 44))
    assert noted(tests, "an interval may exclude 0 where p is not small")


def test_seeds_that_train_on_the_same_tasks_are_no_draws_of_tasks() -> None:
    said = "All seeds train on the same tasks: over seeds is the noise of training alone."
    _, same = main_of(pair(40, 45), pair(42, 46))
    assert said in same.notes
    _, one_seed = main_of(pair(40, 45))
    assert said not in one_seed.notes
    apart = tables_of(sample_results(tables=[{"kind": "main", "methods": ["trained"]}]), ["main"])
    assert not any(noted(shown, "all seeds train on") or said in shown.notes for shown in apart)


def test_models_stand_beside_table_7_by_the_papers_names() -> None:
    models = {"Mixtral-8x7B": {"agent": "openai:a"}, "mine": {"agent": "openai:b"}}
    tables = [{"kind": "models", "methods": ["trained"], "agents": ["plus"], "domains": ["all"]}]
    results = sample_results(
        models=models, domains={"all": {"paper": "MATH"}}, tables=tables, methods={"trained": {"paper": "with"}}
    )
    (shown,) = tables_of(results, wanted=["models"])
    assert [(row[0], row[-1]) for row in shown.rows] == [("Mixtral-8x7B", "23.8 → 28.8"), ("mine", NONE)]
    assert noted(shown, "the standard error of its test figures here is 4.8 to 5.1 points")  # of 23.8 and 28.8 of 80


def test_a_second_table_of_a_kind_has_a_number_and_a_wrong_name_is_refused() -> None:
    tables = [{"kind": "main", "methods": ["trained"]}, {"kind": "main", "methods": ["one_shot"]}]
    results = Results(experiment=experiment(tables=tables))
    assert [one.name for one in tables_of(results, wanted=["main"])] == ["main", "main-tests", "main-2", "main-2-tests"]
    assert [one.name for one in tables_of(results, wanted=["main-2"])] == ["main-2", "main-2-tests"]
    assert [one.name for one in tables_of(results, wanted=["main-tests"])] == ["main-tests"]
    with pytest.raises(ConfigError, match="no table 'mian'; it has main, main-2, functions, costs"):
        tables_of(results, wanted=["mian"])
