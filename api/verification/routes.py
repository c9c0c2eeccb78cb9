"""The public door. Its scan route stands first of all routes and does without dependencies, since everybody waits for it."""

import json
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from api.cards import service as cards
from api.cards.codes import DynamicCode, grouped, read_code
from api.database import Origin
from api.dependencies import Reading
from api.error_handlers import problem
from api.errors import Text, Unavailable
from api.house import House
from api.language import Language, preferred
from api.pages.render import CONTENT_SECURITY_POLICY, problem_page
from api.verification import schemas, service
from api.verification.page import card_page, post_title, type_code_page
from api.verification.rules import ScanAnswer
from models.enums import ScanOutcome

AROUND_A_SCAN = {"Vary": "Accept, Accept-Language", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
PAGE_HEADERS = AROUND_A_SCAN | {"Content-Security-Policy": CONTENT_SECURITY_POLICY}

CODE_UNKNOWN = Text("没有查到这个码，请核对后再试。", "This code is not known; please check it and try again.")
CODE_UNREADABLE = Text(
    "这个码不完整或有错字。请对照牌上二维码下面的 15 位码，再输一次。",
    "This code is incomplete or has a wrong character. Compare it with the 15 characters under the QR code and type it again.",
)

keys = APIRouter(prefix="/.well-known", tags=["keys"])


async def verify_code(request: Request) -> Response:
    """Answer a scan: a page for people, JSON for `Accept: application/json`."""
    house: House = request.app.state.house
    origin: Origin = request.state.origin
    text = request.path_params["code"]
    language, large, zone = _language(request), _large(request), house.settings.zone
    try:
        answer = await service.verify_code(request.app.state.reader, text, origin.at, zone, request.app.state.counts.add)
    except Unavailable as away:
        if _wants_json(request):
            raise
        page = problem_page(away.text, language=language, large=large, retry_after=away.retry_after)
        return HTMLResponse(page, 503, PAGE_HEADERS | {"Retry-After": str(away.retry_after)})
    if _wants_json(request):
        return _json(answer, origin, language)
    page = card_page(answer, code=text[:200], language=language, large=large, timezone=zone)
    return HTMLResponse(page, 404 if answer.outcome is ScanOutcome.not_found else 200, PAGE_HEADERS)


async def show_code_form(request: Request) -> Response:
    """The page where the code under a plate is typed by hand."""
    return HTMLResponse(type_code_page(language=_language(request), large=_large(request), problem=None), headers=PAGE_HEADERS)


async def open_typed_code(request: Request) -> Response:
    """Lead from a typed code to its page; one that cannot be a code is shown again, to be mended."""
    form = await request.form(max_fields=4, max_files=0)
    sent = form.get("code")
    typed = sent if isinstance(sent, str) else ""
    # Somebody may have pasted the whole address.
    code = read_code(typed.strip().rpartition("/")[2])
    language, large = _language(request), _large(request)
    if code is None:
        return HTMLResponse(type_code_page(language=language, large=large, problem=CODE_UNREADABLE, typed=typed), 422, PAGE_HEADERS)
    text = code.pack() if isinstance(code, DynamicCode) else grouped(code.text)
    return RedirectResponse(f"/C/{text}?lang={language}{'&large=1' if large else ''}", 303, PAGE_HEADERS)


async def open_code_form(request: Request) -> Response:
    """Lead those who typed only the host to where a code is typed."""
    return RedirectResponse("/C", 303, PAGE_HEADERS)


DOOR = [
    *(Route(f"/{letter}/{{code}}", verify_code, methods=["GET"]) for letter in "Cc"),
    *(Route(f"/{letter}", show_code_form, methods=["GET"]) for letter in "Cc"),
    *(Route(f"/{letter}", open_typed_code, methods=["POST"]) for letter in "Cc"),
    *(Route(path, open_code_form, methods=["GET"]) for path in ("/", "/C/", "/c/")),
]
"""The routes that stand before all others."""


@keys.get("/jwks.json")
def list_keys(work: Reading, response: Response) -> schemas.KeySet:
    """The public keys that dynamic codes are checked with (RFC 7517). Anybody may fetch and keep them for five minutes."""
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return schemas.KeySet.model_validate({"keys": cards.list_keys(work)})


def _json(answer: ScanAnswer, origin: Origin, language: Language) -> Response:
    content: dict[str, Any] = {
        "outcome": answer.outcome,
        "reason": answer.reason,
        "verified_at": answer.verified_at.isoformat(),
        "issuer": answer.issuer,
        "service_phone": answer.service_phone,
        "card": answer.card
        and {
            "display_name": answer.card.display_name,
            "organization": answer.card.organization,
            "posts": [{"post": post, "title": post_title(post, language)} for post in answer.card.posts],
        },
    }
    if answer.outcome is ScanOutcome.not_found:
        return problem(
            404,
            answer.reason,
            CODE_UNKNOWN,
            request_id=origin.request_id,
            language=language,
            members=content,
            headers=AROUND_A_SCAN,
        )
    body = json.dumps(content, ensure_ascii=False).encode()
    return Response(body, headers=AROUND_A_SCAN, media_type="application/json")


def _wants_json(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return "json" in accept and "text/html" not in accept


def _language(request: Request) -> Language:
    chosen = request.query_params.get("lang")
    return Language(chosen) if chosen in set(Language) else preferred(request.headers.get("accept-language"))


def _large(request: Request) -> bool:
    return request.query_params.get("large") == "1"
