"""Who may read the live page, decided from names and headers alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolwright.view.access import Door, is_loopback

HOME = Door.at("127.0.0.1", 8000)
EVERYWHERE = Door.at("0.0.0.0", 8000, "mybox")


def status(door: Door, method: str = "GET", **headers: str) -> int:
    refusal = door.refusal(method, {name.replace("_", "-"): value for name, value in headers.items()})
    return 200 if refusal is None else refusal.status


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "LOCALHOST:8000", "[::1]:8000"])
def test_on_loopback_the_server_goes_by_the_names_of_loopback(host: str) -> None:
    assert status(HOME, Host=host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example:8000",
        "127.0.0.1.evil.example:8000",
        "evil.example:8000@127.0.0.1:8000",
        "127.0.0.1:8001",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:08000000",
        "127.0.0.1:٨٠٠٠",
        "127.0.0.1:8000:8000",
        "::1:8000",
        "[127.0.0.1",
        "localhost.:8000",
        "127.0.0.2:8000",
        "0.0.0.0:8000",
    ],
)
def test_any_other_name_is_misdirected(host: str) -> None:
    assert status(HOME, Host=host) == 421


@given(st.text(max_size=40))
def test_no_text_but_its_own_names_is_the_servers_name(host: str) -> None:
    own = {"127.0.0.1:8000", "localhost:8000", "[::1]:8000"}
    assert status(HOME, Host=host) == (200 if host.lower() in own else 421)


def test_on_port_80_the_port_need_not_be_said() -> None:
    door = Door.at("localhost", 80)
    assert (status(door, Host="localhost"), status(door, Host="localhost:80")) == (200, 200)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "PROPFIND"])
def test_only_reading_methods_are_answered(method: str) -> None:
    assert status(HOME, method, Host="127.0.0.1:8000") == 405


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "https://127.0.0.1:8000", "http://127.0.0.1:8001", "http://localhost:8000", ""],
)
def test_other_origins_are_refused(origin: str) -> None:
    assert status(HOME, Host="127.0.0.1:8000", Origin=origin) == 403


def test_the_page_itself_may_name_its_origin() -> None:
    assert status(HOME, Host="127.0.0.1:8000", Origin="http://127.0.0.1:8000") == 200


@pytest.mark.parametrize(
    ("site", "expected"), [("same-origin", 200), ("none", 200), ("same-site", 403), ("cross-site", 403), ("odd", 403)]
)
def test_what_the_browser_says_of_the_asking_site_counts(site: str, expected: int) -> None:
    assert status(HOME, Host="127.0.0.1:8000", Sec_Fetch_Site=site) == expected


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("LocalHost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("mybox", False),
        ("localhost.evil.example", False),
    ],
)
def test_only_loopback_needs_no_token(host: str, *, loopback: bool) -> None:
    door = Door.at(host, 8000)
    assert (is_loopback(host), bool(door.token)) == (loopback, not loopback)
    assert ("token=" in door.url) is not loopback


def test_on_every_address_a_server_goes_by_any_address_and_the_machines_name_which_no_other_site_can_take() -> None:
    for host in ("10.1.2.3:8000", "[fe80::1]:8000", "MyBox:8000", "localhost:8000"):
        assert status(EVERYWHERE, Host=host) == 200
    assert status(EVERYWHERE, Host="evil.example:8000") == 421
    assert status(Door.at("0.0.0.0", 8000, ""), Host=":8000") == 421


def test_on_one_address_a_server_goes_by_that_alone() -> None:
    door = Door.at("10.1.2.3", 8000, "mybox")
    assert [status(door, Host=f"{host}:8000") for host in ("10.1.2.3", "127.0.0.1", "mybox", "localhost")] == [
        200,
        421,
        421,
        421,
    ]


def test_every_server_has_a_token_of_its_own_of_256_bits() -> None:
    tokens = {Door.at("10.1.2.3", 8000).token for _ in range(50)}
    assert len(tokens) == 50
    assert min(map(len, tokens)) >= 43  # 32 bytes in base64


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=60))
def test_no_text_but_the_token_opens_the_door(given_: str) -> None:
    assert not EVERYWHERE.admits(given_)
    assert EVERYWHERE.admits(EVERYWHERE.token)


def test_what_is_almost_the_token_does_not_open_the_door() -> None:
    token = EVERYWHERE.token
    assert [EVERYWHERE.admits(text) for text in ("", token[:-1], f"{token}A", token.swapcase(), f" {token}")] == [
        False
    ] * 5


def test_a_door_without_a_token_is_opened_by_none() -> None:
    assert not HOME.admits("")


def test_an_address_of_version_6_stands_in_brackets() -> None:
    assert Door.at("::1", 8000).url == "http://[::1]:8000/"


def test_servers_of_one_machine_have_cookies_of_their_own() -> None:
    assert Door.at("10.0.0.1", 8000).cookie != Door.at("10.0.0.1", 8001).cookie
