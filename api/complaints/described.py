"""What the OpenAPI document says of the pages on which a code is reported."""

from typing import Any, Final

from api.complaints import rules
from api.errors import Invalid, Unavailable
from api.verification.described import CHOICES, CODE, PAGE, told_on_a_page
from api.verification.rules import TooManyMisses
from models.enums import ComplaintKind

_FORM: Final[dict[str, Any]] = {
    "tags": ["complaints"],
    "operationId": "show_report_form",
    "summary": "Show Report Form",
    "description": "The page on which a code is reported: as not the person's, forged or misused, unknown codes too.",
    "parameters": [CODE, *CHOICES],
    "responses": {
        "200": {"description": "The form", "content": PAGE},
        "429": told_on_a_page(429, TooManyMisses),
        "503": told_on_a_page(503, Unavailable),
    },
}

_SEND: Final[dict[str, Any]] = {
    "tags": ["complaints"],
    "operationId": "send_report",
    "summary": "Send Report",
    "description": "What the form sends. Programs use `POST /v1/complaints`.",
    "parameters": [CODE, *CHOICES],
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["kind"],
                    "properties": {
                        "key": {"type": "string", "pattern": rules.KEY, "description": "the form's own one-time value"},
                        "kind": {"type": "string", "enum": [kind.value for kind in ComplaintKind]},
                        "details": {"type": "string", "maxLength": rules.LONGEST_DETAILS},
                        "contact": {"type": "string", "maxLength": rules.LONGEST_CONTACT},
                    },
                    "example": {
                        "key": "q5mZ3v0b8R2kX7tYw1sD4A",
                        "kind": "not_the_person",
                        "details": "照片不是这个人。",
                        "contact": "",
                    },
                }
            }
        },
    },
    "responses": {
        "200": {"description": "The receipt, with its number and the telephone where to ask", "content": PAGE},
        "422": {**told_on_a_page(422, Invalid), "description": "The form again, with what is to be mended"},
        "429": told_on_a_page(429, TooManyMisses, rules.TooManyComplaints),
        "503": told_on_a_page(503, Unavailable),
    },
}

_RECEIPT: Final[dict[str, Any]] = {
    "tags": ["complaints"],
    "operationId": "show_receipt",
    "summary": "Show Receipt",
    "description": "The receipt of a report once more, such as in the other language.",
    "parameters": [
        CODE,
        {
            "name": "receipt_no",
            "in": "path",
            "required": True,
            "schema": {"type": "string", "maxLength": 20},
            "example": "7K2M9QXR",
        },
        *CHOICES,
    ],
    "responses": {
        "200": {"description": "The receipt", "content": PAGE},
        "404": {"description": "The form, where there is no such receipt for this code", "content": PAGE},
        "429": told_on_a_page(429, TooManyMisses),
        "503": told_on_a_page(503, Unavailable),
    },
}

OPERATIONS: Final = {
    "/C/{code}/report": {"get": _FORM, "post": _SEND},
    "/C/{code}/report/{receipt_no}": {"get": _RECEIPT},
}
