"""Attacks that read what is not theirs: files, environments, memory, descriptors, keys."""

import platform
from typing import Final

from .attack import Attack

READ: Final = """
def attack(t):
    return secret_in(read({path}))
"""

LIST: Final = """
def attack(t):
    return secret_in(" ".join(os.listdir(t["home"])))
"""

WALK: Final = """
def attack(t):
    for folder, _, names in os.walk(t["home"]):
        for name in names:
            if found := secret_in(read(os.path.join(folder, name))):
                return found
"""

OWN_ENVIRONMENT: Final = """
def attack(t):
    libc.getenv.restype = ctypes.c_char_p
    return secret_in(str(dict(os.environ)) + str(libc.getenv(b"TOOLWRIGHT_TEST_KEY")))
"""

OWN_PROC: Final = """
def attack(t):
    return secret_in(read("/proc/self/environ"))
"""

PROC_ENVIRON: Final = """
def attack(t):
    return secret_in(read(f"/proc/{t['victim']}/environ"))
"""

ALL_ENVIRONS: Final = """
def attack(t):
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            found.add(secret_in(read(f"/proc/{pid}/environ")))
        except OSError:
            pass
    return " ".join(found)  # other tests on this machine have secrets too
"""

PROC_FILES: Final = """
def attack(t):
    seen = [read(f"/proc/{t['pid']}/{name}") for name in ("cmdline", "maps")]
    return "metadata: " + seen[0] + seen[1][:200]
"""

PROC_MEM: Final = """
def attack(t):
    with open(f"/proc/{t['pid']}/mem", "rb", 0) as memory:
        memory.seek(t["address"])
        return secret_in(memory.read(t["length"]).decode())
"""

PROC_FD: Final = """
def attack(t):
    return secret_in(read(f"/proc/{t['pid']}/fd/{t['descriptor']}"))
"""

PROC_ROOT: Final = """
def attack(t):
    return secret_in(read(f"/proc/{t['pid']}/root{t['secret']}"))
"""

VECTORS: Final = """
class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]

def memory_of(pid, address, length):
    into = ctypes.create_string_buffer(length)
    here, there = Piece(ctypes.addressof(into), length), Piece(address, length)
    checked(libc.process_vm_readv(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0))
    return into.raw
"""

PROCESS_VM: Final = (
    VECTORS
    + """
def attack(t):
    return secret_in(memory_of(t["pid"], t["address"], t["length"]).decode())
"""
)

PARENT_VM: Final = (
    VECTORS
    + """
def attack(t):
    # In a fork of the parent every old object of the parent lies where it lies here.
    for address in (t["address"], id(os)):
        try:
            return "metadata: " + memory_of(os.getppid(), address, 16).hex()
        except OSError:
            pass
"""
)

PTRACE_PEEK: Final = """
def attack(t):
    libc.ptrace.restype = ctypes.c_long
    checked(libc.ptrace(16, t["victim"], None, None))  # PTRACE_ATTACH
    os.waitpid(t["victim"], 0)
    address = ctypes.c_void_p(t["victim_address"] // 8 * 8)
    words = [libc.ptrace(2, t["victim"], ctypes.c_void_p(address.value + 8 * n), None) for n in range(6)]
    libc.ptrace(17, t["victim"], None, None)
    return secret_in(b"".join(ctypes.c_long(word) for word in words).decode("latin-1"))
"""

DESCRIPTORS: Final = """
def attack(t):
    for number in range(3, 1024):
        try:
            if found := secret_in(os.pread(number, 100, 0).decode("latin-1")):
                return found
        except OSError:
            pass
"""

PIDFD_GETFD: Final = """
def attack(t):
    process = os.pidfd_open(t["pid"])
    number = syscall("pidfd_getfd", process, t["descriptor"], 0)
    return secret_in(os.pread(number, 100, 0).decode())
"""

DOTS: Final = """
def attack(t):
    return secret_in(read(os.getcwd() + "/.." * 20 + t["secret"]))
"""

SYMLINK: Final = """
def attack(t):
    os.symlink(t["secret"], "innocent.csv")
    return secret_in(read("innocent.csv"))
"""

FOLDER_SYMLINK: Final = """
def attack(t):
    os.symlink("/", "data")
    return secret_in(read("data" + t["secret"]))
"""

HARDLINK: Final = """
def attack(t):
    os.link(t["secret"], "copy")
    return secret_in(read("copy"))
"""

RAW_OPENAT: Final = """
def attack(t):
    number = syscall("openat", -100, t["secret"].encode(), 0, 0)
    return secret_in(os.read(number, 100).decode())
"""

RAW_OPEN: Final = """
def attack(t):
    return secret_in(os.read(syscall("open", t["secret"].encode(), 0, 0), 100).decode())
"""

OPENAT2: Final = """
def attack(t):
    how = ctypes.create_string_buffer(24)  # struct open_how, all zero: read only
    return secret_in(os.read(syscall("openat2", -100, t["secret"].encode(), how, 24), 100).decode())
"""

HANDLE: Final = """
def attack(t):
    handle, mount = ctypes.create_string_buffer(136), ctypes.c_int()
    handle[:4] = (128).to_bytes(4, "little")
    syscall("name_to_handle_at", -100, t["secret"].encode(), handle, ctypes.byref(mount), 0)
    return "metadata: " + handle.raw[:40].hex()
"""

FOLDER_DESCRIPTOR: Final = """
def attack(t):
    root = os.open("/", os.O_PATH)
    number = os.open(t["secret"].lstrip("/"), os.O_RDONLY, dir_fd=root)
    return secret_in(os.read(number, 100).decode())
"""

SENDFILE: Final = """
def attack(t):
    with open(t["secret"]) as source, open("copy", "w+") as copy:
        os.copy_file_range(source.fileno(), copy.fileno(), 100)
        return secret_in(os.pread(copy.fileno(), 100, 0).decode())
"""

CHDIR: Final = """
def attack(t):
    os.chdir(t["home"])
    return secret_in(read(".token"))
"""

SHARED_MEMORY: Final = """
def attack(t):
    libc.shmat.restype = ctypes.c_void_p
    address = libc.shmat(t["shared_memory"], None, 0o10000)  # SHM_RDONLY
    if address in (None, ctypes.c_void_p(-1).value):
        raise OSError(ctypes.get_errno(), "shmat")
    return secret_in(ctypes.string_at(address).decode())
"""

KEYRING: Final = """
def attack(t):
    text = ctypes.create_string_buffer(100)
    syscall("keyctl", 11, t["key"], text, 100)  # KEYCTL_READ
    return secret_in(text.value.decode())
"""

STAT: Final = """
def attack(t):
    seen = os.stat(t["secret"])
    return f"metadata: {seen.st_size} bytes of {seen.st_mtime}"
"""


def _file(name: str, key: str, ending: str = "") -> Attack:
    return Attack(name, "read", READ.format(path=f'os.path.join(t["{key}"], "{ending}")' if ending else f't["{key}"]'))


ATTACKS: Final = (
    _file("reads a file in the home folder", "secret"),
    _file("reads a file in the true home folder", "true_home"),
    _file("reads a file in another's home", "other_home", ".token"),
    _file("reads a project's .env", "project_env"),
    _file("reads another environment's site-packages", "foreign_site"),
    _file("reads a file in /tmp", "tmp_secret"),
    Attack("lists the home folder", "read", LIST),
    Attack("walks through the home folder", "read", WALK),
    Attack("reads its own environment", "read", OWN_ENVIRONMENT),
    Attack("reads its own environment in /proc", "read", OWN_PROC),
    Attack("reads another process's environment", "read", PROC_ENVIRON),
    Attack("reads every process's environment", "read", ALL_ENVIRONS),
    Attack("reads another process's command line and memory map", "read", PROC_FILES),
    Attack("reads another process's memory in /proc", "read", PROC_MEM, syscall="ptrace"),
    Attack("reads a file by another process's descriptor", "read", PROC_FD),
    Attack("reads a file below another process's root", "read", PROC_ROOT),
    Attack("reads another process's memory by process_vm_readv", "read", PROCESS_VM, syscall="process_vm_readv"),
    Attack("reads its parent's memory", "read", PARENT_VM, syscall="process_vm_readv"),
    Attack("reads another process's memory by ptrace", "read", PTRACE_PEEK, syscall="ptrace"),
    Attack("reads a descriptor that leaked", "read", DESCRIPTORS),
    Attack("takes another process's descriptor", "read", PIDFD_GETFD, syscall="pidfd_getfd"),
    Attack("goes up by .. from its folder", "read", DOTS),
    Attack("reads through a symbolic link to a file", "read", SYMLINK),
    Attack("reads through a symbolic link to a folder", "read", FOLDER_SYMLINK),
    Attack("reads through a hard link", "read", HARDLINK),
    Attack("opens by a raw openat", "read", RAW_OPENAT),
    Attack("opens by a raw openat2", "read", OPENAT2),
    Attack("finds a file's handle", "read", HANDLE, syscall="name_to_handle_at"),
    Attack("opens below a descriptor of the root", "read", FOLDER_DESCRIPTOR),
    Attack("has the kernel copy a file", "read", SENDFILE),
    Attack("changes to the home folder", "read", CHDIR),
    Attack("reads shared memory of System V", "read", SHARED_MEMORY, syscall="shmat"),
    Attack("reads a key of the user's keyring", "read", KEYRING, syscall="keyctl"),
    Attack("learns size and time of a file whose path it guesses", "read", STAT, without_namespaces=False),
    *((Attack("opens by a raw open", "read", RAW_OPEN),) if platform.machine() == "x86_64" else ()),
)
