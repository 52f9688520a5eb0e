"""The user's rule that functions import only from the allow-list, said to learned code in its own words.

The rule is kept by asking who imports: learned code runs with builtins of its own, whose `__import__` looks at the
list, while the packages it uses keep Python's and import what they need. It is no wall: code that wants around it gets
around it, and meets the kernel's walls there. Standard library only, part of the worker.
"""

import builtins
import importlib
import inspect
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Final

MAX_NAME: Final = 100
"""Characters of a module's name that a message shows."""


class Guard:
    """Makes the modules that learned code runs in.

    Example:
        >>> exec("import os", Guard(["math"]).module("job").__dict__)
        Traceback (most recent call last):
        ImportError: os is not among the packages functions may import
    """

    def __init__(self, allowed: Iterable[str]) -> None:
        """Made once, in the base: a call only copies a reference.

        Args:
            allowed: Import names; of each the top-level module counts.
        """
        self._roots = frozenset(name.partition(".")[0] for name in allowed)
        self._python_import: Callable[..., ModuleType] = builtins.__import__
        self._builtins = {**vars(builtins), "__import__": self._import}

    def module(self, name: str) -> ModuleType:
        """A fresh module whose code, and all code it makes, imports by the list."""
        module = ModuleType(name)
        module.__dict__["__builtins__"] = self._builtins
        return module

    def watch_importlib(self) -> None:
        """Has importlib's own functions keep to the list where learned code calls them; for the whole process."""
        for name in ("import_module", "__import__"):
            setattr(importlib, name, self._watched(getattr(importlib, name)))

    def _import(self, name: str, *rest: object, **named: object) -> ModuleType:
        self._check(name)
        return self._python_import(name, *rest, **named)

    def _watched(self, function: Callable[..., ModuleType]) -> Callable[..., ModuleType]:
        def watched(name: str, *rest: object, **named: object) -> ModuleType:
            frame = inspect.currentframe()
            caller = frame.f_back if frame is not None else None
            if caller is not None and caller.f_builtins is self._builtins:
                self._check(name)
            return function(name, *rest, **named)

        return watched

    def _check(self, name: object) -> None:
        if not isinstance(name, str):
            return  # Python says what is wrong
        root = str.partition(name, ".")[0]
        if root and root not in self._roots:
            raise ImportError(f"{root[:MAX_NAME]} is not among the packages functions may import", name=root)
