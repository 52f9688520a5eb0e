import json
from pathlib import Path
from typing import Any

import pytest

from toolwright.base import SCHEMA_VERSION
from toolwright.errors import ReplayError
from toolwright.messages import AssistantMessage, Message, ModelRequest, Reply, SystemMessage, ToolSpec, UserMessage
from toolwright.protocols import CallSite
from toolwright.recordings import Entry, Header, Recording

ADD = ToolSpec(name="add", description="Sum.", parameters={"type": "object", "a": {"z": 1, "b": 2}})


def recording(turns: int = 3) -> Recording:
    said: list[Message] = [SystemMessage(text="Be brief, né?"), UserMessage(text="2 + 2?\u2028And 3?")]
    entries: list[Entry] = []
    for turn in range(turns):
        reply = Reply(message=AssistantMessage(text=f"answer {turn}", provider={"signed": turn}))
        site = CallSite(role="agent", purpose="train", parameters="p", task="sum", turn=turn)
        entries.append(Entry(site=site, request=ModelRequest(messages=tuple(said), tools=(ADD,)), reply=reply))
        said += [AssistantMessage(text=f"answer {turn}"), UserMessage(text=f"and {turn}?")]
    return Recording(
        header=Header(models={"agent": "m"}, config={"epochs": 2}, note="By hand."), entries=tuple(entries)
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return recording().write(tmp_path / "run.jsonl")


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def rewrite(path: Path, lines: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def first(lines: list[dict[str, Any]], kind: str) -> int:
    return next(number for number, line in enumerate(lines) if line["kind"] == kind)


def test_a_recording_comes_back_as_it_was_written(path: Path):
    assert Recording.read(path) == recording()


def test_the_same_recording_is_the_same_file(path: Path, tmp_path: Path):
    again = Recording.read(path).write(tmp_path / "again.jsonl")
    assert again.read_bytes() == path.read_bytes()


def test_messages_and_tools_are_written_once_and_before_they_are_named(path: Path):
    lines = lines_of(path)
    assert [line["kind"] for line in lines] == [
        *("header", "message", "message", "tools", "entry"),
        *("message", "message", "entry"),
        *("message", "message", "entry"),
    ]
    assert "né" in path.read_text(encoding="utf-8")


def test_a_file_with_other_line_ends_and_empty_lines_reads_the_same(path: Path):
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n\r\n"))
    assert Recording.read(path) == recording()


@pytest.mark.parametrize("field", ["messages", "settings", "tools"])
def test_an_entry_whose_request_was_edited_is_refused_with_its_line(path: Path, field: str):
    lines = lines_of(path)
    number = first(lines, "entry")
    if field == "messages":
        lines[number]["messages"].pop()
    elif field == "settings":
        lines[number]["settings"] = {"temperature": 1}
    else:
        lines[number]["digest"] = "0" * 32
    rewrite(path, lines)
    with pytest.raises(ReplayError, match=rf"run\.jsonl, line {number + 1}: the digest of the agent's turn 0.*edited"):
        Recording.read(path)


@pytest.mark.parametrize("kind", ["message", "tools"])
def test_an_edited_message_or_tool_is_refused_with_its_line(path: Path, kind: str):
    lines = lines_of(path)
    number = first(lines, kind)
    lines[number]["body"] = {"kind": "user", "text": "3 + 3?"} if kind == "message" else []
    rewrite(path, lines)
    with pytest.raises(ReplayError, match=rf"line {number + 1}: the digest of this {kind} line .*was edited"):
        Recording.read(path)


@pytest.mark.parametrize("kind", ["message", "tools"])
def test_a_reference_that_leads_nowhere_is_refused_with_its_line(path: Path, kind: str):
    lines = lines_of(path)
    del lines[first(lines, kind)]
    rewrite(path, lines)
    with pytest.raises(ReplayError, match=rf"line {first(lines, 'entry') + 1}: .*is missing"):
        Recording.read(path)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a JSON object"),
        ('{"kind":"song"}', "the kind 'song' is not known"),
        ('{"kind":"entry"}', "'messages' is missing"),
        ('{"kind":"entry","messages":7,"tools":"","settings":{}}', "restore the file"),
        ('{"kind":"message","digest":"0","body":{"kind":"user"}}', "digest of this message line"),
    ],
)
def test_a_broken_line_is_named(path: Path, line: str, said: str):
    with path.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(ReplayError, match=rf"run\.jsonl, line 12: .*{said}"):
        Recording.read(path)


def test_a_newer_recording_is_refused_naming_both_versions(path: Path):
    lines = lines_of(path)
    lines[0]["schema_version"] = 99
    rewrite(path, lines)
    with pytest.raises(ReplayError, match=rf"line 1: schema version 99.*reads up to {SCHEMA_VERSION}: upgrade"):
        Recording.read(path)


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "is empty"), (b'{"question": "2?"}\n', "begins with its header"), (b"\xff", "read")]
)
def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, content: bytes, said: str):
    (tmp_path / "x.jsonl").write_bytes(content)
    with pytest.raises(ReplayError, match=rf"x\.jsonl.*{said}"):
        Recording.read(tmp_path / "x.jsonl")


def test_a_missing_recording_and_one_that_cannot_be_written_are_named(tmp_path: Path):
    with pytest.raises(ReplayError, match=r"none\.jsonl cannot be read"):
        Recording.read(tmp_path / "none.jsonl")
    with pytest.raises(ReplayError, match=r"run\.jsonl cannot be written"):
        recording().write(tmp_path / "no-folder" / "run.jsonl")


def test_a_write_that_fails_leaves_the_file_that_was_there(path: Path, tmp_path: Path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(ReplayError):
        recording().write(tmp_path / "folder")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["folder", "run.jsonl"]
