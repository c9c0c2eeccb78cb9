"""How a route says in the OpenAPI document what it answers with beside its JSON: problems by their codes, files, text."""

import re
from typing import Any, Final

from api.errors import Refusal
from api.web.error_handlers import MEDIA_TYPE, status_of

Responses = dict[int | str, dict[str, Any]]

TAGGED: Final[Responses] = {200: {"headers": {"ETag": {"$ref": "#/components/headers/ETag"}}}}
"""Of a route whose answer bears an entity tag."""
PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}


class Refused(dict[int | str, dict[str, Any]]):
    """The answers of a route by their statuses, as `answers` makes them: together with others it has the codes of both."""

    def __or__(self, others: Any) -> Any:
        found = Refused(super().__or__(others))
        for status in self.keys() & others.keys():
            one, other = (entry[status]["content"][MEDIA_TYPE]["examples"] for entry in (self, others))
            found[status] = _problems(one | other)
        return found


def answers(*refusals: type[Refusal]) -> Responses:
    """The `responses` of a route that raises these refusals. Those that any route may give are added by the document."""
    found: Responses = Refused()
    for refusal in refusals:
        entry = found.setdefault(status_of(refusal), _problems({}))
        entry["content"][MEDIA_TYPE]["examples"][refusal.code()] = {"$ref": f"#/components/examples/{refusal.code()}"}
    return found


def _problems(examples: dict[str, Any]) -> dict[str, Any]:
    return {"description": "", "content": {MEDIA_TYPE: {"schema": PROBLEM, "examples": examples}}}


def raw(media_type: str, description: str, *, binary: bool = True, example: str = "binary", tagged: bool = False) -> Responses:
    """The `responses` of a route whose success is no JSON; `tagged` where an entity tag stands on it."""
    schema = {"type": "string", "format": "binary"} if binary else {"type": "string"}
    headers = {"ETag": {"$ref": "#/components/headers/ETag"}} if tagged else {}
    return {200: {"description": description, "content": {media_type: {"schema": schema, "example": example}}, "headers": headers}}


def sample(refusal: type[Refusal]) -> dict[str, object]:
    """What a refusal is answered with, as an example: with "…" for what only a real request fills in."""
    told: dict[str, object] = {name: fact.example for name, fact in refusal.tells.items() if fact.example is not None}
    said = problem_like(refusal.code(), status_of(refusal), re.sub(r"\{\w+\}", "…", refusal.text.zh))
    return said | {"title": (refusal.title or refusal.text).zh} | told


def problem_like(code: str, status: int, words: str) -> dict[str, object]:
    """A problem as an example."""
    return {
        "type": f"urn:liangxian:problem:{code}",
        "title": words,
        "status": status,
        "detail": words,
        "instance": "urn:liangxian:request:0192f0c1e5a87cc2",
        "code": code,
        "request_id": "0192f0c1e5a87cc2",
        "errors": [],
    }
