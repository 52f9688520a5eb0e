"""What of a configuration decides how much its training takes."""

from pathlib import Path

from toolwright.config import Config
from toolwright.parts import starting_functions
from toolwright.prompt_files import read_prompt
from toolwright.training.estimate import Plan


def plan_of(config: Config, folder: Path) -> Plan:
    """The plan of a configuration whose paths are relative to `folder`."""
    training, optimizer, agent = config.training, config.optimizer, config.models.agent
    return Plan(
        epochs=training.epochs,
        patience=training.patience,
        repeats=training.repeats,
        max_repeats=training.max_repeats if _buys(config) else training.repeats,
        actions=optimizer.actions,
        proposals=training.proposals,
        screen=training.screen,
        prompt_tokens=optimizer.prompt_tokens,
        show_targets=optimizer.show_targets,
        run_code=optimizer.run_code,
        turns=config.agent.turns,
        at_once=min(training.at_once, agent.concurrency),
        requests_per_minute=agent.requests_per_minute,
        instructions=_instructions(config),
        start=starting_functions(config, folder),
    )


def _buys(config: Config) -> bool:
    """Whether the gate may buy repeats: the paired one (as with a validation set) does, and the one on cost."""
    tasks, training = config.tasks, config.training
    validated = tasks.validation is not None or (tasks.split is not None and tasks.split.validation > 0)
    paired = training.gate == "paired" or (training.gate == "auto" and validated)
    return paired or training.objective == "score_then_cost"


def _instructions(config: Config) -> str:
    """What the agent is told beside the task; an agent of the user's own may say anything."""
    agent = config.agent
    if agent.system_prompt:
        return agent.system_prompt
    if agent.kind == "react":
        return "".join(read_prompt("toolwright.agents", name).template for name in ("react", "react_tools"))
    return "" if ":" in agent.kind else read_prompt("toolwright.agents", "function_calling").template
