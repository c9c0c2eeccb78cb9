"""How a route says in the OpenAPI document which problems it can answer with, each with an example."""

import re
from typing import Any

from api.errors import Forbidden, Invalid, Refusal, Text, TooLarge, Unauthenticated, Unavailable, Unexpected
from api.schemas import Problem
from api.web.error_handlers import MEDIA_TYPE, status_of

EVERYWHERE: tuple[type[Refusal], ...] = (Unexpected, Unavailable)


Responses = dict[int | str, dict[str, Any]]


def answers(*refusals: type[Refusal]) -> Responses:
    """The `responses` of a route that raises these refusals. Those that any route may give are added by the application."""
    found: Responses = {}
    for refusal in refusals:
        status = status_of(refusal)
        entry = found.setdefault(
            status, {"model": Problem, "description": _shown(refusal).en, "content": {MEDIA_TYPE: {"examples": {}}}}
        )
        entry["content"][MEDIA_TYPE]["examples"][refusal.code()] = {"value": sample(refusal)}
    return found


def raw(media_type: str, description: str, *, binary: bool = True, example: str = "binary") -> Responses:
    """The `responses` of a route whose success is no JSON."""
    schema = {"type": "string", "format": "binary"} if binary else {"type": "string"}
    return {200: {"description": description, "content": {media_type: {"schema": schema, "example": example}}}}


def sample(refusal: type[Refusal]) -> dict[str, object]:
    words = _shown(refusal).zh
    return {
        "type": f"urn:liangxian:problem:{refusal.code()}",
        "title": words,
        "status": status_of(refusal),
        "detail": words,
        "instance": "urn:liangxian:request:0192f0c1e5a87cc2",
        "code": refusal.code(),
        "request_id": "0192f0c1e5a87cc2",
        "errors": [],
    }


def _shown(refusal: type[Refusal]) -> Text:
    """The sentence of a refusal as an example shows it: with "…" for what only a real request fills in."""
    return Text(*(re.sub(r"\{\w+\}", "…", words) for words in refusal.text))


SIGNED_IN = (Unauthenticated, Forbidden)
WITH_INPUT = (Invalid, TooLarge)
