"""The live server over real sockets: what it serves, to whom, and what it withstands."""

import asyncio
import json
import socket
from pathlib import Path

import pytest
from live import Serve, warned

from toolwright.errors import ConfigError
from toolwright.runs.folder import RunFolder
from toolwright.view.access import Door
from toolwright.view.server import serving

HARDENED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Server": "toolwright",
}


async def test_the_page_comes_with_its_policy_and_may_be_framed_by_nobody(run: RunFolder, serve: Serve) -> None:
    async with serve(run.path) as page:
        reply, body = await page.get("/")
    assert (reply.status, body) == (200, b"<!doctype html><title>page</title>")
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert reply.headers["Content-Security-Policy"] == "script-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize("path", ["/", "/documents/overview", "/documents/none", "/nothing", "/events?x"])
@pytest.mark.parametrize("method", ["HEAD", "POST"])
async def test_every_answer_carries_the_protecting_headers(
    run: RunFolder, serve: Serve, path: str, method: str
) -> None:
    async with serve(run.path) as page:
        reply, _ = await page.get(path, method)
    assert {name: reply.headers.get(name) for name in HARDENED} == HARDENED
    assert "frame-ancestors 'none'" in reply.headers["Content-Security-Policy"]


async def test_a_header_that_browsers_heed_on_loopback_alone_is_sent_there_alone(run: RunFolder, serve: Serve) -> None:
    async with serve(run.path, host="0.0.0.0") as page:
        reply, _ = await page.get("/", headers={"Host": f"127.0.0.1:{page.door.port}"})
    sent = {name: reply.headers.get(name) for name in HARDENED}
    assert sent == HARDENED | {"Cross-Origin-Opener-Policy": None}


async def test_a_document_is_gzipped_json_and_not_sent_again_to_who_has_it(run: RunFolder, serve: Serve) -> None:
    async with serve(run.path) as page:
        reply, body = await page.get("/documents/overview")
        assert reply.headers["Content-Encoding"] == "gzip"
        tag = reply.headers["ETag"]
        again, nothing = await page.get("/documents/overview", headers={"If-None-Match": tag})
        run.store.emit(warned())
        newer, _ = await page.get("/documents/overview", headers={"If-None-Match": tag})
    assert json.loads(body)["run"] == "first"
    assert (again.status, nothing, again.headers["ETag"]) == (304, b"", tag)
    assert (newer.status, newer.headers["ETag"] != tag) == (200, True)


@pytest.mark.parametrize(("accepts", "encoding"), [("identity", None), ("gzip;q=0", None), ("br, GZIP;q=0.5", "gzip")])
async def test_who_takes_no_gzip_gets_none(run: RunFolder, serve: Serve, accepts: str, encoding: str | None) -> None:
    async with serve(run.path) as page:
        reply, body = await page.get("/documents/overview", headers={"Accept-Encoding": accepts})
    assert reply.headers.get("Content-Encoding") == encoding
    assert json.loads(body)["run"] == "first"


@pytest.mark.parametrize("path", ["/", "/documents/overview", "/events"])
async def test_a_head_is_answered_without_a_body(run: RunFolder, serve: Serve, path: str) -> None:
    async with serve(run.path) as page:
        answer = await page.raw(
            f"HEAD {path} HTTP/1.1\r\nHost: 127.0.0.1:{page.door.port}\r\nConnection: close\r\n\r\n".encode()
        )
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\n")


async def test_a_page_hears_of_what_happens_each_time(run: RunFolder, serve: Serve) -> None:
    async with serve(run.path) as page, page.following() as one, page.following() as two:
        assert one.reply.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        begun = await one.ordinal()
        assert await two.ordinal() == begun
        for _ in range(3):
            run.store.emit(warned())
            begun += 1
            assert [await one.ordinal(), await two.ordinal()] == [begun, begun]


async def test_a_page_that_is_told_nothing_hears_that_the_server_is_there(run: RunFolder, serve: Serve) -> None:
    async with serve(run.path, heartbeat=0.1) as page, page.following() as stream:
        await stream.ordinal()
        assert await stream.line() == ": still here"


async def test_the_end_of_a_writer_is_told_though_it_kept_nothing(run: RunFolder, serve: Serve) -> None:
    async with serve(run.path) as page, page.following() as stream:
        begun = await stream.ordinal()
        run.close()
        assert await stream.ordinal() == begun


async def test_a_run_that_vanishes_and_comes_back_does_not_end_the_server(run: RunFolder, serve: Serve) -> None:
    aside = run.path.with_name("aside")
    async with serve(run.path) as page, page.following() as stream:
        begun = await stream.ordinal()
        await page.document()
        run.path.rename(aside)
        assert await stream.ordinal() == begun
        assert "not there any more" in (await page.document())["notices"][0]
        aside.rename(run.path)
        assert await stream.ordinal() == begun
        assert (await page.document())["notices"] == []


async def test_a_run_that_a_new_process_goes_on_with_is_followed_further(run: RunFolder, serve: Serve) -> None:
    async with serve(run.path) as page, page.following() as stream:
        begun = await stream.ordinal()
        run.close()
        await stream.ordinal()
        with RunFolder.open(run.path) as again:
            again.store.emit(warned("the second process"))
            await stream.until(begun + 1)
            assert (await page.document())["ordinal"] == begun + 1


async def test_listeners_are_bounded_and_a_place_is_free_again(run: RunFolder, serve: Serve) -> None:
    async with serve(run.path, most=2) as page:
        async with page.following() as one, page.following() as two:
            await asyncio.gather(one.ordinal(), two.ordinal())
            refused, why = await page.get("/events")
            assert (refused.status, b"2 pages follow this run already" in why) == (503, True)
            assert (await page.get("/documents/overview"))[0].status == 200
        async with asyncio.timeout(10):
            while not await _follows(page.door):
                pass


async def _follows(door: Door) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{door.port}\r\n\r\n".encode())
    line = await reader.readline()
    writer.close()
    return b"200" in line


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
@pytest.mark.parametrize("path", ["/", "/documents/overview", "/events", "/nothing"])
async def test_requests_of_other_sites_are_refused_on_every_path(
    run: RunFolder, serve: Serve, path: str, change: dict[str, str], status: int
) -> None:
    async with serve(run.path) as page:
        reply, body = await page.get(path, headers=change)
    assert reply.status == status
    assert b"first" not in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/documents/overview", "/events", "/nothing"])
async def test_other_methods_are_refused_on_every_path(run: RunFolder, serve: Serve, path: str, method: str) -> None:
    async with serve(run.path) as page:
        reply, _ = await page.get(path, method, data=b"x" * 1000 if method == "POST" else None)
    assert (reply.status, reply.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "request_line",
    [
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    ],
)
async def test_a_request_without_the_servers_name_is_refused(run: RunFolder, serve: Serve, request_line: str) -> None:
    async with serve(run.path) as page:
        answer = await page.raw(request_line.encode())
    assert answer.split()[1] in {b"400", b"421"}


async def test_two_names_are_none(run: RunFolder, serve: Serve) -> None:
    async with serve(run.path) as page:
        own = f"Host: 127.0.0.1:{page.door.port}"
        answer = await page.raw(f"GET / HTTP/1.1\r\n{own}\r\nHost: evil.example\r\n\r\n".encode())
        turned = await page.raw(f"GET / HTTP/1.1\r\nHost: evil.example\r\n{own}\r\n\r\n".encode())
    assert {answer.split()[1], turned.split()[1]} <= {b"400", b"421"}


@pytest.mark.parametrize(
    "path",
    [
        "/documents/../../etc/passwd",
        "/documents/..%2f..%2fetc%2fpasswd",
        "/documents/%2e%2e/%2e%2e/secret",
        "/documents/%252e%252e%252fsecret",
        "/documents//etc/passwd",
        "/documents/overview/",
        "/documents/overview%00",
        "/documents/overview%0a",
        "/documents/overview.json",
        "/documents/overview%2F..%2Fsecret",
        "/documents/steps/1-0/../../secret",
        "/documents/Overview",
        "/documents/%F0%9F%92%A9",
        "/documents/%ff%fe",
        "/documents/" + "a" * 5000,
        "/documents/",
        "/documents",
        "/secret",
        "/run.sqlite",
        "/config.json",
        "/../secret",
        "/%2e%2e/secret",
        "//secret",
        "/static/../secret",
        "/\\secret",
    ],
)
async def test_no_path_reaches_a_file(run: RunFolder, serve: Serve, path: str) -> None:
    (run.path / "secret").write_text("the secret")
    (run.path.parent / "secret").write_text("the secret")
    async with serve(run.path) as page:
        own = f"Host: 127.0.0.1:{page.door.port}\r\nConnection: close\r\n\r\n"
        answer = await page.raw(f"GET {path} HTTP/1.1\r\n{own}".encode())
        assert answer.split()[1] in {b"404", b"400"}, answer[:200]
        assert b"the secret" not in answer
        assert b"SQLite" not in answer
        assert (await page.document())["run"] == "first"


@pytest.mark.parametrize("name", ["steps%2F1-0", "steps/1-0", "steps/1%2D0"])
async def test_a_name_may_come_percent_encoded(run: RunFolder, serve: Serve, name: str) -> None:
    async with serve(run.path) as page:
        assert (await page.document(name))["run"] == "huge"


@pytest.mark.parametrize(
    "junk",
    [
        b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X%d: 1\r\n" % n for n in range(50_000)) + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
        b"GET / HTTP/1.1\r\nHost: a\x00b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
        b"\r\n\r\n\r\n",
        b"",
    ],
)
async def test_what_is_no_request_ends_its_connection_alone_and_is_not_logged(
    run: RunFolder, serve: Serve, junk: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    async with serve(run.path) as page:
        answer = await page.raw(junk)
        assert not answer or answer.split()[1] in {b"400", b"405", b"421"}, answer[:300]
        assert b"Traceback" not in answer
        assert (await page.get("/"))[0].status == 200
    assert capfd.readouterr().err == ""


async def test_what_is_no_request_is_answered_with_the_protecting_headers_too(run: RunFolder, serve: Serve) -> None:
    async with serve(run.path) as page:
        answer = await page.raw(b"GET / HTTP/1.1\r\nHost: a\x00b\r\n\r\n")
    head, _, body = answer.decode().partition("\r\n\r\n")
    status, *lines = head.split("\r\n")
    sent = dict(line.split(": ", 1) for line in lines)
    assert status.split()[1] == "400"
    assert body
    assert {name: sent.get(name) for name in HARDENED} == HARDENED
    assert sent["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


async def test_connections_are_bounded_and_a_place_is_free_again(run: RunFolder, serve: Serve) -> None:
    async with serve(run.path, open_at_once=4) as page:
        held = [await asyncio.open_connection("127.0.0.1", page.door.port) for _ in range(4)]
        asked = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{page.door.port}\r\n\r\n".encode()
        async with asyncio.timeout(10):
            while b"503 Service Unavailable" not in (answer := await page.raw(asked)):
                pass
        assert b"Too many connections are open" in answer
        assert b"X-Frame-Options: DENY" in answer
        for _, writer in held:
            writer.close()
        async with asyncio.timeout(10):
            while (await page.get("/"))[0].status != 200:
                pass


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n"])
async def test_a_connection_that_asks_nothing_more_is_closed(run: RunFolder, serve: Serve, sent: bytes) -> None:
    async with serve(run.path, patience=0.1) as page:
        reader, writer = await asyncio.open_connection("127.0.0.1", page.door.port)
        writer.write(sent.replace(b"%d", str(page.door.port).encode()))
        async with asyncio.timeout(10):
            await reader.read(-1)  # to the end, which the server makes
        writer.close()


@pytest.mark.soak
async def test_a_reader_that_takes_nothing_is_cut_off_and_others_are_served_meanwhile(
    run: RunFolder, serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    async with serve(run.path, patience=0.3) as page:
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            slow.connect(("127.0.0.1", page.door.port))
            slow.sendall(f"GET /documents/steps/1-0 HTTP/1.1\r\nHost: 127.0.0.1:{page.door.port}\r\n\r\n".encode())
            assert (await page.document())["run"] == "first"
            await asyncio.sleep(1.5)
            assert await asyncio.to_thread(_drained, slow) < 5_000_000  # of more: what had left the server before
        assert (await page.document("steps/1-0"))["run"] == "huge"
    assert capfd.readouterr().err == ""


def _drained(connection: socket.socket) -> int:
    """How many bytes come before the connection ends."""
    connection.settimeout(10)
    total = 0
    try:
        while piece := connection.recv(1 << 20):
            total += len(piece)
    except ConnectionResetError:
        pass
    return total


async def test_beyond_loopback_a_token_opens_the_page_and_becomes_a_cookie(run: RunFolder, serve: Serve) -> None:
    async with serve(run.path, host="0.0.0.0") as page:
        own = {"Host": f"127.0.0.1:{page.door.port}"}
        before = [(await page.get(path, headers=own))[0].status for path in ("/", "/documents/overview", "/events")]
        wrong, _ = await page.get("/?token=wrong", headers=own)
        right, _ = await page.get(f"/?token={page.door.token}", headers=own)
        cookie = right.headers["Set-Cookie"]
        kept = {**own, "Cookie": cookie.partition(";")[0]}
        after = [(await page.get(path, headers=kept))[0].status for path in ("/", "/documents/overview")]
    assert before == [403, 403, 403]
    assert (wrong.status, "Set-Cookie" in wrong.headers) == (403, False)
    assert (right.status, right.headers["Location"]) == (303, "/")
    assert ("HttpOnly" in cookie, "SameSite=Strict" in cookie) == (True, True)
    assert after == [200, 200]


async def test_a_token_does_not_open_the_page_to_another_site(run: RunFolder, serve: Serve) -> None:
    async with serve(run.path, host="0.0.0.0") as page:
        kept = {"Cookie": f"{page.door.cookie}={page.door.token}"}
        port = page.door.port
        named, _ = await page.get("/", headers={**kept, "Host": f"evil.example:{port}"})
        asked, _ = await page.get("/", headers={**kept, "Host": f"127.0.0.1:{port}", "Origin": "http://evil.example"})
    assert (named.status, asked.status) == (421, 403)


@pytest.mark.parametrize("given", ["", "%00", "%ff", "%C3%A9", "a" * 4000, "token&token=x"])
async def test_odd_tokens_are_wrong_ones(run: RunFolder, serve: Serve, given: str) -> None:
    async with serve(run.path, host="0.0.0.0") as page:
        own = {"Host": f"127.0.0.1:{page.door.port}"}
        reply, _ = await page.get(f"/?token={given}", headers=own)
        cookie, _ = await page.get("/", headers={**own, "Cookie": f"{page.door.cookie}={given}"})
    assert (reply.status, cookie.status) == (403, 403)


async def test_on_loopback_no_token_is_asked_for_and_none_is_in_the_address(run: RunFolder, serve: Serve) -> None:
    async with serve(run.path) as page:
        assert page.door.url == f"http://127.0.0.1:{page.door.port}/"
        assert (await page.get("/?token=anything"))[0].status == 200


async def test_a_port_that_is_taken_is_said(run: RunFolder, serve: Serve) -> None:
    async with serve(run.path) as page:
        with pytest.raises(ConfigError, match=rf"127.0.0.1, port {page.door.port}: .*--port"):
            async with _second(page.door.port):
                pass


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.1", "a" * 300, "\ud800"])
async def test_a_host_that_is_not_this_machines_is_said(host: str) -> None:
    with pytest.raises(ConfigError, match="cannot be served at"):
        async with serving(None, host, 0):  # pyright: ignore[reportArgumentType] - it is not looked at before
            pass


def _second(port: int):
    return serving(None, "127.0.0.1", port)  # pyright: ignore[reportArgumentType] - as above


async def test_the_server_writes_nothing(run: RunFolder, serve: Serve) -> None:
    def state() -> dict[str, bytes]:
        return {
            str(file.relative_to(run.path)): file.read_bytes()
            for file in sorted(Path(run.path).rglob("*"))
            if file.is_file() and not file.name.endswith("-shm")  # SQLite's shared memory, which readers mark, too
        }

    before = state()
    async with serve(run.path) as page, page.following() as stream:
        await stream.ordinal()
        await page.get("/")
        await page.document()
    assert state() == before
