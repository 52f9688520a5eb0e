"""Calls whose outcomes are journalled before they are used: a resumed run makes none of them again.

Example:
    calls = JournalledCalls(sandbox, journal, site)
    outcome = await calls.call(function, {"a": 1})  # kept as the site's call 0
"""

from collections.abc import Sequence

from pydantic import JsonValue

from toolwright.functions import Function
from toolwright.protocols import Calls, CallSite, Journal
from toolwright.tasks import TaskFile
from toolwright.trajectories import Outcome


class JournalledCalls:
    """Makes the calls of one turn and keeps what came of each, by its place in the order of asking.

    A sandbox that failed leaves nothing in the journal, so that the call is made again.

    Args:
        sandbox: Where calls run.
        journal: Where their outcomes are kept.
        site: The turn that asked for them.
    """

    def __init__(self, sandbox: Calls, journal: Journal, site: CallSite) -> None:
        self._sandbox, self._journal, self._site = sandbox, journal, site
        self._begun = 0

    async def call(
        self,
        function: Function,
        arguments: dict[str, JsonValue],
        files: Sequence[TaskFile] = (),
        *,
        caller: str = "",
    ) -> Outcome:
        """The kept outcome where there is one, else that of the call made now."""
        index = self._begun  # taken before anything is awaited: calls made together begin in the order of asking
        self._begun += 1
        outcome = self._journal.outcome(self._site, index)
        if outcome is None:
            outcome = await self._sandbox.call(function, arguments, files, caller=caller)
            self._journal.keep_outcome(self._site, index, function.name, outcome)
        return outcome
