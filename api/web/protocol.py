"""How uvicorn speaks HTTP for us: an answer that is there as a whole, with its headers ready, is written in one piece.

By the messages of ASGI, uvicorn writes head and body apart, and reads each header over again: a tenth of what a scan costs.
"""

import asyncio
from typing import Any, Final

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

_CYCLE: Final = "liangxian.cycle"
"""Where in the state of a request stands what its answer is written by."""

_LONG: Final = 1 << 16
"""Bytes of a body that are not worth copying behind a head."""


class Protocol(HttpToolsProtocol):
    """uvicorn's own, which lets whoever answers a request reach what its answer is written by."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        cycle.scope["state"][_CYCLE] = cycle
        super()._start_asgi_task(cycle, app)


def write_whole(scope: Scope, status: int, head: bytes, body: bytes | memoryview) -> bool:
    """Write the whole answer to a request: `head` are its header lines, the body's length among them, without the blank line.

    False where it is to be sent by messages: by another server than ours, or because the client does not read as fast as it asks.
    """
    cycle: RequestResponseCycle | None = scope["state"].get(_CYCLE)
    if cycle is None or cycle.response_started or cycle.disconnected or cycle.flow.write_paused:
        return False
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    dated = b"".join([b"%s: %s\r\n" % header for header in cycle.default_headers])
    closing = b"" if cycle.keep_alive else b"connection: close\r\n"
    whole = b"%s%s%s%s\r\n" % (STATUS_LINE[status], dated, head, closing)
    transport: asyncio.Transport = cycle.transport
    if len(body) < _LONG:
        transport.write(b"".join((whole, body)))
    else:
        transport.write(whole)
        transport.write(body)
    cycle.message_event.set()
    if not cycle.keep_alive:
        transport.close()
    cycle.on_response()
    return True
