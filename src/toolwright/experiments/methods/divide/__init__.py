"""The method "divide": the train tasks are divided, each part trained on, and the parts' functions merged by pairs.

The idea is FGO's (arXiv 2505.03973): no prompt ever holds more than a part of the tasks, and all parts are trained on
at once. Every merge is evaluated, and kept only where it does no worse than what it was made of.

Example:
    record = await Divide().run(work)
    record.reason, record.train.before.mean, record.train.after.mean
"""

from toolwright.experiments.methods.divide.runner import Divide

__all__ = ["Divide"]
