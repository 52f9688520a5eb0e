"""Readers: task sets from where they lie, in the layouts their authors gave them. Each is a small file."""

from toolwright.datasets.columns import Columns
from toolwright.datasets.dm_math import DmMathReader
from toolwright.datasets.gaia import GaiaReader
from toolwright.datasets.gsm8k import Gsm8kReader
from toolwright.datasets.gym import GymReader
from toolwright.datasets.jsonl import JsonlReader
from toolwright.datasets.math_dataset import MathReader
from toolwright.datasets.table import CsvReader
from toolwright.datasets.tabmwp import TabmwpReader

__all__ = [
    "Columns",
    "CsvReader",
    "DmMathReader",
    "GaiaReader",
    "Gsm8kReader",
    "GymReader",
    "JsonlReader",
    "MathReader",
    "TabmwpReader",
]
