"""What the operations have answered in the tests: a whole run that leaves one out fails, and so does any run in which one answers
what the document does not name."""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.routes import resolved

DOCUMENT = Path(__file__).parents[1] / "openapi" / "openapi.json"
ALWAYS = {"etag", "location"}
"""The headers that an answer which names them always bears; others it bears when there is reason to."""


class Answered(NamedTuple):
    """One sort of answer that an operation has given. `headers` are those, in small letters, that the document names anywhere."""

    operation: str
    status: int
    media_type: str
    code: str
    rules: tuple[str, ...]
    headers: tuple[str, ...]


CALLED: set[str] = set()
ANSWERED: dict[Answered, str] = {}
"""Each sort of answer, with a test in which it was given."""


def _document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    return found


NAMED = {name.lower() for name in _document()["components"]["headers"]}


class Witness:
    """Notes what each operation answers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started: Message = {}

        async def noting(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = message
            elif started and "endpoint" in scope:
                _note(scope["endpoint"].__name__, started, message.get("body", b""))
                started = {}
            await send(message)

        await self.app(scope, receive, noting)


def _note(operation: str, started: Message, body: bytes) -> None:
    headers = {name.decode().lower(): value.decode() for name, value in started["headers"]}
    media_type = headers.get("content-type", "").partition(";")[0]
    plain = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
    problem: dict[str, Any] = json.loads(plain) if body and media_type == "application/problem+json" else {"code": "", "errors": []}
    rules = tuple(sorted({fault["rule"] for fault in problem["errors"]}))
    if started["status"] < 400:
        CALLED.add(operation)
    answered = Answered(operation, started["status"], media_type, problem["code"], rules, tuple(sorted(NAMED & headers.keys())))
    ANSWERED.setdefault(answered, os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0])


def unnamed() -> Iterator[str]:
    """What has been answered and does not stand in the document, a line each."""
    document = _document()
    told = {operation["operationId"]: operation for path in document["paths"].values() for operation in path.values()}
    rules = set(document["components"]["schemas"]["Fault"]["properties"]["rule"]["x-extensible-enum"])
    for answered, test in sorted(ANSWERED.items()):
        if answered.operation not in told:
            continue
        answer = resolved(document, told[answered.operation]["responses"].get(str(answered.status), {}))
        content = answer.get("content", {})
        headers = {name.lower() for name in answer.get("headers", {})} & NAMED
        if not answer:
            what = "this status"
        elif answered.media_type not in content and answered.status not in (204, 304):
            what = f"content of the type {answered.media_type}"
        elif answered.code and answered.code not in content[answered.media_type].get("examples", {}):
            what = f"the code {answered.code}"
        elif unlisted := set(answered.rules) - rules:
            what = f"the rules {', '.join(sorted(unlisted))}"
        elif extra := set(answered.headers) - headers:
            what = f"the headers {', '.join(sorted(extra))}"
        elif missing := (headers - set(answered.headers)) & ALWAYS:
            what = f"that there may be no {', '.join(sorted(missing))}"
        else:
            continue
        yield f"{answered.operation} {answered.status}: the document does not name {what} ({test})"
