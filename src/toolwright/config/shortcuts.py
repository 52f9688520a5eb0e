"""The one place where string shortcuts become objects."""

import importlib
import inspect
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

from pydantic import BaseModel, ValidationError

from toolwright.agents.function_calling import FunctionCalling
from toolwright.agents.react import ReAct
from toolwright.agents.tools import Tool
from toolwright.config.load import Loc, dotted, faults, suggestion
from toolwright.config.schema import Agent as AgentOptions
from toolwright.config.schema import Kind, Tasks
from toolwright.config.schema import Reader as ReaderOptions
from toolwright.datasets import (
    CsvReader,
    DmMathReader,
    GaiaReader,
    Gsm8kReader,
    GymReader,
    JsonlReader,
    MathReader,
    TabmwpReader,
    hub,
)
from toolwright.errors import ConfigError
from toolwright.protocols import Agent, Reader, Scorer
from toolwright.scoring import (
    CallableScorer,
    ChoiceScorer,
    DmMathScorer,
    ExactScorer,
    GaiaScorer,
    GymScorer,
    MathScorer,
    NumericScorer,
    TabmwpScorer,
)
from toolwright.tasks import TaskSet
from toolwright.trackers import Tracker
from toolwright.trackers.mlflow import MlflowTracker
from toolwright.trackers.opentelemetry import OpenTelemetryTracker
from toolwright.training.trainer import Splits

READERS: Final[Mapping[str, Callable[..., Reader]]] = {
    "jsonl": JsonlReader,
    "csv": CsvReader,
    "math": MathReader,
    "tabmwp": TabmwpReader,
    "gsm8k": Gsm8kReader,
    "gaia": GaiaReader,
    "dm_math": DmMathReader,
    "reasoning-gym": GymReader,
}
SCORERS: Final[Mapping[str, Callable[..., Scorer]]] = {
    "exact": ExactScorer,
    "choice": ChoiceScorer,
    "numeric": NumericScorer,
    "math": MathScorer,
    "gaia": GaiaScorer,
    "dm_math": DmMathScorer,
    "tabmwp": TabmwpScorer,
    "reasoning-gym": GymScorer,
}
AGENTS: Final[Mapping[str, Callable[..., Agent]]] = {"function_calling": FunctionCalling, "react": ReAct}
TRACKERS: Final[Mapping[str, Callable[..., Tracker]]] = {
    "mlflow": MlflowTracker,
    "opentelemetry": OpenTelemetryTracker,
}


def reader_of(options: ReaderOptions, folder: Path, key: str) -> Reader:
    """The reader a table names, or the one "module:name" points to; its path is on the hub or relative to `folder`.

    Raises:
        ConfigError: There is no such reader, or an option is unknown, missing or wrong.
        DataError: The hub has no such file, or it cannot be had.
    """
    given, own = options.options, ":" in options.reader
    path = given.get("path")
    if isinstance(path, str) and path.strip():
        given["path"] = hub.fetched(path) if path.startswith(hub.PREFIX) else folder / path
    elif "path" in given and not own:
        raise ConfigError(f"key {f'{key}.path'!r}: must name a file or folder, not {path!r:.80}")
    maker = imported(options.reader, folder, key) if own else _named(options.reader, READERS, "reader", key)
    return _make(cast("Callable[..., Any]", maker), given, key)


def scorer_of(options: Kind, folder: Path) -> Scorer:
    """The scorer a table names, or the callable "module:name" points to.

    Raises:
        ConfigError: There is no such scorer, or an option is unknown, missing or wrong.
    """
    if ":" in options.kind:
        return as_scorer(imported(options.kind, folder, "scorer"))
    return _make(_named(options.kind, SCORERS, "scorer", "scorer"), options.options, "scorer")


def as_scorer(scorer: object) -> Scorer:
    """A scorer as it is; any other callable as one.

    Raises:
        ConfigError: It is neither.
    """
    if hasattr(scorer, "score") and not isinstance(scorer, type):
        return cast("Scorer", scorer)
    if callable(scorer):
        return CallableScorer(cast("Any", scorer))
    raise ConfigError(f"scorer: {scorer!r} is neither a scorer nor a callable (task, answer) -> score")


def agent_of(options: AgentOptions, folder: Path) -> Agent:
    """The agent a table names, or an instance of the class "module:Class" points to.

    Raises:
        ConfigError: There is no such agent, or its answer's pattern is wrong.
    """
    if ":" in options.kind:
        found = imported(options.kind, folder, "agent")
        return as_agent(found() if isinstance(found, type) else found)
    make = _named(options.kind, AGENTS, "agent", "agent.kind")
    try:
        return make(
            system_prompt=options.system_prompt,
            answer=options.answer,
            interpreter=options.interpreter,
            result_characters=options.result_characters,
        )
    except ConfigError as error:  # of its one option that is checked no earlier
        raise ConfigError(f"agent.{error}") from None


def as_agent(agent: object) -> Agent:
    """An agent as it is.

    Raises:
        ConfigError: It is none.
    """
    if isinstance(getattr(agent, "name", None), str) and inspect.iscoroutinefunction(getattr(agent, "run", None)):
        return cast("Agent", agent)
    raise ConfigError(f"agent: {agent!r:.80} is no agent; it needs a `name` and `async def run(self, task, rollout)`")


def tools_of(names: tuple[str, ...], folder: Path) -> list[Tool]:
    """The user's tools, each "module:function".

    Raises:
        ConfigError: One cannot be imported, or is none.
    """
    return [_tool(name, imported(name, folder, "agent.tools")) for name in names]


def _tool(name: str, found: object) -> Tool:
    if not callable(found):
        raise ConfigError(f"agent.tools: {name!r} is no function, but {found!r:.80}")
    try:
        return Tool(found)
    except ConfigError as error:
        raise ConfigError(f"agent.tools: {error}") from None


def trackers_of(kinds: Sequence[Kind], folder: Path) -> list[Tracker]:
    """The trackers that follow a run.

    Raises:
        ConfigError: There is no such tracker, its package is not installed, or an option is unknown or wrong.
    """
    return [_tracker(one, folder, f"run.trackers.{place}") for place, one in enumerate(kinds)]


def _tracker(options: Kind, folder: Path, key: str) -> Tracker:
    own = ":" in options.kind
    maker = imported(options.kind, folder, key) if own else _named(options.kind, TRACKERS, "tracker", key)
    made: object = _make(cast("Callable[..., Any]", maker), options.options, key)
    if isinstance(made, Tracker):
        return made
    raise ConfigError(f"{key}: {options.kind!r} makes no tracker; it needs a `name` and `following(run)`")


def splits_of(tasks: Tasks, folder: Path) -> Splits:
    """Reads the task sets a config names.

    Raises:
        ConfigError: It names none, or both ways at once, or the split does not fit.
        DataError: A task file is wrong.
    """
    if (tasks.source or tasks.split) and (tasks.train or tasks.validation or tasks.test):
        raise ConfigError("tasks: give `source` with `split`, or `train` (and `validation`, `test`), not both")
    if tasks.source is not None:
        if tasks.split is None:
            raise ConfigError(
                "missing key 'tasks.split'; say how `tasks.source` is shared out, for instance "
                "split = { train = 20, test = 40 }"
            )
        return _drawn(reader_of(tasks.source, folder, "tasks.source").read(), tasks)
    if tasks.train is None:
        if tasks.split is not None:
            raise ConfigError("missing key 'tasks.source'; name what `tasks.split` shares out")
        raise ConfigError(
            'missing key \'tasks.train\'; add for instance [tasks] train = { reader = "jsonl", path = "train.jsonl" }'
        )
    others = {
        name: reader_of(options, folder, f"tasks.{name}").read()
        for name, options in (("validation", tasks.validation), ("test", tasks.test))
        if options is not None
    }
    return Splits(train=reader_of(tasks.train, folder, "tasks.train").read(), **others)


def pinned(tasks: Tasks) -> Tasks:
    """The same, with the commit that is read now in the place of a branch of a data set on the hub.

    Raises:
        ConfigError: A path is none on the hub, or the library that fetches it is missing.
        DataError: The hub has no such file, or it cannot be had.
    """
    named = {name: getattr(tasks, name) for name in ("train", "validation", "test", "source")}
    return tasks.model_copy(update={name: _pinned(reader) for name, reader in named.items() if reader is not None})


def _pinned(reader: ReaderOptions) -> ReaderOptions:
    path = reader.options.get("path")
    if not isinstance(path, str) or not path.startswith(hub.PREFIX):
        return reader
    source = hub.source_of(hub.fetched(path)) or path  # a cache that was copied does not tell its commit
    return ReaderOptions(reader=reader.reader, **{**reader.options, "path": source})


def _drawn(source: TaskSet, tasks: Tasks) -> Splits:
    sizes = tasks.split
    assert sizes is not None  # noqa: S101 - checked by the one caller
    wanted = {name: size for name in ("train", "validation", "test") if (size := getattr(sizes, name))}
    if sum(wanted.values()) > len(source):
        said = " + ".join(f"{name} = {size}" for name, size in wanted.items())
        where = tasks.source.options.get("path", tasks.source.reader) if tasks.source else ""
        raise ConfigError(
            f"tasks.split: {said} are {sum(wanted.values())} tasks, and {where} has {len(source)}; lower them"
        )
    drawn = source.split(*wanted.values(), seed=sizes.seed)
    return Splits(**dict(zip(wanted, drawn, strict=True)))


def _named(name: str, table: Mapping[str, Callable[..., Any]], what: str, key: str) -> Callable[..., Any]:
    if name in table:
        return table[name]
    hint = suggestion(name, list(table))
    own = "" if hint.startswith("did") else ", or 'module:name' of your own"
    raise ConfigError(f"{key}: unknown {what} {name!r}; {hint}{own}")


def _make(maker: Callable[..., Any], options: dict[str, Any], key: str) -> Any:  # noqa: ANN401 - whatever the maker makes
    try:
        return maker(**options)
    except ValidationError as error:
        model = maker if isinstance(maker, type) and issubclass(maker, BaseModel) else None

        def name(loc: Loc) -> str:
            return dotted((key, *loc))

        raise ConfigError("\n".join(faults(error, model, name, _example))) from None
    except TypeError as error:
        raise ConfigError(f"{key}: {error}") from error


def _example(key: str) -> str:
    return 'name the file, for instance path = "tasks.jsonl"' if key.endswith(".path") else "add it"


def imported(name: str, folder: Path, key: str) -> object:
    """What "module:name" points to; modules beside the config file are found.

    Raises:
        ConfigError: The module cannot be imported or does not hold the name.
    """
    module, _, attribute = name.partition(":")
    try:
        with _findable(folder):
            found: object = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except Exception as error:
        raise ConfigError(f"{key}: {name!r} cannot be imported: {type(error).__name__}: {error}") from error
    return found


@contextmanager
def _findable(folder: Path) -> Generator[None]:
    place = str(folder.resolve())
    sys.path.insert(0, place)
    try:
        yield
    finally:
        sys.path.remove(place)
