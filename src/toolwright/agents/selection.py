"""Which functions an agent is offered for a task; the default is all of them."""

from toolwright.functions import FunctionSet
from toolwright.parameters import Parameters
from toolwright.tasks import Task


def offer_all(task: Task, parameters: Parameters) -> FunctionSet:  # noqa: ARG001 - a Selector; this one needs no task
    """Offers every function, in order."""
    return parameters.functions
