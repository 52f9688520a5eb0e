"""What the tests of the models room ask with: sites, requests, a scripted model, and a door to the endpoint."""

from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from toolwright.evaluations import Result
from toolwright.events import Event, ModelRetried
from toolwright.messages import AssistantMessage, ModelRequest, Reply, Usage, UserMessage
from toolwright.models.door import open_door
from toolwright.models.ledger import Ledger, Limits
from toolwright.models.spec import ModelSpec
from toolwright.protocols import CallSite, Model, Role, SampleKey
from toolwright.runs.store import RunStore


def site(turn: int = 0, *, role: Role = "agent", task: str = "t") -> CallSite:
    return CallSite(role=role, purpose="train", parameters="p" * 32, task=task, turn=turn)


def ask(text: str = "What is the seal of the word abc?", **settings: int) -> ModelRequest:
    return ModelRequest(messages=(UserMessage(text=text),), settings=dict(settings))


def say(text: str = "four", finish: str = "stop", **used: int) -> Reply:
    usage = Usage(requests=1, input_tokens=used.get("input", 0), output_tokens=used.get("output", 0))
    return Reply(message=AssistantMessage(text=text), usage=usage, finish=finish)


class Scripted:
    """Answers in order with replies, errors, or what a callable returns; the last one for ever."""

    def __init__(self, *script: Reply | Exception) -> None:
        self._script = list(script)
        self.requests: list[ModelRequest] = []

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        self.requests.append(request)
        now = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        if isinstance(now, Exception):
            raise now
        return now


class Listener:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        self.events.append(event)

    @property
    def retries(self) -> Sequence[ModelRetried]:
        return [event for event in self.events if isinstance(event, ModelRetried)]


class NoJournal:
    """Keeps nothing."""

    def reply(self, site: CallSite, request: ModelRequest) -> None:
        return None

    def keep_reply(self, site: CallSite, request: ModelRequest, reply: Reply) -> None:
        pass

    def keep_usage(self, site: CallSite, usage: Usage) -> None:
        pass

    def outcome(self, site: CallSite, index: int) -> None:
        return None

    def keep_outcome(self, site: CallSite, index: int, name: str, outcome: object) -> None:
        pass

    def result(self, key: SampleKey) -> None:
        return None

    def keep_result(self, key: SampleKey, result: Result) -> None:
        pass


@contextmanager
def scratch_store() -> Generator[RunStore]:
    with TemporaryDirectory() as folder, RunStore.create(Path(folder) / "run.sqlite", run="r") as store:
        yield store


@asynccontextmanager
async def door(
    url: str, listener: Listener | None = None, ledger: Ledger | None = None, **spec: object
) -> AsyncGenerator[Model]:
    """The agent's door to an endpoint, with short waits unless told otherwise."""
    given = ModelSpec.model_validate({"model": "agent", "timeout": 1.0, "retry_wait": 0.01, "base_url": url, **spec})
    events, ledger = listener or Listener(), ledger or Ledger(Limits())
    with scratch_store() as store:
        async with open_door(given, "agent", journal=store, ledger=ledger, events=events) as model:
            yield model
