"""What a run was started with, as digests: task sets, starting functions, agent, scorer and the other parts.

A run goes on only with what it was started with, and a scored rollout is known by what it is a sample of. What a digest
cannot see, a callable's captured state say, an object can tell with an attribute `digest`.
"""

import inspect
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, JsonValue

from toolwright.base import digest_of
from toolwright.models.spec import REPLAY, ModelSpec
from toolwright.parts import Parts
from toolwright.redaction import redacted
from toolwright.tasks import TaskSet
from toolwright.training.trainer import Splits


def digests_of(parts: Parts, splits: Splits) -> dict[str, str]:
    """The digests of everything a training starts from; "" for a task set there is not.

    "address" is where the agent's model answers: a run may go on with the same model at another one.
    """
    sets = {"train": splits.train, "validation": splits.validation, "test": splits.test}
    return {
        **{name: tasks.digest if tasks is not None else "" for name, tasks in sets.items()},
        "functions": parts.start.digest,
        "agent": agent_digest(parts),
        "address": digest_of(parts.specs[parts.asks].base_url),
        "scorer": scorer_digest(parts),
        "gate": digest_of([described_object(parts.gate), described_object(getattr(parts.gate, "looks", None))]),
        "optimizer": digest_of(described_object(parts.models.get("optimizer"))),
        "sandbox": digest_of(described_object(parts.sandbox)),
    }


def sampled_agent(digests: Mapping[str, str]) -> str:
    """The agent's digest in the key of a sample: the same name at another address may be another model."""
    return digest_of([digests["agent"], digests["address"]])


def sampling(digests: Mapping[str, str], tasks: TaskSet) -> str:
    """Tells apart, in a run, evaluations by another agent or of other tasks: their conversations are not the same."""
    return digest_of([sampled_agent(digests), tasks.digest])[:8]


def agent_digest(parts: Parts) -> str:
    """The digest of all that decides how the agent answers, but parameters, task and its model's address."""
    spec = parts.specs[parts.asks]
    limits: JsonValue = parts.rollout.model_dump(mode="json")
    return digest_of(
        {
            "agent": [parts.made_of.get("agent"), described_object(parts.agent)],
            "model": [_model_name(spec), described_object(parts.models.get(parts.asks))],
            "settings": redacted(spec.settings),
            "limits": limits,
            "tools": [tool.spec.model_dump(mode="json") for tool in parts.tools],
            "select": described_object(parts.select),
        }
    )


def scorer_digest(parts: Parts) -> str:
    """The digest of how answers are scored."""
    return digest_of([parts.made_of.get("scorer"), described_object(parts.scorer)])


def _model_name(spec: ModelSpec) -> str:
    """The model's name; a recording is the same file from whatever folder it is named."""
    if not spec.model.startswith(REPLAY):
        return spec.model
    return f"{REPLAY}{Path(spec.model.removeprefix(REPLAY)).resolve()}"


def described_object(thing: object) -> JsonValue:
    """An object as JSON: its qualified name, its source where it is a user's, its own digest, and plain options."""
    if thing is None:
        return None
    kind: Any = thing if inspect.isroutine(thing) else type(thing)
    name = f"{kind.__module__}.{kind.__qualname__}"
    said: dict[str, JsonValue] = {"type": name, "digest": str(getattr(thing, "digest", ""))}
    if isinstance(thing, BaseModel):
        said["options"] = thing.model_dump(mode="json")
    elif name.startswith("toolwright."):
        said["options"] = _plain_options(thing)
    else:
        said["source"] = _source(kind)
    return said


def _plain_options(thing: object) -> JsonValue:
    """What one of our own objects holds that says how it works: plain values, frozen ones, a user's callable."""
    held: dict[str, Any] = getattr(thing, "__dict__", {})
    plain: dict[str, JsonValue] = {name: value for name, value in held.items() if isinstance(value, str | int | float)}
    told = {name: value for name, value in held.items() if isinstance(value, BaseModel) or _is_users(value)}
    return {**plain, **{name: described_object(value) for name, value in told.items()}}


def _is_users(value: object) -> bool:
    kind: Any = value if inspect.isroutine(value) else type(value)
    module = str(getattr(kind, "__module__", ""))
    return callable(value) and not isinstance(value, partial) and not module.startswith("toolwright.")


def _source(kind: Any) -> str:  # noqa: ANN401 - a class or a routine
    """The digest of a class's or function's source, "" where it cannot be had (a shell's, a compiled one's)."""
    try:
        return digest_of(inspect.getsource(kind))
    except (OSError, TypeError):
        return ""
