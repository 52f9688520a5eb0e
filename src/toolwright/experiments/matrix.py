"""An experiment as a matrix: domains, agents, models and methods, and which of them meet, as a TOML file says it.

Example:
    name = "small"
    seeds = [0, 1, 2]

    [models.mini]
    agent = "openai:gpt-5-mini"
    optimizer = "openai:gpt-5"

    [domains.algebra]
    source = { reader = "dm_math", path = "dm_math/test.jsonl", types = ["algebra"] }
    draw = { train = 20, test = 40 }
    scorer = "dm_math"

    [agents.react]
    kind = "react"

    [methods.trained]
    kind = "train"
    training = { epochs = 5 }

    [[tables]]
    kind = "main"                # domains, agents, models, methods and seeds: all where they are not named
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue

from toolwright.base import Frozen
from toolwright.config.schema import Agent, Kind, Models, OptimizerOptions, Reader, SandboxOptions, Training
from toolwright.config.values import kind_only, strictly
from toolwright.models.ledger import Limits

TableKind = Literal["main", "ablation", "baselines", "models", "curves", "transfer", "batch", "scaling"]
"""What a table shows; those of functions and of costs are made of every cell there is."""

MethodKind = Literal["train", "none", "few_shot", "creator", "craft", "divide"]
"""How an agent is made better: by training, not at all, by a baseline, or by training on parts that are merged."""


Seed = Annotated[int, Field(ge=0)]
"""Of a draw; a negative one would draw as its absolute value does."""


class Draw(Frozen):
    """How many tasks of a domain a cell uses; 0 is no such set.

    The test tasks are drawn by `seed` alone, so that every cell of a domain is measured on the same ones; the train and
    validation tasks by the cell's own seed, from what the test tasks leave of a `source`.
    """

    train: int = Field(default=20, ge=1)
    validation: int = Field(default=0, ge=0)
    test: int = Field(default=80, ge=1)
    seed: Seed = 0


class Domain(Frozen):
    """Tasks of one kind.

    Attributes:
        source: Where train, validation and test tasks are drawn from, without overlap; or
        train: where train and validation tasks are drawn from, and
        test: the test tasks.
        draw: How many.
        scorer: How answers are scored.
        agent: Options of the agent in this domain, over those of `agents`: the form of the answer, say.
        paper: The domain in the paper's tables whose figures stand beside ours, "MATH/Algebra" say; "" for none.
        label: What tables call it; its key where it is "".
    """

    source: Reader | None = None
    train: Reader | None = None
    test: Reader | None = None
    draw: Draw = Field(default_factory=Draw)
    scorer: Annotated[Kind, BeforeValidator(kind_only)] = Field(default_factory=lambda: Kind(kind="exact"))
    agent: dict[str, JsonValue] = Field(default_factory=dict)
    paper: str = ""
    label: str = ""


class Method(Frozen):
    """How an agent is made better, and what that needs.

    Attributes:
        kind: See `MethodKind`; "none" only evaluates.
        label: What tables call it; its key where it is "".
        draw: Another draw than the domain's, key by key.
        agent: Options of the agent under this method, over the others.
        training, optimizer: Tables of a configuration, key by key over the experiment's.
        paper: The row in the paper's tables whose figures stand beside ours; "" for none.
        options: What the kind has beside this: `shots` of few_shot; `problems`, `first` and
            `each` of craft; `parts` of divide.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: MethodKind = "train"
    label: str = ""
    draw: dict[str, int] = Field(default_factory=dict)
    agent: dict[str, JsonValue] = Field(default_factory=dict)
    training: dict[str, JsonValue] = Field(default_factory=dict)
    optimizer: dict[str, JsonValue] = Field(default_factory=dict)
    paper: str = ""
    options: dict[str, Any] = Field(default_factory=dict)


class NamedAgent(Agent):
    """An agent with the name tables call it by, and its row in the paper's tables."""

    label: str = ""
    paper: str = ""


class Table(Frozen):
    """One table: which cells it needs. What is not named is all of it.

    A table of curves also wants what every epoch of its trainings proposed read on the test tasks, one of transfer what
    its trainings learned read on the test tasks of its other domains.
    """

    kind: TableKind
    title: str = ""
    domains: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    seeds: tuple[Seed, ...] = ()


class Experiment(Frozen):
    """A whole experiment.

    Attributes:
        name: What it is called.
        about: What a reader of its tables should know.
        seeds: One cell a seed, 0 and up: another draw of training tasks where there are more than it takes, another
            training.
        domains, agents, models, methods: The axes, by name. A model can be a recording, one for each cell where its
            name holds parts of the cell: "replay:recordings/{domain}-{agent}.jsonl".
        training, optimizer, sandbox: Tables of a configuration (docs/config.md) for every cell.
        limits: What one cell may use.
        budget: What the whole experiment may use.
        tables: Which cells there are, and what they are shown in.
    """

    name: str
    about: str = ""
    seeds: tuple[Seed, ...] = Field(default=(0,), min_length=1)
    domains: dict[str, Domain] = Field(min_length=1)
    agents: dict[str, NamedAgent] = Field(min_length=1)
    models: dict[str, Models] = Field(min_length=1)
    methods: dict[str, Method] = Field(min_length=1)
    training: Training = Field(default_factory=Training)
    optimizer: OptimizerOptions = Field(default_factory=OptimizerOptions)
    sandbox: SandboxOptions = Field(default_factory=SandboxOptions)
    limits: Annotated[Limits, strictly(Limits)] = Field(default_factory=Limits)
    budget: Annotated[Limits, strictly(Limits)] = Field(default_factory=Limits)
    tables: tuple[Table, ...] = Field(min_length=1)
