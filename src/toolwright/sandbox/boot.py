"""Starts the base process by path: nothing of Toolwright is imported but the worker's own few files of this folder.

Importing them the ordinary way would run this package's `__init__` and load all of Toolwright into the base.
"""

import sys
from pathlib import Path
from types import ModuleType


def _stand_in(name: str, folder: Path) -> None:
    module = ModuleType(name)
    module.__path__ = [str(folder)]
    sys.modules[name] = module


def _start() -> None:
    here = Path(__file__).resolve().parent
    _stand_in("toolwright", here.parent)
    _stand_in("toolwright.sandbox", here)
    from toolwright.sandbox.worker import main  # noqa: PLC0415 - only now does it mean these files alone

    for name in [name for name in sys.modules if name.partition(".")[0] == "toolwright"]:
        del sys.modules[name]
    main(sys.argv[1:])


if __name__ == "__main__":
    _start()
