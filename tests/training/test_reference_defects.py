"""The eight defects of the released AgentOptimizer (AutoGen 0.2, ag2 up to 0.13), each shown to be none here.

Every test trains a whole run: real loop, agent, optimizer, admission, sandbox and run folder; scripted models.
"""

from pathlib import Path

from whole_runs import (
    ADD,
    BROKEN,
    DONE,
    REMOVE,
    TOTAL,
    WORSE,
    WRONG,
    adds_where_it_can,
    kept_evaluations,
    trainer,
)

from support import Events, Said, ScriptedModel, calling, proposal, results_of, says, sums
from toolwright.events import EpochFinished, StepFinished
from toolwright.functions import FunctionSet
from toolwright.messages import ModelRequest
from toolwright.protocols import CallSite
from toolwright.tasks import Task

SUB = proposal("sub", "def sub(a: int, b: int) -> int:\n    return a - b\n", {"arguments": {"a": 5, "b": 3}})
TRAIN = sums(3, start=1)


def offered_by_parameters(model: ScriptedModel) -> dict[str, set[tuple[str, ...]]]:
    offers: dict[str, set[tuple[str, ...]]] = {}
    for site, request in model.requests:
        offers.setdefault(site.parameters, set()).add(tuple(tool.name for tool in request.tools))
    return offers


async def test_with_two_learned_functions_each_runs_its_own_code(tmp_path: Path):
    def calls_both(site: CallSite, request: ModelRequest) -> Said:
        if results := results_of(request):
            return "\\boxed{" + ", ".join(results) + "}"
        both = ("sub", {"a": 7, "b": 5}), ("add", {"a": 7, "b": 5})
        return calling(*both) if len(request.tools) == 2 else "\\boxed{1}"

    def both_right(task: object, answer: str | None) -> float:
        return float(answer == "2, 12")

    run = trainer(calls_both, [ADD, says(add_function=SUB), DONE], tmp_path, epochs=1, scorer=both_right)
    result = await run.afit(TRAIN)
    assert result.train.after.mean == 1.0
    assert result.functions.call("add", {"a": 7, "b": 5}).result == 12
    assert result.functions.call("sub", {"a": 7, "b": 5}).result == 2


async def test_a_removed_function_is_gone_from_the_agent_which_is_offered_it_no_more(tmp_path: Path):
    agent = ScriptedModel(adds_where_it_can)
    script = [WRONG, DONE, REMOVE, TOTAL, DONE]

    def half_for_trying(task: Task, answer: str | None) -> float:
        return (float(answer != "1") + float(answer == task.target)) / 2

    run = trainer(agent, script, tmp_path, epochs=2, scorer=half_for_trying)
    result = await run.afit(TRAIN)
    assert [record.decision for record in result.epochs] == ["start", "accept", "accept"]
    offers = [offered_by_parameters(agent)[record.parameters] for record in result.epochs]
    assert offers == [{()}, {("add",)}, {("total",)}]


async def test_a_rolled_back_function_is_gone_from_the_agent_which_is_offered_it_no_more(tmp_path: Path):
    agent = ScriptedModel(adds_where_it_can)
    run = trainer(agent, [WRONG, DONE, TOTAL, DONE], tmp_path, epochs=2)
    result = await run.afit(TRAIN, test=sums(2, start=50))
    assert [record.decision for record in result.epochs] == ["start", "reject", "accept"]
    assert offered_by_parameters(agent)[result.best.digest] == {("total",)}
    last = [tool.name for tool in agent.last.tools]
    assert last == ["total"]
    assert result.functions.names == ("total",)


def half(task: Task, answer: str) -> float:
    """Half a point for what is right: something is left to gain, so the training goes on."""
    return (answer == task.target) / 2


async def test_a_rolled_back_revision_leaves_the_code_that_was_there(tmp_path: Path):
    script = [ADD, DONE, WORSE, DONE]
    result = await trainer(adds_where_it_can, script, tmp_path, epochs=2, scorer=half).afit(TRAIN)
    assert [record.decision for record in result.epochs] == ["start", "accept", "reject"]
    assert result.functions.call("add", {"a": 1, "b": 2}).result == 3
    saved = FunctionSet.load(Path(result.folder) / "functions")
    assert saved == result.functions


async def test_terminate_ends_the_step_and_no_further_request_is_made(tmp_path: Path):
    optimizer = ScriptedModel([ADD, DONE])
    events = Events()
    await trainer(adds_where_it_can, optimizer, tmp_path, epochs=1, events=[events]).afit(TRAIN)
    assert [site.turn for site, _ in optimizer.requests] == [0, 1]
    assert [event.end for event in events.of(StepFinished)] == ["terminated"]


async def test_the_schema_that_the_agent_is_offered_states_what_is_required(tmp_path: Path):
    agent = ScriptedModel(adds_where_it_can)
    await trainer(agent, [ADD, DONE], tmp_path, epochs=1).afit(TRAIN)
    (tool,) = agent.last.tools
    assert tool.parameters == {
        "type": "object",
        "properties": {
            "a": {"type": "integer", "description": "an argument"},
            "b": {"type": "integer", "description": "an argument"},
        },
        "required": ["a", "b"],
        "additionalProperties": False,
    }


async def test_early_stop_fires(tmp_path: Path):
    events = Events()
    script = [WRONG, DONE] * 10
    result = await trainer(adds_where_it_can, script, tmp_path, epochs=10, patience=2, events=[events]).afit(TRAIN)
    assert (result.end, len(result.epochs)) == ("early_stop", 3)
    assert [event.without_acceptance for event in events.of(EpochFinished)] == [1, 2]


async def test_one_action_a_reply_extra_calls_get_an_answer_and_are_not_applied(tmp_path: Path):
    both = calling(*((call.name, call.arguments) for call in (*TOTAL.calls, *WRONG.calls)))
    optimizer = ScriptedModel([both, DONE])
    result = await trainer(adds_where_it_can, optimizer, tmp_path, epochs=1).afit(TRAIN)
    first, second = results_of(optimizer.last)
    assert first.startswith("Admitted.")
    assert second.startswith("Not looked at: one action a reply.")
    assert result.functions.names == ("total",)


async def test_a_refused_actions_next_request_carries_the_reason(tmp_path: Path):
    optimizer = ScriptedModel([BROKEN, ADD, DONE])
    result = await trainer(adds_where_it_can, optimizer, tmp_path, epochs=1).afit(TRAIN)
    (told,) = results_of(optimizer.requests[1][1])
    assert told.startswith("Refused: line 1: 'os' may not be imported; these may: math")
    assert result.epochs[1].refused[0].reason in told
    digests = [request.digest for _, request in optimizer.requests]
    assert len(set(digests)) == len(digests)


async def test_the_returned_set_was_evaluated(tmp_path: Path):
    script = [ADD, DONE, WORSE, DONE]
    result = await trainer(adds_where_it_can, script, tmp_path, epochs=2, scorer=half).afit(TRAIN)
    evaluated = {evaluation.parameters: evaluation.mean for evaluation in kept_evaluations(result)}
    assert evaluated[result.best.digest] == 0.5
    assert result.best.digest != result.epochs[-1].parameters
