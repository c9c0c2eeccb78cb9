"""What the OpenAPI document says of the routes that are none of FastAPI's."""

from typing import Any, Final

from api.answers import answers
from api.error_handlers import MEDIA_TYPE
from api.errors import NotFound
from api.verification.rules import TooManyMisses

CODE: Final = {
    "name": "code",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "maxLength": 4000},
    "example": "D7K2M9Q4R8T3V6X",
}

CHOICES: Final = (
    {"name": "lang", "in": "query", "required": False, "schema": {"type": "string", "enum": ["zh", "en"]}},
    {"name": "large", "in": "query", "required": False, "schema": {"type": "string", "enum": ["1"]}},
)
"""What a page is asked to be like."""

_MISSES: Final = {name: part for name, part in answers(TooManyMisses)[429].items() if name != "model"}

_SCAN: Final[dict[str, Any]] = {
    "tags": ["verification"],
    "operationId": "verify_code",
    "summary": "Verify Code",
    "description": "What stands behind a code, printed or dynamic. With `Accept: application/json` the answer is JSON, otherwise a "
    "page for people. A known card is answered 200 in whatever state it is; every other code 404, all alike.",
    "parameters": [
        CODE,
        *CHOICES,
    ],
    "responses": {
        "200": {
            "description": "The card's state, and for a valid card what may be public of its holder",
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/ScanShown"}},
                "text/html": {"schema": {"type": "string"}},
            },
        },
        "404": {
            "description": "This code is not known.",
            "content": {
                MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/CodeUnknown"}},
                "text/html": {"schema": {"type": "string"}},
            },
        },
        "429": {**_MISSES, "content": {**_MISSES["content"], "text/html": {"schema": {"type": "string"}}}},
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
        "200": {"description": "The photo", "content": {"image/jpeg": {"example": "binary"}}},
        "404": {name: part for name, part in answers(NotFound)[404].items() if name != "model"},
        "429": _MISSES,
    },
}

OPERATIONS: Final = {"/C/{code}": {"get": _SCAN}, "/C/{code}/photo": {"get": _PHOTO}}
