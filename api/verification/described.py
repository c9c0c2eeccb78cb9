"""What the OpenAPI document says of the routes that are none of FastAPI's."""

from typing import Any, Final

from api.errors import NotFound, Refusal, Unavailable
from api.verification.rules import TooManyMisses
from api.web.answers import answers, raw
from api.web.error_handlers import MEDIA_TYPE

CODE: Final = {
    "name": "code",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "maxLength": 4000},
    "example": "D7K2M9Q4R8T3V6X",
}

PAGE: Final = {"text/html": {"schema": {"type": "string"}, "example": "<!doctype html>…"}}

CHOICES: Final = (
    {"name": "lang", "in": "query", "required": False, "schema": {"type": "string", "enum": ["zh", "en"]}},
    {"name": "large", "in": "query", "required": False, "schema": {"type": "string", "enum": ["1"]}},
)
"""What a page is asked to be like."""


def told(status: int, *refusals: type[Refusal]) -> dict[str, Any]:
    """How a refusal of that status is answered to programs."""
    return {name: part for name, part in answers(*refusals)[status].items() if name != "model"}


def told_on_a_page(status: int, *refusals: type[Refusal]) -> dict[str, Any]:
    """The same where people are shown a page."""
    entry = told(status, *refusals)
    return {**entry, "content": {**entry["content"], **PAGE}}


_SCAN: Final[dict[str, Any]] = {
    "tags": ["verification"],
    "operationId": "verify_code",
    "summary": "Verify Code",
    "description": "What stands behind a code, printed or dynamic. A client that prefers `application/json` (`Accept`, by "
    "weight and then by order) is answered JSON, everybody else a page for people. "
    "A known card is answered 200 in whatever state it is; every other code 404, all alike.",
    "parameters": [
        CODE,
        *CHOICES,
    ],
    "responses": {
        "200": {
            "description": "The card's state, and for a valid card what may be public of its holder",
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/ScanShown"}},
                **PAGE,
            },
        },
        "404": {
            "description": "This code is not known.",
            "content": {
                MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/CodeUnknown"}},
                **PAGE,
            },
        },
        "429": told_on_a_page(429, TooManyMisses),
        "503": told_on_a_page(503, Unavailable),
    },
}

_PHOTO: Final[dict[str, Any]] = {
    "tags": ["verification"],
    "operationId": "show_photo",
    "summary": "Show Photo",
    "description": "The photo of the holder of a valid card, where he lets it be seen. It is gone with the code's time, the card "
    "or the holder's consent.",
    "parameters": [CODE],
    "responses": {
        "200": raw("image/jpeg", "The photo")[200],
        "404": told(404, NotFound),
        "429": told(429, TooManyMisses),
    },
}

OPERATIONS: Final = {"/C/{code}": {"get": _SCAN}, "/C/{code}/photo": {"get": _PHOTO}}
