"""What surrounds every request: its id, its log line, the headers that all answers bear, and problem+json for a body too large.

Plain ASGI, since the usual base class costs more than a whole request.
"""

import secrets
import time
from collections.abc import Mapping

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import logs
from api.database import Origin
from api.error_handlers import MEDIA_TYPE, refusal_answer
from api.errors import Refusal, TooLarge, Unexpected
from api.front import raw

log = structlog.get_logger("liangxian")

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
OURS: dict[int, type[Refusal]] = {413: TooLarge, 500: Unexpected}
"""What the framework answers in plain text, below or outside the exception handlers."""


class Surroundings:
    """The layer around the whole application, its own error answers included.

    A request is logged by its operation, never by its path: no code and no key reaches a log.
    """

    def __init__(self, app: ASGIApp, *, headers: Mapping[str, str] = EVERYWHERE) -> None:
        self.app = app
        self.headers = raw(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        origin = Origin(secrets.token_hex(8))
        scope.setdefault("state", {})["origin"] = origin
        began = time.perf_counter()
        status = 500
        started = replaced = False

        async def send_dressed(message: Message) -> None:
            nonlocal status, started, replaced
            if replaced:
                return
            if message["type"] == "http.response.start":
                started, status = True, message["status"]
                if status in OURS and _is_foreign(message):
                    replaced = True
                    await refusal_answer(Request(scope), OURS[status]())(scope, receive, dress_and_send)
                    return
                self._dress(message, origin)
            await send(message)

        async def dress_and_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._dress(message, origin)
            await send(message)

        bound = logs.request_id.set(origin.request_id)
        try:
            await self.app(scope, receive, send_dressed)
        except Exception as error:
            log.error("request_failed", error=type(error).__name__, where=where(error))
            if not started:
                await refusal_answer(Request(scope), Unexpected())(scope, receive, send_dressed)
            elif not replaced:
                raise
        finally:
            logs.request(
                id=origin.request_id,
                method=scope["method"],
                operation=getattr(scope.get("endpoint"), "__name__", None),
                status=status,
                seconds=time.perf_counter() - began,
                account=origin.actor_id,
            )
            logs.request_id.reset(bound)

    def _dress(self, message: Message, origin: Origin) -> None:
        """Put the house's headers into the start of an answer, where it does not bear them already."""
        own = list(message.get("headers", ()))
        names = {name for name, _ in own}
        own += [header for header in self.headers if header[0] not in names]
        own.append((b"x-request-id", origin.request_id.encode()))
        message["headers"] = own


def _is_foreign(message: Message) -> bool:
    return (b"content-type", MEDIA_TYPE.encode()) not in message["headers"]


def where(error: BaseException) -> str:
    """The innermost place of a failure as file and line; its message may hold personal data and stays unsaid."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else ""
