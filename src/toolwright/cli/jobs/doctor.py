"""What a training needs, checked piece by piece."""

from pathlib import Path

from toolwright.cli.exits import Exit
from toolwright.cli.jobs.endpoints import endpoint_checks
from toolwright.cli.jobs.machine import Check, extra_checks, key_check, machine_checks, sandbox_checks
from toolwright.cli.output import print_json, print_sections
from toolwright.config import Config, load_config
from toolwright.config.schema import SandboxOptions
from toolwright.config.shortcuts import sandbox_of, scorer_of, splits_of
from toolwright.errors import ToolwrightError
from toolwright.parts import specs_of
from toolwright.report.sections import Section
from toolwright.sync import run_sync
from toolwright.tasks import check_disjoint


def examine(file: Path | None, *, as_json: bool) -> Exit:
    """Prints every check; the exit code says whether all that is needed is there."""
    config, checks = _read(file)
    checks = [*machine_checks(), *checks]
    checks += run_sync(sandbox_checks(sandbox_of(config.sandbox if config else SandboxOptions())))
    checks += extra_checks(config)
    checks.append(key_check())
    if config is not None and file is not None:
        checks += [_tasks(config, file.parent), *endpoint_checks(specs_of(config, file.parent))]
    failed = [check for check in checks if check.status == "fail"]
    if as_json:
        print_json({"ok": not failed, "checks": [check.model_dump(mode="json") for check in checks]})
    else:
        print_sections([_section(checks), Section(lines=(_verdict(failed),))])
    return Exit.ERROR if failed else Exit.OK


def _read(file: Path | None) -> tuple[Config | None, list[Check]]:
    if file is None:
        return None, []
    try:
        return load_config(file), [Check(name="config", status="ok", text=str(file))]
    except ToolwrightError as error:
        return None, [Check(name="config", status="fail", text=str(error))]


def _tasks(config: Config, folder: Path) -> Check:
    """Whether the scorer is known and the task sets can be read and do not overlap."""
    try:
        scorer = scorer_of(config.scorer, folder)
        splits = splits_of(config.tasks, folder)
        check_disjoint(train=splits.train, validation=splits.validation, test=splits.test)
    except ToolwrightError as error:
        return Check(name="tasks", status="fail", text=str(error))
    sets = {"train": splits.train, "validation": splits.validation, "test": splits.test}
    counts = ", ".join(f"{len(tasks)} {name}" for name, tasks in sets.items() if tasks)
    return Check(name="tasks", status="ok", text=f"{counts}; scorer {scorer.name}")


def _section(checks: list[Check]) -> Section:
    marks = {"ok": "ok", "note": "--", "fail": "FAIL"}
    rows = tuple((marks[check.status], check.name, check.text) for check in checks)
    return Section(title="Doctor", columns=("", "what", "found"), rows=rows)


def _verdict(failed: list[Check]) -> str:
    if not failed:
        return "\nAll that is needed is there."
    return f"\nNot ready: {', '.join(dict.fromkeys(check.name for check in failed))}."
