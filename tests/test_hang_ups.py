"""Whoever goes away before he has sent or taken all of it does nobody any harm, and is no error in the log."""

import asyncio
import json
import socket
import struct
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from starlette.types import Message

from api import logs
from api.app import Application, create_app
from api.settings import Settings
from api.web.front import Front
from api.web.middleware import Middleware
from models.enums import Role
from tests.conftest import Caller, District
from tests.routes import Door, doors
from tests.serving import serving

ON_ENGINES = ("sqlite",)
READS = ("GET", "DELETE", "OPTIONS")
FORM = "multipart/form-data; boundary=b"
PICTURE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n' + b"\xff\xd8" * 40_000


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.administrator, "D")


@pytest.fixture
def server(settings: Settings, officer: Caller) -> Iterator[tuple[Application, int]]:
    with serving(lambda _: create_app(settings)) as (app, url):
        # Making it takes longer than all the rest.
        app.openapi_schema = {"openapi": "3.1.0"}
        yield app, int(url.rpartition(":")[2])


def hang_up(port: int, begun: bytes, *, is_reset: bool) -> None:
    """Send something, and go away: by ending the connection, or, as the net does it, by a reset."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(begun)
        if is_reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def head(door: Door, token: str, *fields: str) -> bytes:
    path = "/".join(str(uuid4()) if part.startswith("{") else part for part in door.path.split("/"))
    lines = [f"{door.method} {path} HTTP/1.1", "Host: lx.example.gov.cn", f"Authorization: Bearer {token}", *fields, "", ""]
    return "\r\n".join(lines).encode()


def begun(app: Application, token: str) -> Iterator[bytes]:
    """For every operation what somebody sends who then goes away."""
    for number, door in enumerate(doors(app)):
        if door.method in READS:
            yield head(door, token)
            continue
        keyed = ("Idempotency-Key: k",)
        for kind, body, more in (
            ("application/json", b'{"username": "', keyed[number % 2 :]),
            (FORM, PICTURE, keyed[: number % 2]),
        ):
            yield head(door, token, f"Content-Type: {kind}", "Content-Length: 100000", *more) + body


class Lines(list[str]):
    """What the log tells of requests."""

    def write(self, text: str) -> None:
        self.extend(text.splitlines())

    def flush(self) -> None:
        """Nothing is held back."""


def wait_for(lines: Lines, at_least: int) -> None:
    """Wait until nothing more comes for a while, and half a minute for so many."""
    seen, until = -1, time.monotonic() + 30
    while seen != len(lines) or (seen < at_least and time.monotonic() < until):
        seen = len(lines)
        time.sleep(0.5)


def test_who_goes_away_at_any_operation_is_no_error_in_the_log(
    server: tuple[Application, int], officer: Caller, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    app, port = server
    all_of_it = list(begun(app, officer.access_token))
    logs.configure("ERROR")
    lines = Lines()
    monkeypatch.setattr(logs, "_requests", lines)
    with ThreadPoolExecutor(4) as pool:
        for number, one in enumerate(all_of_it):
            pool.submit(hang_up, port, one, is_reset=number % 3 == 0)
    # Of a connection that is reset at once the server may never learn what was sent.
    at_least = len(all_of_it) // 2
    wait_for(lines, at_least)
    assert "".join(capfd.readouterr()) == ""
    statuses = [json.loads(line)["status"] for line in lines]
    assert len(statuses) >= at_least
    assert 499 in statuses and 500 not in statuses


@pytest.mark.parametrize("is_begun", [False, True])
def test_who_goes_away_while_something_is_streamed_to_him_has_gone(is_begun: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = Lines()
    monkeypatch.setattr(logs, "_requests", lines)

    async def story() -> None:
        sent = asyncio.Event()

        async def pieces() -> AsyncIterator[bytes]:
            if is_begun:
                yield b"the first"
            sent.set()
            await asyncio.Event().wait()

        async def receive() -> Message:
            await sent.wait()
            return {"type": "http.disconnect"}

        async def send(_: Message) -> None:
            """Whoever has gone takes nothing."""

        scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
        await asyncio.wait_for(Middleware(Front(FastAPI(), ()), StreamingResponse(pieces()))(scope, receive, send), 10)

    asyncio.run(story())
    assert [json.loads(line)["status"] for line in lines] == [499]
