"""Which kind of method is run by what.

Example:
    RUNNERS["train"].estimate(work)
"""

from collections.abc import Mapping
from typing import Final

from toolwright.experiments.matrix import MethodKind
from toolwright.experiments.methods.craft import Craft
from toolwright.experiments.methods.creator import Creator
from toolwright.experiments.methods.divide import Divide
from toolwright.experiments.methods.evaluating import EvaluationMethod
from toolwright.experiments.methods.few_shot import FewShot
from toolwright.experiments.methods.training import TrainingMethod
from toolwright.experiments.methods.work import MethodRunner

RUNNERS: Final[Mapping[MethodKind, MethodRunner]] = {
    "train": TrainingMethod(),
    "none": EvaluationMethod(),
    "few_shot": FewShot(),
    "creator": Creator(),
    "craft": Craft(),
    "divide": Divide(),
}
"""What runs each kind of method; none of them holds anything of a cell."""
