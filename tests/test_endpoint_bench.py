"""The simulated endpoint itself: its faults, its clock, and replies that depend on the conversation alone."""

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlparse

import pytest

from simulated_endpoint import SimulatedEndpoint, question, seal, simulated_endpoint

SCHEMA: dict[str, Any] = {"type": "object", "properties": {}}
SEAL = {"type": "function", "function": {"name": "seal", "parameters": SCHEMA}}
WORD = "abc"


def body(*more: dict[str, Any], tools: bool = True, word: str = WORD) -> dict[str, Any]:
    messages = [{"role": "user", "content": question(word)}, *more]
    return {"model": "agent", "messages": messages, **({"tools": [SEAL]} if tools else {})}


def post(endpoint: SimulatedEndpoint, asked: dict[str, Any]) -> tuple[int, dict[str, str], dict[str, Any]]:
    """One request on a connection of its own: status, headers in small letters, JSON."""
    connection = http.client.HTTPConnection(urlparse(endpoint.url).netloc, timeout=30)
    try:
        connection.request("POST", "/v1/chat/completions", json.dumps(asked))
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, headers, json.loads(answer.read())
    finally:
        connection.close()


def said(reply: dict[str, Any]) -> dict[str, Any]:
    return reply["choices"][0]["message"]


def test_a_rate_limit_says_when_to_come_again_and_a_bare_one_does_not():
    with simulated_endpoint(plan="rate_limit,rate_limit_bare") as endpoint:
        (status, headers, _), (bare_status, bare, _) = post(endpoint, body()), post(endpoint, body())
    assert (status, bare_status) == (429, 429)
    assert headers["retry-after-ms"] == "50.0"
    assert not [name for name in bare if name.startswith("retry-after")]


def test_a_reset_and_an_outage_break_the_connection_and_are_logged():
    with simulated_endpoint(plan="ok,reset") as endpoint:
        post(endpoint, body())
        with pytest.raises(ConnectionResetError) as broken:
            post(endpoint, body())
        assert broken.type is ConnectionResetError  # a connection closed in good order is a kind of it, too
        assert [entry["fault"] for entry in endpoint.log()] == ["ok", "reset"]
    with simulated_endpoint(outage="0,0.4") as endpoint:
        with pytest.raises(ConnectionResetError):
            post(endpoint, body())
        time.sleep(0.4)
        assert post(endpoint, body())[0] == 200
        assert endpoint.counts()["outage"] == 1


def test_replies_that_are_no_answer():
    with simulated_endpoint(plan="wrong_schema,content_filter,filtered") as endpoint:
        (status, _, other), (_, _, withheld), (refused, _, error) = (post(endpoint, body()) for _ in range(3))
    assert status == 200
    assert "choices" not in other
    assert (withheld["choices"][0]["finish_reason"], said(withheld)["content"]) == ("content_filter", "")
    assert (refused, error["error"]["code"]) == (400, "content_filter")


def test_a_prompt_longer_than_the_context_is_refused_whatever_the_plan_says():
    with simulated_endpoint(context=100) as endpoint:
        assert post(endpoint, body())[0] == 200
        status, _, error = post(endpoint, body({"role": "user", "content": "long " * 100}))
    assert (status, error["error"]["code"]) == (400, "context_length_exceeded")
    assert "the context is 100 tokens long" in error["error"]["message"]


@pytest.mark.parametrize("turns", [2, 4])
def test_a_task_takes_as_many_requests_as_it_is_told_and_each_names_the_one_before(turns: int):
    more, reply = list[dict[str, Any]](), dict[str, Any]()
    with simulated_endpoint(turns=turns) as endpoint:
        for _ in range(turns):
            reply = said(post(endpoint, body(*more))[2])
            for call in reply.get("tool_calls", []):
                word = json.loads(call["function"]["arguments"])["word"]
                more += [reply, {"role": "tool", "tool_call_id": call["id"], "content": f'"{seal(word)}"'}]
        log = endpoint.log()
    assert seal(WORD) in reply["content"]
    assert [entry["parent"] for entry in log] == ["", *(entry["mark"] for entry in log[:-1])]


def test_many_wait_at_once_and_each_as_long_as_the_latency():
    def ask(word: str) -> dict[str, Any]:
        return said(post(endpoint, body(word=word))[2])

    with simulated_endpoint(latency=0.5) as endpoint:
        with ThreadPoolExecutor(50) as threads:
            words = [f"w{number}" for number in range(50)]
            replies = list(threads.map(ask, words))
        log = endpoint.log()
        assert endpoint.counts()["at_once"] > 1
    asked = [json.loads(reply["tool_calls"][0]["function"]["arguments"])["word"] for reply in replies]
    assert asked == words
    assert all(entry["left"] - entry["at"] >= 0.5 for entry in log)


def test_a_reply_depends_on_the_seed_and_not_on_the_order_of_arrival():
    def marks(order: list[str], seed: int) -> dict[str, Any]:
        with simulated_endpoint(seed=seed) as endpoint:
            return {word: post(endpoint, body(word=word))[2] for word in order}

    assert marks(["a", "b", "c"], 1) == marks(["c", "a", "b"], 1)
    assert marks(["a"], 1) != marks(["a"], 2)
