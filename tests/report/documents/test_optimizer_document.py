"""Every step of the optimizer as it was: its whole conversation, what each reply took, and what came of it."""

from pathlib import Path

import pytest
from changing import DONE, START, copied, killed_before, trained

from support import ScriptedModel, StubSandbox, says, sums
from toolwright import Trainer
from toolwright.errors import ContextTooLong
from toolwright.events import ActionRefused, CodeRun, StepStarted
from toolwright.messages import AssistantMessage, ModelRequest, Reply, SystemMessage, ToolCall, ToolMessage, Usage
from toolwright.optimizer.budget_text import tokens_of
from toolwright.protocols import CallSite
from toolwright.recordings import Entry
from toolwright.report.documents import OptimizerDocument, StepDocument, StepSummary
from toolwright.report.documents.optimizer.building import MAX_EVENTS, Steps
from toolwright.runs.folder import RunFolder

NOTHING = "\u202e\x00</script>"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("steps"))


def steps_of(run: Path) -> OptimizerDocument:
    with RunFolder.read(run) as folder:
        return Steps.read(folder).document()


def step_of(run: Path, name: str, longest: int = 20_000) -> StepDocument:
    with RunFolder.read(run) as folder:
        return Steps.read(folder).step(name, longest)


def came_to(document: OptimizerDocument) -> dict[str, str]:
    return {step.name: step.came_to for step in document.steps}


def test_each_step_says_what_came_of_it(run: Path) -> None:
    assert came_to(steps_of(run)) == {
        "1-0": "not chosen",
        "1-1": "accepted",
        "2-0": "rolled back",
        "2-1": "no action",
        "3-0": "accepted",
        "3-1": "no action",
    }


def test_a_step_counts_its_replies_its_actions_and_what_it_used(run: Path) -> None:
    assert steps_of(run).steps[2] == StepSummary(
        name="2-0",
        epoch=2,
        proposal=0,
        replies=4,
        actions=1,
        refused=2,
        end="terminated",
        came_to="rolled back",
        left_out="",
        usage=Usage(requests=4, input_tokens=40, output_tokens=8),
    )


def test_all_that_the_steps_used_is_what_the_run_says_the_optimizer_did(run: Path) -> None:
    with RunFolder.read(run) as folder:
        steps = Steps.read(folder).document().steps
        assert sum((step.usage for step in steps), Usage()) == folder.store.usage()["optimizer"]


def test_a_conversation_is_whole_and_in_order_with_what_each_reply_took(run: Path) -> None:
    said = step_of(run, "2-0").said
    kinds = [one.message.kind for one in said]
    assert kinds == ["system", "user", *["assistant", "tool"] * 3, "assistant"]
    assert said[2].message.text == "The sums fail."
    assert said[3].message.text.startswith("Refused: there is a function 'add' already")
    assert said[7].message.text.startswith("Admitted.")
    assert said[8].message == DONE
    assert [one.usage and one.usage.input_tokens for one in said] == [None, None, 10, None, 10, None, 10, None, 10]


def test_each_reply_has_what_its_own_request_took(run: Path) -> None:
    with RunFolder.read(run) as folder:
        events = [timed.event for timed in folder.store.events()]
        entries = list(folder.store.requests("optimizer"))
    used = [Usage(requests=1, input_tokens=number) for number in range(len(entries))]
    took = [entry.reply.model_copy(update={"usage": usage}) for entry, usage in zip(entries, used, strict=True)]
    replies = [entry.model_copy(update={"reply": reply}) for entry, reply in zip(entries, took, strict=True)]
    expected = [n for n, entry in enumerate(entries) if (entry.site.purpose, entry.site.repeat) == ("step 2", 0)]
    said = Steps(events, replies).step("2-0", longest=1_000).said
    assert [one.usage.input_tokens for one in said if one.usage] == expected


def test_the_arguments_of_a_call_are_the_text_the_model_wrote(run: Path) -> None:
    with RunFolder.read(run) as folder:
        written = [entry.reply.message.calls[0].arguments for entry in folder.store.requests("optimizer")]
        shown = [
            call.arguments
            for step in Steps.read(folder).document().steps
            for said in Steps.read(folder).step(step.name, 20_000).said
            if isinstance(said.message, AssistantMessage)
            for call in said.message.calls
        ]
    assert sorted(shown) == sorted(written)


def test_the_events_of_a_step_are_its_own_in_order(run: Path) -> None:
    events = step_of(run, "2-0").events
    assert [event["kind"] for event in events] == [
        "step_started",
        "action_refused",
        "action_refused",
        "action_admitted",
        "step_finished",
    ]
    assert {(event["epoch"], event["proposal"]) for event in events} == {(2, 0)}


def test_long_texts_are_cut_and_the_step_says_so(run: Path) -> None:
    whole, cut = step_of(run, "2-0"), step_of(run, "2-0", longest=200)
    assert whole.shortened == ""
    assert "characters of the conversation are left out" in cut.shortened
    assert max(len(one.message.text) for one in cut.said) <= 200
    assert len(cut.model_dump_json()) < len(whole.model_dump_json())


def test_a_step_that_is_not_there_is_a_key_error(run: Path) -> None:
    with pytest.raises(KeyError):
        step_of(run, "9-0")


@pytest.mark.parametrize(
    ("kind", "end", "fate"), [("step_finished", "not ended", "pending"), ("gate_decided", "terminated", "pending")]
)
def test_a_run_killed_in_an_epoch_has_its_steps_as_far_as_they_came(
    run: Path, tmp_path: Path, kind: str, end: str, fate: str
) -> None:
    with copied(run, tmp_path, killed_before(kind, 2)) as folder:
        steps = Steps.read(folder).document()
        assert Steps.read(folder).step("2-0", 1_000).said
    shown = next(step for step in steps.steps if step.name == "2-0")
    assert (shown.end, shown.came_to) == (end, fate)
    assert came_to(steps)["1-1"] == "accepted"


def refused_beyond(tokens: int, runs: Path) -> RunFolder:
    """A run of one epoch with an optimizer whose provider refuses longer prompts."""

    def answer(site: CallSite, request: ModelRequest) -> AssistantMessage | ContextTooLong:
        asked = tokens_of(request.messages[1].text)
        return ContextTooLong("too long") if asked > tokens else says("No.", terminate={"reason": "No."})

    trainer = Trainer(
        ScriptedModel(["no"] * 100),
        optimizer_model=ScriptedModel(answer),
        sandbox=StubSandbox(),
        functions=START,
        runs=runs,
        epochs=1,
    )
    return RunFolder.read(trainer.fit(sums(100)).folder)


def test_a_prompt_sent_again_within_fewer_tokens_is_one_step(tmp_path: Path) -> None:
    with refused_beyond(2_000, tmp_path) as folder:
        (step,) = Steps.read(folder).document().steps
        shown = Steps.read(folder).step(step.name, 20_000)
    assert (step.name, step.replies, step.end) == ("1-0", 1, "terminated")
    assert "sent again within 2,000 tokens" in step.left_out
    assert [one.message.kind for one in shown.said] == ["system", "user", "assistant"]
    assert shown.said[2].message.text == "No."
    assert shown.said[2].usage == Usage(requests=1, input_tokens=10, output_tokens=2)


def test_a_refusal_of_the_provider_is_no_reply(tmp_path: Path) -> None:
    with refused_beyond(1_000, tmp_path) as folder:
        (step,) = Steps.read(folder).document().steps
        shown = Steps.read(folder).step(step.name, 20_000)
    assert (step.replies, step.refused, step.end, step.came_to) == (0, 1, "provider_refused", "no action")
    assert [one.message.kind for one in shown.said] == ["system", "user"]
    assert [event["reason"] for event in shown.events if event["kind"] == "action_refused"] == ["too long"]


def test_a_run_without_steps_has_none(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, "empty") as folder:
        assert Steps.read(folder).document() == OptimizerDocument(steps=())


def test_huge_and_hostile_conversations_are_shown_within_bounds(tmp_path: Path) -> None:
    call = ToolCall(id="i" * 100_000, name=NOTHING * 1_000, arguments="\ud800" * 300_000)
    answers = tuple(ToolMessage(call_id="i", name=NOTHING, text="\udfff" * 5_000) for _ in range(1_000))
    said = AssistantMessage(text="t" * 5_000_000, calls=(call.model_copy(update={"arguments": "{}"}),) * 100)
    site = CallSite(role="optimizer", purpose="step 1", parameters="p", turn=1)
    with RunFolder.create(tmp_path, "hostile") as folder:
        folder.store.emit(StepStarted(epoch=1, parameters="p", history="h" * 100_000))
        for _ in range(MAX_EVENTS + 100):
            folder.store.emit(CodeRun(epoch=1, status="ok", error="e" * 3_000))
        folder.store.emit(ActionRefused(epoch=1, action=NOTHING, function="\ud800", reason="\ud800"))
        request = ModelRequest(messages=(SystemMessage(text=NOTHING), said, *answers))
        folder.store.keep_reply(site, request, Reply(message=AssistantMessage(calls=(call,)), model="m" * 10_000))
        steps = Steps.read(folder)
        (summary,) = steps.document().steps
        shown = steps.step("1-0", longest=1_000)
    assert len(summary.left_out) <= 2_000
    assert "102 further events are left out" in shown.shortened
    assert len(shown.model_dump_json().encode()) < 3_000_000


@pytest.mark.parametrize("purpose", ["train", "step", "step x", "step 99999999999", "step 1 within", "screening"])
def test_requests_for_other_purposes_are_no_steps(purpose: str) -> None:
    site = CallSite(role="optimizer", purpose=purpose, parameters="p")
    entry = {"site": site, "request": ModelRequest(messages=()), "reply": Reply(message=AssistantMessage())}
    assert Steps([], [Entry.model_validate(entry)]).document().steps == ()
