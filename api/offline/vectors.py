"""The published test vectors (`openapi/vectors/`): for each code what a checker has to tell, written down and not computed."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from api.adapters.jose import from_base64url, to_base64url
from api.codes.reading import DynamicCode, address, read_code
from api.codes.signing import TYPE, compact_form, header
from api.foreign import read_json
from api.offline.invented import ELSEWHERE, FORGER, KEYS, ORGANIZATION, PHRASE, PUBLIC_URL, QIU, SIGNED_AT, key_set, signed_files
from api.offline.rules import Outcome
from api.offline.vector_cases import Case, every_case
from api.status_lists.encoding import expand
from api.status_lists.rules import SIZE

ABOUT: Final = f"{PHRASE}. Times and people are invented. README.md tells what this is."


def make_vectors() -> dict[str, str]:
    """The content of each file by its name: the same each time but for how zlib packs the lists (see `is_same`)."""
    return {
        "jwks.json": key_set(),
        "headers.json": _written({"about": ABOUT, "headers": list(_headers())}),
        "codes.json": _written({"about": ABOUT, "cases": [_described(case) for case in every_case()]}),
        **signed_files(),
    }


def is_same(standing: str, made: str) -> bool:
    """Whether a file stands as it is made. Builds of zlib pack a list differently, so of a list it is the content that counts."""
    return standing == made or (_content(made) is not None and _content(standing) == _content(made))


def _content(token: str) -> tuple[str, dict[str, Any], list[bool]] | None:
    """What a status list says under which header, and which of the keys signed it; None for what is none."""
    try:
        head, payload, signature = token.split(".")
        claims = read_json(from_base64url(payload))
        claims["status_list"]["lst"] = expand(from_base64url(claims["status_list"]["lst"]), longest=SIZE)
        signed = [one.public.verify(f"{head}.{payload}".encode(), from_base64url(signature)) for one in (*KEYS.values(), FORGER)]
    except (ValueError, LookupError, TypeError):
        return None
    return head, claims, signed


def _described(case: Case) -> dict[str, Any]:
    code = read_code(case.text)
    found: dict[str, Any] = {"name": case.name, "text": case.text, "at": _iso(case.at)}
    if code is not None:
        found["address"] = address(PUBLIC_URL, case.text)
    if isinstance(code, DynamicCode):
        found |= {"key_slot": code.key_slot, "signed_bytes": code.signed_bytes.hex()}
        if code.key_slot in KEYS:
            found["jws"] = compact_form(code, KEYS[code.key_slot].public)
    organization = ELSEWHERE if case.of is QIU else ORGANIZATION
    shown = case.of if case.outcome is Outcome.valid else None
    return found | {
        "lists": list(case.lists),
        "packs": list(case.packs),
        "expected": {
            "outcome": case.outcome,
            "reason": case.reason,
            "status_as_of": _iso(SIGNED_AT[case.known_by]) if case.known_by else None,
            "plate_as_of": _iso(SIGNED_AT[case.plate_by]) if case.plate_by else None,
            "freshness": case.freshness,
            "issuer": organization.name if case.of else None,
            "service_phone": organization.service_phone if case.of else None,
            "holder": {
                "name": shown.name,
                "organization": organization.name,
                "posts": [shown.post] if shown.post else [],
                "expires_on": shown.expires_on.isoformat(),
                "photo": shown.photo,
            }
            if shown
            else None,
        },
    }


def _headers() -> Iterator[dict[str, Any]]:
    for slot, key in KEYS.items():
        exact = header(key.public)
        yield {
            "slot": slot,
            "typ": TYPE,
            "text": exact.decode(),
            "hex": exact.hex(),
            "base64url": to_base64url(exact),
        }


def _written(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
