"""What stands on the wire: an answer that is written in one piece is the one that uvicorn would write by itself."""

import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.app import create_app
from api.house import House
from api.settings import Settings
from api.web.protocol import Protocol
from tests.conftest import District
from tests.serving import serving
from tests.verification.holders import Holder, hold

ON_ENGINES = ("sqlite",)
DIFFERS = re.compile(rb"(?<=date: )[^\r]+|(?<=x-request-id: )[^\r]+|(?<=seen=)[0-9a-f.]+|[0-9-]{10}T[0-9:.]+Z|datetime=.*?</time>")


@pytest.fixture
def holder(district: District, house: House) -> Holder:
    return hold(house, district.ids["B11"])


@pytest.fixture
def servers(settings: Settings, holder: Holder) -> Iterator[list[int]]:
    """The ports of the same application, served by our protocol and by uvicorn's."""
    with ExitStack() as stack:
        urls = [
            stack.enter_context(serving(lambda _: create_app(settings), http=protocol))[1]
            for protocol in (Protocol, HttpToolsProtocol)
        ]
        yield [int(url.rpartition(":")[2]) for url in urls]


def said(port: int, requests: Sequence[bytes]) -> bytes:
    """All that a server says to requests that are sent at once, the last of which closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"".join(requests))
        answer = b""
        while more := connection.recv(1 << 16):
            answer += more
    return DIFFERS.sub(b"", answer)


def request(line: str, *headers: str) -> bytes:
    return "\r\n".join((line, "Host: lx.example.gov.cn", *headers, "", "")).encode()


def test_an_answer_in_one_piece_is_what_uvicorn_writes_in_two(servers: list[int], holder: Holder) -> None:
    close, json = "Connection: close", "Accept: application/json"
    path = f"/C/{holder.code}"
    talks = [
        [request(f"GET {path} HTTP/1.1", json, close)],
        [request(f"GET {path} HTTP/1.1", close)],
        [request(f"HEAD {path} HTTP/1.1", close)],
        [request(f"GET {path} HTTP/1.0", json)],
        [request("GET /C/D00000000000000 HTTP/1.1", close)],
        [request(f"GET {path} HTTP/1.1", json, "Expect: 100-continue", close)],
        # Several at once, of which each is answered in its turn, with an ordinary route among them.
        [*[request(f"{method} {path} HTTP/1.1", json) for method in ("GET", "HEAD", "GET")], request("GET /livez HTTP/1.1", close)],
    ]
    for talk in talks:
        ours, theirs = (said(port, talk) for port in servers)
        assert ours == theirs
        assert ours.count(b"HTTP/1.1 ") == len(talk) and b"content-length: " in ours


def test_a_connection_is_kept_for_the_next_request(servers: list[int], holder: Holder) -> None:
    with socket.create_connection(("127.0.0.1", servers[0]), timeout=10) as connection:
        for _ in range(3):
            connection.sendall(request(f"GET /C/{holder.code} HTTP/1.1", "Accept: application/json"))
            assert b'"card_valid"' in connection.recv(1 << 16)
