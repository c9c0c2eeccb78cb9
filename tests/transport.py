"""How the tests' requests reach the application: each is handed over whole, and its answer comes back whole.

Starlette's own way changes between two threads six times for a request, which takes longer than most requests do themselves.
"""

from typing import Any
from urllib.parse import unquote

import anyio
import httpx2
from fastapi.testclient import TestClient
from starlette.types import Message, Scope


class Client(TestClient):
    """A client of an application, used like Starlette's; what is answered in parts is put together first."""

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        self._transport = _Whole(self, options.get("client", ("testclient", 50000)), options.get("raise_server_exceptions", True))


class _Whole(httpx2.BaseTransport):
    def __init__(self, client: TestClient, address: tuple[str, int], raises: bool) -> None:
        self._client = client
        self._address = address
        self._raises = raises

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        sent, scope = request.read(), self._scope(request)
        with self._client._portal_factory() as portal:
            started, body = portal.call(self._answer, scope, sent)
        if started is None:
            return httpx2.Response(500, request=request)
        content = b"" if request.method == "HEAD" else body
        # A stream, since an answer is to have no length that the application has not told.
        stream = httpx2.ByteStream(content)
        return httpx2.Response(started["status"], headers=started["headers"], stream=stream, request=request)

    def _scope(self, request: httpx2.Request) -> Scope:
        url = request.url
        return {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "path": unquote(url.path),
            "raw_path": url.raw_path.partition(b"?")[0],
            "root_path": "",
            "scheme": url.scheme,
            "query_string": url.query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": self._address,
            "server": (url.host, url.port or {"http": 80, "https": 443}[url.scheme]),
            "state": {},
        }

    async def _answer(self, scope: Scope, sent: bytes) -> tuple[Message | None, bytes]:
        """The beginning of the answer, or None where the application failed before one, and the whole body."""
        started: Message | None = None
        parts: list[bytes] = []
        is_taken = False
        is_complete = anyio.Event()

        async def receive() -> Message:
            nonlocal is_taken
            if is_taken:
                await is_complete.wait()
                return {"type": "http.disconnect"}
            is_taken = True
            return {"type": "http.request", "body": sent, "more_body": False}

        async def send(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = message
                return
            parts.append(bytes(message.get("body", b"")))
            if not message.get("more_body", False):
                is_complete.set()

        try:
            await self._client.app(scope, receive, send)
        except Exception:
            if self._raises:
                raise
        # What the application has put off to the end of the loop's turn, such as a log line, is done before anybody looks.
        await anyio.sleep(0)
        return started, b"".join(parts)
