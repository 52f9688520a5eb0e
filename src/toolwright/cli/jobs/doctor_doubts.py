"""What a config may say without being wrong, and is likely not meant."""

from pathlib import Path

from toolwright.cli.jobs.check import Check
from toolwright.config import Config
from toolwright.config.shortcuts import tools_of
from toolwright.errors import ToolwrightError


def doubt_checks(config: Config, folder: Path) -> list[Check]:
    """A note on each such thing; a failure where a tool cannot be had."""
    try:
        tools = tools_of(config.agent.tools, folder)
    except ToolwrightError as error:
        return [Check(name="tools", status="fail", text=str(error)), *_idle(config)]
    told = [Check(name="tools", status="note", text=f"{tool.name} {tool.doubt}") for tool in tools if tool.doubt]
    return [*told, *_idle(config)]


def _idle(config: Config) -> list[Check]:
    if config.training.epochs:
        return []
    text = "training.epochs = 0: nothing is learned, only the starting functions are evaluated"
    return [Check(name="epochs", status="note", text=text)]
