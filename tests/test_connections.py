"""Whatever a client has sent, and leaves unsent or untaken: his connection ends by itself, and can be ended before to make room."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from threading import Event
from typing import Any, cast

import pytest
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from api.web import crowd, protocol
from api.web.front import Ready, ready_headers
from api.web.middleware import Sending
from api.web.protocol import Protocol
from tests.serving import serving

ON_ENGINES = ("sqlite",)
SHORT = 0.4
READY = ready_headers({})
REST = 40_000
"""Bytes of an answer that do not fit into what the system keeps of a narrow connection."""


@dataclass
class Talk:
    """A client's end of a connection."""

    connection: socket.socket
    server: Protocol
    """The server's end of it."""
    released: Event
    """What has the server answer `/slow`."""

    def say(self, *parts: bytes) -> None:
        for part in parts:
            self.connection.sendall(part)
            time.sleep(0.02)

    def hear(self, end: bytes = b"}") -> None:
        """Take an answer to its end."""
        heard = b""
        while not heard.endswith(end):
            if not (more := self.connection.recv(1 << 16)):
                return
            heard += more

    def is_over(self) -> bool:
        return self.server not in self.server.connections


def head(line: str, *fields: str) -> bytes:
    return "\r\n".join((f"{line} HTTP/1.1", "Host: x", *fields, "", "")).encode()


LENGTH, CHUNKED, EXPECT = "Content-Length: 10", "Transfer-Encoding: chunked", "Expect: 100-continue"
BODY, CHUNKS = b'{"a": 123}', b'5\r\n{"a":\r\n5\r\n 123}\r\n0\r\n\r\n'
GET, SLOW, READ = head("GET /early"), head("GET /slow"), head("POST /read", LENGTH)
UPGRADE = ("Connection: Upgrade", "Upgrade: websocket")


def behind(before: bytes, *after: bytes) -> Callable[[Talk], None]:
    """Something that is answered, and what is sent after its answer."""

    def talk(to: Talk) -> None:
        to.say(before)
        to.hear()
        to.say(*after)

    return talk


def only(*sent: bytes) -> Callable[[Talk], None]:
    return lambda to: to.say(*sent)


def behind_slow(*sent: bytes) -> Callable[[Talk], None]:
    """What is sent while something before it is worked on, which is then answered."""

    def talk(to: Talk) -> None:
        to.say(SLOW, *sent)
        to.released.set()
        to.hear()
        time.sleep(0.1)

    return talk


def once_taken(to: Talk) -> None:
    to.say(head("GET /large") + READ)
    time.sleep(0.1)
    to.hear(b"!")


def hung_up(to: Talk) -> None:
    to.say(head("GET /rest"))
    to.connection.shutdown(socket.SHUT_WR)


def worked_on_behind_a_rest(to: Talk) -> None:
    to.say(head("GET /rest"), SLOW, b"\0\r\n")


STATES: dict[str, Callable[[Talk], None]] = {
    "nothing": only(),
    "line ends": only(b"\r\n", b"\r\n"),
    "half a head": only(b"GET /early HTTP/1.1\r\nHost"),
    "a head whose body is outstanding": only(READ),
    "half a body": only(READ, BODY[:5]),
    "half a body in chunks": only(head("POST /read", CHUNKED), CHUNKS[:9]),
    "a body that is expected": only(head("POST /read", LENGTH, EXPECT)),
    "half a body that is expected": only(head("POST /read", LENGTH, EXPECT), BODY[:5]),
    "kept for the next": behind(GET),
    "kept after HEAD": only(head("HEAD /early")),
    "kept after a body": behind(READ + BODY),
    "line ends behind an answer": behind(GET, b"\r\n"),
    "half a head behind an answer": behind(GET, b"GET /ear"),
    "a further body outstanding": behind(GET, READ),
    "half a further body": behind(READ + BODY, READ + BODY[:5]),
    "answered, body outstanding": behind(head("POST /early", LENGTH)),
    "answered, half a body": behind(head("POST /early", LENGTH), BODY[:5]),
    "answered, then the body": behind(head("POST /early", LENGTH), BODY),
    "answered, then the body in two": behind(head("POST /early", LENGTH), BODY[:5], BODY[5:]),
    "answered by messages, then the body": behind(head("POST /messages", LENGTH), BODY),
    "answered, half a body in chunks": behind(head("POST /early", CHUNKED), CHUNKS[:9]),
    "answered, then the body in chunks": behind(head("POST /early", CHUNKED), CHUNKS),
    "answered, then the body that was expected": behind(head("POST /early", LENGTH, EXPECT), BODY),
    "answered, then the body of GET": behind(head("GET /early", LENGTH), BODY),
    "answered, then the body of HEAD": only(head("HEAD /early", LENGTH), BODY),
    "answered, then the body, then half a head": behind(head("POST /early", LENGTH), BODY, b"GET /ear"),
    "answered, then the body with a further one outstanding": behind(head("POST /early", LENGTH), BODY + READ),
    "an upgrade": behind(head("GET /early", *UPGRADE)),
    "half a head while another was worked on": behind_slow(b"GET /ear"),
    "a body outstanding while another was worked on": behind_slow(READ),
    "half a body while another was worked on": behind_slow(READ + BODY[:5]),
    "a body outstanding behind two": behind_slow(GET + READ),
    "a body outstanding behind an answer that was taken slowly": once_taken,
    "a large answer untaken": only(head("GET /large")),
    "two large answers untaken": only(head("GET /large") * 2),
    "the rest of an answer untaken": only(head("GET /rest")),
    "the rest of a last answer untaken": only(head("GET /rest", "Connection: close")),
    "the rest of an answer that failed untaken": only(head("GET /failing")),
    "the rest of an answer untaken by who has hung up": hung_up,
    "the rest of an answer untaken, and rubbish sent": worked_on_behind_a_rest,
}
HALVES = (b"", b"GET /ear", READ, READ + BODY[:5])


@contextmanager
def served(**options: Any) -> Iterator[Callable[..., Talk]]:
    """A server. Gives what makes a client's connection to it."""
    released, made = Event(), dict[int, Protocol]()

    class Narrow(Protocol):
        def connection_made(self, transport: Any) -> None:
            # So that the system takes little off the server's hands.
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            super().connection_made(transport)
            assert self.client
            made[self.client[1]] = self

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        # `/early` as whatever is refused for its head, or for want of room.
        sending, path = Sending(scope, send, "1"), scope["path"]
        if path == "/failing":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b" " * REST, "more_body": True})
            return
        while path == "/slow" and not released.is_set():
            await asyncio.sleep(0.01)
        while path == "/read" and (await receive()).get("more_body"):
            pass
        if path == "/messages":
            await JSONResponse({})(scope, receive, sending)
        elif path == "/large":
            await Response(b" " * 999_999 + b"!")(scope, receive, sending)
        else:
            await sending.whole(Ready(b" " * REST if path == "/rest" else b"{}", 200, READY))

    with (
        serving(lambda _: cast(Any, answer), lifespan="off", http=Narrow, log_level="critical", **options) as (_, url),
        ExitStack() as all_of_it,
    ):

        def connect() -> Talk:
            released.clear()
            connection = all_of_it.enter_context(socket.socket())
            connection.settimeout(10)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", int(url.rpartition(":")[2])))
            port = connection.getsockname()[1]
            assert soon(lambda: port in made)
            return Talk(connection, made[port], released)

        all_of_it.callback(released.set)
        yield connect


def soon(condition: Callable[[], bool]) -> bool:
    """Whether something comes true within ten seconds."""
    until = time.monotonic() + 10
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    return condition()


def finds_room(newcomer: Talk) -> bool:
    """Whether somebody who comes is answered."""
    with suppress(ConnectionError):
        newcomer.say(head("GET /early", "Connection: close"))
        return b" 200 " in newcomer.connection.recv(1 << 16)
    return False


def set_clocks(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    for name in ("HEAD_SECONDS", "BODY_SECONDS", "UNTAKEN_SECONDS"):
        monkeypatch.setattr(protocol, name, seconds)


def test_in_whichever_state_a_connection_is_left_it_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clocks(monkeypatch, SHORT)
    with served(timeout_keep_alive=SHORT) as connect:
        left: dict[str, Talk] = {}
        for state, bring in STATES.items():
            left[state] = connect()
            # On a busy machine it may have ended meanwhile.
            with suppress(OSError):
                bring(left[state])
        soon(lambda: all(talk.is_over() for talk in left.values()))
        assert [state for state, talk in left.items() if not talk.is_over()] == []


def test_in_whichever_state_a_connection_is_left_it_is_ended_to_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clocks(monkeypatch, 60)
    in_the_way = []
    with served(timeout_keep_alive=60) as connect:
        for state, bring in STATES.items():
            talk = connect()
            bring(talk)
            time.sleep(0.05)
            assert not talk.is_over(), state
            with monkeypatch.context() as narrowed:
                narrowed.setattr(crowd, "most_connections", lambda: 1)
                if not finds_room(connect()):
                    in_the_way.append(state)
            talk.connection.close()
            assert soon(talk.is_over)
        assert in_the_way == []


@pytest.mark.parametrize("more", HALVES)
def test_what_is_worked_on_is_not_ended_to_make_room(monkeypatch: pytest.MonkeyPatch, more: bytes) -> None:
    with served() as connect:
        talk = connect()
        talk.say(SLOW, more)
        with monkeypatch.context() as narrowed:
            narrowed.setattr(crowd, "most_connections", lambda: 1)
            assert not finds_room(connect())
        talk.released.set()
        talk.hear()
        assert not talk.is_over()


def test_the_rests_of_small_answers_that_nobody_takes_are_bounded_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "MOST_UNTAKEN_BYTES", 3 * REST)
    with served() as connect:
        asking = [connect() for _ in range(12)]
        for talk in asking:
            talk.say(head("GET /rest"))
        assert soon(lambda: any(talk.is_over() for talk in asking))
        assert soon(lambda: 0 < sum(talk.server.untaken_bytes() for talk in asking if not talk.is_over()) <= 3 * REST)
