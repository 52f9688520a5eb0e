"""What the container itself keeps out, without the layers inside: tried in a container started by the same command."""

import json
import shutil
from typing import Any

import pytest

from toolwright.sandbox import Limits
from toolwright.sandbox.container import ContainerSandbox
from toolwright.sandbox.container.engine import Engine, ask, container, run_command

from ..test_calls import ECHO
from .engines import IMAGE, working_podman

pytestmark = [pytest.mark.soak, pytest.mark.podman]

LOOK = """
import json, os, socket
found = {"ids": [os.getuid(), os.getgid(), os.getgroups()], "written": []}
room = "/srv/worker/toolwright/sandbox/worker"
for place in ("/", "/srv", room, "/usr/local/bin", "/dev", "/dev/shm", "/run", "/var/tmp", "/etc", "/tmp"):
    try:
        open(place + "/x", "w").close()
        found["written"].append(place)
    except OSError:
        pass
status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
found["status"] = {name: status[name].strip() for name in ("CapEff", "CapBnd", "CapPrm", "NoNewPrivs", "Seccomp")}
found["networks"] = sorted(os.listdir("/sys/class/net")) if os.path.isdir("/sys/class/net") else ["lo"]
try:
    socket.create_connection(("192.0.2.1", 80), timeout=1)
    found["connected"] = True
except OSError as error:
    found["connected"] = error.strerror
room = os.statvfs("/tmp")
found["room"] = room.f_blocks * room.f_frsize
found["processes"] = len([name for name in os.listdir("/proc") if name.isdigit()])
found["environment"] = sorted(os.environ)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def podman() -> Engine:
    return working_podman()


@pytest.fixture(scope="module")
def seen(podman: Engine) -> dict[str, Any]:
    one = container(IMAGE, None, "python3", Limits(), children=2).model_copy(update={"name": "toolwright-look"})
    command = run_command(podman, one, "")
    code, said = ask([*command[: command.index(IMAGE) + 1], "-c", LOOK])
    assert code == 0, said
    return json.loads(said)


def test_it_runs_as_an_id_that_owns_nothing(seen: dict[str, Any]) -> None:
    assert seen["ids"] == [65534, 65534, [65534]] or seen["ids"] == [65534, 65534, []]


def test_nothing_can_be_written_but_a_small_folder_in_memory(seen: dict[str, Any]) -> None:
    assert seen["written"] == ["/tmp"]
    assert seen["room"] == 192 << 20


def test_no_capability_is_left_and_none_can_be_had(seen: dict[str, Any]) -> None:
    assert {seen["status"][name] for name in ("CapEff", "CapBnd", "CapPrm")} == {"0000000000000000"}
    assert seen["status"]["NoNewPrivs"] == "1"
    assert seen["status"]["Seccomp"] == "2"


def test_there_is_no_network(seen: dict[str, Any]) -> None:
    assert seen["networks"] == ["lo"]
    assert seen["connected"] == "Network is unreachable"


def test_no_process_but_its_own_is_seen(seen: dict[str, Any]) -> None:
    assert seen["processes"] == 1


async def test_gvisor_serves_too_and_the_report_says_that_it_stands_alone(podman: Engine) -> None:
    if shutil.which("runsc") is None:
        pytest.skip("runsc is not installed (apt install runsc)")
    one = ContainerSandbox(image=IMAGE, engine="podman", runtime="runsc", concurrency=1, preload=False)
    async with one:
        assert [(await one.call(ECHO, {"value": n})).result for n in range(3)] == [0, 1, 2]
        assert (one.report().tier, [layer.on for layer in one.report().layers if layer.name == "inside"]) == (
            "",
            [False],
        )
