"""What happens to a run whose files, disk or folder fail: a clear error, and nothing lost that was journalled."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conversations import conversation

from toolwright.errors import RunError
from toolwright.messages import ModelRequest, Reply
from toolwright.protocols import CallSite
from toolwright.runs.folder import RunFolder
from toolwright.runs.listing import run_info
from toolwright.runs.schema import OLDEST, VERSION
from toolwright.runs.store import RunStore


def keep_all(store: RunStore, exchanges: list[tuple[CallSite, ModelRequest, Reply]]) -> None:
    for exchange in exchanges:
        store.keep_reply(*exchange)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    path = tmp_path / "run.sqlite"
    with RunStore.create(path, run="x") as store:
        keep_all(store, conversation(turns=30))
    return path


def change(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


def test_a_newer_schema_is_refused_naming_both_versions(made: Path):
    change(made, "UPDATE meta SET value = '99' WHERE name = 'schema_version'")
    with pytest.raises(RunError, match=rf"run\.sqlite has schema version 99.*reads up to {VERSION}: upgrade"):
        RunStore.open(made)


@pytest.mark.parametrize("opened", [RunStore.open, RunStore.read])
def test_an_older_schema_is_refused_saying_what_to_do(made: Path, opened: Callable[[Path], RunStore]):
    change(made, f"UPDATE meta SET value = '{OLDEST - 1}' WHERE name = 'schema_version'")
    with pytest.raises(
        RunError, match=rf"schema version {OLDEST - 1},.*reads versions from {OLDEST} on: start a new run, or look"
    ):
        opened(made)


def test_a_version_that_is_no_number_is_refused(made: Path):
    change(made, "DELETE FROM meta WHERE name = 'schema_version'")
    with pytest.raises(RunError, match="schema version unknown"):
        RunStore.open(made)


def test_an_origin_that_is_not_ours_is_named(made: Path):
    change(made, "INSERT INTO meta VALUES ('origin', '{')")
    with pytest.raises(RunError, match="is damaged: its table meta cannot be read"):
        RunStore.open(made)


@pytest.mark.parametrize("text", ["{", "null", "7"])
def test_a_config_that_is_not_ours_in_the_database_is_named(made: Path, text: str):
    change(made, f"UPDATE meta SET value = '{text}' WHERE name = 'config'")
    with pytest.raises(RunError, match="is damaged: its table meta cannot be read"):
        RunStore.read(made)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    path = tmp_path / "run.sqlite"
    path.write_bytes(b"not a database at all, but long enough to be looked at" * 40)
    for opened in (RunStore.open, RunStore.read):
        with pytest.raises(RunError, match=r"run\.sqlite: file is not a database; .*restore a copy"):
            opened(path)


def test_an_empty_file_is_a_run_whose_creation_was_interrupted(tmp_path: Path):
    path = tmp_path / "run.sqlite"
    path.touch()
    with pytest.raises(RunError, match="its creation was interrupted; remove the run folder"):
        RunStore.open(path)


def test_a_file_cut_short_is_refused_before_anything_is_written_to_it(made: Path):
    made.write_bytes(made.read_bytes()[:20_480])
    before = made.read_bytes()
    with pytest.raises(RunError, match=r"run\.sqlite.*(malformed|damaged).*restore a copy"):
        RunStore.open(made)
    assert made.read_bytes() == before


def test_pages_overwritten_are_found_when_the_file_is_opened_to_go_on(made: Path):
    content = bytearray(made.read_bytes())
    content[8192:-4096] = b"\xff" * (len(content) - 8192 - 4096)
    made.write_bytes(content)
    with pytest.raises(RunError, match=r"run\.sqlite"):
        RunStore.open(made)


def test_a_table_that_is_gone_is_an_error_of_the_run(made: Path):
    change(made, "DROP TABLE samples")
    change(made, "DROP TABLE sessions")
    with pytest.raises(RunError, match=r"run\.sqlite: no such table: sessions"):
        RunStore.open(made)


def test_a_body_that_is_not_ours_is_named(made: Path):
    change(made, "UPDATE replies SET rest = '{' WHERE event = 3")
    site, request, _ = conversation(turns=3)[2]
    with RunStore.read(made) as store, pytest.raises(RunError, match=r"damaged: what is kept of the agent's turn 2"):
        store.reply(site, request)


def test_a_log_cut_off_by_a_crash_of_the_machine_costs_its_end_only(tmp_path: Path):
    path, copy = tmp_path / "run.sqlite", tmp_path / "copy.sqlite"
    exchanges = conversation(turns=30)
    with RunStore.create(path, run="x") as store:
        keep_all(store, exchanges)
        log = path.with_name("run.sqlite-wal").read_bytes()
        copy.write_bytes(path.read_bytes())
        copy.with_name("copy.sqlite-wal").write_bytes(log[: len(log) * 2 // 3] + b"\x00" * 5000)
    with RunStore.open(copy) as store:
        kept = [entry.reply for entry in store.requests()]
        assert 0 < len(kept) < 30
        assert kept == [reply for _, _, reply in exchanges[: len(kept)]]
        keep_all(store, exchanges[len(kept) :])
        assert store.count() == (0, 30)


@pytest.mark.parametrize("text", ['{"sandbox": {"ki', "", "[]", None])
def test_a_config_file_that_is_lost_or_damaged_harms_nothing(tmp_path: Path, text: str | None):
    site, request, reply = conversation(turns=1)[0]
    with RunFolder.create(tmp_path, "mine", {"sandbox": {"kind": "container"}}) as run:
        run.store.keep_reply(site, request, reply)
        (run.path / "config.json").unlink()
        if text is not None:
            (run.path / "config.json").write_text(text)
    with RunFolder.open(run.path) as again:
        assert again.store.reply(site, request) == reply
        assert again.summary is None
        assert again.config == {"sandbox": {"kind": "container"}}
    assert run_info(run.path).sandbox == "container"


def test_a_summary_half_written_is_named_and_can_be_written_again(tmp_path: Path):
    with RunFolder.create(tmp_path, "mine") as run:
        (run.path / "summary.json").write_text('{"end": "ep')
        with pytest.raises(RunError, match=r"mine/summary\.json cannot be read.*remove it"):
            _ = run.summary
        run.write_summary({"end": "epochs"})
        assert run.summary == {"end": "epochs"}


def test_a_store_opened_for_reading_writes_nothing(made: Path):
    site, request, reply = conversation(turns=31)[30]
    with RunStore.read(made) as store, pytest.raises(RunError, match="readonly database; make the file"):
        store.keep_reply(site, request, reply)


# All is imported first: the interpreter may lie where only root reads.
AS_AN_ORDINARY_USER = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from conversations import conversation
from toolwright.errors import RunError
from toolwright.runs.folder import RunFolder
from toolwright.runs.listing import list_runs
os.setgid(65534)
os.setuid(65534)
folder = Path(sys.argv[1])
with RunFolder.read(folder / "seen") as seen:
    print(seen.store.identity.run, [file.name for file in sorted((folder / "seen").iterdir())])
    site, request, reply = conversation(turns=1)[0]
    print(seen.store.reply(site, request) == reply)
print([info.state for info in list_runs(folder)])
for act in (lambda: RunFolder.open(folder / "seen"), lambda: RunFolder.create(folder, "new")):
    try:
        act()
    except RunError as error:
        print(error)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become an ordinary user")
def test_a_folder_an_ordinary_user_may_not_write_can_be_read_and_is_refused_for_writing():
    with tempfile.TemporaryDirectory() as root:
        with RunFolder.create(root, "seen") as run:
            keep_all(run.store, conversation(turns=1))
        Path(root).chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-c", AS_AN_ORDINARY_USER, root, str(Path(__file__).parent)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        read, kept, listed, opened, created = done.stdout.splitlines()
        assert read == "seen ['config.json', 'lock', 'run.sqlite']"
        assert kept == "True"
        assert listed == "['unfinished']"
        assert opened.startswith(f"the run folder {root}/seen cannot be written: ")
        assert created.startswith(f"runs cannot be kept in {root}: ")
        with RunFolder.open(run.path) as again:  # whoever may write goes on
            keep_all(again.store, conversation(turns=2)[1:])
            assert again.store.count() == (0, 2)


ON_A_SMALL_DISK = """
import subprocess, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from conversations import conversation
from toolwright.errors import RunError
from toolwright.events import Warned
from toolwright.runs.folder import RunFolder
disk = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=True)
made, ballast = conversation(turns=300, words="word " * 300), disk / "ballast"
ballast.write_bytes(bytes(300_000))

with RunFolder.create(disk, "run") as run:
    done = 0
    try:
        for exchange in made:
            run.store.keep_reply(*exchange)
            done += 1
    except RunError as error:
        print(error)
    assert run.store.count() == (0, done), "what failed left nothing"
    assert all(run.store.reply(s, q) == r for s, q, r in made[:done]), "the rest can be read while the disk is full"
    large = "x" * 300_000
    for write in (lambda: run.write_summary({"end": large}), lambda: run.store.emit(Warned(text=large))):
        try:
            write()
        except RunError as error:
            print(error)
    assert run.summary is None
try:
    while True:  # whatever closing gave back is used up too
        with ballast.open("ab") as file:
            file.write(bytes(4096))
except OSError:
    pass
with RunFolder.read(run.path) as seen:
    assert [e.reply for e in seen.store.requests()] == [r for _, _, r in made[:done]]
for act in (lambda: RunFolder.create(disk, "another"), lambda: RunFolder.open(run.path)):
    try:
        act().close()
        print("done")
    except RunError as error:
        print(error)
assert not (disk / "another").exists()

subprocess.run(["mount", "-o", "remount,size=8m", str(disk)], check=True)
with RunFolder.open(run.path) as again:
    for exchange in made[done : done + 20]:
        again.store.keep_reply(*exchange)
    assert [e.reply for e in again.store.requests()] == [r for _, _, r in made[: done + 20]]
print(done)
"""


def may_mount() -> bool:
    command = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_full_disk_says_so_loses_nothing_and_the_run_goes_on_when_there_is_space(tmp_path: Path):
    if not may_mount():
        pytest.skip("a small disk needs a mount, and neither root nor a user namespace may mount here")
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["unshare", "-rm", sys.executable, "-c", ON_A_SMALL_DISK, str(disk), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    full, summary, event, created, opened, kept = done.stdout.splitlines()
    for said in (full, event):
        assert "run.sqlite: " in said
        assert "start again: what was journalled is kept" in said
    assert "summary.json cannot be written: [Errno 28]" in summary
    assert "free space on its disk" in created
    assert "free space on its disk" in opened or "the space left on it" in opened or opened == "done"
    assert int(kept) > 5
