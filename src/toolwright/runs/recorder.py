"""A run's journal as a recording."""

from collections.abc import Mapping

from pydantic import JsonValue

from toolwright.recordings import Header, Recording
from toolwright.redaction import redacted
from toolwright.runs.identity import this_version
from toolwright.runs.store import RunStore


def recording_from(
    store: RunStore, config: Mapping[str, JsonValue], models: Mapping[str, str], note: str = ""
) -> Recording:
    """Every journalled reply of a run, in the order the replies were kept.

    Args:
        store: The run's store.
        config: The run's whole config; keys are redacted.
        models: The models' names by role.
        note: Anything a reader should know: who answered, how tokens were counted.
    """
    header = Header(toolwright=this_version(), models=dict(models), config=redacted(config), note=note)
    return Recording(header=header, entries=tuple(store.requests()))
