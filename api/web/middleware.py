"""What surrounds every request: its id, its log line, the headers that all answers bear, and problem+json for a body too large.

Plain ASGI, since the usual base class costs more than a whole request.
"""

import random
import time
from typing import Final

import structlog
from anyio import to_thread
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import logs
from api.database import Origin
from api.errors import Refusal, TooLarge, Unexpected
from api.web.error_handlers import MEDIA_TYPE, refusal_answer
from api.web.front import Front, Ready, ready_headers
from api.web.protocol import LONG, keep_while_written, write_whole
from api.web.representation import represent

log = structlog.get_logger("liangxian")

OURS: dict[int, type[Refusal]] = {413: TooLarge, 500: Unexpected}
"""What the framework answers in plain text, below or outside the exception handlers."""

GONE: Final = 499
"""What the log tells of a request whose sender has gone, or was sent away for being too slow, before he had sent all of it."""

LARGE: Final = 1 << 17
"""Bytes whose compressing would hold up other requests."""

_ADDED: Final = ready_headers({}).pairs


class Middleware:
    """The layer around the whole application, its own error answers included.

    A request is logged by its operation, never by its path: no code and no key reaches a log.
    """

    def __init__(self, front: Front, behind: ASGIApp) -> None:
        self.front = front
        self.behind = behind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        # Nobody has to be kept from guessing it.
        origin = Origin(f"{random.getrandbits(64):016x}")
        scope.setdefault("state", {})["origin"] = origin
        sending = Sending(scope, send, origin.request_id)
        bound = logs.request_id.set(origin.request_id)
        try:
            answer = await self.front.answer(scope)
            if answer is None:
                scope["headers"] = [_unescaped(field) if field[0] == b"cookie" else field for field in scope["headers"]]
                await self.behind(scope, receive, sending)
                if not sending.is_whole:
                    # What is streamed ends by itself when nobody takes it any more.
                    sending.status = GONE
            else:
                await sending.whole(answer)
        except ClientDisconnect:
            sending.status = GONE
        except Exception as error:
            log.error("request_failed", error=type(error).__name__, where=where(error))
            if not sending.is_started:
                await sending.whole(refusal_answer(Request(scope), Unexpected()))
            elif not sending.is_replaced:
                raise
        finally:
            logs.request(
                id=origin.request_id,
                method=scope["method"],
                operation=getattr(scope.get("endpoint"), "__name__", None),
                status=sending.status,
                seconds=time.perf_counter() - began,
                account=origin.actor_id,
            )
            logs.request_id.reset(bound)


def _unescaped(field: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """A field of cookies in which nothing is escaped: in ours nothing is, and to read what is takes older Pythons the square of its
    length (CVE-2024-7592)."""
    return field[0], field[1].replace(b"\\", b"")


class Sending:
    """Sends the answer to one request, with the house's headers, and remembers how far it has come. `HEAD` is answered without
    a body."""

    def __init__(self, scope: Scope, send: Send, request_id: str) -> None:
        self._scope = scope
        self._send = send
        self._request_id = request_id.encode()
        self._has_body = scope["method"] != "HEAD"
        self._held: tuple[int, list[tuple[bytes, bytes]]] | None = None
        """Status and headers, until it is known what body follows them."""
        self.status = 500
        self.is_started = False
        self.is_whole = False
        self.is_replaced = False
        """Whether an answer of our own is sent in the place of one that is written below or outside the exception handlers."""

    async def whole(self, answer: Response) -> None:
        """Send an answer that is there as a whole."""
        self.is_started, self.is_whole, self.status = True, True, answer.status_code
        body = answer.body if self._has_body else b""
        if isinstance(answer, Ready):
            head = b"%sx-request-id: %s\r\n" % (answer.head, self._request_id)
            if write_whole(self._scope, self.status, head, body):
                return
        await self._send_start(self.status, answer.raw_headers)
        await self._send({"type": "http.response.body", "body": body})

    async def __call__(self, message: Message) -> None:
        """Send one message of the application behind."""
        if self.is_replaced:
            return
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message.get("headers", ()))
            if status in OURS and (b"content-type", MEDIA_TYPE.encode()) not in headers:
                self.is_replaced = True
                await self.whole(refusal_answer(Request(self._scope), OURS[status]()))
            else:
                self._held = status, headers
            return
        if self._held is not None:
            await self._start(*self._held, message)
        if not self._has_body:
            message["body"] = b""
        self.is_whole = not message.get("more_body", False)
        body, written = message.get("body", b""), 0
        while len(body) - written > LONG:
            await self._send({**message, "body": body[written : written + LONG], "more_body": True})
            written += LONG
        if written:
            message["body"] = body[written:]
        await self._send(message)

    async def _start(self, status: int, headers: list[tuple[bytes, bytes]], message: Message) -> None:
        """Send status and headers, after the first message of the body has got its final form, if it is the only one."""
        if message["type"] == "http.response.body" and not message.get("more_body"):
            body, final = message.get("body", b""), MutableHeaders(raw=headers)
            if len(body) < LARGE:
                status, message["body"] = represent(self._scope, status, final, body)
            else:
                status, message["body"] = await to_thread.run_sync(represent, self._scope, status, final, body)
            if self._has_body and len(message["body"]) > LONG:
                keep_while_written(self._scope, len(message["body"]))
        self._held, self.is_started, self.status = None, True, status
        await self._send_start(status, headers)

    async def _send_start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        dressed = [*_dressed(headers), (b"x-request-id", self._request_id)]
        await self._send({"type": "http.response.start", "status": status, "headers": dressed})


def _dressed(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Headers with those that every answer bears, where they do not stand there already."""
    names = {name for name, _ in headers}
    return headers + [header for header in _ADDED if header[0] not in names]


def where(error: BaseException) -> str:
    """The innermost place of a failure as file and line; its message may hold personal data and stays unsaid."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else ""
