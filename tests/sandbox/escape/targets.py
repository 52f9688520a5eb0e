"""What an attack may go for: real files, processes, memory and sockets of the user who runs the tests.

Where the tests run as root the sandbox drops to another id; so files are open to all and the victim runs as nobody:
what stops learned code is then the sandbox, not the owner of a file.

Example:
    with prepared() as world:
        targets = world.fresh()  # as new, whatever the attack before did
        targets["secret"]        # the path of a file with `world.secret` in it
"""

import contextlib
import ctypes
import os
import secrets
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from . import system_calls
from .attack import Targets
from .listeners import Listeners

DOCUMENT = "the user's own words\n"
NOBODY = 65534
LONG_AGO = 1_000_000_000
"""The document's time of change."""


def received(targets: Targets, name: str = "") -> str:
    """What reached a listener (any, by default) since `fresh`, a moment after the attack; "" where nothing did."""
    time.sleep(0.02)  # the listener is a thread of this process
    lines = Path(targets["inbox"]).read_text().splitlines()
    return "\n".join(line for line in lines if line.startswith(name))


def died(pid: int, after: float = 0.03) -> str:
    """Evidence that a process was killed or stopped, "" where it lives; a signal needs a moment, in seconds."""
    time.sleep(after)
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return f"process {pid} is gone"
    return f"process {pid} is dead" if state in "ZX" else f"process {pid} was stopped" if state in "Tt" else ""


def marked(mark: str) -> list[int]:
    """The ids of living processes with the mark as their name."""
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (folder / "comm").read_text().strip() == mark and not died(int(folder.name), after=0):
                found.append(int(folder.name))
    return found


class World:
    """The targets, built once; `fresh` makes good what an attack did to them.

    Attributes:
        secret: The text that no learned code may see. It is in no target's name but one file's.
        mark: A word, unique to this world, for names of files and processes that attacks make.
    """

    def __init__(self, folder: Path, held: ExitStack) -> None:
        self.secret = f"tw-secret-{secrets.token_hex(8)}"
        self.mark = f"tw{secrets.token_hex(5)}"
        self._folder = folder
        self._held = held
        self._victims: list[subprocess.Popen[bytes]] = []
        self._memory = ctypes.create_string_buffer(self.secret.encode())
        self._listeners = held.enter_context(Listeners(folder, self.mark))
        self._lasting = self._build()
        held.callback(self._clean)
        held.callback(self._end_victims)

    def fresh(self) -> dict[str, Any]:
        """The targets as new: JSON values by name, a fresh mapping each time."""
        self._clean()
        self._write_home()
        self._listeners.inbox.write_text("")
        return self._lasting | self._start_victims()

    def _build(self) -> dict[str, Any]:
        """What stays the same from attack to attack."""
        home = self._folder / "home" / "ada"
        self._set_environment()
        return {
            "mark": self.mark,
            "home": str(home),
            "secret": str(home / ".token"),
            "bashrc": str(home / ".bashrc"),
            "document": str(home / "document.txt"),
            "documents": str(home / "documents"),
            "other_home": str(self._folder / "home" / "grace"),
            "project_env": str(self._folder / "project" / ".env"),
            "foreign_site": str(self._folder / "project/.venv/lib/python3/site-packages/settings.py"),
            "true_home": self._lasting_file(Path.home()),
            "tmp_secret": self._lasting_file(Path(tempfile.gettempdir())),
            "new_in_home": str(home / "documents" / self.mark),
            "new_in_true_home": str(_writable(Path.home(), home) / self.mark),
            "new_in_tmp": str(Path(tempfile.gettempdir()) / self.mark),
            "new_in_shm": f"/dev/shm/{self.mark}",
            "new_in_site": str(_site_packages(self._folder) / self.mark),
            "pid": os.getpid(),
            "address": ctypes.addressof(self._memory),
            "length": len(self.secret),
            "descriptor": self._leaked_descriptor(),
            "shared_memory": self._shared_memory(),
            "key": self._key(),
            "inbox": str(self._listeners.inbox),
            **self._listeners.names,
        }

    def _write_home(self) -> None:
        """The homes and the project, as they were on the first day, open to all."""
        for name in ("home", "project"):
            shutil.rmtree(self._folder / name, ignore_errors=True)
        texts = {
            "home/ada/.token": self.secret,
            f"home/ada/{self.secret}.key": self.secret,
            "home/ada/.bashrc": "# nothing yet\n",
            "home/ada/document.txt": DOCUMENT,
            "home/ada/documents/letter.txt": DOCUMENT,
            "home/grace/.token": self.secret,
            "project/.env": f"API_KEY={self.secret}\n",
            "project/.venv/lib/python3/site-packages/settings.py": f"KEY = '{self.secret}'\n",
        }
        for name, text in texts.items():
            path = self._folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        for path in (self._folder, *self._folder.glob("home/**/*"), *self._folder.glob("project/**/*")):
            path.chmod(0o777 if path.is_dir() else 0o666)
        self._give_away()
        os.utime(self._folder / "home/ada/document.txt", (LONG_AGO, LONG_AGO))

    def _give_away(self) -> None:
        """The other home is really another's where root can make it so."""
        if os.geteuid() == 0:
            for path in (self._folder / "home/grace", self._folder / "home/grace/.token"):
                os.chown(path, NOBODY, NOBODY)

    def _set_environment(self) -> None:
        os.environ["TOOLWRIGHT_TEST_KEY"] = self.secret
        self._held.callback(os.environ.pop, "TOOLWRIGHT_TEST_KEY", None)

    def _lasting_file(self, folder: Path) -> str:
        """A secret in a folder that is not ours to make again; in a home of ours where that folder is closed to us."""
        path = _writable(folder, self._folder) / f".{self.mark}"
        path.write_text(self.secret)
        self._held.callback(path.unlink, missing_ok=True)
        path.chmod(0o666)
        return str(path)

    def _leaked_descriptor(self) -> int:
        """A descriptor of the secret that children inherit where nobody closes it."""
        number = os.open(self._folder, os.O_TMPFILE | os.O_RDWR)
        os.write(number, self.secret.encode())
        os.set_inheritable(number, True)
        self._held.callback(os.close, number)
        return number

    def _key(self) -> int:
        number = system_calls.add_key(self.mark, self.secret)
        self._held.callback(system_calls.remove_key, number)
        return number

    def _shared_memory(self) -> int:
        number = system_calls.make_shared_memory(self.secret)
        self._held.callback(system_calls.remove_shared_memory, number)
        return number

    def _start_victims(self) -> dict[str, Any]:
        """Two more processes with the secret in their environment, new ones for each attack.

        The victim runs as the id that root's sandbox drops to, the relative as the user who runs the tests.
        """
        self._end_victims()
        nobody = NOBODY if os.geteuid() == 0 else None
        self._victims = [_sleeper(self.secret, nobody), _sleeper(self.secret, None)]
        victim, relative = (one.pid for one in self._victims)
        start, end = system_calls.environment_of(victim)
        return {
            "victim": victim,
            "victim_address": start,
            "victim_length": end - start,
            "victim_settings": system_calls.settings_of(victim),
            "relative": relative,
            "relative_settings": system_calls.settings_of(relative),
        }

    def _end_victims(self) -> None:
        for one in self._victims:
            one.kill()
            one.wait()
        self._victims = []

    def _clean(self) -> None:
        """Removes what attacks left outside the world's own folder, files and processes."""
        for name, path in self._lasting.items():
            if name.startswith("new_in_"):
                Path(path).unlink(missing_ok=True)
        while left := marked(self.mark):
            for pid in left:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.005)


def changed(targets: Targets) -> str:
    """Evidence that the settings or the memory of the victim or its relative are no longer what they were."""
    found = {name: system_calls.settings_of(targets[name]) for name in ("victim", "relative")}
    return "".join(text for name, text in found.items() if text != targets[f"{name}_settings"])


def _sleeper(secret: str, user: int | None) -> subprocess.Popen[bytes]:
    one = subprocess.Popen(
        ["/bin/sleep", "600"], env={"SECRET_KEY": secret}, user=user, start_new_session=True, stdin=subprocess.DEVNULL
    )
    while secret not in system_calls.settings_of(one.pid):  # not yet what it was told to become
        time.sleep(0.001)
    return one


def _site_packages(folder: Path) -> Path:
    """Where the tests' interpreter keeps its packages; another environment's where that is closed to us."""
    made = folder / "environment/lib/python3/site-packages"
    made.mkdir(parents=True)
    return _writable(Path(sysconfig.get_path("purelib")), made)


def _writable(wanted: Path, other: Path) -> Path:
    return wanted if os.access(wanted, os.W_OK) else other


@contextmanager
def prepared() -> Generator[World]:
    """The targets for as long as the context lasts; nothing of them is left after it."""
    with ExitStack() as held:
        folder = Path(tempfile.mkdtemp(prefix="escape-"))
        held.callback(shutil.rmtree, folder, ignore_errors=True)
        yield World(folder, held)
