"""DeepMind's mathematics (Saxton et al. 2019): rows of question, answer, type and, as level, their generator."""

from pathlib import Path

from toolwright.base import Frozen
from toolwright.datasets.recognising import read_as
from toolwright.datasets.rows import rows_of
from toolwright.datasets.sources import Row, check_there, task_set, text_field
from toolwright.tasks import Task, TaskSet


class DmMathReader(Frozen):
    """Reads rows of `id`, `type`, `level`, `question` and `answer`.

    Attributes:
        path: A JSONL or Parquet file; or a folder, of which one split is read.
        split: Which of the folder's, "train" say.
        types: Only these, "algebra" say; all where empty.
    """

    path: Path
    split: str = ""
    types: tuple[str, ...] = ()

    def read(self) -> TaskSet:
        """The rows in order; an agent is shown the question alone, type and level are metadata.

        Raises:
            DataError: The file or a line is wrong; the message names both.
            ConfigError: There is no such type; the message names those there are. Or it is Parquet, and the library
                that reads it is missing.
        """
        with read_as("dm_math", self.path):
            return self._read()

    def _read(self) -> TaskSet:
        found = rows_of(self.path, self.split)
        rows = [(where, row) for _, where, row in found]
        check_there("type", self.types, [text_field(row, "type", where) for where, row in rows], self.path)
        wanted = ((where, _task(row, where)) for where, row in rows if not self.types or row["type"] in self.types)
        return task_set(found.stem, self.path, wanted)


def _task(row: Row, where: str) -> Task:
    return Task(
        id=text_field(row, "id", where),
        question=text_field(row, "question", where),
        target=text_field(row, "answer", where),
        metadata={"type": row["type"], "level": text_field(row, "level", where)},
    )
