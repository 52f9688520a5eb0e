"""What a training needs, checked piece by piece."""

from pathlib import Path

from toolwright.cli.exits import Exit
from toolwright.cli.jobs.check import Check
from toolwright.cli.jobs.doctor_doubts import doubt_checks
from toolwright.cli.jobs.endpoints import endpoint_checks
from toolwright.cli.jobs.machine import extra_checks, key_check, machine_checks
from toolwright.cli.jobs.tasks import task_checks
from toolwright.cli.jobs.walls import container_checks, sandbox_checks
from toolwright.cli.output import print_json, print_sections
from toolwright.config import Config, load_config
from toolwright.config.sandboxes import sandbox_of
from toolwright.config.schema import SandboxOptions
from toolwright.errors import ToolwrightError
from toolwright.parts import specs_of
from toolwright.report.sections import Section
from toolwright.sandbox import Report
from toolwright.sync import run_sync


def examine(file: Path | None, sandbox: str | None, *, as_json: bool) -> Exit:
    """Prints every check; the exit code says whether all that is needed is there."""
    config, checks = _read(file)
    folder = file.parent if file is not None else Path()
    options = config.sandbox if config else SandboxOptions()
    walls, report = _walls(options, folder, sandbox)
    checks = [*machine_checks(), *checks, *walls, *container_checks(options.container), *extra_checks(config)]
    checks.append(key_check())
    if config is not None:
        checks += [
            *task_checks(config, folder),
            *doubt_checks(config, folder),
            *endpoint_checks(specs_of(config, folder)),
        ]
    failed = [check for check in checks if check.status == "fail"]
    if as_json:
        told = report.model_dump(mode="json") if report is not None else None
        print_json({"ok": not failed, "checks": [check.model_dump(mode="json") for check in checks], "sandbox": told})
    else:
        print_sections([_section(checks), Section(lines=(_verdict(failed),))])
    return Exit.ERROR if failed else Exit.OK


def _walls(options: SandboxOptions, folder: Path, kind: str | None) -> tuple[list[Check], Report | None]:
    try:
        sandbox = sandbox_of(options, folder, kind)
    except ToolwrightError as error:
        return [Check(name="sandbox", status="fail", text=str(error))], None
    named = options.packages if "packages" in options.model_fields_set else ()
    return run_sync(sandbox_checks(sandbox, named))


def _read(file: Path | None) -> tuple[Config | None, list[Check]]:
    if file is None:
        return None, []
    try:
        return load_config(file), [Check(name="config", status="ok", text=str(file))]
    except ToolwrightError as error:
        return None, [Check(name="config", status="fail", text=str(error))]


def _section(checks: list[Check]) -> Section:
    marks = {"ok": "ok", "note": "--", "fail": "FAIL"}
    rows = tuple((marks[check.status], check.name, check.text) for check in checks)
    return Section(title="Doctor", columns=("", "what", "found"), rows=rows)


def _verdict(failed: list[Check]) -> str:
    if not failed:
        return "\nAll that is needed is there."
    return f"\nNot ready: {', '.join(dict.fromkeys(check.name for check in failed))}."
