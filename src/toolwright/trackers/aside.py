"""Jobs done in order on a thread of their own, so that a slow or dead server holds nobody up.

Example:
    with Aside("mlflow") as aside:
        aside.do(lambda: client.log_metric(run, "loss", 0.5))
"""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Final, Self

PATIENCE: Final = 60.0
"""Seconds the end of a run waits for what is still to be done, such as uploading its files."""

HURRIED: Final = 10.0
"""The same where somebody broke the run off and waits for it to stop."""

Job = Callable[[], None]


class Aside:
    """A thread that does what it is given; after the first job that fails none is done any more.

    Args:
        name: The thread's.
        patience: Seconds to wait at the end.
        hurried: The same where an exception ended it.
    """

    def __init__(self, name: str, patience: float = PATIENCE, hurried: float = HURRIED) -> None:
        self._name, self._patience, self._hurried = name, patience, hurried
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._failure: Exception | None = None
        self._thread = Thread(target=self._work, name=f"toolwright-{name}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def do(self, job: Job) -> None:
        """Has a job done after those before it; returns at once.

        Raises:
            Exception: What an earlier job raised.
        """
        if self._failure is not None:
            raise self._failure
        self._jobs.put(job)

    def __exit__(self, kind: object, *error: object) -> None:
        """Waits for the jobs.

        Raises:
            TimeoutError: They take longer than that; the thread is left, and does not keep the process.
            Exception: What a job raised.
        """
        self._jobs.put(None)
        patience = self._patience if kind is None else self._hurried
        self._thread.join(patience)
        if self._failure is not None:
            raise self._failure
        if self._thread.is_alive():
            raise TimeoutError(f"{self._name} was not done {patience:g} s after the end of the run")

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception as error:  # noqa: BLE001 - handed over to whoever gave the job
                self._failure = error
                return
