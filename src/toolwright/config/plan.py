"""What of a configuration decides how much its training takes.

Example:
    plan = plan_of(config, starting_functions(config, folder), validated=splits.validation is not None)
    estimate_training(splits, plan, prices_of(config)).total
"""

from toolwright.agents.function_calling import FunctionCalling
from toolwright.config.schema import Config
from toolwright.functions import FunctionSet
from toolwright.models.prices import price_of
from toolwright.models.spec import Price
from toolwright.prompt_files import read_prompt
from toolwright.protocols import Role
from toolwright.training.outlay import Plan


def plan_of(config: Config, start: FunctionSet, *, validated: bool) -> Plan:
    """The plan of a configuration.

    Args:
        config: The configuration.
        start: The functions it starts from.
        validated: Whether there is a validation set.
    """
    training, optimizer, agent = config.training, config.optimizer, config.models.agent
    one_reply = optimizer.update == "one_shot"  # the whole step: it has no actions, and runs no code
    return Plan(
        epochs=training.epochs,
        patience=training.epochs if training.gate == "always" else training.patience,
        repeats=training.repeats,
        max_repeats=training.max_repeats if _buys(config, validated=validated) else training.repeats,
        actions=1 if one_reply else optimizer.actions,
        proposals=training.proposals,
        screen=training.screen,
        batch=training.batch,
        history=training.history,
        prompt_tokens=optimizer.prompt_tokens,
        show_targets=optimizer.show_targets,
        run_code=optimizer.run_code and not one_reply,
        turns=config.agent.turns,
        at_once=min(training.at_once, agent.concurrency),
        requests_per_minute=agent.requests_per_minute,
        instructions=_instructions(config),
        calls=config.agent.kind != FunctionCalling.name or config.agent.interpreter or bool(config.agent.tools),
        start=start,
    )


def prices_of(config: Config) -> dict[Role, Price | None]:
    """Each role's price, None where it is unknown."""
    return {role: price_of(spec) for role, spec in config.models.by_role().items()}


def _buys(config: Config, *, validated: bool) -> bool:
    """Whether the gate may buy repeats: the paired one (as with a validation set) does, and the one on cost."""
    training = config.training
    if training.gate == "always":
        return False
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
