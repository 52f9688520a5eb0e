"""Scorers: how good an answer is, 0 to 1. Each is a small file; a user's own is a callable or an object."""

from toolwright.scoring.callable import CallableScorer
from toolwright.scoring.choice import ChoiceScorer
from toolwright.scoring.dm_math import DmMathScorer
from toolwright.scoring.exact import ExactScorer
from toolwright.scoring.gaia import GaiaScorer
from toolwright.scoring.gym import GymScorer
from toolwright.scoring.mathematics import MathScorer
from toolwright.scoring.numeric import NumericScorer
from toolwright.scoring.tabmwp import TabmwpScorer

__all__ = [
    "CallableScorer",
    "ChoiceScorer",
    "DmMathScorer",
    "ExactScorer",
    "GaiaScorer",
    "GymScorer",
    "MathScorer",
    "NumericScorer",
    "TabmwpScorer",
]
