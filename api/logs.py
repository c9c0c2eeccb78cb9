"""Log lines: JSON on standard error, with the request's id and nothing about a person."""

import asyncio
import json
import logging
import sys
import time
from collections import deque
from collections.abc import MutableMapping
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from select import PIPE_BUF
from typing import Any, TextIO, cast
from uuid import UUID

import structlog


class _Stream:
    """Where lines go. What cannot be written is lost: a full disk, or a reader who has gone, must not make fail what a line tells
    of."""

    def __init__(self, target: TextIO | None) -> None:
        self._target = target

    def write(self, text: str) -> None:
        # A stream that was closed refuses with a ValueError.
        with suppress(OSError, ValueError):
            if self._target is not None:
                self._target.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            if self._target is not None:
                self._target.flush()


_requests: _Stream | None = None
"""Where the line of each request goes; None where the level is above it."""

_lines: deque[str] = deque()
"""The lines of requests that are to be written."""

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request that is being answered, for every line that is written meanwhile."""


def configure(level: str = "INFO") -> None:
    """Set up logging for the process. The server's own access log stays off, since it would write paths."""
    global _requests
    number = logging.getLevelNamesMapping()[level.upper()]
    stream = _Stream(sys.stderr)
    _requests = stream if number <= logging.INFO else None
    structlog.configure(
        processors=[
            _add_request_id,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, stream)),
        cache_logger_on_first_use=False,
    )


def request(*, id: str, method: str, operation: str | None, status: int, seconds: float, account: UUID | None) -> None:
    """Write the line of one request, as the logger would, when the present turn of the event loop ends.

    It is written out here, since it costs the logger as much as a scan.
    """
    if _requests is None:
        return
    what = _what(method, operation, status)
    who = f'"{account}"' if account else "null"
    second, part = divmod(time.time_ns() // 1000, 1_000_000)
    _lines.append(
        f'{what}, "ms": {seconds * 1000:.1f}, "account": {who}, "event": "request", "request_id": "{id}", '
        f'"level": "info", "timestamp": "{_second(second)}.{part:06}Z"}}\n'
    )
    if len(_lines) == 1:
        asyncio.get_running_loop().call_soon(_write)


def _write() -> None:
    """Write the lines of all requests that were answered in one turn of the event loop.

    No more at once than the system writes in one piece, so that the lines of several workers do not run into each other.
    """
    pieces = [""]
    while _lines:
        line = _lines.popleft()
        if len(pieces[-1]) + len(line) > PIPE_BUF:
            pieces.append("")
        pieces[-1] += line
    if _requests is None:
        return
    for piece in pieces:
        _requests.write(piece)
        _requests.flush()


@lru_cache(maxsize=8)
def _second(number: int) -> str:
    """A second since 1970 as ISO 8601 writes it in UTC, without its zone."""
    return datetime.fromtimestamp(number, UTC).isoformat()[:-6]


@lru_cache(maxsize=1024)
def _what(method: str, operation: str | None, status: int) -> str:
    """The beginning of a request's line, which is the same for many."""
    return f'{{"method": {json.dumps(method)}, "operation": {json.dumps(operation)}, "status": {status}'


def _add_request_id(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if (id := request_id.get()) is not None:
        line.setdefault("request_id", id)
    return line
