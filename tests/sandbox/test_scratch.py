"""A scratch folder is removed whatever is in it."""

import os
from pathlib import Path

from toolwright.sandbox.worker.scratch import remove


def test_an_empty_a_missing_and_a_full_folder_are_removed(tmp_path: Path) -> None:
    full = tmp_path / "full"
    (full / "a" / "b").mkdir(parents=True)
    (full / "a" / "b" / "c").write_text("x")
    (full / "link").symlink_to(tmp_path)
    (full / "closed").mkdir(mode=0)
    (tmp_path / "empty").mkdir()
    (tmp_path / "kept").write_text("x")
    for name in ("full", "empty", "missing"):
        remove(str(tmp_path / name))
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_folder_nested_deeper_than_any_path_is_removed(tmp_path: Path) -> None:
    here = Path.cwd()
    (tmp_path / "deep").mkdir()
    os.chdir(tmp_path / "deep")
    try:
        for _ in range(1100):
            Path("nested").mkdir()
            os.chdir("nested")
    finally:
        os.chdir(here)
    remove(str(tmp_path / "deep"))
    assert list(tmp_path.iterdir()) == []
