"""The prompt of a step, a pure function of its context; within a token budget for any history."""

from collections.abc import Mapping
from typing import Final, Literal

from toolwright.functions import Function, FunctionSet
from toolwright.optimizer.budget_text import clip, tokens_of
from toolwright.optimizer.credit import credit
from toolwright.optimizer.failure_record import Failure
from toolwright.optimizer.history import History, select_history
from toolwright.optimizer.step import StepContext
from toolwright.prompt_files import read_prompt

SHARES: Final = {"functions": 0.35, "failures": 0.15, "results": 0.1, "credit": 0.05, "packages": 0.05, "limits": 0.02}
"""The most each part may take of the budget; the conversations get what is left."""

Update = Literal["progressive", "one_shot"]
"""How a step makes a candidate: action by action (the paper), or the whole set in one go (its ablation, 4.3)."""

_IDLE: Final = (
    " Your last round changed nothing, and a second such round ends the training. {} again where no change would help "
    "with tasks not seen yet."
)
IDLE_NOTES: Final[Mapping[Update, str]] = {
    "progressive": _IDLE.format("Terminate"),
    "one_shot": _IDLE.format("Send the empty list"),
}

REFUSED: Final[Mapping[Update, str]] = {
    "progressive": "If it is refused you are told why and may try again; a refusal uses up no action.",
    "one_shot": "One that is refused is left out of the set, without a second chance in this round.",
}

_KEPT: Final = "kept only if it does better than the one above; if it does not, {} dropped"
KEPT: Final[Mapping[Update, str]] = {
    "progressive": _KEPT.format("all of the round's changes are"),
    "one_shot": _KEPT.format("it is"),
}


def step_prompt(
    context: StepContext,
    packages: Mapping[str, str],
    *,
    tokens: int,
    actions: int = 0,
    limits: str = "",
    show_targets: bool = True,
    show_credit: bool = True,
    try_examples: bool = True,
    code_calls: int = 0,
    update: Update = "progressive",
) -> tuple[str, History]:
    """The prompt's text, at most `tokens` long by our estimate, and the history that is in it.

    Args:
        context: What the step starts from.
        packages: What functions may import: version by module, "" for the standard library.
        tokens: The prompt's budget; at least 2,000.
        actions: How many actions the step may take; in a one-shot step nothing is said of it.
        limits: What one call of a function may use, in a sentence.
        show_targets: Whether the model sees the training tasks' targets and the scorer's reasons.
        show_credit: Whether the model is told how each function was used, and how it went with and without it.
        try_examples: Whether it may expect to read what its examples returned.
        code_calls: How many calls of run_code the step may take; with 0 nothing is said of it.
        update: How the step makes a candidate.
    """
    parts = {
        "functions": _functions(context.incumbent.functions),
        "packages": _packages(packages),
        "results": _results(context),
        "credit": _credit(context) if show_credit else "",
        "failures": _failures(context),
    }
    filled = {name: clip(text, int(tokens * SHARES[name]), f"the {name}") for name, text in parts.items()}
    filled |= {
        "count": str(len(context.tasks)),
        "score": f"{context.evaluation.mean:.3f}",
        "closing": _closing(context, actions, code_calls, update, try_examples=try_examples),
        "limits": clip(limits or "No limit is stated.", int(tokens * SHARES["limits"]), "the limits"),
        "note": IDLE_NOTES[update] if context.idle and context.compared else "",
    }
    template = read_prompt("toolwright.optimizer", "step")
    frame = template.substitute(filled, history="", left_out="")
    room = tokens - tokens_of(frame) - 1
    history = select_history(
        context.evaluation, context.tasks, tokens=room, show_targets=show_targets, earlier=context.earlier
    )
    return template.substitute(filled, history=history.text, left_out=history.left_out), history


def _closing(context: StepContext, actions: int, code_calls: int, update: Update, *, try_examples: bool) -> str:
    """What the model is to do now, and what becomes of it."""
    kept = KEPT[update] if context.compared else "takes the place of the one above"
    if update == "one_shot":
        return _prompt("one_shot_step", kept=kept)
    count = len(context.shown)
    return _prompt(
        "progressive_step",
        actions=actions,
        kept=kept,
        returned=" and what its examples returned" if try_examples else "",
        run_code=f" {_prompt('run_code_step', count=count, calls=code_calls)}" if code_calls else "",
    )


def system_prompt(code_calls: int = 0, update: Update = "progressive", *, try_examples: bool = True) -> str:
    """The optimizer's instructions; with 0 calls of run_code nothing is said of it."""
    run_code = f"\n\n{_prompt('run_code', calls=code_calls)}" if code_calls else ""
    tried = (
        "Every function is run on your examples before it is admitted."
        if try_examples
        else "Every function is admitted after a look at its code alone; your examples are not run."
    )
    return _prompt(
        "system",
        acting=_prompt(f"{update}_system", run_code=run_code),
        check="with run_code" if code_calls else "by hand",
        confirming=" and let its examples, with the targets as stated results, confirm it" if try_examples else "",
        admitting=f"{tried} {REFUSED[update]}",
    )


def _prompt(name: str, **values: object) -> str:
    return read_prompt("toolwright.optimizer", name).substitute(values)


def _functions(functions: FunctionSet) -> str:
    return "\n\n".join(map(_function, functions.functions)) or "There are none yet."


def _function(function: Function) -> str:
    frozen = " (frozen: it stays as it is)" if function.frozen else ""
    meanings = "".join(f"\n- {name}: {meaning}" for name, meaning in function.arguments.items())
    return (
        f"## {function.name}{frozen}\n{function.description or function.signature.doc}{meanings}\n"
        f"```python\n{function.source.rstrip()}\n```"
    )


def _packages(packages: Mapping[str, str]) -> str:
    own = sorted(name for name, version in packages.items() if not version)
    installed = sorted(f"{name} {version}" for name, version in packages.items() if version)
    lines = [f"Python's standard library: {', '.join(own)}"] if own else []
    lines += [f"Installed: {', '.join(installed)}"] if installed else []
    return "\n".join(lines) or "Nothing."


def _results(context: StepContext) -> str:
    scores = context.evaluation.scores_by_task()
    rows = [(task.id, scores.get(task.id, [])) for task in context.tasks.tasks]
    return "".join(f"- {name}: {', '.join(f'{score:g}' for score in values) or 'no score'}\n" for name, values in rows)


def _credit(context: StepContext) -> str:
    lines = [f"- {line}\n" for line in credit(context.evaluation)]
    if not lines:
        return ""
    return (
        "Use of each function (no experiment: it is called where it seems to be needed, and the others may be of other "
        f"kinds):\n{''.join(lines)}"
    )


def _failures(context: StepContext) -> str:
    """The failure record, lowest score first: what each rejected set was, beside the set above."""
    shown = [_failure(failure, context.incumbent.functions) for failure in context.failures.ascending()]
    return "\n".join(shown) or "None."


def _failure(failure: Failure, incumbent: FunctionSet) -> str:
    functions = failure.parameters.functions
    changed = incumbent.diff(functions).strip()
    beside = "" if failure.against is None else f" where the set above had {failure.against:.3f}, on the batch of"
    return (
        f"## Mean score {failure.score:.3f}{beside or ','} epoch {failure.epoch}: {failure.verdict}\n"
        f"Functions: {', '.join(functions.names) or 'none'}\nChanges:\n{clip(changed, 700, 'the changes')}\n"
    )
