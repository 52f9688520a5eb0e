"""The replies of an experiment's cells as recordings, one file a cell, from which anyone can run the experiment again.

Example:
    record_cells(Path("experiments/small"), Path("recordings"), note="Who answered, and how tokens were counted.")

    [models.recorded]    # in the experiment's TOML
    agent = "replay:recordings/{domain}-{agent}-{model}-{method}-{seed}.jsonl"
"""

from pathlib import Path

from toolwright.errors import RunError
from toolwright.experiments.cell_folder import CellFolder, runs_in
from toolwright.experiments.records import CellKey
from toolwright.experiments.results_file import read_results
from toolwright.recordings import Header, Recording
from toolwright.redaction import redacted
from toolwright.runs.folder import RunFolder
from toolwright.runs.identity import this_version


def record_cells(out: Path, recordings: Path, note: str = "") -> tuple[Path, ...]:
    """Writes the replies of every cell that is done.

    Args:
        out: The experiment's folder.
        recordings: The folder to write to; it is made.
        note: Anything a reader should know.

    Raises:
        RunError: The results cannot be read, no cell is done, or two of them would have one file.
        ReplayError: A recording cannot be written.
    """
    done = [record.key for record in read_results(out).cells if record.status == "done"]
    if not done:
        raise RunError(f"{out}: no cell is done, so there is nothing to record")
    names = {key: f"{key.id.replace('/', '-')}.jsonl" for key in done}
    for key, name in names.items():
        if (first := next(other for other in done if names[other] == name)) != key:
            raise RunError(
                f"the recordings of the cells {first.id} and {key.id} would both be {name}; rename a domain, an agent, "
                "a model or a method, so that their names joined by '-' differ"
            )
    recordings.mkdir(parents=True, exist_ok=True)
    return tuple(_recorded(out, key, note).write(recordings / name) for key, name in names.items())


def _recorded(out: Path, key: CellKey, note: str) -> Recording:
    """The replies of all of a cell's runs, run by run in the order they came."""
    folder = CellFolder(out, key)
    made = redacted(folder.made_of or {})
    header = Header(toolwright=this_version(), models={"cell": key.id}, config=made, note=note)
    recording = Recording(header=header)
    for path in runs_in(folder.path):
        with RunFolder.read(path) as run:
            entries = (*recording.entries, *run.store.requests())
        recording = recording.model_copy(update={"entries": entries})
    return recording
