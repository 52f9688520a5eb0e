"""The functions that came of all parts, and how they are used, as in the paper's Tables 5 and 6.

Example:
    figures = figures_of(final.functions, train, test)
    figures.most_used[0]
"""

from collections import Counter

from toolwright.evaluations import Evaluation, Result
from toolwright.experiments.records import FunctionFigures, LearnedFunction
from toolwright.functions import Function, FunctionSet
from toolwright.report.documents.functions.complexity import measured


def figures_of(functions: FunctionSet, train: Evaluation, test: Evaluation | None) -> FunctionFigures:
    """The figures of the merged set; calls by epoch are its parts' own, and left out.

    Args:
        functions: The merged set.
        train: Its evaluation on the train tasks.
        test: On the test tasks, where there are any.
    """
    results = [*train.results, *(test.results if test else ())]
    used = Counter(name for result in results for name in _used(result))
    return FunctionFigures(
        functions=tuple(map(_learned, functions.functions)),
        most_used=tuple(sorted(used.items(), key=lambda item: (-item[1], item[0]))),
        tasks_using=_share_using(test) if test else None,
    )


def _learned(function: Function) -> LearnedFunction:
    size = measured(function.source)
    return LearnedFunction(name=function.name, lines=size.lines, complexity=size.complexity)


def _used(result: Result) -> list[str]:
    """The functions that were called and returned a result, once a call."""
    return [call.name for call in result.trajectory.calls if call.kind == "function" and call.outcome.ok]


def _share_using(evaluation: Evaluation) -> float:
    tasks = {result.trajectory.task_id for result in evaluation.results}
    return len({result.trajectory.task_id for result in evaluation.results if _used(result)}) / len(tasks)
