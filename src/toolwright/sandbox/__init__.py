"""Where learned code runs: nothing outside this room ever imports, evaluates or calls it."""

from toolwright.sandbox.limits import Limits
from toolwright.sandbox.packages import DEFAULT_PACKAGES
from toolwright.sandbox.process import NOTICE, ProcessSandbox

__all__ = ["DEFAULT_PACKAGES", "NOTICE", "Limits", "ProcessSandbox"]
