"""What the served things are measured against: the least that each framework does for an answer."""

import os
from pathlib import Path

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send


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


def static() -> Starlette:
    """A Starlette route that answers with the bytes of the file that `BENCH_STATIC` names, always the same."""
    content = Path(os.environ["BENCH_STATIC"]).read_bytes()

    async def show(_: Request) -> Response:
        return Response(content, media_type="application/statuslist+jwt")

    return Starlette(routes=[Route("/", show)])
