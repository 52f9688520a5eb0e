"""Attacks that use up the machine: memory of every kind, time, output, disk. Each is bounded, and undoes what it did.

They get through where they took more than any call is allowed: 512 MB of memory, a second, 150 MB of disk.
"""

import textwrap
from typing import Final

from .attack import Attack, Group
from .raw import RAW

WORDS: Final = """
import itertools, time

MB = 2**20
LONG = 1 if __name__ == "bare" else 10  # seconds: then it ends by itself, in a sandbox long after it must be stopped
BEGUN = time.monotonic()


def over():
    return time.monotonic() - BEGUN > LONG
"""


def _attack(group: Group, name: str, body: str, syscall: str = "") -> Attack:
    code = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    return Attack(name, group, f"{RAW}{WORDS}\n\ndef attack(t):\n{code}\n", syscall=syscall)


_MEMORY: Final = (
    _attack(
        "memory",
        "fills memory with one large object",
        """
        large = bytearray([1]) * (512 * MB)
        return f"filled {len(large) // MB} MB"
        """,
    ),
    _attack(
        "memory",
        "fills memory with many small objects",
        """
        held = []
        while len(held) < 512 * 16:
            held.append(bytes([1]) * (MB // 16))
        return f"filled {len(held) // 16} MB"
        """,
    ),
    _attack(
        "memory",
        "raises its own limits, then fills memory",
        """
        import resource
        for limit in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
            _, most = resource.getrlimit(limit)
            resource.setrlimit(limit, (most, most))
        large = bytes([1]) * (512 * MB)
        return f"filled {len(large) // MB} MB"
        """,
    ),
    _attack(
        "memory",
        "fills shared anonymous memory",
        """
        import mmap
        shared = mmap.mmap(-1, 512 * MB)
        for place in range(0, len(shared), 4096):
            shared[place] = 1
        return f"filled {len(shared) // MB} MB"
        """,
    ),
    _attack(
        "memory",
        "fills a file in memory",
        """
        one = call("memfd_create", b"attack", 0)
        written = sum(os.write(one, bytes(16 * MB)) for _ in range(20))
        return f"wrote {written // MB} MB"
        """,
    ),
    _attack(
        "memory",
        "fills pipes",
        """
        held = 0
        for _ in range(200):
            read, write = os.pipe()
            os.set_blocking(write, False)
            try:
                checked(libc.fcntl(write, 1031, MB))  # F_SETPIPE_SZ
            except OSError:
                pass
            try:
                while True:
                    held += os.write(write, bytes(65536))
            except BlockingIOError:
                pass
            if held > 40 * MB:
                return f"the kernel holds {held // MB} MB in pipes"
        return ""
        """,
    ),
    _attack(
        "memory",
        "fills socket pairs",
        """
        import socket
        held, pairs = 0, []
        for _ in range(200):
            pair = socket.socketpair()
            pairs.append(pair)
            pair[0].setblocking(False)
            pair[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)
            try:
                while True:
                    held += pair[0].send(bytes(65536))
            except BlockingIOError:
                pass
            if held > 20 * MB:
                return f"the kernel holds {held // MB} MB in sockets"
        return ""
        """,
    ),
    _attack(
        "memory",
        "fills SysV shared memory",
        """
        libc.shmat.restype = ctypes.c_void_p
        one = checked(libc.shmget(0, ctypes.c_size_t(512 * MB), 0o1600), "shmget")
        try:
            address = libc.shmat(one, None, 0)
            if address == ctypes.c_void_p(-1).value:
                return ""
            ctypes.memset(address, 1, 512 * MB)
            return "filled 512 MB"
        finally:
            libc.shmctl(one, 0, None)  # IPC_RMID
        """,
        "shmget",
    ),
    _attack(
        "memory",
        "takes large stacks for many threads",
        """
        import threading
        threading.stack_size(64 * MB)
        go = threading.Event()
        threads = [threading.Thread(target=go.wait) for _ in range(20)]
        try:
            for one in threads:
                one.start()
            return f"{threading.active_count()} threads with 64 MB each"
        finally:
            go.set()
        """,
    ),
)

_TIME: Final = (
    _attack(
        "time",
        "loops",
        """
        while not over():
            pass
        return "was not stopped"
        """,
    ),
    _attack(
        "time",
        "loops, ignores every signal and catches whatever comes",
        """
        import signal
        for one in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            try:
                signal.signal(one, signal.SIG_IGN)
            except OSError:
                pass
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while not over():
            try:
                while not over():
                    pass
            except BaseException:
                pass
        return "was not stopped"
        """,
    ),
    _attack(
        "time",
        "sleeps",
        """
        time.sleep(LONG)
        return "was not stopped"
        """,
    ),
    _attack(
        "time",
        "sleeps in C and lets no other thread run",
        """
        ctypes.PyDLL(None).sleep(LONG)
        return "was not stopped"
        """,
    ),
    # The longest of these single steps is half of all the time, and nothing in Python can interrupt it.
    _attack(
        "time",
        "computes a big integer",
        """
        exponent = 10**6
        while not over():
            10**exponent
            exponent = exponent * 3 // 2
        return f"has 10**{exponent}"
        """,
    ),
    _attack(
        "time",
        "matches a regular expression that takes for ever",
        """
        import re
        for length in itertools.count(20):
            re.match("(a+)+$", "a" * length + "b")
            if over():
                return f"matched {length} letters"
        """,
    ),
    _attack(
        "time",
        "loops in many threads",
        """
        import threading

        def loop():
            while not over():
                pass

        threads = [threading.Thread(target=loop) for _ in range(8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        return "was not stopped"
        """,
    ),
)

_OUTPUT: Final = (
    _attack(
        "output",
        "floods what it prints",
        """
        for _ in range(20):
            print("x" * MB)
        return "printed 20 MB"
        """,
    ),
    _attack(
        "output",
        "floods its output past Python",
        """
        left = 20 * MB
        while left > 0:
            left -= os.write(1, bytes([120]) * 65536)
        return "wrote 20 MB"
        """,
    ),
    # No more than the bare run reads, and more than a result may have.
    _attack("output", "returns a large result", 'return "x" * 1_020_000'),
)

_FILES: Final = """
import shutil
os.mkdir("files")
try:
    {}
finally:
    shutil.rmtree("files", ignore_errors=True)
"""


def _disk(name: str, body: str) -> Attack:
    """An attack in a folder of its own, which it removes."""
    inner = textwrap.indent(textwrap.dedent(body).strip(), "    ").strip()
    return _attack("disk", name, _FILES.format(inner))


_DISK: Final = (
    _disk(
        "fills the disk with one file",
        """
        with open("files/large", "wb", 0) as file:
            written = sum(file.write(bytes([1]) * MB) for _ in range(150))
        return f"wrote {written // MB} MB" if written == 150 * MB else ""
        """,
    ),
    _disk(
        "fills the disk with files of ten megabytes",
        """
        for number in range(15):
            with open(f"files/{number}", "wb") as file:
                file.write(bytes([1]) * (10 * MB))
        return "wrote 150 MB"
        """,
    ),
    _disk(
        "fills the disk with a file it has removed",
        """
        held = []
        for number in range(15):
            file = open("files/gone", "wb", 0)
            os.unlink("files/gone")
            if file.write(bytes([1]) * (10 * MB)) < 10 * MB:
                return ""
            held.append(file)
        return "wrote 150 MB that no folder shows"
        """,
    ),
    _disk(
        "takes the disk without writing",
        """
        with open("files/large", "wb") as file:
            os.posix_fallocate(file.fileno(), 0, 150 * MB)
        return "took 150 MB"
        """,
    ),
    _disk(
        "makes 20,000 files",
        """
        for number in range(20_000):
            os.close(os.open(f"files/{number}", os.O_CREAT | os.O_WRONLY))
        return f"made {len(os.listdir('files'))} files"
        """,
    ),
    _attack(
        "disk",
        "makes folders in folders, 2,000 deep",
        """
        start, deep = os.getcwd(), 0
        try:
            for _ in range(2000):
                os.mkdir("deeper")
                os.chdir("deeper")
                deep += 1
            return f"is {deep} folders deep"
        finally:
            for _ in range(deep):
                os.chdir("..")
                os.rmdir("deeper")
        """,
    ),
)

ATTACKS: Final = (*_MEMORY, *_TIME, *_OUTPUT, *_DISK)
