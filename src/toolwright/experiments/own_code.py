"""What of a cell the configuration only names: the user's own code, and the recording that stands for a model.

"mine:judge" may judge otherwise tomorrow, and "replay:replies.jsonl" may hold other replies. What is Toolwright's own
is left out: the configuration tells it, and a newer version does not make done cells others.

Example:
    code_of(cell.config, base)    # {"scorer": "1f2e…", "tools.mine:look_up": "3d4c…"}
"""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from pydantic import JsonValue

from toolwright.base import digest_of
from toolwright.config.schema import Agent, Config, Kind
from toolwright.config.shortcuts import agent_of, imported, scorer_of
from toolwright.models.spec import REPLAY
from toolwright.origin import described_object
from toolwright.parts import specs_of

Code = dict[str, JsonValue]
"""Digests by what they are of: "agent", "scorer", "tools.mine:look_up", "models.optimizer"."""


def code_of(config: Config, base: Path) -> Code:
    """The digests of a cell's own agent, scorer, tools and recordings, as far as they can be had.

    What cannot be had is said where the cell is run. Of code it is the source of what is named itself, as for a run.

    Args:
        config: The cell's.
        base: What paths in it are relative to.
    """
    models = {role: spec.model for role, spec in specs_of(config, base).items() if spec.model.startswith(REPLAY)}
    contents = {name: _content(name.removeprefix(REPLAY)) for name in dict.fromkeys(models.values())}
    recorded = {f"models.{role}": contents[name] for role, name in models.items()}
    return judged_by(config.agent, config.scorer, base) | _had(recorded)


def judged_by(agent: Agent, scorer: Kind, base: Path) -> Code:
    """Those of an agent, its tools and a scorer alone."""
    found = {f"tools.{name}": _source(partial(imported, name, base, "agent.tools")) for name in agent.tools}
    if ":" in agent.kind:
        found["agent"] = _source(partial(agent_of, agent, base))
    if ":" in scorer.kind:
        found["scorer"] = _source(partial(scorer_of, scorer, base))
    return _had(found)


def _had(digests: Mapping[str, str]) -> Code:
    return {name: digest for name, digest in digests.items() if digest}


def _source(load: Callable[[], object]) -> str:
    with suppress(Exception):  # a constructor of the user's may raise anything: said where the cell is run
        return digest_of(described_object(load()))
    return ""


def _content(file: str) -> str:
    with suppress(OSError):
        return hashlib.sha256(Path(file).read_bytes()).hexdigest()
    return ""
