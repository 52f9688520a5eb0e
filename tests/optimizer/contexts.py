"""A small fixed step context: two tasks, one function, one rejected set."""

from support import add, function, having, rolled, says, sums
from toolwright.evaluations import Evaluation
from toolwright.messages import Message, SystemMessage, ToolMessage, UserMessage
from toolwright.optimizer.failure_record import Failure, FailureRecord
from toolwright.optimizer.step import StepContext
from toolwright.parameters import Parameters
from toolwright.trajectories import Call, Outcome

TASKS = sums(2, start=3)
SUB = function("sub", "def sub(a: int, b: int) -> int:\n    return a - b\n", description="The difference.", frozen=True)
NOTHING_YET = FailureRecord()
PACKAGES = {"math": "", "decimal": "", "sympy": "1.14"}


def context(incumbent: Parameters | None = None, failures: FailureRecord = NOTHING_YET, idle: int = 0) -> StepContext:
    parameters = having(add(), SUB) if incumbent is None else incumbent
    first, second = TASKS.tasks
    said: list[Message] = [
        SystemMessage(text="Be brief."),
        UserMessage(text=first.text),
        says("I add them.", add={"a": 111, "b": 273}),
        ToolMessage(call_id="c0", name="add", text="384"),
        says("\\boxed{384}"),
    ]
    call = Call(
        turn=0,
        index=0,
        kind="function",
        name="add",
        arguments={"a": 111, "b": 273},
        outcome=Outcome(status="ok", result=384),
    )
    names = parameters.functions.names
    results = (
        rolled(first, 1.0, messages=tuple(said), answer="384", offered=names, calls=(call,)),
        rolled(second, 0.0, messages=(*said[:2], says("\\boxed{1}")), answer="1", offered=names),
    )
    evaluation = Evaluation(parameters=parameters.digest, tasks=TASKS.digest, split="train", results=results)
    return StepContext(epoch=2, incumbent=parameters, evaluation=evaluation, tasks=TASKS, failures=failures, idle=idle)


def rejected(*scores: float) -> FailureRecord:
    record = FailureRecord()
    for epoch, score in enumerate(scores, start=1):
        changed = add().model_copy(update={"source": f"def add(a: int, b: int) -> int:\n    return a + b + {epoch}\n"})
        verdict = f"worse: {score:.3f} against 0.500 on train"
        record = record.with_failure(
            Failure(epoch=epoch, parameters=having(changed, SUB), score=score, verdict=verdict)
        )
    return record
