"""An attack: learned code that tries what a sandbox must prevent.

It is run twice, on the same targets: bare, in a plain process of the same user, where it must get through (else it
proves nothing), and in the sandbox, where it must not.

Example:
    Attack("reads a secret in the home folder", "read", "def attack(t):\\n    return open(t['secret']).read()\\n")
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Group = Literal["read", "write", "network", "processes", "memory", "time", "output", "disk", "kernel"]
Targets = Mapping[str, Any]


@dataclass(frozen=True)
class Attack:
    """One attack.

    Attributes:
        name: What it does, as the end of "learned code ...".
        group: What it is after.
        source: Defines `attack(t)`; `t` holds the targets' names, paths, ports and ids (JSON). It returns evidence,
            a text that is not empty, where it got through; it returns "" or raises where it did not.
        seen: Looks from outside, after the call: evidence that it got through, "" where there is none.
        without_namespaces: Whether it must be blocked without namespaces too.
        syscall: The system call it stands on, where not every kernel can make it: it is then not applicable, and that
            call's number must be refused by the filter's program.
    """

    name: str
    group: Group
    source: str
    seen: Callable[[Targets], str] | None = None
    without_namespaces: bool = True
    syscall: str = ""
