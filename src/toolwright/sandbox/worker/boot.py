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
    room = Path(__file__).resolve().parent.parent
    _stand_in("toolwright", room.parent)
    _stand_in("toolwright.sandbox", room)
    from toolwright.sandbox.worker.base import main  # noqa: PLC0415 - only now does it mean these files alone

    for name in [name for name in sys.modules if name.partition(".")[0] == "toolwright"]:
        del sys.modules[name]
    main(sys.argv[1:])


if __name__ == "__main__":
    _start()
