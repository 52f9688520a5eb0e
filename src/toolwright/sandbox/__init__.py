"""Where learned code runs: nothing outside this room ever imports, evaluates or calls it."""

from toolwright.sandbox.confined import ConfinedSandbox
from toolwright.sandbox.container import ContainerSandbox
from toolwright.sandbox.limits import Limits
from toolwright.sandbox.packages import DEFAULT_PACKAGES
from toolwright.sandbox.report import Report
from toolwright.sandbox.unconfined import WARNING, UnconfinedSandbox

__all__ = [
    "DEFAULT_PACKAGES",
    "WARNING",
    "ConfinedSandbox",
    "ContainerSandbox",
    "Limits",
    "Report",
    "UnconfinedSandbox",
]
