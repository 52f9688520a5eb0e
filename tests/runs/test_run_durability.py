import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conversations import conversation

from toolwright.errors import RunError
from toolwright.runs.database import Database
from toolwright.runs.folder import RunFolder

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


def test_a_transaction_that_fails_leaves_nothing_behind(tmp_path: Path):
    with Database(tmp_path / "x.sqlite", "create") as database:
        database.run("CREATE TABLE t (v INTEGER UNIQUE)")
        with pytest.raises(RunError, match="UNIQUE"):
            insert_twice(database)
        assert database.one("SELECT count(*) FROM t") == (0,)


def insert_twice(database: Database) -> None:
    with database.transaction():
        database.run("INSERT INTO t VALUES (1)")
        database.run("INSERT INTO t VALUES (1)")
