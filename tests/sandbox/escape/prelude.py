"""What every attack starts with: it goes round a guard on `import`, and makes the kernel's calls by name.

What is tested is the kernel's wall, not a list of imports: so no attack may fail for want of a module.
"""

PRELUDE = r'''
# Any class of the import machinery leads to its globals, and those to every module there is.
_machinery = next(c for c in object.__subclasses__() if c.__name__ == "_ModuleLock").__init__.__globals__
_sys = _machinery["sys"]
_sys.modules["builtins"].__import__ = _machinery["__import__"]
_sys.meta_path[:] = [f for f in _sys.meta_path if getattr(f, "__module__", "").startswith("_frozen_importlib")]

import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

# Numbers of x86-64 (asm/unistd_64.h) and of aarch64 (asm-generic/unistd.h).
NUMBERS = {
    "open": (2, None), "openat": (257, 56), "openat2": (437, 437), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "ioprio_set": (251, 30), "clone": (56, 220), "clone3": (435, 435), "fork": (57, None), "getpid": (39, 172),
    "pidfd_getfd": (438, 438),
}

def syscall(name, *arguments):
    """A raw system call; raises OSError where the kernel refuses it."""
    number = NUMBERS[name][os.uname().machine == "aarch64"]
    if number is None:
        raise OSError(38, "this architecture has no such call", name)
    plain = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return checked(libc.syscall(ctypes.c_long(number), *plain), name)


def checked(result, name=""):
    """The result of a C function; raises OSError where it says that it failed."""
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), name)
    return result

def read(path):
    with open(path, errors="replace") as file:
        return file.read()

def secret_in(text):
    """The secret that a text holds, and no more of it: evidence ends up in reports."""
    return "".join(text.partition("tw-secret-")[1:])[:26]
'''


def whole(source: str) -> str:
    """An attack's source as it is run."""
    return f"{PRELUDE}\n{source}"
