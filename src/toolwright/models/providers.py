"""From a model's name to pydantic-ai's model, imported only when a model is opened; missing keys say what to set."""

import difflib
import os
from typing import TYPE_CHECKING, Any, Final, get_args

from toolwright.errors import ConfigError
from toolwright.models.spec import REPLAY, SETTINGS, ModelSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_ai.models import Model as LibraryModel
    from pydantic_ai.providers import Provider

KEYS: Final = {
    "openai": "OPENAI_API_KEY",
    "openai-chat": "OPENAI_API_KEY",
    "openai-responses": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "google": "GOOGLE_API_KEY",
    "groq": "GROQ_API_KEY",
    "mistral": "MISTRAL_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
}
"""The environment variable a provider's key is usually in."""

OPENAI: Final = frozenset({"openai", "openai-chat", "openai-responses"})
"""The provider's names under which OpenAI's own library asks."""


def check_spec(spec: ModelSpec, role: str) -> None:
    """Checks what can be checked without a request.

    Raises:
        ConfigError: No key, no endpoint, an unknown provider or setting; the message says exactly what to set.
    """
    unknown = sorted(set(spec.settings) - SETTINGS)
    if unknown:
        raise ConfigError(f"{role}: unknown model setting {unknown[0]!r}; there are: {', '.join(sorted(SETTINGS))}")
    if spec.model.startswith(REPLAY):
        return
    provider, colon, _ = spec.model.partition(":")
    if not colon and not spec.base_url:
        raise ConfigError(
            f"{role}: {spec.model!r} names no provider; write openai:{spec.model}, anthropic:… or another provider, "
            f'or set base_url = "http://127.0.0.1:8000/v1" for an OpenAI-compatible endpoint'
        )
    if not spec.base_url:
        _check_provider(provider, spec, role)
    if spec.api_key_env and not os.environ.get(spec.api_key_env):
        raise ConfigError(
            f"{role}: the environment variable {spec.api_key_env} is not set; export {spec.api_key_env}=…"
        )
    key = "" if spec.base_url or spec.api_key_env else KEYS.get(provider, "")
    if key and not os.environ.get(key):
        raise ConfigError(
            f"{role}: {spec.model} needs a key: export {key}=… (or name another variable with api_key_env, or set "
            f"base_url for an OpenAI-compatible endpoint that needs none)"
        )


def _check_provider(provider: str, spec: ModelSpec, role: str) -> None:
    """Checks that there is such a provider, before its price or key is asked for."""
    if provider in KEYS:
        return
    from pydantic_ai.models import KnownModelName  # noqa: PLC0415 - half a second, only for the rarer providers
    from pydantic_ai.providers import infer_provider_class  # noqa: PLC0415 - as above

    try:
        infer_provider_class(provider)
    except ImportError:  # there is one, and its package is missing: said where it is opened
        return
    except ValueError:
        known = sorted({*KEYS, *(name.partition(":")[0] for name in get_args(KnownModelName.__value__) if ":" in name)})
        close = difflib.get_close_matches(provider, known, 1)
        hint = f"did you mean {close[0]}:{spec.model.partition(':')[2]}?" if close else f"there are: {', '.join(known)}"
        raise ConfigError(
            f"{role}: unknown provider {provider!r} in {spec.model!r}; {hint} (an OpenAI-compatible endpoint is named "
            "by base_url)"
        ) from None


def open_provider(spec: ModelSpec, role: str) -> "LibraryModel":
    """Builds the library's model.

    Raises:
        ConfigError: As check_spec, or the provider's package is not installed.
    """
    check_spec(spec, role)
    if spec.base_url:
        return _compatible(spec)
    from pydantic_ai.exceptions import UserError  # noqa: PLC0415 - half a second, only where a model is opened
    from pydantic_ai.models import infer_model  # noqa: PLC0415 - as above
    from pydantic_ai.providers import infer_provider_class  # noqa: PLC0415 - as above

    from toolwright.models.transport import openai_provider  # noqa: PLC0415 - as above

    key = os.environ.get(spec.api_key_env) if spec.api_key_env else None
    try:
        if spec.model.partition(":")[0] in OPENAI:
            return infer_model(spec.model, lambda _: openai_provider(None, key))
        if key is None:
            return infer_model(spec.model)
        return infer_model(spec.model, lambda name: _with_key(infer_provider_class(name), key))
    except UserError as error:
        raise ConfigError(
            f"{role}: {error}; write openai:…, anthropic:… or another provider, or set base_url for an "
            f"OpenAI-compatible endpoint"
        ) from error
    except ImportError as error:
        provider = spec.model.partition(":")[0]
        raise ConfigError(
            f"{role}: {spec.model} needs a package: pip install 'pydantic-ai-slim[{provider}]'"
        ) from error


def _with_key(provider: "Callable[..., Provider[Any]]", key: str) -> "Provider[Any]":
    return provider(api_key=key)


def _compatible(spec: ModelSpec) -> "LibraryModel":
    """An OpenAI-compatible endpoint; keyless unless api_key_env names a key."""
    from pydantic_ai.models.openai import OpenAIChatModel  # noqa: PLC0415 - as in open_provider

    from toolwright.models.transport import openai_provider  # noqa: PLC0415 - as in open_provider

    key = os.environ[spec.api_key_env] if spec.api_key_env else "none-needed"
    name = spec.model.removeprefix("openai:")
    return OpenAIChatModel(name, provider=openai_provider(spec.base_url, key))
