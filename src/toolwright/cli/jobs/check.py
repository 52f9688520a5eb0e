"""One thing `doctor` looked at."""

from typing import Literal

from toolwright.base import Frozen


class Check(Frozen):
    """One thing that was looked at.

    Attributes:
        name: What.
        status: "fail" where something needed is missing; "note" where it is only good to know.
        text: What was found, and what to do.
    """

    name: str
    status: Literal["ok", "note", "fail"]
    text: str
