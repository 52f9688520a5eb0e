"""Spans that are made only once something happens under them, so that what a resumed run tells again makes none.

Example:
    training = Branch(tracer, "training", begun=clock.now())
    epoch = Branch(tracer, "epoch 1", parent=training, begun=clock.now())  # nothing is made yet
    epoch.leaf("chat gpt-5-mini", begun=clock.now() - 10**9, ended=clock.now())  # now all three are
    epoch.end(clock.now())
"""

import time
from collections.abc import Mapping

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context

Attributes = Mapping[str, str | int | float | bool | tuple[str, ...]]

ERROR_TYPE = "error.type"


class Clock:
    """Wall-clock time in nanoseconds that only goes forward: no child begins before its parent."""

    def __init__(self) -> None:
        self._offset = time.time_ns() - time.monotonic_ns()

    def now(self) -> int:
        """The time."""
        return self._offset + time.monotonic_ns()


class Branch:
    """A span that others hang from.

    Args:
        tracer: Makes spans.
        name: Its name.
        begun: When it began, in nanoseconds.
        parent: What it hangs from, None where that is the context.
        context: The context a branch without parent hangs from.
        attributes: What is said of it.
        client: Whether it waits for another process.
    """

    def __init__(
        self,
        tracer: Tracer,
        name: str,
        *,
        begun: int,
        parent: "Branch | None" = None,
        context: Context | None = None,
        attributes: Attributes | None = None,
        client: bool = False,
    ) -> None:
        self._tracer, self._name, self._begun = tracer, name, begun
        self._parent, self._context = parent, context
        self._attributes = dict(attributes or {})
        self._kind = SpanKind.CLIENT if client else SpanKind.INTERNAL
        self._span: Span | None = None

    def leaf(
        self, name: str, *, begun: int, ended: int, attributes: Attributes, error: str = "", client: bool = False
    ) -> None:
        """A span under this one that is over already; `error` says in a word what went wrong."""
        leaf = Branch(self._tracer, name, begun=begun, parent=self, attributes=attributes, client=client)
        leaf.make()
        leaf.end(ended, error=error)

    def make(self) -> Context:
        """Makes its span and those above, where they are not made; returns the context of what hangs from it."""
        if self._span is None:
            above = self._context if self._parent is None else self._parent.make()
            self._span = self._tracer.start_span(
                self._name, above, kind=self._kind, attributes=self._attributes, start_time=self._begun
            )
        return set_span_in_context(self._span)

    def end(self, at: int, attributes: Attributes | None = None, error: str = "") -> None:
        """Ends its span, if one was made."""
        span = self._span
        if span is None:
            return
        span.set_attributes(dict(attributes or {}))
        if error:
            span.set_attribute(ERROR_TYPE, error)
            span.set_status(Status(StatusCode.ERROR))
        span.end(at)
