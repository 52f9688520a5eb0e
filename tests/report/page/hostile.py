"""Attacks that a page must show as text: each string of a value, and each key, gets all of them.

Example:
    >>> poisoned(Section(title="Walls")).title.startswith("Walls <script>")
    True
"""

from typing import Any, Final, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel

HACK: Final = "window.hacked=1"
PAYLOAD: Final = " ".join(
    (
        f"<script>{HACK}</script>",
        f"</script><script>{HACK}</script><!--<script>",
        f"<img src=x onerror={HACK}>",
        f"<svg onload={HACK}><animate onbegin={HACK} attributeName=x dur=1s></svg>",
        f"<iframe srcdoc='<script>parent.{HACK}</script>'></iframe>",
        "<style>body{display:none}</style>",
        f'" autofocus onfocus={HACK} style="position:fixed" x="',
        f"javascript:{HACK}",
        "${window.hacked=1} {{constructor.constructor('window.hacked=1')()}}",
        "\u202egnirts desrever\u202c \u2066isolated \u200b\u0007bell",
    )
)
"""Script, event handler, SVG, CSS, URL, template and text-direction attacks in one text."""

_OURS: Final = {("StepSummary", "name"), ("StepDocument", "name"), ("Version", "action")}
"""Fields that hold no one's text but Toolwright's."""
_CODE: Final = {"source", "diff"}
_OF_THE_DATA: Final = {"values", "title", "description", "text"}

M = TypeVar("M", bound=BaseModel)


def poisoned(value: M) -> M:
    """A copy with the attacks in every string that is anybody's; equal strings stay equal."""
    fields = type(value).model_fields
    changed = {
        name: _poisoned_field(name, getattr(value, name), fields[name].annotation)
        for name in fields
        if (type(value).__name__, name) not in _OURS
    }
    return value.model_copy(update=changed)


def _poisoned_field(name: str, value: object, annotation: Any) -> Any:
    if name == "charts":
        return {key: _poisoned_spec(spec) for key, spec in cast("dict[str, Any]", value).items()}
    if name in _CODE:
        return _second_texts(value)
    if name == "events":
        return tuple(_json(event, keep={"kind"}) for event in cast("list[dict[str, Any]]", value))
    return _poisoned(value, annotation)


def _poisoned(value: object, annotation: Any) -> Any:
    if isinstance(value, BaseModel):
        return poisoned(value)
    if isinstance(value, str):
        return _with_payload(value) if _any_text(annotation) else value
    arguments = get_args(annotation) if get_origin(annotation) in (tuple, dict) else ()
    if isinstance(value, tuple):
        return tuple(_poisoned(item, arguments[0] if arguments else str) for item in cast("tuple[object, ...]", value))
    if isinstance(value, dict):
        key_type, item_type = cast("tuple[Any, Any]", arguments or (str, str))
        items = cast("dict[Any, object]", value).items()
        return {_poisoned(key, key_type): _poisoned(item, item_type) for key, item in items}
    return _json(value)


def _any_text(annotation: Any) -> bool:
    """Whether a field takes any text, not one of a few words."""
    arguments = get_args(annotation)
    if not arguments:
        return annotation is str or not isinstance(annotation, type)  # an alias such as JsonValue
    return get_origin(annotation) is not cast("Any", None) and str in arguments


def _poisoned_spec(spec: Any, *, in_data: bool = False) -> Any:
    """A chart's specification: its data and its titles are others' text, the rest is ours."""
    if isinstance(spec, dict):
        return {
            key: _poisoned_spec(item, in_data=in_data or key in _OF_THE_DATA)
            for key, item in cast("dict[str, Any]", spec).items()
        }
    if isinstance(spec, list):
        return [_poisoned_spec(item, in_data=in_data) for item in cast("list[Any]", spec)]
    return _with_payload(spec) if in_data and isinstance(spec, str) else spec


def _second_texts(value: Any) -> Any:
    """Of (class, text) pairs the text: the class is our own."""
    if isinstance(value, tuple) and len(cast("tuple[Any, ...]", value)) == 2 and isinstance(value[0], str):
        kind, text = cast("tuple[str, str]", value)
        return (kind, _with_payload(text))
    return tuple(_second_texts(item) for item in cast("tuple[Any, ...]", value))


def _json(value: Any, keep: frozenset[str] | set[str] = frozenset()) -> Any:
    if isinstance(value, str):
        return _with_payload(value)
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {key if keep else _with_payload(key): item if key in keep else _json(item) for key, item in items}
    if isinstance(value, list):
        return [_json(item) for item in cast("list[Any]", value)]
    return value


def _with_payload(text: str) -> str:
    return f"{text} {PAYLOAD}" if text else text
