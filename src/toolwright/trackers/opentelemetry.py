"""A run as OpenTelemetry spans: training, epochs, evaluations and steps, rollouts, requests and calls.

Example:
    Trainer("openai:gpt-5-mini", events=[OpenTelemetryTracker()])  # to the tracer provider that is set

    invoke_workflow training ─► epoch 1 ─┬► invoke_agent optimizer ─► chat gpt-5, execute_tool run_code
                                         └► evaluate train ─► invoke_agent react ─► chat gpt-5-mini, execute_tool seal

Names and attributes are those of the semantic conventions for generative AI. No text of a message, a call or an error
is told; what a call came to is, in a word. Only what happens now makes spans, not what a resumed run reads.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from toolwright.errors import ToolwrightError
from toolwright.protocols import EventSink
from toolwright.runs.folder import RunFolder
from toolwright.trackers.tracker import check_installed

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider


class OpenTelemetryTracker:
    """Follows runs with spans.

    Args:
        provider: Makes and exports them; the one that is set for the process where it is None. It is neither flushed
            nor shut down.

    Raises:
        ConfigError: OpenTelemetry is not installed.
    """

    name = "opentelemetry"

    def __init__(self, provider: "TracerProvider | None" = None) -> None:
        check_installed("opentelemetry.trace", "opentelemetry")
        self._provider = provider

    @contextmanager
    def following(self, run: RunFolder) -> Generator[EventSink]:
        """Follows a session of a run; what is open when it is broken off ends then, as an error."""
        from opentelemetry import trace  # noqa: PLC0415 - only where spans are made

        from toolwright.trackers.told_spans import ToldSpans  # noqa: PLC0415 - as above

        provider = trace.get_tracer_provider() if self._provider is None else self._provider
        if isinstance(provider, trace.ProxyTracerProvider):
            raise ToolwrightError(
                "no tracer provider is set for this process; start it with opentelemetry-instrument, or set one"
            )
        spans = ToldSpans(provider.get_tracer("toolwright"), run)
        try:
            yield spans
        except BaseException as error:
            spans.close(type(error).__name__)
            raise
        spans.close()
