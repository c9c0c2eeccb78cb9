"""What stands on the wire: an answer that is written in one piece is the one that uvicorn would write by itself; and whatever is
sent is bounded, in size and in time, without a proxy."""

import asyncio
import gc
import json
import re
import socket
import time
import weakref
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any, cast

import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api.app import Application, create_app
from api.house import House
from api.settings import Settings
from api.web import crowd, protocol
from api.web.middleware import Sending
from api.web.protocol import Protocol
from models.enums import Role
from tests.conftest import District
from tests.routes import document, resolved
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
            stack.enter_context(serving(lambda _: create_app(settings), http=spoken))[1] for spoken in (Protocol, HttpToolsProtocol)
        ]
        yield [int(url.rpartition(":")[2]) for url in urls]


def said(port: int, requests: Sequence[bytes]) -> bytes:
    """All that a server says to requests that are sent at once, the last of which closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
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
    with socket.create_connection(("127.0.0.1", servers[0]), timeout=60) as connection:
        for _ in range(3):
            connection.sendall(request(f"GET /C/{holder.code} HTTP/1.1", "Accept: application/json"))
            assert b'"card_valid"' in connection.recv(1 << 16)


SHORT = 0.5


def test_a_request_leaves_nothing_behind_that_only_a_search_for_rubbish_finds(settings: Settings, holder: Holder) -> None:
    made: list[weakref.ref[RequestResponseCycle]] = []

    class Watched(Protocol):
        def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
            made.append(weakref.ref(cycle))
            super()._start_asgi_task(cycle, app)

    gc.disable()
    try:
        with serving(lambda _: create_app(settings), http=Watched) as (_, url):
            port = int(url.rpartition(":")[2])
            for path in (f"/C/{holder.code}", "/livez", "/v1/organizations"):
                said(port, [request(f"GET {path} HTTP/1.1")] * 3 + [request(f"GET {path} HTTP/1.1", "Connection: close")])
        assert len(made) == 12 and not any(cycle() for cycle in made)
    finally:
        gc.enable()


@pytest.fixture
def port(settings: Settings, district: District) -> Iterator[int]:
    with serving(lambda _: create_app(settings)) as (_, url):
        yield int(url.rpartition(":")[2])


@pytest.fixture
def hurried(port: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """The port of a server that waits for nobody."""
    for name in ("HEAD_SECONDS", "BODY_SECONDS", "UNTAKEN_SECONDS"):
        monkeypatch.setattr(protocol, name, SHORT)
    return port


def problem_of(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = [line.decode().partition(": ")[::2] for line in head.split(b"\r\n")[1:]]
    assert {"content-type", "content-language", "x-request-id", "connection", "cache-control"} <= {name for name, _ in lines}
    assert ("content-length", str(len(body))) in lines
    told = json.loads(body)
    assert told["status"] == int(head[9:12]) and told["detail"] and told["request_id"] == dict(lines)["x-request-id"]
    return told["status"], told["code"]


def told(port: int, *parts: bytes, pause: float = 0) -> bytes:
    """All that a server says to what is sent to it part by part, until it ends the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        answer = b""
        try:
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)
            while more := connection.recv(1 << 16):
                answer += more
        except ConnectionError:
            pass
        return answer


POST = request("POST /v1/sessions HTTP/1.1", "Content-Type: application/json", "Content-Length: 100")
CHUNKED = request("POST /v1/sessions HTTP/1.1", "Content-Type: application/json", "Transfer-Encoding: chunked")


def test_whatever_is_begun_and_not_sent_ends_within_its_time(hurried: int) -> None:
    nothing = [b"", b"\r\n", b"\r\n" * 10]
    something = [
        b"GET",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: abc",
        POST,
        POST + b'{"username"',
        CHUNKED,
        CHUNKED + b"5\r\nab",
    ]
    kept = request("GET /livez HTTP/1.1") + b"GET /li"
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda begun: told(hurried, begun), [*nothing, *something, kept]))
    assert answers[:3] == [b""] * 3
    assert answers[-1].startswith(b"HTTP/1.1 200 ")
    for answer in answers[3:]:
        assert problem_of(answer[answer.rindex(b"HTTP/1.1 ") :]) == (408, "too_slow")


def test_sending_a_little_now_and_then_holds_a_connection_no_longer(hurried: int) -> None:
    head, drop = b"GET /livez HTTP/1.1\r\nHost: x\r\n", b"X-A: b\r\n"
    # What is refused before its body has come, as nobody will read it, is not to be sent for ever either.
    refused = POST.replace(b"/sessions", b"/nothing")
    began = time.monotonic()
    with ThreadPoolExecutor(3) as pool:
        for first, more in ((head, drop), (POST, b" "), (refused, b" ")):
            pool.submit(told, hurried, first, *[more] * 90, pause=SHORT / 5)
    assert time.monotonic() - began < 6, "each would last 9 s"


def test_a_body_has_the_more_time_the_more_of_it_comes(hurried: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "BODY_BYTES_A_SECOND", 5)
    first, rest = POST.replace(b"Host", b"Connection: close\r\nHost") + b" " * 50, b" " * 50
    assert told(hurried, first, rest, pause=SHORT * 1.5).startswith(b"HTTP/1.1 422 ")


def test_a_server_that_is_told_to_end_waits_for_no_slow_client(
    settings: Settings, holder: Holder, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert protocol.ENDING_SECONDS <= 15
    monkeypatch.setattr(protocol, "ENDING_SECONDS", SHORT)
    for name in ("BODY_SECONDS", "UNTAKEN_SECONDS"):
        monkeypatch.setattr(protocol, name, 50.0)
    with ExitStack() as clients:
        with serving(lambda _: create_app(settings)) as (_, url):

            def begin(*parts: bytes) -> socket.socket:
                client = clients.enter_context(socket.socket())
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                client.connect(("127.0.0.1", int(url.rpartition(":")[2])))
                client.sendall(b"".join(parts))
                return client

            sending = begin(POST, b"{")
            begin(request("GET /docs/swagger-ui-bundle.js HTTP/1.1"))
            begin(request("GET /docs/swagger-ui-bundle.js HTTP/1.1") * 2)
            begin(POST, b"{", b"x" * 99, request("GET /docs/swagger-ui-bundle.js HTTP/1.1"), POST)
            time.sleep(0.5)
            began = time.monotonic()
        assert time.monotonic() - began < 10
        assert problem_of(sending.recv(1 << 16)) == (408, "too_slow")
    assert capfd.readouterr().err == ""


def test_what_is_worked_on_when_a_server_is_told_to_end_is_answered(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "ENDING_SECONDS", SHORT)

    app = create_app(settings)

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(SHORT * 4)
        await app(scope, receive, send)

    with ExitStack() as clients:
        with serving(lambda _: cast(Application, slow)) as (_, url):
            client = clients.enter_context(socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=60))
            client.sendall(request("GET /livez HTTP/1.1"))
            time.sleep(0.2)
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 200 ")


def test_a_head_of_too_many_bytes_or_fields_is_refused_however_it_is_sent(port: int) -> None:
    field = b"X-A: " + b"a" * 1000 + b"\r\n"
    begin, end = b"GET /livez HTTP/1.1\r\nHost: x\r\n", b"Connection: close\r\n\r\n"
    for some in (b"X-A: b\r\n" * 90, field * 30):
        assert told(port, begin, some, end).startswith(b"HTTP/1.1 200 ")
    for parts in (
        [begin + b"X-A: b\r\n" * 100 + end],
        [begin + field * 33 + end],
        [begin, field * 33],
        [begin, b"a:\r\n" * 101],
        [CHUNKED + b"0\r\n", b"a:\r\n" * 101],
        [CHUNKED + b"0\r\n" + b"a:\r\n" * 101 + b"\r\n"],
        [begin, b"X-A: " + b"a" * protocol.MAX_HEAD_BYTES],
        [b"GET /" + b"a" * protocol.MAX_HEAD_BYTES + b" HTTP/1.1\r\n" + end],
        [CHUNKED + b"0\r\n", field * 600],
        [CHUNKED + b"2;", b"a" * (600 << 10)],
    ):
        answer = told(port, *parts)
        # Who goes on sending may miss what he is told.
        assert not answer or problem_of(answer) == (431, "head_too_large"), parts[-1][:20]


LISTS = {
    "GET /livez?{} HTTP/1.1": "a&",
    "GET /livez HTTP/1.1\r\nCookie: {}": "a=b;",
    "GET /livez HTTP/1.1\r\nAccept-Language: {}": "a,",
    "GET /livez HTTP/1.1\r\nIf-None-Match: {}": '"a",',
    "GET /livez HTTP/1.1\r\nContent-Type: {}": 'a="b";',
}


@pytest.mark.parametrize(("line", "one"), LISTS.items())
def test_a_head_that_lists_too_much_is_refused_before_any_of_it_is_read(port: int, line: str, one: str) -> None:
    assert told(port, request(line.format(one * 500), "Connection: close")).startswith(b"HTTP/1.1 200 ")
    assert problem_of(told(port, request(line.format(one * 1100)))) == (431, "head_too_large")


@pytest.mark.parametrize(("language", "words"), [("en", "lists too much"), ("zh-CN", "项目过多")])
def test_who_lists_too_much_is_told_so_in_his_language(port: int, language: str, words: str) -> None:
    assert words.encode() in told(port, request(f"GET /livez?{'a&' * 1100} HTTP/1.1", f"Accept-Language: {language}"))


def test_a_head_behind_the_rest_of_an_answered_body_is_bounded_as_if_it_came_alone(port: int) -> None:
    begin = request("POST /v1/nothing HTTP/1.1", "Content-Length: 10")
    for query, count in (("a&" * 400, 1), ("a" * 40_000, 0), ("a&" * 1100, 0)):
        last = request(f"GET /livez?{query} HTTP/1.1", "Connection: close")
        answer = told(port, begin, b"0123456789" + last, pause=0.2)
        assert answer.startswith(b"HTTP/1.1 404 ") and answer.count(b"HTTP/1.1 200 ") == count, query[:2]


def test_a_head_whose_end_comes_by_itself_is_bounded_as_if_it_came_alone(port: int) -> None:
    first = request("GET /livez HTTP/1.1")
    for query, count in (("a&" * 400, 2), ("a" * 40_000, 1), ("a&" * 1100, 1)):
        last = request(f"GET /livez?{query} HTTP/1.1", "Connection: close")
        assert told(port, first + last[:-4], last[-4:], pause=0.3).count(b"HTTP/1.1 200 ") == count, query[:2]


def test_what_stands_behind_a_body_is_no_field_of_the_head(settings: Settings, district: District) -> None:
    caller = district.sign_in(Role.secretary, "B11")
    begin = request("GET /v1/todo HTTP/1.1", "Transfer-Encoding: chunked", "Connection: close")
    with serving(lambda _: create_app(settings)) as (_, url):
        answer = told(int(url.rpartition(":")[2]), begin + b"0\r\nAuthorization: Bearer %s\r\n\r\n" % caller.access_token.encode())
    assert answer.startswith(b"HTTP/1.1 401 ")


def test_a_body_whose_head_asks_for_another_protocol_is_not_read_as_the_next_request(port: int) -> None:
    upgrade, inner = ("Connection: Upgrade", "Upgrade: h2c"), request("GET /livez HTTP/1.1")
    for body, field in (
        (inner, f"Content-Length: {len(inner)}"),
        (b"%x\r\n%s\r\n0\r\n\r\n" % (len(inner), inner), "Transfer-Encoding: chunked"),
    ):
        for line in ("POST /v1/sessions HTTP/1.1", "CONNECT /v1/sessions HTTP/1.1"):
            head = request(line, *upgrade, field)
            for parts in ((head + body,), (head, body)):
                answer = told(port, *parts, pause=0.1)
                assert answer.count(b"HTTP/1.1 ") == 1 and problem_of(answer) == (400, "malformed")
    for line, *fields in (("GET /livez HTTP/1.1",), ("POST /v1/nothing HTTP/1.1", "Content-Length: 0")):
        answer = told(port, request(line, *upgrade, *fields), request("GET /livez HTTP/1.1", "Connection: close"), pause=0.3)
        assert answer.count(b"HTTP/1.1 ") == 2 and b"malformed" not in answer


def test_a_head_behind_another_one_is_bounded_as_if_it_came_alone(port: int) -> None:
    first, close = request("GET /livez HTTP/1.1"), "Connection: close"
    assert told(port, first + request(f"GET /livez?{'a' * 20_000} HTTP/1.1", close)).count(b"HTTP/1.1 200 ") == 2
    for query in ("a" * 40_000, "a&" * 1100):
        assert b"200 OK" not in told(port, first + request(f"GET /livez?{query} HTTP/1.1", close)).partition(b"\r\n\r\n")[2]


def test_the_longest_query_that_an_operation_takes_is_far_from_what_the_document_says_is_refused() -> None:
    assert "32 KB, 100 fields or 1,024" in document()["info"]["description"]
    assert (protocol.MAX_HEAD_BYTES, protocol.MAX_FIELDS, protocol.MOST_ITEMS) == (32 << 10, 100, 1024)
    for path, operations in document()["paths"].items():
        for operation in operations.values():
            parameters = [resolved(document(), one) for one in operation.get("parameters", ())]
            asked = [one for one in parameters if one["in"] == "query"]
            # Four bytes a character, of which each is written as three.
            most = sum(len(one["name"]) + 2 + 12 * one["schema"].get("maxLength", 36) for one in asked)
            assert most < protocol.MAX_HEAD_BYTES / 2 and len(asked) < protocol.MOST_ITEMS / 100, path


def test_who_asks_on_and_on_without_waiting_for_answers_is_not_listened_to(port: int) -> None:
    ask, last = request("GET /livez HTTP/1.1"), request("GET /livez HTTP/1.1", "Connection: close")
    assert told(port, ask * 30 + last).count(b"HTTP/1.1 200 ") == 31
    assert told(port, ask * 5_000 + last).count(b"HTTP/1.1 200 ") < 100


def test_a_body_in_crumbs_is_refused_and_not_listened_to_afterwards(port: int) -> None:
    closed = CHUNKED.replace(b"Host", b"Connection: close\r\nHost")
    assert told(port, closed + b"40\r\n" + b" " * 64 + b"\r\n", b"1\r\n \r\n" * 4_000 + b"0\r\n\r\n").startswith(b"HTTP/1.1 422 ")
    crumbs = b"1\r\n \r\n" * 5_000
    answer = told(port, closed, crumbs)
    assert not answer or problem_of(answer) == (431, "head_too_large")
    # Such as an address where nothing is refuses at once.
    refused = CHUNKED.replace(b"/sessions", b"/nothing")
    began = time.monotonic()
    assert told(port, refused, crumbs, pause=0.2).count(b"HTTP/1.1 ") < 2
    assert time.monotonic() - began < protocol.BODY_SECONDS / 2


def test_the_rest_of_a_body_that_was_refused_is_not_listened_to_without_end(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MOST_REFUSED_BYTES", 1 << 20)
    refused = POST.replace(b"/sessions", b"/nothing").replace(b": 100", b": 99999999")
    began = time.monotonic()
    told(port, refused, *[b" " * 500_000] * 4, pause=0.1)
    assert time.monotonic() - began < protocol.BODY_SECONDS / 2


def test_what_is_no_http_is_told_so_in_the_language_of_who_sent_it(port: int) -> None:
    assert problem_of(told(port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")) == (400, "malformed")
    answer = told(port, b"GET /livez HTTP/1.1\r\nAccept-Language: en\r\nHost: x\r\nX\x00: y\r\n\r\n")
    assert problem_of(answer) == (400, "malformed") and b"content-language: en" in answer


@pytest.mark.parametrize("line", ["CONNECT x:80", "GET http://other.example:99999/livez"])
def test_an_address_that_nobody_can_read_is_refused_and_written_nowhere(
    port: int, line: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as kept:
        kept.sendall(request("GET /livez HTTP/1.1"))
        while b'"ok"' not in kept.recv(1 << 16):
            pass
        kept.sendall(request(f"{line} HTTP/1.1"))
        assert problem_of(kept.recv(1 << 16)) == (400, "malformed")
    assert problem_of(told(port, request(f"{line} HTTP/1.1"))) == (400, "malformed")
    assert line.partition(" ")[2] not in capfd.readouterr().err


def test_who_fills_the_connections_with_half_heads_is_in_nobodys_way(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "most_connections", lambda: 8)
    with ExitStack() as stack:
        kept = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
        halves = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60)) for _ in range(20)]
        for half in halves:
            with suppress(ConnectionError):
                half.sendall(b"GET /livez HTTP/1.1\r\n")
        for _ in range(5):
            assert b" 200 " in told(port, request("GET /livez HTTP/1.1", "Connection: close"))
        with suppress(ConnectionError):
            assert kept.recv(100) == b"", "whoever has waited longest is sent away first"


def test_who_takes_no_answer_on_any_connection_is_in_nobodys_way(
    port: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(crowd, "most_connections", lambda: 8)
    with ExitStack() as stack:
        for _ in range(12):
            untaken = stack.enter_context(socket.socket())
            untaken.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            untaken.connect(("127.0.0.1", port))
            with suppress(ConnectionError):
                untaken.sendall(request("GET /docs/swagger-ui-bundle.js HTTP/1.1") * 8)
        probe, until = request("GET /livez HTTP/1.1", "Connection: close"), time.monotonic() + 30
        # Until what was asked for lies there and is not taken.
        while not told(port, probe) and time.monotonic() < until:
            time.sleep(0.05)
        for _ in range(5):
            assert b" 200 " in told(port, probe)
    assert "Traceback" not in capfd.readouterr().err


def unread(stack: ExitStack, port: int, asked: bytes, *, address: str = "127.0.0.1") -> socket.socket:
    """A connection on which something is asked for of which nothing is read."""
    connection = stack.enter_context(socket.socket())
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(20)
    connection.bind((address, 0))
    connection.connect(("127.0.0.1", port))
    connection.sendall(asked)
    return connection


def test_answers_that_nobody_takes_are_bounded_in_memory_by_ending_who_asks_for_most(
    settings: Settings, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Protocol] = []

    class Watched(Protocol):
        def connection_made(self, transport: Any) -> None:
            made.append(self)
            super().connection_made(transport)

    def untaken() -> int:
        return sum(one.transport.get_write_buffer_size() for one in made if one.flow.write_paused)

    script = request("GET /docs/swagger-ui-bundle.js HTTP/1.1")
    with serving(lambda _: create_app(settings), http=Watched) as (_, url), ExitStack() as stack:
        port = int(url.rpartition(":")[2])
        whole = len(told(port, request("GET /docs/swagger-ui-bundle.js HTTP/1.1", "Connection: close")))
        # So many times that the system does not take all of one off the server's hands.
        times = 6_000_000 // whole + 1
        monkeypatch.setattr(crowd, "MOST_UNTAKEN_BYTES", 3 * whole)
        slow = unread(stack, port, script * times, address="127.9.0.1")
        for _ in range(24):
            unread(stack, port, script * times)
        until = time.monotonic() + 30
        while len(made) < 26 and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(1)
        assert 0 < untaken() <= 3 * whole
        taken = 0
        while taken < times * whole - 2000 and (more := slow.recv(1 << 16)):
            taken += len(more)
        assert taken >= times * whole - 2000, "whoever reads slowly from elsewhere gets all of it"


def test_the_bodies_of_answers_that_nobody_takes_are_not_kept_beyond_that_either(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []

    class Body(bytes):
        def __del__(self) -> None:
            kept.pop()

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        body = Body(3 << 20)
        kept.append(1)
        response = Response(body, media_type="image/jpeg")
        del body
        await response(scope, receive, Sending(scope, send, "1"))

    monkeypatch.setattr(crowd, "MOST_UNTAKEN_BYTES", 10 << 20)
    asked = request("GET / HTTP/1.1")
    with serving(lambda _: cast(Any, answer), lifespan="off") as (_, url), ExitStack() as stack:
        port = int(url.rpartition(":")[2])
        answered = told(port, request("GET / HTTP/1.1", "Connection: close"))
        assert answered.endswith(b"\r\n\r\n" + bytes(3 << 20)) and b"content-length: 3145728\r\n" in answered and not kept
        # The system takes almost all of one off the server's hands, and nothing of the next.
        slow = unread(stack, port, asked * 2, address="127.9.0.1")
        for _ in range(12):
            unread(stack, port, asked * 2)
        time.sleep(1)
        assert 0 < len(kept) <= 3
        taken = 0
        while taken < 6 << 20 and (more := slow.recv(1 << 16)):
            taken += len(more)
        assert taken >= 6 << 20, "whoever reads slowly from elsewhere gets all of it"


def test_nothing_is_worked_on_for_whoever_does_not_take_what_he_has(settings: Settings, district: District) -> None:
    begun: list[str] = []

    class Watched(Protocol):
        def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
            if not self.flow.write_paused:
                begun.append(str(cycle.scope["path"]))
            super()._start_asgi_task(cycle, app)

    with serving(lambda _: create_app(settings), http=Watched) as (_, url), ExitStack() as stack:
        asked = request("GET /docs/swagger-ui-bundle.js HTTP/1.1") * 8 + request("GET /livez HTTP/1.1", "Connection: close")
        connection = unread(stack, int(url.rpartition(":")[2]), asked)
        time.sleep(2)
        assert 0 < len(begun) < 9
        answer = b""
        while more := connection.recv(1 << 16):
            answer += more
        assert answer.count(b"HTTP/1.1 200 ") == len(begun) == 9


@pytest.mark.parametrize("whole", [1, 4])
def test_who_asks_several_times_and_hangs_up_is_no_error(port: int, capfd: pytest.CaptureFixture[str], whole: int) -> None:
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port))
        for _ in range(4 // whole):
            connection.sendall(request("GET /docs/swagger-ui-bundle.js HTTP/1.1") * whole)
        assert connection.recv(100)
    assert b" 200 " in told(port, request("GET /livez HTTP/1.1", "Connection: close"))
    time.sleep(0.3)
    error = capfd.readouterr().err
    assert "Traceback" not in error and "request_failed" not in error


def test_an_answer_that_is_taken_in_drops_is_not_kept_for_long_either(
    settings: Settings, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Narrow(Protocol):
        def connection_made(self, transport: Any) -> None:
            # So that whatever is taken shows at once.
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            super().connection_made(transport)

    def taken(port: int, size: int) -> int:
        with ExitStack() as stack:
            connection, got = unread(stack, port, request("GET /docs/swagger-ui-bundle.js HTTP/1.1")), 0
            with suppress(ConnectionError):
                for tenth in range(1, 51):
                    while got < tenth * size and (more := connection.recv(tenth * size - got)):
                        got += len(more)
                    time.sleep(0.1)
            return got

    monkeypatch.setattr(protocol, "UNTAKEN_SECONDS", 1.0)
    with serving(lambda _: create_app(settings), http=Narrow) as (_, url), ThreadPoolExecutor(2) as pool:
        port = int(url.rpartition(":")[2])
        drops, enough = pool.submit(taken, port, 1000), pool.submit(taken, port, 10_000)
        assert drops.result() < 30_000 and enough.result() == 500_000
        # However steadily it is taken, it has its end.
        monkeypatch.setattr(protocol, "LONGEST_TAKING_SECONDS", 2.0)
        assert taken(port, 10_000) < 450_000


def test_an_answer_that_nobody_takes_is_not_kept_for_long(hurried: int) -> None:
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(10)
        connection.connect(("127.0.0.1", hurried))
        # More than the system takes off the server's hands.
        connection.sendall(request("GET /docs/swagger-ui-bundle.js HTTP/1.1") * 20)
        time.sleep(4 * SHORT)
        taken = 0
        with suppress(ConnectionError):
            while more := connection.recv(1 << 16):
                taken += len(more)
        assert 0 < taken < 20_000_000
