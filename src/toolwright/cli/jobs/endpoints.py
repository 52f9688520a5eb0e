"""Checks of a config's models: keys by name, and whether an endpoint of the user's own answers."""

import http.client
import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from toolwright.cli.jobs.check import Check
from toolwright.errors import ConfigError
from toolwright.models.providers import check_spec
from toolwright.models.redact import redact
from toolwright.models.spec import REPLAY, ModelSpec
from toolwright.protocols import Role

TIMEOUT: Final = 5.0
"""Seconds to wait for an endpoint."""


def endpoint_checks(specs: Mapping[Role, ModelSpec]) -> list[Check]:
    """One check a role."""
    return [_check(role, spec) for role, spec in specs.items()]


def _check(role: str, spec: ModelSpec) -> Check:
    name = f"{role} model"
    try:
        check_spec(spec, role)
    except ConfigError as error:
        return Check(name=name, status="fail", text=str(error))
    if spec.model.startswith(REPLAY):
        there = Path(spec.model.removeprefix(REPLAY)).is_file()
        return Check(name=name, status="ok" if there else "fail", text=f"{spec.model}{'' if there else ' is no file'}")
    if not spec.base_url:
        return Check(name=name, status="ok", text=f"{spec.model}: its key is set; nothing was asked")
    return _ask(name, spec)


def _ask(name: str, spec: ModelSpec) -> Check:
    """Asks an endpoint for its list of models."""
    url = f"{spec.base_url.rstrip('/')}/models"
    if not url.startswith(("http://", "https://")):
        return Check(name=name, status="fail", text=f"base_url {spec.base_url!r} is no http:// or https:// address")
    key = os.environ.get(spec.api_key_env, "") if spec.api_key_env else ""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"} if key else {})  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - checked above
            body = answer.read(1_000_000)
    except urllib.error.HTTPError as error:
        return _refused(name, url, error)
    except (OSError, ValueError, http.client.HTTPException) as error:
        text = f"{url} cannot be reached: {redact(str(error))}; is the server running, and base_url right?"
        return Check(name=name, status="fail", text=text)
    return _listed(name, spec, _names(body))


def _refused(name: str, url: str, error: urllib.error.HTTPError) -> Check:
    with error:
        if error.code in {401, 403}:
            text = f"{url} refuses the key (HTTP {error.code}); set api_key_env to the variable that holds it"
            return Check(name=name, status="fail", text=text)
        if error.code in {404, 405, 501}:
            return Check(name=name, status="ok", text=f"{url}: the server answers, but lists no models")
        return Check(name=name, status="fail", text=f"{url} answers HTTP {error.code}")


def _listed(name: str, spec: ModelSpec, names: list[str]) -> Check:
    model = spec.model.removeprefix("openai:")
    if names and model not in names:
        some = ", ".join(names[:8])
        return Check(name=name, status="note", text=f"{spec.base_url} answers, but lists no {model!r}; there: {some}")
    return Check(name=name, status="ok", text=f"{model} at {spec.base_url}: the server answers")


def _names(body: bytes) -> list[str]:
    """The models' names in an OpenAI-compatible list; none where it is something else."""
    try:
        data = json.loads(body)
        return [str(item["id"]) for item in data["data"]]
    except (ValueError, KeyError, TypeError):
        return []
