import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from conversations import conversation

from toolwright.base import SCHEMA_VERSION
from toolwright.errors import RunError
from toolwright.messages import ModelRequest, Reply
from toolwright.protocols import CallSite
from toolwright.runs.database import Database
from toolwright.runs.folder import RunFolder
from toolwright.runs.store import RunStore

WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from conversations import conversation
from toolwright.runs.folder import RunFolder
from toolwright.trajectories import Outcome

with RunFolder.create(sys.argv[1], "killed") as folder:
    print("open", flush=True)
    for site, request, reply in conversation(turns=400):
        folder.store.keep_reply(site, request, reply)
        folder.store.keep_outcome(site, 0, "add", Outcome(status="ok", result=site.turn))
        print(site.turn, flush=True)
"""


def start_writer(root: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(root), str(Path(__file__).parent)], stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_a_killed_process_had_kept_is_kept(tmp_path: Path, seed: int):
    with start_writer(tmp_path) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(random.Random(seed).randint(2, 60))]
        writer.send_signal(signal.SIGKILL)
        said += writer.stdout.readlines()
    reported = [int(line) for line in said[1:]]
    with RunFolder.open(tmp_path / "killed") as folder:
        for site, request, reply in conversation(turns=400)[: len(reported)]:
            assert folder.store.reply(site, request) == reply
            outcome = folder.store.outcome(site, 0)
            assert outcome is not None
            assert outcome.result == site.turn
        assert len(reported) > 0
        assert len(reported) <= folder.store.count()[1] <= len(reported) + 1


def test_a_second_writer_is_refused_with_the_firsts_process_id_until_the_first_dies(tmp_path: Path):
    with start_writer(tmp_path) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        os.kill(writer.pid, signal.SIGSTOP)
        with pytest.raises(RunError, match=rf"in use by process {writer.pid};"):
            RunFolder.open(tmp_path / "killed")
        with RunFolder.read(tmp_path / "killed") as looked_at:
            assert looked_at.id == "killed"
        writer.kill()
    with RunFolder.open(tmp_path / "killed") as folder:
        assert folder.id == "killed"


def test_a_full_disk_says_so_and_loses_nothing_that_was_kept(tmp_path: Path):
    path = tmp_path / "run.sqlite"
    made = conversation(turns=200)
    with RunStore.create(path, run="x") as store:
        store._database.run("PRAGMA max_page_count = 40")  # pyright: ignore[reportPrivateUsage] - a disk of 160 KB
        with pytest.raises(RunError, match=r"run\.sqlite.*full; free space on its disk and start again"):
            keep_all(store, made)
        kept = store.count()[1]
        assert 0 < kept < len(made)
        assert store.reply(*made[kept][:2]) is None
    with RunStore.open(path) as store:
        keep_all(store, made[kept:])
        assert [k.reply for k in store.requests()] == [reply for _, _, reply in made]


def test_a_transaction_that_fails_leaves_nothing_behind(tmp_path: Path):
    with Database(tmp_path / "x.sqlite", "create") as database:
        database.run("CREATE TABLE t (v INTEGER UNIQUE)")
        with pytest.raises(RunError, match="UNIQUE"):
            insert_twice(database)
        assert database.one("SELECT count(*) FROM t") == (0,)


def keep_all(store: RunStore, exchanges: list[tuple[CallSite, ModelRequest, Reply]]) -> None:
    for exchange in exchanges:
        store.keep_reply(*exchange)


def insert_twice(database: Database) -> None:
    with database.transaction():
        database.run("INSERT INTO t VALUES (1)")
        database.run("INSERT INTO t VALUES (1)")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    path = tmp_path / "run.sqlite"
    with RunStore.create(path, run="x") as store:
        keep_all(store, conversation(turns=30))
    return path


def test_a_newer_schema_is_refused_naming_both_versions(made: Path):
    with sqlite3.connect(made) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE name = 'schema_version'")
    connection.close()
    with pytest.raises(RunError, match=rf"run\.sqlite has schema version 99.*reads up to {SCHEMA_VERSION}: upgrade"):
        RunStore.open(made)


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
    with pytest.raises(RunError, match=r"run\.sqlite.*(malformed|damaged).*restore a copy"):
        RunStore.open(made)


def test_a_page_overwritten_is_found_when_it_is_read(made: Path):
    content = bytearray(made.read_bytes())
    content[8192:-4096] = b"\xff" * (len(content) - 8192 - 4096)
    made.write_bytes(content)
    with pytest.raises(RunError, match=r"run\.sqlite"):
        RunStore.open(made)


def test_a_body_that_is_not_ours_is_named(made: Path):
    with sqlite3.connect(made) as connection:
        connection.execute("UPDATE replies SET rest = '{' WHERE event = 3")
    connection.close()
    site, request, _ = conversation(turns=3)[2]
    with RunStore.read(made) as store, pytest.raises(RunError, match=r"damaged: what is kept of the agent's turn 2"):
        store.reply(site, request)


def test_a_store_opened_for_reading_writes_nothing(made: Path):
    site, request, reply = conversation(turns=31)[30]
    with RunStore.read(made) as store, pytest.raises(RunError, match="readonly database; make the file"):
        store.keep_reply(site, request, reply)


AS_AN_ORDINARY_USER = """
import os, sys
from pathlib import Path
from toolwright.errors import RunError
from toolwright.runs.folder import RunFolder  # all imported first: the interpreter may lie where only root reads
os.setgid(65534)
os.setuid(65534)
folder = Path(sys.argv[1])
with RunFolder.read(folder / "seen") as seen:
    print(seen.store.identity.run, [file.name for file in sorted((folder / "seen").iterdir())])
for act in (lambda: RunFolder.open(folder / "seen"), lambda: RunFolder.create(folder, "new")):
    try:
        act()
    except RunError as error:
        print(error)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become an ordinary user")
def test_a_folder_an_ordinary_user_may_not_write_can_be_read_and_is_refused_for_writing():
    with tempfile.TemporaryDirectory() as root:
        RunFolder.create(root, "seen").close()
        Path(root).chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-c", AS_AN_ORDINARY_USER, root], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        read, opened, created = done.stdout.splitlines()
        assert read == "seen ['config.json', 'lock', 'run.sqlite']"
        assert opened.startswith(f"the run folder {root}/seen cannot be written: ")
        assert created.startswith(f"runs cannot be kept in {root}: ")
