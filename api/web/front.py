"""Routes that everybody waits for, answered before the framework's own layers, which cost more than the answer itself."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final, NamedTuple

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Scope

from api.errors import Refusal
from api.web.error_handlers import refusal_answer
from api.web.idempotency import HouseRoute
from api.web.requests import READING

Endpoint = Callable[[Request], Awaitable[Response]]

EVERYWHERE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
}
"""The headers of every answer, but for those that it has set otherwise."""


class FrontRoute(HouseRoute):
    """A route whose endpoint is given nothing but the request, so that the front can answer it. What its dependencies take stands
    in the document; only an address that the front leaves alone has them looked at."""


class Front:
    """Answers `GET` and `HEAD` for the front's routes whose path is fixed but for one parameter at its end, and leaves all else to
    the application behind.

    The routes stand in the application's table all the same, which answers other methods, takes a slash at the end, and is what
    the documentation is made from. Their answers are whole: no streams, no files, and nothing left to do after them.
    """

    def __init__(self, app: FastAPI, routes: Iterable[BaseRoute]) -> None:
        self._app = app
        self._endpoints: dict[str, tuple[Endpoint, str]] = {}
        for route in (route for route in routes if isinstance(route, FrontRoute)):
            above, _, parameter = route.path.rpartition("/")
            if parameter:
                assert "{" not in above and parameter.startswith("{"), route.path
                self._endpoints[above] = route.endpoint, parameter.strip("{}")

    async def answer(self, scope: Scope) -> Response | None:
        """The whole answer to a request, or None where it is not for the front."""
        above, _, last = scope["path"].rpartition("/")
        found = self._endpoints.get(above)
        if found is None or not last or scope["method"] not in READING:
            return None
        endpoint, parameter = found
        scope["app"], scope["endpoint"], scope["path_params"] = self._app, endpoint, {parameter: last}
        request = Request(scope)
        try:
            return await endpoint(request)
        except Refusal as refusal:
            return refusal_answer(request, refusal)


class Headers(NamedTuple):
    """Headers as they are sent, their names in small letters: one by one, and as the lines that they are."""

    pairs: tuple[tuple[bytes, bytes], ...]
    lines: bytes


class Ready(Response):
    """An answer whose headers are ready to be sent, but for its length: with those that every answer bears among them."""

    def __init__(self, body: bytes, status: int, headers: Headers) -> None:
        self.body = body
        self.status_code = status
        self.background = None
        self._ready = headers

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:  # type: ignore[override]
        return [*self._ready.pairs, (b"content-length", b"%d" % len(self.body))]

    @property
    def head(self) -> bytes:
        """The lines of its headers."""
        return b"%scontent-length: %d\r\n" % (self._ready.lines, len(self.body))


def ready_headers(headers: Mapping[str, str]) -> Headers:
    """The headers of a ready answer: its own, and those that every answer bears."""
    all_of_it = {**EVERYWHERE, **headers}.items()
    pairs = tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in all_of_it)
    return Headers(pairs, b"".join(b"%s: %s\r\n" % pair for pair in pairs))
