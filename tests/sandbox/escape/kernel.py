"""Attacks on the kernel's own surface: system calls that computing does not need, from most of which bugs have come.

Those that take a privilege the user may not have, or that not every kernel is built with, name their system call: where
they do not work bare, the filter's program is what is tested. None of them changes the machine: what could is asked for
with an argument the kernel refuses after it has looked at the privilege.
"""

import textwrap
from typing import Final

from .attack import Attack
from .raw import MACHINE, RAW

NAMESPACES: Final = """
NEW_USER, NEW_MOUNT, NEW_UTS = 0x10000000, 0x00020000, 0x04000000  # linux/sched.h


def enter(flags):
    user, group = os.getuid(), os.getgid()
    checked(libc.unshare(flags), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def mount_tmpfs(path):
    checked(libc.mount(b"none", path.encode(), b"tmpfs", ctypes.c_ulong(0), None), "mount")


def reached(name, *arguments):
    # Evidence that the kernel looked at the arguments: a filter or a missing privilege answers before that.
    try:
        return f"{name} gave {call(name, *arguments)}"
    except OSError as error:
        if error.errno in (1, 38):
            raise
        return f"{name} said {error}"


def run_code(code):
    # Machine code of our own, called like a C function without arguments.
    import mmap
    page = mmap.mmap(-1, 4096, prot=7)
    page.write(code)
    return ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()


def load_program():
    import struct
    code = room(16, bytes([0xB7]) + bytes(7) + bytes([0x95]) + bytes(7))  # r0 = 0; exit
    licence = room(4, b"GPL")
    where = [ctypes.addressof(one) for one in (code, licence)]
    return call("bpf", 5, room(120, struct.pack("=IIQQ", 1, 2, *where)), 120)  # BPF_PROG_LOAD, a socket filter


def child_of(name, *arguments):
    # A call that returns twice: the child ends at once.
    pid = call(name, *arguments)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return f"{name} made process {pid}"
"""


def _kernel(name: str, body: str, syscall: str = "") -> Attack:
    code = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    return Attack(name, "kernel", f"{RAW}{NAMESPACES}\n\ndef attack(t):\n{code}\n", syscall=syscall)


_NAMESPACES: Final = (
    _kernel(
        "makes a user namespace",
        """
        enter(NEW_USER)
        return f"is {os.getuid()} with every capability: {read('/proc/self/status').partition('CapEff')[2][:20]}"
        """,
        "unshare",
    ),
    _kernel(
        "mounts a file system",
        """
        os.mkdir("here")
        enter(NEW_USER | NEW_MOUNT)
        mount_tmpfs("here")
        return f"mounted {os.listdir('here')}"
        """,
        "mount",
    ),
    _kernel(
        "opens a file system without mounting it",
        """
        enter(NEW_USER | NEW_MOUNT)
        return f"descriptor {call('fsopen', b'tmpfs', 0)}"
        """,
        "fsopen",
    ),
    _kernel(
        "changes its root",
        """
        enter(NEW_USER)
        os.chroot("/usr")
        return f"a root with {os.listdir('/')}"
        """,
        "chroot",
    ),
    _kernel(
        "swaps its root",
        """
        os.mkdir("new")
        enter(NEW_USER | NEW_MOUNT)
        mount_tmpfs("new")
        os.mkdir("new/old")
        call("pivot_root", b"new", b"new/old")
        return f"a root with {os.listdir('/')}"
        """,
        "pivot_root",
    ),
    _kernel(
        "enters a namespace by its descriptor",
        """
        enter(NEW_USER | NEW_UTS)
        one = os.open("/proc/self/ns/uts", os.O_RDONLY)
        return f"setns gave {call('setns', one, 0)}"
        """,
        "setns",
    ),
    _kernel(
        "starts a process in a user namespace by clone",
        "return child_of('clone', NEW_USER | 17, 0, 0, 0, 0)",
        "unshare",
    ),
    _kernel(
        "starts a process in a user namespace by clone3",
        """
        import struct
        arguments = struct.pack("=11Q", NEW_USER, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0)
        return child_of("clone3", arguments, len(arguments))
        """,
        "clone3",
    ),
)

_OBJECTS: Final = (
    _kernel("loads a program into the kernel", "return f'descriptor {load_program()}'", "bpf"),
    _kernel(
        "makes a map in the kernel",
        """
        import struct
        attributes = struct.pack("=5I", 2, 4, 8, 1, 0)  # BPF_MAP_TYPE_ARRAY
        return f"descriptor {call('bpf', 0, room(120, attributes), 120)}"
        """,
        "bpf",
    ),
    _kernel(
        "handles its own page faults", "return f\"descriptor {call('userfaultfd', 0o2000000 | 1)}\"", "userfaultfd"
    ),
    _kernel(
        "counts events of the processor",
        """
        import struct
        what = struct.pack("=IIQQQQQ", 1, 120, 0, 0, 0, 0, 1 << 5)  # PERF_TYPE_SOFTWARE, exclude_kernel
        return f"descriptor {call('perf_event_open', room(120, what), 0, -1, -1, 0)}"
        """,
        "perf_event_open",
    ),
    _kernel(
        "keeps a key in the kernel and reads it back",
        """
        key = call("add_key", b"user", b"mine", b"hello", 5, -2)  # KEY_SPEC_PROCESS_KEYRING
        back = room(5)
        call("keyctl", 11, key, back, 5)  # KEYCTL_READ
        return f"read {back.raw}"
        """,
        "add_key",
    ),
    _kernel("asks for its session's keyring", "return f\"keyring {call('keyctl', 0, -3, 1)}\"", "keyctl"),
    _kernel(
        "asks the kernel to find a key",
        "return reached('request_key', b'user', t['mark'].encode(), None, -2)",
        "request_key",
    ),
    _kernel("watches the file system", "return f\"descriptor {call('fanotify_init', 0x200, 0)}\"", "fanotify_init"),
    _kernel(
        "takes a file's handle",
        """
        import struct
        handle = room(136, struct.pack("=I", 128))
        call("name_to_handle_at", -100, b"/", handle, room(4), 0)
        return f"a handle of {int.from_bytes(handle.raw[:4], 'little')} bytes"
        """,
        "name_to_handle_at",
    ),
    _kernel(
        "opens a file by a handle",
        "return reached('open_by_handle_at', -1, room(136, bytes([8, 0, 0, 0, 1, 0, 0, 0])), 0)",
        "open_by_handle_at",
    ),
    _kernel(
        "makes a message queue",
        """
        name = t["mark"].encode()
        queue = call("mq_open", name, 0o102, 0o600, None)
        call("mq_unlink", name)
        return f"descriptor {queue}"
        """,
        "mq_open",
    ),
    _kernel(
        "gets memory that the kernel cannot read", "return f\"descriptor {call('memfd_secret', 0)}\"", "memfd_secret"
    ),
    _kernel(
        "gets a listener for its own system calls",
        """
        import struct
        code = room(8, struct.pack("=HBBI", 6, 0, 0, 0x7FFF0000))  # all is allowed
        checked(libc.prctl(38, *map(ctypes.c_ulong, (1, 0, 0, 0))))  # PR_SET_NO_NEW_PRIVS
        return f"descriptor {call('seccomp', 1, 8, struct.pack('@HP', 1, ctypes.addressof(code)))}"
        """,
        "seccomp",
    ),
    _kernel(
        "asks what the kernel's Landlock can do",
        "return f\"version {call('landlock_create_ruleset', None, 0, 1)}\"",
        "landlock_create_ruleset",
    ),
)

_PROCESS: Final = (
    _kernel(
        "takes the randomness out of its addresses",
        """
        call("personality", 0x0040000)  # ADDR_NO_RANDOMIZE
        return f"personality {call('personality', 0xFFFFFFFF):#x}"
        """,
        "personality",
    ),
    _kernel("asks to be traced", "return f\"ptrace gave {call('ptrace', 0, 0, 0, 0)}\"", "ptrace"),
    _kernel(
        "compares two processes", "return f\"kcmp gave {call('kcmp', os.getpid(), os.getpid(), 0, 0, 1)}\"", "kcmp"
    ),
    _kernel(
        "makes itself open to others' looks again",
        """
        set_dumpable, get_dumpable = 4, 3
        checked(libc.prctl(set_dumpable, *map(ctypes.c_ulong, (1, 0, 0, 0))), "prctl")
        return f"dumpable is {libc.prctl(get_dumpable, *map(ctypes.c_ulong, (0, 0, 0, 0)))}"
        """,
    ),
    _kernel(
        "no longer dies with its parent",
        """
        checked(libc.prctl(1, *map(ctypes.c_ulong, (0, 0, 0, 0))), "prctl")  # PR_SET_PDEATHSIG
        return "prctl took it"
        """,
    ),
)

_MACHINE: Final = (
    _kernel("loads another kernel", "return reached('kexec_load', 0, 0, None, -1)", "kexec_load"),
    _kernel("loads a kernel module", "return reached('init_module', None, 0, b'')", "init_module"),
    _kernel("restarts the machine", "return reached('reboot', 0, 0, 0, None)", "reboot"),
    _kernel("adds swap space", "return reached('swapon', None, 0)", "swapon"),
    _kernel("sets quotas", "return reached('quotactl', 0x7FFFFFFF, None, 0, None)", "quotactl"),
    _kernel("reads the kernel's log", "return f\"a log of {call('syslog', 10, None, 0)} bytes\"", "syslog"),
)

_X86: Final = (
    _kernel(
        "makes a 32-bit system call",
        'return f"is process {run_code(bytes([0xB8, 20, 0, 0, 0, 0xCD, 0x80, 0xC3]))}, says int 0x80"',
        "int 0x80",
    ),
    _kernel("makes an x32 system call", 'return f"is process {call(0x40000000 | 39)}"', "x32"),
    _kernel(
        "changes its segments",
        """
        import struct
        entry = struct.pack("=IIII", 0, 0, 0xFFFFF, 0x51)  # struct user_desc
        return f"modify_ldt gave {call('modify_ldt', 0x11, entry, len(entry))}"
        """,
        "modify_ldt",
    ),
    _kernel("takes the machine's ports", "return f\"iopl gave {call('iopl', 3)}\"", "iopl"),
)

ATTACKS: Final = (*_NAMESPACES, *_OBJECTS, *_PROCESS, *_MACHINE, *(_X86 if MACHINE == "x86_64" else ()))
