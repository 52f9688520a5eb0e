"""The store of one run: its journal of replies and outcomes, its events and its evaluations, in one SQLite file.

Example:
    with RunStore.create(folder / "run.sqlite", run="first") as store:
        store.keep_reply(site, request, reply)
        store.reply(site, request) == reply
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple, Self, cast

from pydantic import JsonValue, TypeAdapter

from toolwright.errors import RunError
from toolwright.evaluations import Evaluation
from toolwright.events import Event
from toolwright.messages import ModelRequest, Reply, Usage
from toolwright.protocols import CallSite, Role
from toolwright.recordings import Entry, site_in_words
from toolwright.runs.contents import Contents, from_body, to_body
from toolwright.runs.database import Access, Database
from toolwright.runs.evaluations import EvaluationShelf
from toolwright.runs.identity import Identity, create_tables, read_identity
from toolwright.runs.replies import ReplyShelf, site_key
from toolwright.trajectories import Outcome

_EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Event)


class TimedEvent(NamedTuple):
    """An event, its place in the run's order and its time."""

    ordinal: int
    time: datetime
    event: Event


class RunStore:
    """A run's journal and event sink; used by one thread at a time.

    All methods raise RunError where the file is damaged, read-only, of a newer schema, or its disk is full; what was
    kept before stays kept.
    """

    def __init__(self, path: Path, access: Access, run: str = "") -> None:
        """Opens or creates the file; `create`, `open` and `read` say it in a word."""
        self.path = path
        self._database = Database(path, access)
        try:
            if access == "create":
                create_tables(self._database, run)
            self.identity: Identity = read_identity(self._database)
            if access == "write":
                self._database.check_whole()
        except BaseException:
            self._database.close()
            raise
        contents = Contents(self._database)
        self._replies = ReplyShelf(self._database, contents)
        self._evaluations = EvaluationShelf(self._database, contents)

    @classmethod
    def create(cls, path: Path, run: str) -> Self:
        """Makes the file, for a run of that id."""
        return cls(path, "create", run)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Opens the file to go on with its run."""
        return cls(path, "write")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Opens the file to read it, also while its run goes on."""
        return cls(path, "read")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def reply(self, site: CallSite, request: ModelRequest) -> Reply | None:
        """The reply kept for the site, None where there is none; RunError where it answered another request."""
        with self._sound(site):
            kept = self._replies.get(site)
        if kept is None:
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
            self._replies.keep(site, request, reply, self._log("reply"))

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
                (self._log("outcome"), site_key(site), index, body),
            )

    def requests(self, role: Role | None = None) -> Iterator[Entry]:
        """Every journalled reply with its site and request, in the order they were kept."""
        with self._sound("a journalled reply"):
            yield from self._replies.all(role)

    def usage(self) -> dict[str, Usage]:
        """What the journalled replies used, by role; dollars are None where one price is unknown."""
        return self._replies.usage()

    def emit(self, event: Event) -> None:
        """Keeps an event."""
        self._log(event.kind, to_body(event))

    def events(self) -> Iterator[TimedEvent]:
        """The events, in order; a reply, an outcome or an evaluation takes an ordinal and is no event here."""
        rows = self._database.all("SELECT id, at, body FROM events WHERE body IS NOT NULL ORDER BY id")
        with self._sound("an event"):
            for ordinal, at, body in rows:
                time = datetime.fromtimestamp(at / 1000, UTC)
                yield TimedEvent(ordinal, time, _EVENT.validate_python(from_body(body)))

    def keep_evaluation(self, evaluation: Evaluation, epoch: int) -> None:
        """Keeps an evaluation; it replaces the one of the same epoch, parameters, tasks and split."""
        with self._database.transaction():
            self._evaluations.keep(evaluation, epoch, self._log("evaluation"))

    def evaluations(self) -> Iterator[tuple[int, Evaluation]]:
        """The evaluations with their epochs, in the order they were kept; messages are without provider parts."""
        with self._sound("an evaluation"):
            yield from self._evaluations.all()

    def score(self, epoch: int) -> float | None:
        """The mean score of an epoch's parameters: on validation where they were evaluated there, else on train."""
        return self._evaluations.score(epoch)

    @property
    def finished(self) -> bool:
        """Whether the run came to its end, and nothing went on after."""
        last = "SELECT kind FROM events WHERE kind IN ('run_started', 'run_finished') ORDER BY id DESC LIMIT 1"
        return self._database.one(last) == ("run_finished",)

    def count(self) -> tuple[int, int]:
        """How many epochs ended and how many replies are kept."""
        ended = self._database.all("SELECT body FROM events WHERE kind = 'epoch_finished'")
        with self._sound("an event"):
            epochs = {from_body(body)["epoch"] for (body,) in ended}
        row = self._database.one("SELECT count(*) FROM replies")
        return len(epochs), row[0] if row else 0

    def _log(self, kind: str, body: bytes | None = None) -> int:
        at = int(datetime.now(UTC).timestamp() * 1000)
        return self._database.run("INSERT INTO events (at, kind, body) VALUES (?, ?, ?)", (at, kind, body))

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
                f"the run database {self.path} is damaged: {text} cannot be read ({error}); restore a copy, or start a "
                "new run"
            ) from error


def first_change(kept: ModelRequest, asked: ModelRequest) -> str:
    """What differs first between two requests, in words."""
    for name in ("settings", "tools"):
        if getattr(kept, name) != getattr(asked, name):
            return f"its {name} differ"
    old, new = (cast("list[JsonValue]", request.neutral()["messages"]) for request in (kept, asked))
    for number, (before, after) in enumerate(zip(old, new, strict=False)):
        if before != after:
            return f"its message {number + 1} ({asked.messages[number].kind}) differs"
    return f"it had {len(old)} messages and has {len(new)}"
