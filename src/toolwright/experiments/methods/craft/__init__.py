"""CRAFT (Yuan et al., 2024): a toolset made offline of solved train tasks, and retrieval from it at test time.

diverse sampling ─► generation ─► abstraction, validation ─► deduplication ─► toolset
test task ─► wanted names and docstring ─► three views vote ─► code that uses what was found ─► answer

Example:
    [methods.craft]
    kind = "craft"
    options = { problems = 20, first = 10, each = 5 }
"""

from toolwright.experiments.methods.craft.runner import Craft

__all__ = ["Craft"]
