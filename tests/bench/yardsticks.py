"""What the served things are measured against: the least that each framework does for an answer."""

import os
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api.codes.reading import DynamicCode, read_code
from api.codes.signing import check_signature
from api.keys.ring import public_key
from api.verification.reader import reader


def hello() -> FastAPI:
    """A bare FastAPI route that returns a small dict, as most write it: a return type would make it a response model."""
    app = FastAPI()

    @app.get("/")
    async def say_hello():  # type: ignore[no-untyped-def]
        return {"outcome": "valid", "reason": "card_valid"}

    return app


async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
    """No framework at all."""
    if scope["type"] == "http":
        body = b'{"outcome": "valid", "reason": "card_valid"}'
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def least() -> ASGIApp:
    """A scan with nothing around it: the code is read and checked, and its card's row read live, but nothing made of it.

    What is told of the card, the headers, the log line and the count of the scan come on top of this in any server.
    """
    cards = reader(os.environ["DATABASE_URL"])

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await cards.open()
            await send({"type": "lifespan.startup.complete"})
            return
        code = read_code(scope["path"].removeprefix("/C/"))
        if isinstance(code, DynamicCode):
            row: Any = await cards.by_credential(code.credential_number, code.key_slot)
            assert check_signature(code, public_key(code.key_slot, *row[-2:]))
        else:
            assert code and await cards.by_plate(code.text)
        await asgi(scope, receive, send)

    return answer


def static() -> Starlette:
    """A Starlette route that answers with the bytes of the file that `BENCH_STATIC` names, always the same."""
    content = Path(os.environ["BENCH_STATIC"]).read_bytes()

    async def show(_: Request) -> Response:
        return Response(content, media_type="application/statuslist+jwt")

    return Starlette(routes=[Route("/", show)])
