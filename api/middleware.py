"""What surrounds every request: its id, its log line, the headers that all answers bear, and problem+json for a body too large.

Plain ASGI, since the usual base class costs more than a whole request.
"""

import secrets
import time
from collections.abc import Mapping

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.database import Origin
from api.error_handlers import MEDIA_TYPE, refusal_answer
from api.errors import Refusal, TooLarge, Unexpected

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
        self.headers = headers

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
                headers = MutableHeaders(scope=message)
                if status in OURS and headers.get("content-type") != MEDIA_TYPE:
                    replaced = True
                    await refusal_answer(Request(scope), OURS[status]())(scope, receive, self._dress(send, origin))
                    return
            await self._dress(send, origin)(message)

        with structlog.contextvars.bound_contextvars(request_id=origin.request_id):
            try:
                await self.app(scope, receive, send_dressed)
            except Exception as error:
                log.error("request_failed", error=type(error).__name__, where=where(error))
                if not started:
                    await refusal_answer(Request(scope), Unexpected())(scope, receive, send_dressed)
                elif not replaced:
                    raise
            finally:
                log.info(
                    "request",
                    method=scope["method"],
                    operation=getattr(scope.get("endpoint"), "__name__", None),
                    status=status,
                    ms=round((time.perf_counter() - began) * 1000, 1),
                    account=str(origin.actor_id) if origin.actor_id else None,
                )

    def _dress(self, send: Send, origin: Origin) -> Send:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                headers["X-Request-Id"] = origin.request_id
            await send(message)

        return dressed


def where(error: BaseException) -> str:
    """The innermost place of a failure as file and line; its message may hold personal data and stays unsaid."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else ""
