"""What a program in a browser may read from whatever page it runs on (CORS): the public answers that are the same for everybody."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOR_ANYBODY: Final = {"Access-Control-Allow-Origin": "*"}
KEPT: Final = FOR_ANYBODY | {"Cache-Control": "public, no-cache"}
"""Kept by whoever likes, who asks each time whether it still holds."""
FOR_EVER: Final = FOR_ANYBODY | {"Cache-Control": "public, max-age=31536000, immutable"}

_MAY_SEND: Final = FOR_ANYBODY | {
    "Access-Control-Allow-Methods": "GET",
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Max-Age": "86400",
}


async def allow_readers(request: Request) -> Response:
    """Tell a browser that a program may ask with the entity tag that it knows."""
    return Response(status_code=204, headers=_MAY_SEND)


PREFLIGHT = [
    Route(path, allow_readers, methods=["OPTIONS"])
    for path in ("/.well-known/jwks.json", "/v1/status-lists", "/v1/status-lists/{number}")
]
"""The questions that a browser asks before it lets a program ask its own."""
