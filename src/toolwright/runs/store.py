"""The store of one run in one SQLite file: its journal (replies, outcomes, scored rollouts), events and evaluations.

Example:
    with RunStore.create(folder / "run.sqlite", run="first") as store:
        store.keep_reply(site, request, reply)
        store.reply(site, request) == reply
"""

from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Self, cast

from pydantic import JsonValue, ValidationError

from toolwright.errors import RunError
from toolwright.evaluations import Evaluation, Result
from toolwright.events import Event, RunFinished
from toolwright.messages import ModelRequest, Reply, Usage
from toolwright.protocols import CallSite, Role, SampleKey
from toolwright.recordings import Entry, site_in_words
from toolwright.runs.contents import Contents, from_body, to_body
from toolwright.runs.database import Access, Database
from toolwright.runs.evaluations import EvaluationShelf, KeptEvaluation
from toolwright.runs.events import EventShelf
from toolwright.runs.following import Following
from toolwright.runs.identity import Identity, Origin, complete_tables, create_tables, read_identity
from toolwright.runs.replies import ReplyShelf, site_key
from toolwright.runs.results import ResultShelf
from toolwright.runs.sessions import Session, SessionKind
from toolwright.runs.usage import UsageShelf
from toolwright.trajectories import Outcome


class TimedEvent(NamedTuple):
    """An event, its place in the run's order, its time, and what its session was for."""

    ordinal: int
    time: datetime
    event: Event
    session: SessionKind


class RunStore:
    """A run's journal and event sink; used by one thread at a time.

    All methods raise RunError where the file is damaged, read-only, of a newer schema, or its disk is full; what was
    kept before stays kept.
    """

    def __init__(self, database: Database, session: SessionKind | None, retells: SessionKind | None) -> None:
        """Begins a session, None for a reader; `create`, `open` and `read` say it in a word."""
        self.path = database.path
        self._database = database
        self.identity: Identity = read_identity(database)
        complete_tables(database, writing=session is not None)
        self._session = Session(database, session)
        with self._sound("an event"):
            self._events = EventShelf(database, self._session, retells)
        contents = Contents(self._database)
        self._replies = ReplyShelf(self._database, contents)
        self._results = ResultShelf(self._database, contents)
        self._evaluations = EvaluationShelf(self._database, self._results)
        self._following = Following(self._database)
        self._usage = UsageShelf(self._database)

    @classmethod
    def create(
        cls,
        path: Path,
        run: str,
        config: Mapping[str, JsonValue] | None = None,
        origin: Origin | None = None,
        session: SessionKind = "training",
    ) -> Self:
        """Makes the file, for a run of that id, started with that config and from there; keys are redacted.

        It has its name once it is whole: who is killed while it is made leaves no run.
        """
        with Database(path, "create") as database:
            create_tables(database, run, config or {}, origin)
            database.name_created()
        with _closing_on_fault(path, "write") as database:
            return cls(database, session, None)

    @classmethod
    def open(cls, path: Path, session: SessionKind = "training") -> Self:
        """Opens the file to go on with its run, or to evaluate something in it.

        An event that a session of this kind has told before is not kept again when it is emitted again.
        """
        with _closing_on_fault(path, "write") as database:
            database.check_whole()
            return cls(database, session, session)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Opens the file to read it, also while its run goes on."""
        with _closing_on_fault(path, "read") as database:
            return cls(database, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def reply(self, site: CallSite, request: ModelRequest) -> Reply | None:
        """The reply kept for the site, None where there is none, so that the model is asked.

        Raises:
            RunError: It answered another request; or there is none, and no room on the disk to keep one.
        """
        with self._sound(site):
            kept = self._replies.get(site)
        if kept is None:
            self._database.check_room()
            return None
        digest, reply = kept
        if digest != request.digest:
            raise self._changed(site, request)
        return reply

    def keep_reply(self, site: CallSite, request: ModelRequest, reply: Reply) -> None:
        """Keeps a reply and its event in one transaction, before it is used; RunError where the site has one."""
        with self._database.transaction():
            if self._database.one("SELECT 1 FROM replies WHERE key = ?", (site_key(site),)) is not None:
                raise RunError(f"the run {self.path} has a reply for {site_in_words(site)}; a site is answered once")
            self._replies.keep(site, request, reply, self._session.log("reply"))

    def keep_usage(self, site: CallSite, usage: Usage) -> None:
        """Keeps what a request used that brought no reply to keep: an empty one, or one that nobody waited for."""
        with self._database.transaction():
            self._usage.keep(site, usage, self._session.log("unanswered"))

    def outcome(self, site: CallSite, index: int) -> Outcome | None:
        """The outcome kept for the site's call of that index, from 0; None where there is none."""
        row = self._database.one("SELECT body FROM outcomes WHERE key = ? AND place = ?", (site_key(site), index))
        if row is None:
            return None
        with self._sound(site):
            return Outcome.model_validate(from_body(row[0])["outcome"])

    def keep_outcome(self, site: CallSite, index: int, name: str, outcome: Outcome) -> None:
        """Keeps a call's outcome and its event in one transaction, before it is used; RunError where it has one."""
        body = to_body({"name": name, "outcome": outcome.model_dump()})
        with self._database.transaction():
            if self.outcome(site, index) is not None:
                raise RunError(f"the run {self.path} has the outcome of call {index} of {site_in_words(site)} already")
            self._database.run(
                "INSERT INTO outcomes (event, key, place, body) VALUES (?, ?, ?, ?)",
                (self._session.log("outcome"), site_key(site), index, body),
            )

    def result(self, key: SampleKey) -> Result | None:
        """The scored rollout kept for the sample, None where there is none; messages are without provider parts."""
        with self._sound(_in_words(key)):
            return self._results.get(key)

    def keep_result(self, key: SampleKey, result: Result) -> None:
        """Keeps a scored rollout in one transaction, before it is used.

        Raises:
            RunError: The sample has one, or this one has no score: it is tried again, and is no sample.
        """
        if result.score is None:
            raise RunError(f"the run {self.path} keeps no {_in_words(key)} without a score; score it or run it again")
        with self._database.transaction():
            if self._results.has(key):
                raise RunError(f"the run {self.path} has {_in_words(key)}; a sample is scored once")
            self._results.keep_sample(key, result, self._session.log("result"))

    def requests(self, role: Role | None = None) -> Iterator[Entry]:
        """Every journalled reply with its site and request, in the order they were kept."""
        with self._sound("a journalled reply"):
            yield from self._replies.all(role)

    def usage(self, session: SessionKind | None = "training") -> dict[str, Usage]:
        """What the training used, by role; dollars are None where a price is unknown.

        That is its journalled replies, and what was paid for and brought none.

        Args:
            session: What sessions of the other kind used instead, or, with None, all of them.
        """
        return self._usage.used(session)

    def emit(self, event: Event) -> None:
        """Keeps an event; opened to go on, the store holds what the run told before and keeps that once."""
        self._events.emit(event)

    def events(self, after: int = 0, without: Collection[str] = ()) -> Iterator[TimedEvent]:
        """The events, in order; what other tables hold takes an ordinal and is no event here.

        Args:
            after: The ordinal after which they begin: what is new to who follows a run.
            without: Kinds to leave out, such as "rollout_finished", of which there are most.
        """
        with self._sound("an event"):
            for ordinal, at, session, event in self._events.all(after, without):
                yield TimedEvent(ordinal, datetime.fromtimestamp(at / 1000, UTC), event, session)

    def keep_evaluation(self, evaluation: Evaluation, epoch: int) -> None:
        """Keeps an evaluation; it takes the place of the one of the same epoch, parameters, tasks and split."""
        subject = (epoch, evaluation.parameters, evaluation.tasks, evaluation.split)
        with self._database.transaction():
            event = self._evaluations.find(*subject)
            self._evaluations.keep(evaluation, epoch, self._session.log("evaluation") if event is None else event)

    def evaluation(self, epoch: int, parameters: str, tasks: str, split: str) -> Evaluation | None:
        """One kept evaluation, a stopped one too; None where there is none."""
        with self._sound("an evaluation"):
            event = self._evaluations.find(epoch, parameters, tasks, split)
            return None if event is None else self._evaluations.get(event)

    def evaluations(self) -> Iterator[tuple[int, Evaluation]]:
        """The evaluations with their epochs, in the order they were kept first; messages are without provider parts.

        Each is read when it is asked for, so that they need not fit in memory together.
        """
        with self._sound("an evaluation"):
            yield from self._evaluations.all()

    def kept_evaluations(self) -> list[KeptEvaluation]:
        """What evaluations there are, in the order they were kept first, without their results."""
        with self._sound("an evaluation"):
            return list(self._evaluations.kept())

    def results(self, event: int, first: int = 0, past: int = 2**62) -> Iterator[Result | RunError]:
        """The results of that event's evaluation from place `first` to before `past`, each as it is asked for.

        In the place of one that cannot be read stands the error that says so. Messages are without provider parts.
        """
        yield from self._each(event, self._results.read, (first, past))

    def outlines(self, event: int) -> Iterator[Result | RunError]:
        """The same of all, quickly: without messages, and calls without arguments, results and what was printed."""
        yield from self._each(event, self._results.outline, (0, 2**62))

    def _each(self, event: int, read: Callable[..., Result], places: tuple[int, int]) -> Generator[Result | RunError]:
        for row in self._evaluations.members(event, *places):
            try:
                with self._sound(f"a result of evaluation {event}"):
                    result = read(*row)
            except RunError as error:
                result = RunError(str(error))  # its traceback would hold cursors open for as long as it is kept
            yield result

    def score(self, epoch: int) -> float | None:
        """The mean score of an epoch's parameters: on validation where they were evaluated there, else on train."""
        return self._evaluations.score(epoch)

    @property
    def ended(self) -> RunFinished | None:
        """How the training ended, None where it has not, or where a later session went on with it."""
        with self._sound("an event"):
            return self._events.ended()

    @property
    def minutes(self) -> float:
        """Minutes the training took in the sessions before this one, by the monotonic clock; for a reader, in all."""
        return self._session.earlier_minutes()

    @property
    def scored(self) -> int:
        """How many rollouts this session has run and scored so far; the others it read."""
        return self._session.scored()

    @property
    def trains(self) -> bool:
        """Whether any session trained; a run that was made by an evaluation alone has nothing to go on with."""
        return self._session.any_trains()

    @property
    def newest_session(self) -> SessionKind:
        """What the process that opened the run for writing last does, or did."""
        return self._session.newest()

    @property
    def tests_opened(self) -> int:
        """How often the run's sealed test was opened."""
        return self._events.tests_opened()

    @property
    def ordinal(self) -> int:
        """The place of the last thing that was kept in the run's order, 0 where nothing was; grows with each."""
        row = self._database.one("SELECT coalesce(max(id), 0) FROM events")
        return row[0] if row else 0

    @property
    def figures_ordinal(self) -> int:
        """The place of the last thing that changes the run's figures, as replies and single rollouts do not."""
        return self._following.figures_ordinal()

    @property
    def optimizer_ordinal(self) -> int:
        """The place of the optimizer's last reply, or of the last event of a step or of what it came to."""
        return self._following.optimizer_ordinal()

    def usage_between(self, first: int, past: int, without: str = "") -> dict[str, Usage]:
        """What the training used from place `first` to before `past`, by role, but for call sites of that purpose."""
        return self._usage.used("training", first, past, without)

    def minutes_at(self, ordinal: int) -> float:
        """Minutes the training had taken at that place, by the monotonic clock."""
        return self._following.minutes(ordinal)

    def rollouts_under_way(self) -> Iterator[tuple[int, float, float]]:
        """When each rollout was under way: its session, from when to when in seconds of that session's own clock."""
        with self._sound("an event"):
            yield from self._following.rollouts()

    def count(self) -> tuple[int, int]:
        """How many epochs ended and how many replies are kept."""
        with self._sound("an event"):
            return self._events.epochs(), self._replies.count()

    def _changed(self, site: CallSite, request: ModelRequest) -> RunError:
        with self._sound(site):
            change = first_change(self._replies.request(site), request)
        return RunError(
            f"the run {self.path} holds a reply for {site_in_words(site)}, but to another request: {change}. "
            "The config, the tasks or the code changed since; go on with what the run was started with, or start a "
            "new run"
        )

    @contextmanager
    def _sound(self, what: CallSite | str) -> Generator[None]:
        try:
            yield
        except (ValueError, KeyError, TypeError, AttributeError) as error:  # JSON, or its shape, that is not ours
            text = what if isinstance(what, str) else f"what is kept of {site_in_words(what)}"
            raise RunError(
                f"the run database {self.path} is damaged: {text} cannot be read ({_brief(error)}); restore a copy, or "
                "start a new run"
            ) from error


@contextmanager
def _closing_on_fault(path: Path, access: Access) -> Generator[Database]:
    database = Database(path, access)
    try:
        yield database
    except BaseException:
        database.close()
        raise


def _brief(error: Exception) -> str:
    """What is wrong with a row, in a line: a validation error's first fault."""
    if isinstance(error, ValidationError):
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return f"{'.'.join(map(str, fault['loc'])) or 'it'}: {fault['msg']}"
    return str(error)


def _in_words(key: SampleKey) -> str:
    return f"a result of task {key.task}, repeat {key.repeat}, with parameters {key.parameters}"


def first_change(kept: ModelRequest, asked: ModelRequest) -> str:
    """What differs first between two requests, in words."""
    if kept.open_settings != asked.open_settings:
        return "its settings differ"
    if kept.tools != asked.tools:
        return "its tools differ"
    old, new = (cast("list[JsonValue]", request.neutral()["messages"]) for request in (kept, asked))
    for number, (before, after) in enumerate(zip(old, new, strict=False)):
        if before != after:
            return f"its message {number + 1} ({asked.messages[number].kind}) differs"
    return f"it had {len(old)} messages and has {len(new)}"
