"""How uvicorn speaks HTTP for us: what is sent is bounded, in size and in time, before anybody looks at it; and an answer that is
there as a whole, with its headers ready, is written in one piece.

By the messages of ASGI, uvicorn writes head and body apart, and reads each header over again: a tenth of what a scan costs.
"""

import asyncio
import random
from asyncio import TimerHandle
from enum import Enum, auto
from functools import cache, cached_property
from itertools import chain
from typing import Any, Final, cast
from weakref import ref

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from api.errors import HeadTooLarge, Malformed, Refusal, TooSlow
from api.language import preferred
from api.networks import network_of
from api.web.crowd import Crowd
from api.web.error_handlers import problem, status_of
from api.web.front import ready_headers

MAX_HEAD_BYTES = 32 * 1024
"""Of the address and all header fields together; and of whatever stands around a body's pieces or behind them."""
MAX_FIELDS = 100
MOST_ITEMS: Final = 1024
"""Of all that a head lists by `&`, `;` or `,`, such as parameters and cookies: each is read while everybody waits. No operation has
more than eight parameters, and what has no more bytes lists no more."""
HEAD_SECONDS = 10.0
"""How long a head may take to arrive, from the moment at which a connection is made or the first byte of a further head comes."""
BODY_SECONDS = 20.0
"""How long a body may take to arrive that stands still from its beginning."""
BODY_BYTES_A_SECOND = 8 * 1024
"""For each so many bytes that have come, it may take a second longer."""
LONGEST_BODY_SECONDS = 600.0
"""How long the largest may take: a picture of 20 MB, at 280 kbit/s."""
MOST_PIECES = 4096
BYTES_A_PIECE = 256
"""A body comes in at most so many pieces, and one more for each so many of its bytes: each is work, however small it is."""
MOST_REFUSED_BYTES = 32 * 1024 * 1024
"""Of a body that has been answered before all of it was there: more than any door takes is not listened to."""
MOST_QUEUED = 32
"""Requests of a connection that may wait for the answers to those before them."""
UNTAKEN_SECONDS = 60.0
"""How long a client may take next to nothing of an answer that it has asked for."""
LEAST_TAKEN_BYTES = 32 * 1024
"""What is more than that: half a kilobyte a second."""
LONGEST_TAKING_SECONDS = LONGEST_BODY_SECONDS
"""How long the largest answer may be taken, from when its client is first waited for: it may lie in the temporary folder."""
ENDING_SECONDS = 10.0
"""How long a server that is told to end goes on waiting for what is sent, or for an answer to be taken: it answers nobody else
meanwhile. What is worked on is worked on to its end."""

_CYCLE: Final = "liangxian.cycle"
"""Where in the state of a request stands the way to what its answer is written by."""

_KEPT: Final = "liangxian.kept"
"""Where in it stands how many bytes its body has that is written in pieces."""

LONG: Final = 1 << 16
"""Bytes of a body that are not worth copying behind a head; a longer one of its own is written in pieces of so many."""


@cache
def _crowd_of(_server: ServerState) -> Crowd:
    return Crowd()


class _Stage(Enum):
    """Which part of a request is being sent."""

    none = auto()
    head = auto()
    body = auto()


class _TooMuch(Exception):
    """Raised through the parser, which reads no further, and tells it as it tells whatever it cannot read itself."""


class Protocol(HttpToolsProtocol):
    """uvicorn's own, which gives up who sends too much or too slowly, and lets whoever answers a request reach what its answer is
    written by.

    Most requests come in one piece: for these no clock is set.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._stage = _Stage.none
        self._refusal: type[Refusal] = Malformed
        self._aside = 0
        """Bytes that have come since the request began, its head ended, or a piece of its body came."""
        self._head = 0
        """Bytes of the fields that the head has so far: what has come may be of the request before it."""
        self._trailing = 0
        """Fields behind the body."""
        self._arrived = 0
        """Bytes of the body."""
        self._pieces = 0
        self._began = 0.0
        self._clock: TimerHandle | None = None
        self._taking: TimerHandle | None = None
        self._slow_since: float | None = None
        """Since when the client of the present answer has been waited for, on and off."""
        self._crowd = _crowd_of(self.server_state)
        self._answered: RequestResponseCycle | None = None
        """What is being answered, or was last; `cycle` is what has come last, which may wait behind it."""
        self._held_back: tuple[RequestResponseCycle, Any] | None = None
        """What is worked on once the answers before it are taken: else its own would lie there beside them."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # So that whatever is not taken at once is counted, and waited for by a clock: below the usual limit it would be neither.
        transport.set_write_buffer_limits(high=0)
        self._set_clock(HEAD_SECONDS)
        self._crowd.comes(self, len(self.connections))

    def connection_lost(self, exc: Exception | None) -> None:
        self._tell_of_its_end()
        super().connection_lost(exc)
        self._crowd.leave(self)
        self._held_back = None
        self._stop_clock()
        if self._taking:
            self._taking.cancel()

    def data_received(self, data: bytes) -> None:
        self._aside += len(data)
        super().data_received(data)
        is_whole = self._aside == 0 and self._stage is _Stage.none
        if self.transport.is_closing():
            self._stop_clock()
        elif not is_whole and (self._aside > MAX_HEAD_BYTES or len(self.headers or ()) > MAX_FIELDS):
            # A field is kept in thirty times the bytes that it was sent in: a head that does not end is not waited for.
            self._give_up(HeadTooLarge)
        elif self._clock is None and not (is_whole and self._is_answering):
            # uvicorn waits for a further head from an answer on, but no more once anything comes: such as the answered body.
            self._set_clock(BODY_SECONDS if self._stage is _Stage.body else HEAD_SECONDS)

    def on_message_begin(self) -> None:
        self._stage, self._head = _Stage.head, 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._stage is not _Stage.body:
            self._head += len(name) + len(value)
            super().on_header(name, value)
            return
        # What stands behind a body is no field of the head (RFC 9110, 6.5.1), and was none when that was looked at.
        self._trailing += 1
        if len(self.headers) + self._trailing > MAX_FIELDS:
            self._refusal = HeadTooLarge
            raise _TooMuch

    def on_headers_complete(self) -> None:
        if len(self.headers) > MAX_FIELDS or (len(self.url) + self._head > MOST_ITEMS and self._is_too_much()):
            self._refusal = HeadTooLarge
            raise _TooMuch
        if self.parser.should_upgrade() and any(map(_tells_of_body, self.headers)):
            # The parser takes whatever follows for another protocol, and then the body for the next request.
            raise _TooMuch
        # Which refuses an address that nobody can read: then this is still a head.
        super().on_headers_complete()
        self._stage, self._aside, self._arrived, self._pieces, self._trailing = _Stage.body, 0, 0, 0, 0
        self._stop_clock()
        if len(self.pipeline) > MOST_QUEUED:
            raise _TooMuch

    def on_body(self, body: bytes) -> None:
        self._stand()
        self._aside = 0
        self._arrived += len(body)
        self._pieces += 1
        is_in_dust = self._pieces > MOST_PIECES + self._arrived // BYTES_A_PIECE
        if is_in_dust or (self._arrived > MOST_REFUSED_BYTES and self.cycle.response_complete):
            self._refusal = HeadTooLarge
            raise _TooMuch
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._stage, self._aside = _Stage.none, 0
        self._stop_clock()
        super().on_message_complete()
        self._stand()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._stand()

    def shutdown(self) -> None:
        super().shutdown()
        self.loop.call_later(ENDING_SECONDS, self._wait_no_longer)

    def send_400_response(self, msg: str) -> None:
        self._give_up(self._refusal)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stand()
        if self._slow_since is None:
            self._slow_since = self.loop.time()
        self._wait_for_taking()
        self._crowd.count_untaken(self)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._taking:
            self._taking.cancel()
        self._crowd.takes(self)
        if self._held_back and not self.transport.is_closing():
            (cycle, app), self._held_back = self._held_back, None
            self._start_asgi_task(cycle, app)
        self._stand()

    @cached_property
    def network(self) -> str:
        return network_of(self.client[0] if self.client else "")

    def untaken_bytes(self) -> int:
        """What is written and not taken, and the body of which a part is still to be written."""
        cycle = self._answered
        kept: int = cycle.scope["state"].get(_KEPT, 0) if cycle is not None and cycle.expected_content_length else 0
        return self.transport.get_write_buffer_size() + kept

    def count_untaken(self) -> None:
        self._crowd.count_untaken(self)

    def end(self) -> None:
        self._tell_of_its_end()
        # Not at once: it may be the one that is being written to.
        self.loop.call_soon(self.transport.abort)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if self.flow.write_paused:
            self._held_back = cycle, app
            return
        self._answered, self._slow_since = cycle, None
        # Which holds the scope itself: each request would leave a circle behind for the search for rubbish.
        cycle.scope["state"][_CYCLE] = ref(cycle)
        super()._start_asgi_task(cycle, app)

    def _stand(self) -> None:
        """Stand among those that wait for their client, unless he has sent all of what is answered, and takes what is written."""
        cycle = self._answered
        if cycle is None or cycle.more_body or cycle.response_complete or self.flow.write_paused:
            self._crowd.waits(self)
        else:
            self._crowd.is_answered(self)

    def _is_too_much(self) -> bool:
        head = b"".join((self.url, *chain.from_iterable(self.headers)))
        return len(head) > MAX_HEAD_BYTES or sum(map(head.count, (b"&", b";", b","))) > MOST_ITEMS

    def _set_clock(self, seconds: float) -> None:
        self._began = self.loop.time()
        self._clock = self.loop.call_later(seconds, self._look_at_clock)

    def _stop_clock(self) -> None:
        if self._clock:
            self._clock.cancel()
            self._clock = None

    def _look_at_clock(self) -> None:
        self._clock = None
        is_body = self._stage is _Stage.body
        if self.flow.read_paused or (not is_body and self._is_answering):
            # It is we who do not take what is sent, or have not answered what was sent before.
            self._set_clock(BODY_SECONDS)
            return
        allowed = min(BODY_SECONDS + self._arrived / BODY_BYTES_A_SECOND, LONGEST_BODY_SECONDS)
        left = self._began + allowed - self.loop.time()
        if is_body and left > 0:
            self._clock = self.loop.call_later(left, self._look_at_clock)
        elif self._stage is _Stage.none:
            self.transport.close()
        else:
            self._give_up(TooSlow)

    def _wait_for_taking(self) -> None:
        seconds = min(UNTAKEN_SECONDS, self._taking_seconds_left())
        self._taking = self.loop.call_later(seconds, self._look_at_taking, self.transport.get_write_buffer_size())

    def _taking_seconds_left(self) -> float:
        assert self._slow_since is not None
        return max(0.0, self._slow_since + LONGEST_TAKING_SECONDS - self.loop.time())

    def _look_at_taking(self, before: int) -> None:
        if self._taking_seconds_left() and before - self.transport.get_write_buffer_size() >= LEAST_TAKEN_BYTES:
            self._wait_for_taking()
        else:
            self.transport.abort()

    def _wait_no_longer(self) -> None:
        if self not in self.connections:
            return
        if self._stage is not _Stage.none:
            self._give_up(TooSlow)
        elif self.transport.get_write_buffer_size():
            self._tell_of_its_end()
            self.transport.abort()
        self.loop.call_later(ENDING_SECONDS, self._wait_no_longer)

    def _give_up(self, refusal: type[Refusal]) -> None:
        """End the connection, and tell why, unless an answer is being written already."""
        self._stop_clock()
        is_told = self._is_answering if self._stage is not _Stage.body else self.cycle.response_started
        if not is_told and not self.pipeline:
            self.transport.write(_told(refusal, self.headers))
        self._tell_of_its_end()
        self.transport.close()

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _tell_of_its_end(self) -> None:
        """Let whoever waits for the rest of a body learn that it does not come, and write nothing any more."""
        for cycle in (self._answered, self.cycle):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()


def keep_while_written(scope: Scope, size: int) -> None:
    """Have a body of so many bytes that is about to be written in pieces counted as untaken, while the client is waited for.

    Written in one piece, it would be kept until the last of it is taken, and only what is left of it could be counted.
    """
    scope["state"][_KEPT] = size


def _tells_of_body(field: tuple[bytes, bytes]) -> bool:
    name, value = field
    return name == b"transfer-encoding" or (name == b"content-length" and bool(value.strip(b"0 \t")))


def _told(refusal: type[Refusal], fields: list[tuple[bytes, bytes]] | None) -> bytes:
    language = next((value.decode("latin-1") for name, value in fields or () if name == b"accept-language"), None)
    request_id = f"{random.getrandbits(64):016x}"
    status = status_of(refusal)
    answer = problem(status, refusal.code(), refusal.text, request_id=request_id, language=preferred(language))
    head = ready_headers({**answer.headers, "X-Request-Id": request_id, "Connection": "close"}).lines
    return b"%s%s\r\n%s" % (STATUS_LINE[status], head, answer.body)


def write_whole(scope: Scope, status: int, head: bytes, body: bytes | memoryview) -> bool:
    """Write the whole answer to a request: `head` are its header lines, the body's length among them, without the blank line.

    False where it is to be sent by messages: by another server than ours, or because the client does not read as fast as it asks.
    """
    reach: ref[RequestResponseCycle] | None = scope["state"].get(_CYCLE)
    cycle = reach() if reach else None
    if cycle is None or cycle.response_started or cycle.disconnected or cycle.flow.write_paused:
        return False
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    dated = b"".join([b"%s: %s\r\n" % header for header in cycle.default_headers])
    closing = b"" if cycle.keep_alive else b"connection: close\r\n"
    whole = b"%s%s%s%s\r\n" % (STATUS_LINE[status], dated, head, closing)
    transport: asyncio.Transport = cycle.transport
    if len(body) < LONG:
        transport.write(b"".join((whole, body)))
    else:
        transport.write(whole)
        transport.write(body)
        # What is paused by the head is not told of the body.
        if cycle.flow.write_paused:
            cast(Protocol, transport.get_protocol()).count_untaken()
    cycle.message_event.set()
    if not cycle.keep_alive:
        transport.close()
    cycle.on_response()
    return True
