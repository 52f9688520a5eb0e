"""A training as spans, made by OpenTelemetry's own SDK and read from its exporter."""

import time
from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.trace import SpanKind, StatusCode
from tracked import SECRET, TEST, TRAIN, broken_off, the_run, trained, trainer, warnings_of

from toolwright.events import ModelReplied
from toolwright.messages import Usage
from toolwright.trackers import genai
from toolwright.trackers.opentelemetry import OpenTelemetryTracker

conventions: Any = import_module("opentelemetry.semconv._incubating.attributes.gen_ai_attributes")


def id_of(span: ReadableSpan, *, of_trace: bool = False) -> int:
    assert span.context is not None
    return span.context.trace_id if of_trace else span.context.span_id


class Collected:
    """A provider and what it exported."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    @property
    def tracker(self) -> OpenTelemetryTracker:
        return OpenTelemetryTracker(self.provider)

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        return self.exporter.get_finished_spans()

    def path(self, span: ReadableSpan) -> str:
        """A span's name behind those above it."""
        by_id = {id_of(one): one for one in self.spans}
        names = [span.name]
        while span.parent is not None:
            span = by_id[span.parent.span_id]
            names.append(span.name)
        return " > ".join(reversed(names))

    def counts(self) -> Counter[str]:
        return Counter(map(self.path, self.spans))

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.spans if span.name == name]


@pytest.fixture
def collected() -> Collected:
    return Collected()


WHOLE = "invoke_workflow training"
AGENT = "invoke_agent function_calling"
CHAT = "chat ScriptedModel"


def test_a_training_is_a_tree_of_epochs_evaluations_steps_rollouts_requests_and_calls(
    tmp_path: Path, collected: Collected
) -> None:
    trained(tmp_path, collected.tracker)
    assert collected.counts() == {
        WHOLE: 1,
        f"{WHOLE} > epoch 0": 1,
        f"{WHOLE} > epoch 0 > evaluate train": 1,
        f"{WHOLE} > epoch 0 > evaluate train > {AGENT}": 4,
        f"{WHOLE} > epoch 0 > evaluate train > {AGENT} > {CHAT}": 4,
        **{
            f"{WHOLE} > epoch {epoch}{below}": count
            for epoch, asked, name in ((1, 2, "half"), (2, 1, "add"))
            for below, count in {
                "": 1,
                " > invoke_agent optimizer": 1,
                f" > invoke_agent optimizer > {CHAT}": asked,
                f" > invoke_agent optimizer > execute_tool {name}": 1,
                " > evaluate train": 1,
                f" > evaluate train > {AGENT}": 4,
                f" > evaluate train > {AGENT} > {CHAT}": 8,
                f" > evaluate train > {AGENT} > execute_tool {name}": 4,
            }.items()
        },
        f"{WHOLE} > evaluate test": 2,
        f"{WHOLE} > evaluate test > {AGENT}": 4,
        f"{WHOLE} > evaluate test > {AGENT} > {CHAT}": 6,
        f"{WHOLE} > evaluate test > {AGENT} > execute_tool add": 2,
    }
    assert len({id_of(span, of_trace=True) for span in collected.spans}) == 1


def said_by(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_spans_say_what_the_conventions_and_we_have_names_for(tmp_path: Path, collected: Collected) -> None:
    result = trained(tmp_path, collected.tracker)
    (whole,), (rollout, *_), chats = (collected.named(name) for name in (WHOLE, AGENT, CHAT))
    assert {span.kind for span in chats} == {SpanKind.CLIENT}
    said = said_by(chats[0])
    assert said[conventions.GEN_AI_OPERATION_NAME] == "chat"
    assert said[conventions.GEN_AI_RESPONSE_FINISH_REASONS] == ("stop",)
    for attribute, field in (
        (conventions.GEN_AI_USAGE_INPUT_TOKENS, "input_tokens"),
        (conventions.GEN_AI_USAGE_OUTPUT_TOKENS, "output_tokens"),
    ):  # counted once, at the requests
        total = sum(getattr(usage, field) for usage in result.usage.values())
        assert sum(said_by(span).get(attribute, 0) for span in collected.spans) == total
    assert said_by(whole)["toolwright.run"] == Path(result.folder).name
    assert (said_by(rollout)["toolwright.score"], said_by(rollout)["toolwright.end"]) == (0.0, "answer")
    (epoch,) = collected.named("epoch 1")
    assert (said_by(epoch)["toolwright.accepted"], said_by(epoch)["toolwright.loss"]) == (True, 0.5)


def test_every_span_lies_within_the_one_above_and_within_the_training(tmp_path: Path, collected: Collected) -> None:
    began = time.time_ns()
    trained(tmp_path, collected.tracker)
    ended = time.time_ns()
    by_id = {id_of(span): span for span in collected.spans}
    slack = 1_000_000  # a reply's own time is taken before the span's end is
    for span in collected.spans:
        assert span.start_time is not None
        assert span.end_time is not None
        assert began - slack <= span.start_time <= span.end_time <= ended + slack
        if span.parent is not None:
            above = by_id[span.parent.span_id]
            assert (above.start_time or 0) <= span.start_time + slack
            assert span.end_time <= (above.end_time or 0) + slack


def test_a_span_is_as_long_as_what_it_tells_of(tmp_path: Path, collected: Collected) -> None:
    trained(tmp_path, collected.tracker)
    calls = collected.named("execute_tool half")
    lengths = [(span.end_time or 0) - (span.start_time or 0) for span in calls]
    assert lengths == [1_000_000] * len(calls)  # the millisecond that the sandbox says


def test_no_text_of_a_message_a_call_or_an_error_is_told(tmp_path: Path, collected: Collected) -> None:
    broken = TRAIN.model_copy(update={"tasks": tuple(_large(task) for task in TRAIN.tasks)})
    trainer(tmp_path, collected.tracker, epochs=1).fit(broken)
    failed = [span for span in collected.named("execute_tool half") if span.status.status_code == StatusCode.ERROR]
    assert len(failed) == 4
    assert {said_by(span)[ERROR_TYPE] for span in failed} == {"error"}
    told = "".join(span.to_json() for span in collected.spans)
    assert [text for text in (SECRET, "Add ", "boxed", "def half") if text in told] == []


def _large(task: Any) -> Any:
    return task.model_copy(update={"question": task.question.replace("Add ", "Add 1000")})


@pytest.mark.parametrize("epoch", [1, 2])
def test_a_resumed_run_makes_spans_of_what_happens_now_alone(tmp_path: Path, epoch: int) -> None:
    first, then, whole = Collected(), Collected(), Collected()
    broken_off(tmp_path / "runs", first.tracker, epoch=epoch)
    trained(tmp_path / "runs", then.tracker, resume=the_run(tmp_path / "runs"))
    trained(tmp_path / "other", whole.tracker)
    leaves = [
        Counter({p: n for p, n in c.counts().items() if "chat" in p or "tool" in p}) for c in (first, then, whole)
    ]
    assert leaves[0] + leaves[1] == leaves[2]
    assert [name for name in ("epoch 0", f"epoch {epoch - 1}") if then.named(name)] == []
    assert then.named(f"epoch {epoch}")
    assert not then.named("invoke_agent optimizer") or epoch == 1


def test_what_is_under_way_when_a_training_is_broken_off_ends_as_an_error(tmp_path: Path, collected: Collected) -> None:
    broken_off(tmp_path, collected.tracker, epoch=1)
    for name in (WHOLE, "epoch 1"):
        (span,) = collected.named(name)
        assert span.status.status_code == StatusCode.ERROR
        assert said_by(span)[ERROR_TYPE] == "CancelledError"
    (before,) = collected.named("epoch 0")
    assert before.status.status_code == StatusCode.UNSET


def test_an_evaluation_alone_hangs_from_the_span_it_is_made_in(tmp_path: Path, collected: Collected) -> None:
    with collected.provider.get_tracer("users").start_as_current_span("nightly"):
        trainer(tmp_path, collected.tracker).evaluate(TEST)
    assert collected.counts()[f"nightly > evaluate evaluation > {AGENT} > {CHAT}"] == 2


def test_where_no_provider_is_set_it_is_said_and_the_training_comes_to_its_end(tmp_path: Path) -> None:
    trained(tmp_path, OpenTelemetryTracker())
    (said,) = warnings_of(tmp_path)
    assert "no tracer provider is set for this process; start it with opentelemetry-instrument" in said


def test_our_names_are_those_of_the_conventions() -> None:
    ours = {name for name in vars(genai).values() if isinstance(name, str) and name.startswith("gen_ai.")}
    theirs: set[Any] = {getattr(conventions, name) for name in dir(conventions) if name.startswith("GEN_AI_")}
    assert len(ours) == 12
    assert ours <= theirs
    providers = {one.value for one in conventions.GenAiProviderNameValues}
    assert set(genai.PROVIDERS.values()) <= providers
    operations = {one.value for one in conventions.GenAiOperationNameValues}
    assert {"chat", "invoke_agent", "invoke_workflow", "execute_tool"} <= operations


@pytest.mark.parametrize(
    ("spec", "name", "provider", "asked"),
    [
        ({"model": "openai:gpt-5-mini"}, "chat gpt-5-mini", "openai", "gpt-5-mini"),
        ({"model": "anthropic:claude-sonnet-4-5"}, "chat claude-sonnet-4-5", "anthropic", "claude-sonnet-4-5"),
        ({"model": "qwen3:8b", "base_url": "http://127.0.0.1:8000/v1"}, "chat qwen3:8b", "openai", "qwen3:8b"),
        ({"model": "replay:/home/somebody/r.jsonl"}, "chat gpt-5-mini-2026", "replay", None),
        ({"model": "TestModel"}, "chat TestModel", "unknown", "TestModel"),
    ],
)
def test_a_request_says_its_provider_and_model(spec: Any, name: str, provider: str, asked: str | None) -> None:
    site: Any = {"role": "optimizer", "purpose": "step 1", "parameters": "p", "task": "", "repeat": 0, "turn": 0}
    replied = ModelReplied(**site, model="gpt-5-mini-2026", finish="stop", usage=Usage(requests=1), seconds=1.0)
    told, said = genai.chat(replied, {"models": {"agent": spec, "optimizer": None}})
    assert (told, said[genai.PROVIDER], said.get(genai.REQUEST_MODEL)) == (name, provider, asked)
    assert said[genai.RESPONSE_MODEL] == "gpt-5-mini-2026"
    assert "somebody" not in str(said)
