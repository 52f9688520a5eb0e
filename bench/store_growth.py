"""Growth of a run folder: bytes and time a reply as the journal grows, and what storing by content saves.

Usage: python bench/store_growth.py [REPLIES]   (default 20,000; rollouts of 8 turns with 3 calls' results each)
"""

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from toolwright.messages import (
    AssistantMessage,
    Message,
    ModelRequest,
    Reply,
    SystemMessage,
    ToolCall,
    ToolMessage,
    ToolSpec,
    Usage,
    UserMessage,
)
from toolwright.protocols import CallSite
from toolwright.runs.store import RunStore

TURNS = 8
SYSTEM = SystemMessage(text="You answer tasks with functions. " * 30)
TOOLS = tuple(
    ToolSpec(
        name=f"f{n}", description="d" * 120, parameters={"type": "object", "properties": {"x": {"type": "integer"}}}
    )
    for n in range(5)
)


def rollouts() -> Iterator[tuple[CallSite, ModelRequest, Reply]]:
    """Endless rollouts; every text but the system prompt is new."""
    number = 0
    while True:
        said: list[Message] = [SYSTEM, UserMessage(text=f"Task {number}: " + "facts and figures " * 20)]
        for turn in range(TURNS):
            calls = tuple(ToolCall(id=f"{number}-{turn}-{n}", name=f"f{n}", arguments='{"x": 1}') for n in range(3))
            usage = Usage(requests=1, input_tokens=900, output_tokens=60, dollars=0.001)
            message = AssistantMessage(text=f"{number}.{turn}: " + "thinking aloud " * 10, calls=calls)
            site = CallSite(
                role="agent", purpose="train", parameters=f"{number // 200:032}", task=f"t{number % 200}", turn=turn
            )
            request = ModelRequest(messages=tuple(said), tools=TOOLS, settings={"temperature": 0})
            yield site, request, Reply(message=message, usage=usage, finish="tool_call", model="m")
            said.append(message)
            results = (f"{number}.{turn}.{n} " + "result " * 15 for n in range(3))
            said += [ToolMessage(call_id=c.id, name=c.name, text=text) for c, text in zip(calls, results, strict=True)]
        number += 1


def size(path: Path) -> int:
    """The database's bytes with its write-ahead log."""
    return sum(file.stat().st_size for file in path.parent.iterdir())


def main() -> None:
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.sqlite"
        with RunStore.create(path, run="bench") as store:
            naive, last = fill(store, path, total)
        print(
            f"closed: {size(path) / total:,.0f} B a reply; requests and replies as plain JSON: {naive / total:,.0f} B"
        )
        start = time.perf_counter()
        with RunStore.open(path) as store:
            opened = time.perf_counter()
            for site, request, _ in last:
                store.reply(site, request)
            found = time.perf_counter()
            each = (found - opened) / len(last) * 1e6
            count = sum(1 for _ in store.requests())
            read = time.perf_counter() - found
            print(f"opened and checked in {opened - start:.2f} s; a reply found in {each:.0f} us; ", end="")
            print(f"{count:,} requests read in {read:.1f} s")


def fill(store: RunStore, path: Path, total: int) -> tuple[int, list[tuple[CallSite, ModelRequest, Reply]]]:
    """Journals the replies, printing a line ten times."""
    source, naive, done = rollouts(), 0, 0
    part: list[tuple[CallSite, ModelRequest, Reply]] = []
    print(f"{'replies':>8} {'MB':>8} {'B/reply':>8} {'CPU us':>9} {'worst ms':>9} {'digest us':>9} {'peak MB':>8}")
    while done < total:
        part = list(islice(source, total // 10))
        naive += sum(len(q.model_dump_json()) + len(r.model_dump_json()) for _, q, r in part)
        start = time.process_time()
        for _, request, _ in part:
            _ = request.digest  # the request's own cost, which replay and journal both need
        digests = time.process_time() - start
        start, worst = time.process_time(), 0.0
        for exchange in part:
            began = time.perf_counter()
            store.keep_reply(*exchange)
            worst = max(worst, time.perf_counter() - began)
        kept = time.process_time() - start
        done += len(part)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{done:8,} {size(path) / 1e6:8.1f} {size(path) / done:8,.0f} {kept / len(part) * 1e6:9.0f} "
            f"{worst * 1e3:9.1f} {digests / len(part) * 1e6:9.0f} {peak:8.0f}"
        )
    return naive, part


if __name__ == "__main__":
    main()
