"""What comes after the parts' trainings: the merges, the sealed test, and the record of all of it.

Example:
    record = await Finishing(work, parts).record()
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from toolwright.evaluations import Evaluation
from toolwright.experiments.measuring.side_runs import Took, evaluated, named, side_run, took_in
from toolwright.experiments.methods.divide.figures import figures_of
from toolwright.experiments.methods.divide.points import points_of_parts
from toolwright.experiments.methods.divide.rounds import Merger, Round, Samples, Share, all_of, samples_of
from toolwright.experiments.methods.divide.trained import Part
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.records import CellRecord, Pair, Scores
from toolwright.messages import Usage
from toolwright.parameters import Parameters
from toolwright.training.result import TrainingResult
from toolwright.training.state import Ended

SUBSTITUTES: Final = (
    "only the abstract of FGO was at hand: how tasks are divided, functions merged and merges judged is our own",
)
"""What stands for what could not be had."""

MERGE: Final = "merge"
TEST: Final = "test"
"""The names of the runs beside the parts'."""


class Finishing:
    """Merges what the parts' trainings came to, and reads the test.

    Args:
        work: The cell's work.
        parts: Its parts, trained on as far as that came.
    """

    def __init__(self, work: CellWork, parts: Sequence[Part]) -> None:
        self._work, self._parts = work, parts

    async def record(self) -> CellRecord:
        """The cell's record; "incomplete" where the provider or the budget ended a part, the merges or the test.

        Raises:
            ToolwrightError: As the message says.
        """
        try:
            record = await self._finished([*map(_result, self._parts)])
        except Ended as ended:
            record = CellRecord(key=self._work.key, digest=self._work.digest, status="incomplete", reason=str(ended))
        spent = {"usage": self._usage(), "minutes": self._spent(MERGE, TEST).minutes}
        return record.model_copy(update={**spent, "substitutes": SUBSTITUTES})

    async def _finished(self, results: Sequence[TrainingResult]) -> CellRecord:
        start, train = results[0].start, self._work.splits.train
        known: Samples = {key: found for result in results for key, found in samples_of(result.train.before).items()}
        shares = [Share(result.best, part.tasks) for result, part in zip(results, self._parts, strict=True)]
        async with side_run(named(self._work, MERGE), train, self._spent()) as machine:
            merger = Merger(machine, train, {start.digest: known})
            rounds = await merger.to_one(shares)
            before = await merger.evaluated(start, train)
        [last] = rounds[-1].merges
        final = last.share.parameters
        test = await self._tested(start, final)
        return CellRecord(
            key=self._work.key,
            digest=self._work.digest,
            reason=_said(len(self._parts), rounds),
            train=Pair(before=Scores.of(before), after=Scores.of(last.kept)),
            test=Pair(before=Scores.of(test[0]), after=Scores.of(test[-1])) if test else None,
            points=points_of_parts(before, self._parts, results, rounds),
            functions=figures_of(final.functions, last.kept, test[-1] if test else None),
        )

    async def _tested(self, start: Parameters, final: Parameters) -> list[Evaluation]:
        """The test tasks with the starting set and with the final one, once where both are equal; none without any."""
        tests = self._work.splits.test
        if tests is None:
            return []
        sets = {parameters.digest: parameters for parameters in (start, final)}
        async with side_run(named(self._work, TEST), tests, self._spent(MERGE)) as machine:
            return await all_of(evaluated(machine, parameters, tests) for parameters in sets.values())

    def _spent(self, *later: str) -> Took:
        """What the parts and the runs after them took; the parts ran at once, so the longest one's minutes count."""
        usage = sum((used for part in self._parts for used in part.usage.values()), Usage())
        spent = Took(usage, max(part.minutes for part in self._parts))
        for name in later:
            spent = spent.with_more(took_in(self._work.runs / name))
        return spent

    def _usage(self) -> dict[str, Usage]:
        """What the cell used, by role: the merges and the test asked the agent alone."""
        usage: defaultdict[str, Usage] = defaultdict(Usage)
        for part in self._parts:
            for role, used in part.usage.items():
                usage[role] += used
        for name in (MERGE, TEST):
            usage["agent"] += took_in(self._work.runs / name).usage
        return dict(usage)


def _result(part: Part) -> TrainingResult:
    """What a part's training came to; Ended where the provider or the budget ended it before its own end."""
    if part.result is None or not part.final:
        raise Ended("provider" if part.result is None else part.result.end, f"{part.tasks.name}: {part.ended}")
    return part.result


def _said(parts: int, rounds: Sequence[Round]) -> str:
    merges = [merge for done in rounds for merge in done.merges]
    return f"{parts} parts were trained on; {sum(merge.accepted for merge in merges)} of {len(merges)} merges were kept"
