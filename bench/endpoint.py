"""A simulated OpenAI-compatible endpoint: both roles' replies by rule, with faults wherever they are asked for.

    python bench/endpoint.py --port 8123 --fault-rate 0.1 --seed 7

The agent is asked for the seal of a word, which nobody can know but through a function; the optimizer first proposes a
wrong one, then, once that is in its failure record, the right one. Replies and faults depend on the seed, the word, the
conversation's length and how often that was asked, never on the order of arrival nor on a prompt's wording.

Beside POST /v1/chat/completions there are GET /v1/models, GET /stats (counts) and GET /log (every request as it came).
"""

import argparse
import hashlib
import json
import math
import os
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OUTAGES = ("rate_limit", "server_error", "timeout", "truncated", "empty")
"""Faults no agent answers for: the request is to be sent again."""

SLIPS = ("unknown_tool", "wrong_types")
"""Faults of a model: a call that cannot be made, which it is told and mends."""

STATUS = {
    "rate_limit": (429, "rate_limit_exceeded"),
    "server_error": (500, "server_error"),
    "quota": (429, "insufficient_quota"),
    "bad_key": (401, "invalid_api_key"),
    "no_model": (404, "model_not_found"),
    "too_long": (400, "context_length_exceeded"),
}
"""Faults that are an HTTP status with an error of that code."""

OTHERS = ("trickle", "hang_up", "cut_off", "not_json", "no_choices", "empty_length")
KINDS = ", ".join(["ok", *dict.fromkeys((*OUTAGES, *SLIPS, *STATUS, *OTHERS))])

RIGHT = "import hashlib\n\ndef seal(word: str) -> str:\n    return hashlib.sha256(word.encode()).hexdigest()[:12]\n"
WRONG = "def seal(word: str) -> str:\n    return word[::-1]\n"


def question(word: str) -> str:
    """What the simulated agent understands."""
    return f"What is the seal of the word {word}? Seals cannot be guessed."


def seal(word: str) -> str:
    """The answer to `question(word)`: what the right function returns."""
    return hashlib.sha256(word.encode()).hexdigest()[:12]


def agent_reply(body: dict[str, Any], slip: str) -> dict[str, Any]:
    """Calls `seal` where it is offered, mends a call that was refused, and answers with what it returned."""
    messages, tools = body["messages"], [tool["function"]["name"] for tool in body.get("tools", [])]
    word = word_of(body)
    if slip == "unknown_tool":
        return _call("look_up_seal", {"word": word})
    if "seal" not in tools:
        return _say("I cannot know that. \\boxed{unknown}")
    if slip == "wrong_types":
        return _call("seal", {"word": 17, "loudly": "yes"})
    if messages[-1]["role"] == "tool" and (found := re.fullmatch(r'"?(\w+)"?', str(messages[-1]["content"]).strip())):
        return _say(f"The function says so. \\boxed{{{found[1]}}}")
    return _call("seal", {"word": word})


def optimizer_reply(body: dict[str, Any], slip: str) -> dict[str, Any]:
    """A wrong function, then the right one; ends a step after an admitted action, and where `seal` is right."""
    prompt, last = str(_user(body["messages"])["content"]), body["messages"][-1]
    if slip == "unknown_tool":
        return _call("rewrite_everything", {"reason": "A slip."})
    if slip == "wrong_types":
        return _call("add_function", {"name": "seal", "code": 17, "examples": "none"})
    if "hashlib.sha256" in prompt or (last["role"] == "tool" and str(last["content"]).startswith("Admitted")):
        return _call("terminate", {"reason": "Nothing is left to do."})
    code = RIGHT if "epoch 1" in prompt else WRONG
    action = {"name": "seal", "description": "The seal of a word.", "arguments": {"word": "The word."}, "code": code}
    return _call("add_function", {**action, "examples": [{"arguments": {"word": "abc"}}], "reason": "Seals are asked."})


def word_of(body: dict[str, Any]) -> str:
    """The word an agent's request asks about; "" of the optimizer's."""
    found = re.search(r"^What is the seal of the word (\w+)\?", str(_user(body["messages"])["content"]), re.MULTILINE)
    return found[1] if found and body["model"] != "optimizer" else ""


def _user(messages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return next(message for message in messages if message["role"] == "user")


def _say(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def _call(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"role": "assistant", "content": None, "tool_calls": [{"type": "function", "function": function}]}


def completion(body: dict[str, Any], message: dict[str, Any], mark: str, fault: str) -> dict[str, Any]:
    """A chat completion; tokens are characters/4."""
    for call in message.get("tool_calls", []):
        call["id"] = f"call_{mark}"
    asked, said = len(json.dumps(body["messages"])) // 4, len(json.dumps(message)) // 4
    why = "tool_calls" if message.get("tool_calls") else "length" if fault == "empty_length" else "stop"
    return {
        "id": f"chatcmpl-{mark}",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": why}],
        "usage": {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said},
    }


class Endpoint(ThreadingHTTPServer):
    """The server's state: what it was told to do, and what it got."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(("127.0.0.1", options.port), Handler)
        self.options = options
        self.plan: list[str] = [fault for fault in options.plan.split(",") if fault]
        self.counts: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.log: list[dict[str, Any]] = []
        self.under_way = 0
        self.lock = threading.Lock()

    def take(self, body: dict[str, Any], key: str) -> tuple[str, str]:
        """Counts and logs a request; returns its mark and the fault it gets."""
        place = f"{body['model']} {word_of(body)} {len(body['messages'])}"
        with self.lock:
            self.asked[place] += 1
            self.counts["requests"] += 1
            self.counts[body["model"]] += 1
            mark = hashlib.sha256(f"{self.options.seed} {place} {self.asked[place]}".encode()).hexdigest()[:16]
            fault = self.plan.pop(0) if self.plan else self._drawn(mark)
            self.counts[fault] += 1
            self.log.append({"at": time.monotonic(), "fault": fault, "key": key, "body": body})
            if self.options.die_after and self.counts["requests"] > self.options.die_after:
                os._exit(1)
        return mark, fault

    def _drawn(self, mark: str) -> str:
        draw = random.Random(mark)
        return draw.choice(self.options.faults.split(",")) if draw.random() < self.options.fault_rate else "ok"

    def entered(self, change: int) -> None:
        """Keeps count of the most requests that were under way at once."""
        with self.lock:
            self.under_way += change
            self.counts["at_once"] = max(self.counts["at_once"], self.under_way)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Endpoint  # pyright: ignore[reportIncompatibleVariableOverride] - this handler serves no other
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Stays silent."""

    def do_GET(self) -> None:
        served = {
            "/v1/models": {"object": "list", "data": [{"id": "agent"}, {"id": "optimizer"}]},
            "/stats": self.server.counts,
            "/log": self.server.log,
        }
        found = self.path in served
        self._send(200 if found else 404, json.dumps(served.get(self.path, {})).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        mark, fault = self.server.take(body, key)
        self.server.entered(+1)
        try:
            self._answer(body, mark, fault, key)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            self.server.entered(-1)

    def _answer(self, body: dict[str, Any], mark: str, fault: str, key: str) -> None:
        options = self.server.options
        time.sleep(options.latency)
        if fault in STATUS:
            return self._fail(*STATUS[fault], key)
        if fault == "timeout":
            time.sleep(options.hang)
        if fault in ("hang_up", "timeout"):
            self.close_connection = True
            return None
        reply = optimizer_reply if body["model"] == "optimizer" else agent_reply
        message = _say("") if fault.startswith("empty") else reply(body, fault)
        return self._complete(json.dumps(completion(body, message, mark, fault)).encode(), fault)

    def _complete(self, content: bytes, fault: str) -> None:
        """Sends a reply, whole or as its fault has it."""
        if fault == "truncated":
            content = content[: len(content) // 2]
        elif fault == "not_json":
            content = b"<html>upstream is warming up</html>"
        elif fault == "no_choices":
            content = json.dumps({**json.loads(content), "choices": []}).encode()
        self._send(200, content, slowly=fault == "trickle", cut_off=fault == "cut_off")

    def _fail(self, status: int, code: str, key: str) -> None:
        """An error that, as some do, repeats the key it was sent."""
        error = {"message": f"{code}: request of key {key} refused", "type": code, "code": code}
        wait = self.server.options.retry_after
        headers = {"Retry-After": str(math.ceil(wait))} if code == "rate_limit_exceeded" else {}
        headers |= {"retry-after-ms": str(wait * 1000)} if headers and wait != int(wait) else {}
        self._send(status, json.dumps({"error": error}).encode(), headers)

    def _send(
        self,
        status: int,
        content: bytes,
        headers: dict[str, str] | None = None,
        *,
        slowly: bool = False,
        cut_off: bool = False,
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.close_connection = self.close_connection or cut_off
        for start in range(len(content)) if slowly else ():
            self.wfile.write(content[start : start + 1])
            time.sleep(0.05)
        self.wfile.write(b"" if slowly else content[: len(content) // 2] if cut_off else content)


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one; it is printed")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before a reply")
    parser.add_argument("--fault-rate", type=float, default=0.0, help="share of requests with a fault, 0 to 1")
    parser.add_argument("--faults", default=",".join(OUTAGES + SLIPS), help="kinds to draw from, with commas")
    parser.add_argument("--plan", default="", help=f"faults of the first requests, in order of arrival: {KINDS}")
    parser.add_argument("--retry-after", type=float, default=0.05, help="seconds a 429 asks to wait")
    parser.add_argument("--hang", type=float, default=30.0, help="seconds a timeout hangs")
    parser.add_argument("--die-after", type=int, default=0, help="requests after which the process exits; 0 never")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(arguments)


def main() -> None:
    """Serves until the process is ended."""
    endpoint = Endpoint(parsed())
    print(f"http://127.0.0.1:{endpoint.server_address[1]}/v1", flush=True)
    endpoint.serve_forever()


if __name__ == "__main__":
    main()
