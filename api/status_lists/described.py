"""What the OpenAPI document says of the route that is none of FastAPI's."""

from typing import Any, Final

from api.errors import NotFound
from api.status_lists.token import MEDIA_TYPE, PATH
from api.web.answers import answers

_LIST: Final[dict[str, Any]] = {
    "tags": ["status-lists"],
    "operationId": "show_status_list",
    "summary": "Show Status List",
    "description": "One status list as a signed token (IETF Token Status List): 2 bits a card, 0 valid, 1 revoked, 2 suspended, "
    "3 expired. Hold it for its `ttl`, then fetch it again with `If-None-Match`; after its `exp` it says nothing more. It is "
    "signed at most once a minute, and the same bytes until something has changed.",
    "parameters": [
        {
            "name": "number",
            "in": "path",
            "required": True,
            "description": "the list that a code or a pack names",
            "schema": {"type": "integer", "minimum": 0, "maximum": 65535},
            "example": 0,
        },
        {"name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string", "maxLength": 1000}},
    ],
    "responses": {
        "200": {
            "description": "The list",
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIifQ.c2ln"}},
            "headers": {"ETag": {"schema": {"type": "string"}}},
        },
        "304": {"description": "It is still the one that the `ETag` names"},
        "404": {name: part for name, part in answers(NotFound)[404].items() if name != "model"},
    },
}

OPERATIONS: Final = {f"{PATH}/{{number}}": {"get": _LIST}}
