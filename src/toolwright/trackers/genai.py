"""Names and attributes of spans by OpenTelemetry's semantic conventions for generative AI; pure.

Source: the registry of opentelemetry-semantic-conventions 0.66b2, whose gen_ai part is still in development.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import JsonValue

from toolwright.events import CallFinished, ModelReplied
from toolwright.models.spec import REPLAY
from toolwright.trackers.spans import Attributes

OPERATION: Final = "gen_ai.operation.name"
WORKFLOW_NAME: Final = "gen_ai.workflow.name"
AGENT_NAME: Final = "gen_ai.agent.name"
PROVIDER: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
RESPONSE_MODEL: Final = "gen_ai.response.model"
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
CACHED_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
TOOL_NAME: Final = "gen_ai.tool.name"
TOOL_TYPE: Final = "gen_ai.tool.type"

PROVIDERS: Final[Mapping[str, str]] = {
    "openai": "openai",
    "openai-chat": "openai",
    "openai-responses": "openai",
    "google": "gcp.gemini",
    "google-gla": "gcp.gemini",
    "google-vertex": "gcp.vertex_ai",
    "bedrock": "aws.bedrock",
    "mistral": "mistral_ai",
    "azure": "azure.ai.openai",
    "xai": "x_ai",
    "grok": "x_ai",
}
"""What the conventions call a provider, by our name of it; another's is its own."""

UNKNOWN: Final = "unknown"
Named = tuple[str, Attributes]


def workflow(name: str, said: Attributes) -> Named:
    """A whole training."""
    return f"invoke_workflow {name}", {OPERATION: "invoke_workflow", WORKFLOW_NAME: name, **said}


def agent(name: str, said: Attributes) -> Named:
    """A rollout, or a step of the optimizer."""
    return f"invoke_agent {name}", {OPERATION: "invoke_agent", AGENT_NAME: name, **said}


def chat(replied: ModelReplied, config: Mapping[str, JsonValue]) -> Named:
    """A request and its reply; of a replayed one the file's name is left out."""
    provider, asked = _asked(replied.role, config)
    model = asked or replied.model or UNKNOWN
    return f"chat {model}", {
        OPERATION: "chat",
        PROVIDER: provider,
        **({REQUEST_MODEL: asked} if asked else {}),
        **({RESPONSE_MODEL: replied.model} if replied.model else {}),
        **({FINISH_REASONS: (replied.finish,)} if replied.finish else {}),
        INPUT_TOKENS: replied.usage.input_tokens,
        OUTPUT_TOKENS: replied.usage.output_tokens,
        CACHED_TOKENS: replied.usage.cached_tokens,
        "toolwright.turn": replied.turn,
    }


def tool(finished: CallFinished) -> Named:
    """A call of a learned function, a user's tool or the code interpreter."""
    said = {OPERATION: "execute_tool", TOOL_NAME: finished.name, TOOL_TYPE: "function"}
    return f"execute_tool {finished.name}", {**said, "toolwright.status": finished.status}


def agent_of(config: Mapping[str, JsonValue]) -> str:
    """The name of a run's agent."""
    options: Any = config.get("agent") or {}
    return str(options.get("kind") or UNKNOWN)


def _asked(role: str, config: Mapping[str, JsonValue]) -> tuple[str, str]:
    """A role's provider and model, as they were asked for; the model is "" where it is a recording."""
    models: Any = config.get("models", {})
    spec: Any = models.get(role) or models.get("agent") or {}
    name = str(spec.get("model", ""))
    if name.startswith(REPLAY):
        return REPLAY.rstrip(":"), ""
    provider, colon, model = name.partition(":")
    if spec.get("base_url") or not colon:  # an endpoint like OpenAI's, or an object, whose provider nobody says
        return "openai" if spec.get("base_url") else UNKNOWN, name.removeprefix("openai:")
    return PROVIDERS.get(provider, provider), model
