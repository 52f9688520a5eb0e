"""A program that answers as a container engine does and runs "containers" as plain processes of this machine.

It shows the whole way there and back where there is no engine; what a container keeps out it cannot show. It is given
its folder, then what docker would be: the folder's `image` says what a container of it does instead of starting the
worker, where it is not empty; the files that are named as containers hold their process ids.
"""

import json
import os
import signal
import sys
from pathlib import Path


def install(folder: Path, program: str, room: Path, inside: str) -> None:
    """Puts a `docker` into the folder.

    Args:
        folder: An empty folder.
        program: What its containers run, of Python; "" for the worker.
        room: The sandbox room.
        inside: Where the worker's package lies in a container.
    """
    folder.chmod(0o755)  # its containers' processes may have another id
    (folder / "toolwright" / "sandbox").mkdir(parents=True)
    for name in ("worker", "confinement"):
        (folder / "toolwright" / "sandbox" / name).symlink_to(room / name)
    (folder / "inside").write_text(inside)
    (folder / "image").write_text(program)
    docker = folder / "docker"
    docker.write_text(f'#!/bin/sh\nexec {sys.executable} -S {__file__} {folder} "$@"\n')
    docker.chmod(0o755)


def main(folder: Path, command: str, *arguments: str) -> None:
    if command == "info":
        sys.stdout.write(json.dumps({"MemoryLimit": True, "PidsLimit": True}))
    elif command == "image":
        sys.exit(0 if "no/such" not in arguments[-1] else "no such image")
    elif command == "kill":
        os.kill(int((folder / arguments[0]).read_text()), signal.SIGKILL)
    elif command == "run":
        name = next(one.partition("=")[2] for one in arguments if one.startswith("--name="))
        (folder / name).write_text(str(os.getpid()))
        program = (folder / "image").read_text()
        inside = (folder / "inside").read_text()
        words = ["-c", program] if program else [one.replace(inside, str(folder)) for one in arguments[-6:]]
        os.execve(sys.executable, [sys.executable, *words], {"PYTHONPATH": str(folder), "TMPDIR": str(folder)})


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
