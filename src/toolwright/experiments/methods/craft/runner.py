"""CRAFT in a cell: the runs "generation", "abstraction" and "evaluation", and the toolset between them.

generation ─► abstraction ─► toolset ─► evaluation
└ the optimizer's model ┘               the agent's

As in a training, functions are written by the optimizer's model and used by the agent's, and usage counts so: a row of
CRAFT beside a trained one compares the methods, not the models that write.

Example:
    [methods.craft]
    kind = "craft"
    options = { problems = 20 }
"""

from typing import Final

from pydantic import Field

from toolwright.base import Frozen
from toolwright.experiments.methods.conversation import AnswerForm, prompt
from toolwright.experiments.methods.craft.abstraction import Abstracting, tools_of
from toolwright.experiments.methods.craft.answering import ROUNDS, CraftAgent
from toolwright.experiments.methods.craft.generation import Generating, solutions_of
from toolwright.experiments.methods.craft.sampling import diverse
from toolwright.experiments.methods.craft.toolset import Toolset, toolset_of
from toolwright.experiments.methods.stages import Stages, estimated, options_of, requests_of, tested
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.records import CellRecord, FunctionFigures, LearnedFunction
from toolwright.report.documents.functions.complexity import measured
from toolwright.tasks import TaskSet
from toolwright.training.outlay import RoleEstimate

SUBSTITUTES: Final = (
    "BM25 (bm25s) for the likeness of SimCSE, in sampling and retrieval",
    "its stages in prompts of our own, without the published demonstrations",
    "the sandbox's time limit for that of 2 s",
    "the most general of a group is the one with the fewest literal values in its source",
    "all wanted names are one query",
    "a second try at an abstraction that is no tool",
    "one round of mending a task's code, and a turn of its own for the answer",
    "tools are written by the optimizer's model and used by the agent's",
)


class CraftOptions(Frozen):
    """The method's options.

    Attributes:
        problems: Train tasks that tools are made of; all of them where it is None.
        first: How many of these are drawn at random.
        each: How many are then taken at a time, of those least like the ones chosen.
    """

    problems: int | None = Field(default=None, ge=1)
    first: int = Field(default=10, ge=1)
    each: int = Field(default=5, ge=1)


class Craft:
    """Makes a toolset of train tasks and evaluates it on the test tasks; a `MethodRunner`."""

    async def run(self, work: CellWork) -> CellRecord:
        """Generation, abstraction with validation, deduplication, evaluation; each goes on where it was broken off.

        Raises:
            ConfigError: An option is wrong, or the library for likeness is not installed.
            ToolwrightError: As `Trainer.evaluate`.
        """
        test, problems = tested(work), _problems(work)
        stages = Stages(work)
        generated = await stages.evaluate("generation", Generating(), problems, repeats=1, role="optimizer")
        if not generated.complete:
            return stages.record(substitutes=SUBSTITUTES)
        toolset = Toolset()
        solutions = solutions_of(generated)
        if solutions:
            solved = TaskSet(name="solved", tasks=tuple(task for task in problems.tasks if task.id in solutions))
            abstracted = await stages.evaluate(
                "abstraction", Abstracting(solutions), solved, repeats=1, role="optimizer"
            )
            if not abstracted.complete:
                return stages.record(substitutes=SUBSTITUTES)
            toolset = toolset_of(tools_of(abstracted, solved))
        toolset.save(work.runs)
        agent = CraftAgent(toolset, AnswerForm.of(work.config.agent))
        evaluated = await stages.evaluate("evaluation", agent, test)
        made = f"{len(toolset.tools)} tools of {len(problems)} problems, {len(solutions)} of them solved"
        return stages.record(evaluated, reason=made, functions=_figures(toolset), substitutes=SUBSTITUTES)

    def estimate(self, work: CellWork) -> RoleEstimate:
        """What all stages will take; low where no problem is solved, high where each becomes a tool.

        Raises:
            ConfigError: As `run`.
        """
        problems, turns = _problems(work), work.config.agent.turns
        instructions = AnswerForm.of(work.config.agent).instructions
        generation = requests_of(problems, 1, min(2, turns), prompt("craft_generate"))
        abstraction = requests_of(problems, 0, min(3, turns), prompt("craft_abstract", task="", solution=""))
        repeats = work.config.training.repeats
        evaluation = requests_of(tested(work), 2, min(4 + ROUNDS, turns), instructions, repeats=repeats)
        return estimated(work, generation, abstraction, role="optimizer") + estimated(work, evaluation)


def _problems(work: CellWork) -> TaskSet:
    options, train = options_of(CraftOptions, work), work.splits.train
    return diverse(train, options.problems or len(train), first=options.first, each=options.each, seed=work.key.seed)


def _figures(toolset: Toolset) -> FunctionFigures:
    sizes = [(tool.name, measured(tool.source)) for tool in toolset.tools]
    return FunctionFigures(
        functions=tuple(
            LearnedFunction(name=name, lines=size.lines, complexity=size.complexity) for name, size in sizes
        )
    )
