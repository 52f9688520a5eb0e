"""A simulated OpenAI-compatible endpoint: both roles' replies by rule, with faults wherever they are asked for.

    python bench/endpoint.py --port 8123 --fault-rate 0.1 --seed 7

What the models say is in simulated.py. Replies and faults depend on the seed, the word, the conversation's length and
how often that was asked, never on the order of arrival nor on a prompt's wording.

Beside POST /v1/chat/completions there are GET /v1/models, GET /stats (counts) and GET /log (every request as it came,
`at` its arrival and `left` its reply's departure in seconds, null while it waits; `mark` is in the ids of the reply it
got, `parent` is the mark of the reply it goes on from).
"""

import argparse
import asyncio
import hashlib
import json
import math
import os
import random
import socket
import struct
import time
from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from mathematician import Mathematician
from simulated import (
    OPTIMIZERS,
    agent_reply,
    completion,
    optimizer_reply,
    parent_of,
    prompt_tokens,
    word_of,
)
from simulated_baselines import reply_to

OUTAGES = ("rate_limit", "server_error", "timeout", "truncated", "empty")
"""Faults no agent answers for: the request is to be sent again."""

SLIPS = ("unknown_tool", "wrong_types")
"""Faults of a model: a call that cannot be made, which it is told and mends."""

STATUS = {
    "rate_limit": (429, "rate_limit_exceeded"),
    "rate_limit_bare": (429, "rate_limit_exceeded"),
    "server_error": (500, "server_error"),
    "quota": (429, "insufficient_quota"),
    "bad_key": (401, "invalid_api_key"),
    "no_model": (404, "model_not_found"),
    "too_long": (400, "context_length_exceeded"),
    "filtered": (400, "content_filter"),
}
"""Faults that are an HTTP status with an error of that code; a bare rate limit says nothing of when to come again."""

EMPTY = {"empty": "", "empty_length": "length", "content_filter": "content_filter"}
"""Faults that are a reply without text or call, and the reason it gives for its end ("" for the usual one)."""

OTHERS = ("trickle", "hang_up", "reset", "cut_off", "not_json", "no_choices", "wrong_schema")
KINDS = ", ".join(["ok", *dict.fromkeys((*OUTAGES, *SLIPS, *STATUS, *EMPTY, *OTHERS))])


class Endpoint:
    """What it was told to do, and what it got."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.plan: list[str] = [fault for fault in options.plan.split(",") if fault]
        self.counts: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.log: list[dict[str, Any]] = []
        self.under_way = 0
        self.mathematician = Mathematician.of(options.answers) if options.answers else None

    def take(self, body: dict[str, Any], key: str) -> dict[str, Any]:
        """Counts and logs a request; its entry in the log has its mark and the fault it gets."""
        now = time.monotonic()
        place = f"{body['model']} {word_of(body)} {len(body['messages'])}"
        self.asked[place] += 1
        mark = hashlib.sha256(f"{self.options.seed} {place} {self.asked[place]}".encode()).hexdigest()[:16]
        fault = self._fault(body, mark, now)
        entry = {"at": now, "left": None, "mark": mark, "parent": parent_of(body), "fault": fault, "key": key}
        self.log.append(entry | {"body": body})
        self.counts.update(["requests", body["model"], fault])
        self.under_way += 1
        self.counts["at_once"] = max(self.counts["at_once"], self.under_way)
        if self.options.die_after and self.counts["requests"] > self.options.die_after:
            os._exit(1)
        return self.log[-1]

    def _fault(self, body: dict[str, Any], mark: str, now: float) -> str:
        start, seconds = self.options.outage
        first = self.log[0]["at"] if self.log else now
        if start <= now - first < start + seconds:
            return "outage"
        if self.options.context and prompt_tokens(body) > self.options.context:
            return "too_long"
        return self.plan.pop(0) if self.plan else self._drawn(mark)

    def _drawn(self, mark: str) -> str:
        draw = random.Random(mark)
        return draw.choice(self.options.faults.split(",")) if draw.random() < self.options.fault_rate else "ok"

    def left(self, entry: dict[str, Any]) -> None:
        """Notes when a request's reply had been sent, or its connection was broken off."""
        entry["left"] = time.monotonic()
        self.under_way -= 1

    def reply(self, body: dict[str, Any], mark: str, fault: str) -> bytes:
        """A completion, as its fault has it."""
        if fault == "not_json":
            return b"<html>upstream is warming up</html>"
        if fault == "wrong_schema":
            return json.dumps({"result": {"output": ["Not what was asked for."]}, "success": True}).encode()
        if fault in EMPTY:
            message: dict[str, Any] = {"role": "assistant", "content": ""}
        elif self.mathematician is not None:
            message = self.mathematician.reply(body, self.options.optimizer)
        elif self.options.models == "experiment":
            message = reply_to(body)
        elif body["model"] == "optimizer":
            message = optimizer_reply(body, fault, manner=self.options.optimizer)
        else:
            message = agent_reply(body, fault, turns=self.options.turns)
        said = completion(body, message, mark, EMPTY.get(fault, ""))
        content = json.dumps({**said, "choices": []} if fault == "no_choices" else said).encode()
        return content[: len(content) // 2] if fault == "truncated" else content


class Connection:
    """One connection of a client, with one request after the other."""

    def __init__(self, endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.endpoint, self.options = endpoint, endpoint.options
        self.reader, self.writer = reader, writer
        self.open = True

    async def serve(self) -> None:
        """Answers until either side closes."""
        try:
            while self.open:
                method, path, headers = _head(await self.reader.readuntil(b"\r\n\r\n"))
                content = await self.reader.readexactly(int(headers.get("content-length", 0)))
                if method == "GET":
                    await self._tell(path)
                else:
                    await self._ask(json.loads(content), headers.get("authorization", "").removeprefix("Bearer "))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client is gone
        finally:
            self.writer.close()

    async def _tell(self, path: str) -> None:
        served = {
            "/v1/models": {"object": "list", "data": [{"id": "agent"}, {"id": "optimizer"}]},
            "/stats": self.endpoint.counts,
            "/log": self.endpoint.log,
        }
        await self._send(200 if path in served else 404, json.dumps(served.get(path, {})).encode())

    async def _ask(self, body: dict[str, Any], key: str) -> None:
        entry = self.endpoint.take(body, key)
        try:
            await self._answer(body, entry)
        finally:
            self.endpoint.left(entry)

    async def _answer(self, body: dict[str, Any], entry: dict[str, Any]) -> None:
        fault = str(entry["fault"])
        if fault == "outage":
            return self._reset()
        content = b"" if fault in STATUS else self.endpoint.reply(body, entry["mark"], fault)
        due = entry["at"] + self.options.latency + (self.options.hang if fault == "timeout" else 0.0)
        await asyncio.sleep(due - time.monotonic())
        if fault in STATUS:
            return await self._fail(body, fault, entry["key"])
        if fault == "reset":
            return self._reset()
        if fault in ("hang_up", "timeout"):
            self.open = False
            return None
        return await self._send(200, content, slowly=fault == "trickle", cut_off=fault == "cut_off")

    def _reset(self) -> None:
        """Breaks the connection off, without a word and at once (TCP RST)."""
        self.open = False
        plug: socket.socket = self.writer.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def _fail(self, body: dict[str, Any], fault: str, key: str) -> None:
        """An error that, as some do, repeats the key it was sent."""
        status, code = STATUS[fault]
        text = f"{code}: request of key {key} refused"
        if fault == "too_long" and self.options.context:
            text += f"; the context is {self.options.context} tokens long, the messages are {prompt_tokens(body)}"
        wait = self.options.retry_after
        headers = {"Retry-After": str(math.ceil(wait))} if fault == "rate_limit" else {}
        headers |= {"retry-after-ms": str(wait * 1000)} if headers and wait != int(wait) else {}
        error = {"message": text, "type": code, "code": code}
        await self._send(status, json.dumps({"error": error}).encode(), headers)

    async def _send(
        self,
        status: int,
        content: bytes,
        headers: dict[str, str] | None = None,
        *,
        slowly: bool = False,
        cut_off: bool = False,
    ) -> None:
        fields = {"Content-Type": "application/json", "Content-Length": str(len(content)), **(headers or {})}
        lines = [
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
            *(f"{name}: {value}" for name, value in fields.items()),
        ]
        head = "\r\n".join([*lines, "", ""]).encode()
        self.open = self.open and not cut_off
        if slowly:
            self.writer.write(head)
            for start in range(len(content)):
                self.writer.write(content[start : start + 1])
                await self.writer.drain()
                await asyncio.sleep(0.05)
            return
        self.writer.write(head + (content[: len(content) // 2] if cut_off else content))
        await self.writer.drain()


def _head(head: bytes) -> tuple[str, str, dict[str, str]]:
    """Method, path and headers of a request, the headers' names in small letters."""
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    method, path, _ = first.split(" ")
    return method, path, {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _window(text: str) -> tuple[float, float]:
    start, seconds = text.split(",")
    return float(start), float(seconds)


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one; it is printed")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before a reply")
    parser.add_argument("--turns", type=int, default=2, help="requests a task takes where seal is offered, at least 2")
    parser.add_argument("--optimizer", choices=OPTIMIZERS, default="learner", help="busy: one action a request, always")
    parser.add_argument("--answers", default="", help="dm_math's rows: the models of mathematician.py, who know them")
    parser.add_argument("--models", choices=("seals", "experiment"), default="seals", help="see simulated_baselines.py")
    parser.add_argument("--fault-rate", type=float, default=0.0, help="share of requests with a fault, 0 to 1")
    parser.add_argument("--faults", default=",".join(OUTAGES + SLIPS), help="kinds to draw from, with commas")
    parser.add_argument("--plan", default="", help=f"faults of the first requests, in order of arrival: {KINDS}")
    parser.add_argument("--retry-after", type=float, default=0.05, help="seconds a 429 asks to wait")
    parser.add_argument("--hang", type=float, default=30.0, help="seconds a timeout hangs")
    parser.add_argument("--context", type=int, default=0, help="tokens of a prompt above which it is refused; 0 none")
    parser.add_argument(
        "--outage",
        type=_window,
        default=(0.0, 0.0),
        metavar="START,SECONDS",
        help="breaks every connection off that asks in that window after the first request; such requests are logged",
    )
    parser.add_argument("--die-after", type=int, default=0, help="requests after which the process exits; 0 never")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(arguments)


async def serve(options: argparse.Namespace) -> None:
    """Serves until the process is ended."""
    endpoint = Endpoint(options)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Connection(endpoint, reader, writer).serve()

    server = await asyncio.start_server(connected, "127.0.0.1", options.port, limit=2**26, backlog=4096)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(parsed()))
