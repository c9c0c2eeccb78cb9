"""How a route says in the OpenAPI document which problems it can answer with, each with an example."""

from typing import Any

from api.error_handlers import MEDIA_TYPE, status_of
from api.errors import Forbidden, Invalid, Refusal, TooLarge, Unauthenticated, Unavailable, Unexpected
from api.schemas import Problem

EVERYWHERE: tuple[type[Refusal], ...] = (Unexpected, Unavailable)


Responses = dict[int | str, dict[str, Any]]


def answers(*refusals: type[Refusal]) -> Responses:
    """The `responses` of a route that raises these refusals. Those that any route may give are added by the application."""
    found: Responses = {}
    for refusal in refusals:
        status = status_of(refusal)
        entry = found.setdefault(
            status, {"model": Problem, "description": refusal.text.en, "content": {MEDIA_TYPE: {"examples": {}}}}
        )
        entry["content"][MEDIA_TYPE]["examples"][refusal.code()] = {"value": sample(refusal)}
    return found


def sample(refusal: type[Refusal]) -> dict[str, object]:
    return {
        "type": f"urn:liangxian:problem:{refusal.code()}",
        "title": refusal.text.zh,
        "status": status_of(refusal),
        "detail": refusal.text.zh,
        "instance": "urn:liangxian:request:0192f0c1e5a87cc2",
        "code": refusal.code(),
        "request_id": "0192f0c1e5a87cc2",
        "errors": [],
    }


SIGNED_IN = (Unauthenticated, Forbidden)
WITH_INPUT = (Invalid, TooLarge)
