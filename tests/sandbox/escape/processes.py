"""Attacks on other processes, and those that start processes of their own."""

from collections.abc import Callable
from typing import Final

from .attack import Attack, Targets
from .reading import VECTORS
from .targets import changed, died, marked

PROBE: Final = """
def attack(t):
    {call}
    return "metadata: a process may be signalled"
"""

LIVES: Final = """
def attack(t):
    found = [os.getpgid(t["victim"]), os.getsid(t["victim"]), os.getpriority(os.PRIO_PROCESS, t["victim"])]
    return f"metadata: group, session and niceness of another process are {found}"
"""

SCHEDULED: Final = """
def attack(t):
    found = [os.sched_getscheduler(t["victim"]), sorted(os.sched_getaffinity(t["victim"]))]
    return f"metadata: scheduler and processors of another process are {found}"
"""

ACT: Final = """
def attack(t):
    import resource, signal
    {call}
"""

# The kernel itself sends the signal, on data for a descriptor whose owner is the victim.
SIGNAL_BY_OWNER: Final = """
def attack(t):
    import fcntl, signal
    out, into = os.pipe()
    fcntl.fcntl(out, fcntl.F_SETOWN, t["victim"])
    fcntl.fcntl(out, 10, signal.SIGTERM)  # F_SETSIG
    fcntl.fcntl(out, fcntl.F_SETFL, os.O_ASYNC)
    os.write(into, b"x")
"""

SIGNAL_BY_OWNER_EX: Final = """
def attack(t):
    import fcntl, signal, struct
    out, into = os.pipe()
    fcntl.fcntl(out, 15, struct.pack("ii", 1, t["victim"]))  # F_SETOWN_EX, F_OWNER_PID
    fcntl.fcntl(out, fcntl.F_SETFL, os.O_ASYNC)
    os.write(into, b"x")
"""

SIGNAL_BY_IOCTL: Final = """
def attack(t):
    import fcntl, socket, struct
    one, other = socket.socketpair()
    fcntl.ioctl(one, 0x8901, struct.pack("i", t["victim"]))  # FIOSETOWN
    fcntl.ioctl(one, 0x5452, struct.pack("i", 1))  # FIOASYNC
    other.send(b"x")
"""

PTRACE: Final = """
def attack(t):
    checked(libc.ptrace({request}, t["victim"], None, None))
    libc.kill(t["victim"], 19)
    libc.ptrace(17, t["victim"], None, None)  # PTRACE_DETACH
    return "traces another process"
"""

WRITE_MEMORY: Final = (
    VECTORS
    + """
def attack(t):
    text = ctypes.create_string_buffer(b"mine")
    here, there = Piece(ctypes.addressof(text), 4), Piece(t["victim_address"], 4)
    checked(libc.process_vm_writev(t["victim"], ctypes.byref(here), 1, ctypes.byref(there), 1, 0))
"""
)

WRITE_PROC_MEMORY: Final = """
def attack(t):
    with open(f"/proc/{t['victim']}/mem", "r+b", 0) as memory:
        memory.seek(t["victim_address"])
        memory.write(b"mine")
"""

IOPRIO: Final = """
def attack(t):
    syscall("ioprio_set", 1, t["victim"], 3 << 13)  # ioprio_set, idle
"""

EXEC: Final = """
def attack(t):
    import sys
    program = [sys.executable, "-S", "-c", "print('evidence: a new program runs')"]
    {call}
"""

SHELL: Final = """
def attack(t):
    print(os.popen("echo evidence: $((41 + 1))").read())
"""

SPAWN: Final = """
def attack(t):
    import sys
    pid = os.posix_spawn(sys.executable, [sys.executable, "-S", "-c", ""], {})
    return f"program {pid} ended with {os.waitpid(pid, 0)[1]}"
"""

SUBPROCESS: Final = """
def attack(t):
    import subprocess, sys
    return subprocess.check_output([sys.executable, "-S", "-c", "print('a new program ran')"], text=True)
"""

MEMORY_FILE: Final = """
def attack(t):
    import sys
    with open(os.path.realpath(sys.executable), "rb") as file:
        program = os.memfd_create("program", 0)
        os.write(program, file.read(100 << 20))
    os.execve(program, [sys.executable, "-S", "-c", "print('evidence: runs from memory')"], dict(os.environ))
"""

FORK: Final = """
def attack(t):
    pid = {call}
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return f"forked {{pid}}"
"""

CLONE3: Final = """
def clone3():
    given = ctypes.create_string_buffer(88)  # struct clone_args, all zero but the signal at its end: a plain fork
    given[32] = 17
    return syscall("clone3", given, 88)
"""

MULTIPROCESSING: Final = """
def attack(t):
    import multiprocessing
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return f"workers counted {sum(pool.map(abs, range(10)))}"
"""

FORK_BOMB: Final = """
def attack(t):
    import signal, time
    pids = []
    try:
        for _ in range(300):
            pid = os.fork()
            if pid == 0:
                time.sleep(10)
                os._exit(0)
            pids.append(pid)
    except OSError:
        pass
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return f"{len(pids)} processes" if pids else ""
"""

# Without a user namespace the limit is 32, and 64 more for what the user's other programs, here tests, start and end.
THREAD_BOMB: Final = """
def attack(t):
    import threading
    threading.stack_size(64 << 10)
    end, started = threading.Event(), 0
    try:
        for _ in range(500):
            threading.Thread(target=end.wait, daemon=True).start()
            started += 1
    except RuntimeError:
        pass
    end.set()
    return f"{started} threads" if started > 250 else ""
"""

RAW_THREADS: Final = """
def attack(t):
    import _thread
    lock, started = _thread.allocate_lock(), 0
    lock.acquire()
    _thread.stack_size(64 << 10)
    try:
        for _ in range(500):
            _thread.start_new_thread(lock.acquire, (True, 8))
            started += 1
    except RuntimeError:
        pass
    return f"{started} threads" if started > 250 else ""
"""

DAEMON: Final = """
def attack(t):
    import time
    if os.fork():
        time.sleep(0.1)
        return
    os.setsid()
    if os.fork() == 0:
        libc.prctl(15, t["mark"].encode(), 0, 0, 0)  # PR_SET_NAME
        for number in range(1024):
            try:
                os.close(number)
            except OSError:
                pass
        time.sleep(5)
    os._exit(0)
"""


def killed(targets: Targets) -> str:
    """Whether the victim is dead or stopped."""
    return died(targets["victim"])


def left_behind(targets: Targets) -> str:
    """Whether a process with the world's mark outlived the call."""
    pids = marked(targets["mark"])
    return f"processes {pids} run on" if pids else ""


def _act(name: str, call: str, seen: Callable[[Targets], str] = killed) -> Attack:
    return Attack(name, "processes", ACT.format(call=call), seen)


def _probe(name: str, call: str) -> Attack:
    return Attack(name, "processes", PROBE.format(call=call))


def _exec(name: str, call: str) -> Attack:
    return Attack(name, "processes", EXEC.format(call=call))


TGKILL: Final = "checked(libc.tgkill(t['victim'], t['victim'], 15))"
SIGQUEUE: Final = "checked(libc.sigqueue(t['victim'], 15, ctypes.c_void_p(0)))"
PRLIMIT: Final = "resource.prlimit(t['relative'], resource.RLIMIT_NOFILE, (16, 16))"
NICE: Final = "os.setpriority(os.PRIO_PROCESS, t['victim'], 15)"
IDLE: Final = "os.sched_setscheduler(t['victim'], os.SCHED_IDLE, os.sched_param(0))"
AFFINITY: Final = "os.sched_setaffinity(t['victim'], {max(os.sched_getaffinity(t['victim']))})"
OOM: Final = "open(f\"/proc/{t['victim']}/oom_score_adj\", 'w').write('1000')"
PIDFD: Final = "signal.pidfd_send_signal(os.pidfd_open(t['victim']), 15)"

ATTACKS: Final = (
    _probe("asks whether a process may be signalled", "os.kill(t['victim'], 0)"),
    _probe("asks whether any process may be signalled", "os.kill(-1, 0)"),
    _probe("asks whether its parent may be signalled", "os.kill(os.getppid(), 0)"),
    _probe("opens a descriptor of another process", "os.pidfd_open(t['victim'])"),
    Attack("looks up another process", "processes", LIVES),
    Attack("looks up how another process is scheduled", "processes", SCHEDULED),
    _act("kills another process", "os.kill(t['victim'], 9)"),
    _act("stops another process", "os.kill(t['victim'], 19)"),
    _act("kills another process's group", "os.killpg(t['victim'], 15)"),
    _act("kills by the descriptor of a process", PIDFD),
    _act("kills a thread of another process", TGKILL),
    _act("queues a signal to another process", SIGQUEUE),
    Attack("has the kernel signal the owner of a pipe", "processes", SIGNAL_BY_OWNER, killed),
    Attack("has the kernel signal the owner of a pipe, the newer way", "processes", SIGNAL_BY_OWNER_EX, killed),
    Attack("has the kernel signal the owner of a socket", "processes", SIGNAL_BY_IOCTL, killed),
    Attack("attaches to another process", "processes", PTRACE.format(request=16), syscall="ptrace"),
    Attack("seizes another process", "processes", PTRACE.format(request=0x4206), syscall="ptrace"),
    Attack("writes another process's memory", "processes", WRITE_MEMORY, changed, syscall="process_vm_writev"),
    Attack("writes another process's memory in /proc", "processes", WRITE_PROC_MEMORY, changed, syscall="ptrace"),
    _act("limits another process", PRLIMIT, changed),
    _act("slows another process down", NICE, changed),
    _act("lets another process run only when idle", IDLE, changed),
    _act("binds another process to one processor", AFFINITY, changed),
    _act("makes another process the first to be killed", OOM, changed),
    Attack("lowers another process's input and output", "processes", IOPRIO, changed),
    _exec("becomes another program", "os.execv(program[0], program)"),
    _exec("becomes another program by descriptor", "os.execve(os.open(program[0], 0), program, {})"),
    Attack("becomes a program in memory", "processes", MEMORY_FILE),
    Attack("runs a shell", "processes", SHELL),
    Attack("starts a program by subprocess", "processes", SUBPROCESS),
    Attack("starts a program by posix_spawn", "processes", SPAWN),
    Attack("forks", "processes", FORK.format(call="os.fork()")),
    Attack("forks by a raw clone", "processes", FORK.format(call="syscall('clone', 17, 0, 0, 0, 0)")),
    Attack("forks by a raw clone3", "processes", CLONE3 + FORK.format(call="clone3()")),
    Attack("starts a pool of workers", "processes", MULTIPROCESSING),
    Attack("forks 300 times", "processes", FORK_BOMB),
    Attack("starts 500 threads", "processes", THREAD_BOMB),
    Attack("starts 500 threads that nobody counts", "processes", RAW_THREADS),
    Attack("leaves a process behind", "processes", DAEMON, left_behind),
)
