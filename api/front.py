"""Routes that everybody waits for, answered before the framework's own layers, which cost more than the answer itself."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api.error_handlers import refusal_answer
from api.errors import Refusal

Endpoint = Callable[[Request], Awaitable[Response]]


class Front:
    """Answers `GET` for routes that end in one parameter; every other request goes on to the application behind.

    The routes stand in the application's table all the same, which answers other methods and is what the documentation is
    made from.
    """

    def __init__(self, behind: ASGIApp, app: FastAPI, routes: Iterable[Route]) -> None:
        self._behind = behind
        self._app = app
        self._endpoints: dict[str, tuple[Endpoint, str]] = {}
        for route in routes:
            above, _, parameter = route.path.rpartition("/")
            self._endpoints[above] = route.endpoint, parameter.strip("{}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        above, _, last = scope["path"].rpartition("/")
        found = self._endpoints.get(above)
        if found is None or not last or scope["method"] != "GET":
            await self._behind(scope, receive, send)
            return
        endpoint, parameter = found
        scope["app"], scope["endpoint"], scope["path_params"] = self._app, endpoint, {parameter: last}
        request = Request(scope)
        try:
            answer = await endpoint(request)
        except Refusal as refusal:
            answer = refusal_answer(request, refusal)
        await answer(scope, receive, send)


class Ready(Response):
    """An answer whose headers are ready to be sent, but for its length."""

    def __init__(self, body: bytes, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self.body = body
        self.status_code = status
        self.background = None
        self.raw_headers = [*headers, (b"content-length", b"%d" % len(body))]


def raw(headers: Mapping[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    """Headers as they are sent."""
    return tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())


def header(request: Request, name: bytes) -> str | None:
    """The first header of that name, written in small letters."""
    for key, value in request.scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None
