import ast
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import add, function
from toolwright.errors import FunctionError
from toolwright.functions import Example, Function, FunctionSet

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
examples = st.builds(
    Example, arguments=st.dictionaries(texts, json_values, max_size=2), result=json_values, stated=st.booleans()
)
line_ends = st.sampled_from(["\n", "\r\n"])
names = st.sampled_from(["add", "loan", "crc_32", "b", "zip_code", "numbers_of"])
NOT_IN_COMMENTS = "\r\n\0\x0c"


@st.composite
def functions(draw: st.DrawFn) -> Function:
    name, end = draw(names), draw(line_ends)
    remark = draw(st.text(st.characters(exclude_categories=["Cs"], exclude_characters=NOT_IN_COMMENTS), max_size=20))
    lines = [f"# {remark}", f"def {name}(a: int, b: str = {draw(texts)!r}):", f"    return {draw(texts)!r}"]
    return Function(
        name=name,
        source=end.join(lines) + draw(st.sampled_from(["", end])),
        description=draw(texts),
        arguments=draw(st.dictionaries(texts, texts, max_size=2)),
        packages=tuple(draw(st.lists(texts, max_size=2))),
        examples=tuple(draw(st.lists(examples, max_size=2))),
        frozen=draw(st.booleans()),
    )


sets = st.lists(functions(), max_size=4, unique_by=lambda one: one.name).map(
    lambda made: FunctionSet(functions=tuple(made))
)


@given(sets)
def test_a_set_survives_save_and_load_in_every_byte(made: FunctionSet):
    with tempfile.TemporaryDirectory() as scratch:
        folder = made.save(Path(scratch) / "learned")
        loaded = FunctionSet.load(folder)
        assert loaded == made
        assert loaded.digest == made.digest
        for one in made.functions:
            assert (folder / f"{one.name}.py").read_bytes() == one.source.encode()


def test_the_folder_imports_as_an_ordinary_package(tmp_path: Path):
    greet = function("greet", "# grüß\r\ndef greet(who: str = 'Zoë') -> str:\r\n    return f'héllo {who} \u2028'")
    FunctionSet(functions=(add(), greet)).save(tmp_path / "learned")
    code = "import learned; from learned import *; print(ascii([add(2, 3), greet(), learned.add is add]))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ascii([5, "héllo Zoë \u2028", True])


@pytest.mark.parametrize("names", [(), ("add",), ("add", "b")])
def test_the_package_offers_its_functions_and_nothing_else(tmp_path: Path, names: tuple[str, ...]):
    made = FunctionSet(functions=tuple(function(name, f"def {name}(): pass\n") for name in names))
    text = (made.save(tmp_path / "learned") / "__init__.py").read_text()
    offered = next(node.value for node in ast.parse(text).body if isinstance(node, ast.Assign))
    assert ast.literal_eval(offered) == list(names)
    assert ast.get_docstring(ast.parse(text)) == "Functions learned by Toolwright."


def test_an_empty_set_is_a_folder_too(tmp_path: Path):
    assert FunctionSet.load(FunctionSet().save(tmp_path / "learned")) == FunctionSet()


def test_a_folder_of_plain_files_is_a_set_in_the_order_of_their_names(tmp_path: Path):
    (tmp_path / "b.py").write_text('def b(n: int) -> int:\n    """The number."""\n    return n\n')
    (tmp_path / "a.py").write_text("def a(): pass\n")
    (tmp_path / "_helper.py").write_text("not python at all")
    loaded = FunctionSet.load(tmp_path)
    assert loaded.names == ("a", "b")
    assert loaded.get("b").description == "The number."


def test_a_file_beside_a_manifest_is_added_and_an_edited_one_is_read(tmp_path: Path):
    folder = FunctionSet(functions=(add(),)).save(tmp_path / "learned")
    (folder / "more.py").write_text("def more(): pass\n")
    (folder / "add.py").write_text("def add(a: int, b: int, c: int = 0) -> int:\n    return a + b + c\n")
    loaded = FunctionSet.load(folder)
    assert loaded.names == ("add", "more")
    assert loaded.get("add").description == "The sum."
    assert "c" in loaded.get("add").signature.properties


def test_saving_again_replaces_the_set_and_leaves_nothing_of_the_old_one(tmp_path: Path):
    folder = FunctionSet(functions=(add(),)).save(tmp_path / "learned")
    subprocess.run([sys.executable, "-c", "import learned"], cwd=tmp_path, check=True)
    FunctionSet(functions=(function("other", "def other(): pass\n"),)).save(folder)
    assert sorted(file.name for file in folder.iterdir()) == ["__init__.py", "manifest.json", "other.py"]
    assert [file.name for file in tmp_path.iterdir()] == ["learned"]


@pytest.mark.parametrize("foreign", ["notes.txt", "data", ".git"])
def test_a_folder_that_holds_anything_else_is_never_replaced(tmp_path: Path, foreign: str):
    folder = FunctionSet(functions=(add(),)).save(tmp_path / "learned")
    (folder / foreign).mkdir()
    with pytest.raises(FunctionError, match="learned exists and holds more than a function folder"):
        FunctionSet().save(folder)
    assert (folder / foreign).exists()
    assert FunctionSet.load(folder).names == ("add",)


@pytest.mark.parametrize("foreign", ["mynotes.py", "_helper.py"])
def test_a_python_file_that_is_no_function_of_the_set_is_never_lost(tmp_path: Path, foreign: str):
    folder = FunctionSet(functions=(add(),)).save(tmp_path / "learned")
    (folder / foreign).write_text("mine = 1\n")
    with pytest.raises(FunctionError, match=rf"more than a function folder does: {foreign}; move that elsewhere"):
        FunctionSet().save(folder)
    assert (folder / foreign).read_text() == "mine = 1\n"
    assert (folder / "add.py").read_text() == add().source


def test_a_folder_whose_manifest_cannot_be_read_is_never_replaced(tmp_path: Path):
    folder = FunctionSet(functions=(add(),)).save(tmp_path / "learned")
    (folder / "manifest.json").write_text('{"name": "of another program"}')
    with pytest.raises(FunctionError, match=r"learned exists and cannot be told .*manifest\.json is no manifest"):
        FunctionSet().save(folder)
    assert (folder / "add.py").is_file()


def test_where_the_new_set_cannot_be_moved_in_the_old_one_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder, move = FunctionSet(functions=(add(),)).save(tmp_path / "learned"), Path.rename

    def rename(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError("no room")
        return move(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(FunctionError, match="learned cannot be written: no room"):
        FunctionSet().save(folder)
    assert FunctionSet.load(folder).names == ("add",)
    assert [file.name for file in tmp_path.iterdir()] == ["learned"]


KILLED = """
import os, pathlib, signal
from toolwright.functions import FunctionSet
move = pathlib.Path.rename
def rename(self, target):
    if self.name == "new":
        os.kill(os.getpid(), signal.SIGKILL)
    return move(self, target)
pathlib.Path.rename = rename
FunctionSet().save("learned")
"""


def test_killed_between_the_two_moves_both_sets_lie_beside_in_a_hidden_folder(tmp_path: Path):
    FunctionSet(functions=(add(),)).save(tmp_path / "learned")
    assert subprocess.run([sys.executable, "-c", KILLED], cwd=tmp_path, check=False).returncode == -9
    (hidden,) = tmp_path.iterdir()
    assert hidden.name.startswith(".learned-")
    assert FunctionSet.load(hidden / "old").names == ("add",)
    assert FunctionSet.load(hidden / "new").names == ()


def test_neither_a_file_nor_a_folder_of_code_is_replaced(tmp_path: Path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "mine.py").write_text("x = 1\n")
    for place in ("file", "code"):
        with pytest.raises(FunctionError, match=f"{place} exists"):
            FunctionSet().save(tmp_path / place)
    assert (tmp_path / "file").read_text() == "mine"


def test_an_empty_folder_may_be_used(tmp_path: Path):
    (tmp_path / "learned").mkdir()
    assert FunctionSet.load(FunctionSet(functions=(add(),)).save(tmp_path / "learned")).names == ("add",)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FunctionError, match="learned cannot be written"):
        FunctionSet().save(tmp_path / "file" / "learned")


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("add.py", b"def add(:\n", r"add\.py: line 1: invalid syntax"),
        ("add.py", b"def sub(): pass\n", r"add\.py: .*does not define `def add"),
        ("add.py", b"\xff", r"add\.py cannot be read as UTF-8"),
        ("Add.py", b"def Add(): pass\n", r"Add\.py: 'Add' does not match"),
        ("sum.py", b"def sum(): pass\n", r"sum\.py: 'sum' is a builtin"),
        ("manifest.json", b"{", r"manifest\.json is no manifest of this version"),
        ("manifest.json", b'{"digest": "", "functions": [], "more": 1}', r"manifest\.json is no manifest"),
    ],
)
def test_a_wrong_folder_is_refused_naming_file_and_line(tmp_path: Path, file: str, content: bytes, said: str):
    folder = FunctionSet(functions=(add(),)).save(tmp_path / "learned")
    (folder / file).write_bytes(content)
    with pytest.raises(FunctionError, match=said):
        FunctionSet.load(folder)


def test_a_manifest_that_does_not_fit_its_files_is_refused(tmp_path: Path):
    folder = FunctionSet(functions=(add(),)).save(tmp_path / "learned")
    manifest = json.loads((folder / "manifest.json").read_text())
    newer, twice = {**manifest, "schema_version": 99}, {**manifest, "functions": manifest["functions"] * 2}
    for content, said in ((newer, "schema version 99"), (twice, "lists 'add' twice")):
        (folder / "manifest.json").write_text(json.dumps(content))
        with pytest.raises(FunctionError, match=rf"manifest\.json.*{said}"):
            FunctionSet.load(folder)
    (folder / "add.py").unlink()
    with pytest.raises(FunctionError, match=r"lists 'add', but .*add\.py is not there"):
        FunctionSet.load(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(FunctionError, match="nowhere is no folder of functions"):
        FunctionSet.load(tmp_path / "nowhere")


def test_nothing_in_a_folder_is_run_when_it_is_loaded(tmp_path: Path):
    trace = tmp_path / "trace"
    (tmp_path / "job.py").write_text(f"open({str(trace)!r}, 'w')\n\n\ndef job(): pass\n")
    (tmp_path / "__init__.py").write_text(f"open({str(trace)!r}, 'w')\n")
    assert FunctionSet.load(tmp_path).names == ("job",)
    assert not trace.exists()
