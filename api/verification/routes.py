"""The public door: what stands behind a code that is scanned or typed.

Its scan route stands first of all routes and does without dependencies, since everybody waits for it.
"""

from typing import Annotated, Any, Final
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from api.access.permissions import Permission
from api.access.scope import Access
from api.adapters.storage import NoSuchObject, Storage
from api.codes.reading import DynamicCode, code_in, grouped, read_code
from api.database import Origin
from api.errors import NotFound, Text, Unavailable
from api.house import House
from api.language import Language
from api.pages.served import AROUND_A_SCAN, FORM_HEADERS, PAGE_HEADERS, is_large, language_of, refusal_page
from api.verification import schemas, service
from api.verification.dependencies import count_miss
from api.verification.page import card_page, post_title, type_code_page
from api.verification.rules import ScanAnswer, TooManyMisses
from api.web.answers import answers
from api.web.dependencies import HouseDep, LanguageDep, Reading, requires
from api.web.error_handlers import problem, refusal_answer
from api.web.front import Ready, header, ready_headers
from api.web.idempotency import HouseRoute
from api.web.negotiation import HTML, JSON, preferred_type
from models.enums import ScanOutcome

JSON_ANSWER = ready_headers({"Content-Type": "application/json"} | AROUND_A_SCAN)
PAGE_ANSWER = ready_headers({"Content-Type": "text/html; charset=utf-8"} | PAGE_HEADERS)

CODE_UNKNOWN = Text("没有查到这个码，请核对后再试。", "This code is not known; please check it and try again.")
CODE_UNREADABLE = Text(
    "这个码不完整或有错字。请对照牌上二维码下面的 15 位码，再输一次。",
    "This code is incomplete or has a wrong character. Compare it with the 15 characters under the QR code and type it again.",
)

PHOTOS_AT_ONCE: Final = CapacityLimiter(8)
"""A store that hangs holds up photos, and nothing else."""

views = APIRouter(prefix="/v1/verification", tags=["verification"], route_class=HouseRoute)

OwnRecord = Annotated[Access, requires(Permission.own_record)]


async def verify_code(request: Request) -> Response:
    """Answer a scan: a page for people, JSON for whoever prefers it (`Accept`)."""
    house: House = request.app.state.house
    origin: Origin = request.scope["state"]["origin"]
    text = request.path_params["code"]
    language, large, zone = language_of(request), is_large(request), house.settings.zone
    # HEAD only asks whether there is something: nobody is shown a card.
    count = request.app.state.counts.add if request.scope["method"] == "GET" else None
    try:
        answer = await service.verify_code(request.app.state.reader, text, origin.at, zone, count)
        if answer.outcome is ScanOutcome.not_found:
            count_miss(request)
    except (Unavailable, TooManyMisses) as refusal:
        if not _wants_json(request):
            return refusal_page(request, refusal)
        return refusal_answer(request, refusal, AROUND_A_SCAN)
    if _wants_json(request):
        return _json(answer, text[:200], origin, language)
    page = card_page(answer, code=text[:200], language=language, large=large, timezone=zone)
    return Ready(page, 404 if answer.outcome is ScanOutcome.not_found else 200, PAGE_ANSWER)


async def show_photo(request: Request) -> Response:
    """The photo of a valid card's holder, where he lets it be seen: as long as the code is good, and never kept by anybody."""
    house: House = request.app.state.house
    origin: Origin = request.state.origin
    card_id, told = await service.find_card(request.app.state.reader, request.path_params["code"], origin.at, house.settings.zone)
    if card_id is None:
        count_miss(request)
    if told.card is None or told.card.photo_key is None:
        raise NotFound
    content = await to_thread.run_sync(_read_all, house.storage, told.card.photo_key, limiter=PHOTOS_AT_ONCE)
    headers = {"X-Robots-Tag": "noindex", "Cross-Origin-Resource-Policy": "same-origin", "Content-Disposition": "inline"}
    return Response(content, headers=headers, media_type="image/jpeg")


async def show_code_form(request: Request) -> Response:
    """The page where the code under a plate is typed by hand."""
    return HTMLResponse(type_code_page(language=language_of(request), large=is_large(request), problem=None), headers=FORM_HEADERS)


async def open_typed_code(request: Request) -> Response:
    """Lead from a typed code to its page; one that cannot be a code is shown again, to be mended."""
    form = await request.form(max_fields=4, max_files=0)
    sent = form.get("code")
    typed = sent if isinstance(sent, str) else ""
    # Somebody may have pasted the whole address.
    code = read_code(code_in(typed.strip()))
    language, large = language_of(request), is_large(request)
    if code is None:
        return HTMLResponse(type_code_page(language=language, large=large, problem=CODE_UNREADABLE, typed=typed), 422, FORM_HEADERS)
    text = code.pack() if isinstance(code, DynamicCode) else grouped(code.text)
    return RedirectResponse(f"/C/{text}?lang={language}{'&large=1' if large else ''}", 303, PAGE_HEADERS)


async def open_code_form(request: Request) -> Response:
    """Lead those who typed only the host to where a code is typed."""
    return RedirectResponse("/C", 303, PAGE_HEADERS)


DOOR = [
    *(Route(f"/{letter}/{{code}}", verify_code, methods=["GET"]) for letter in "Cc"),
    *(Route(f"/{letter}/{{code}}/", verify_code, methods=["GET"]) for letter in "Cc"),
    *(Route(f"/{letter}/{{code}}/photo", show_photo, methods=["GET"]) for letter in "Cc"),
    *(Route(f"/{letter}", show_code_form, methods=["GET"]) for letter in "Cc"),
    *(Route(f"/{letter}", open_typed_code, methods=["POST"]) for letter in "Cc"),
    *(Route(path, open_code_form, methods=["GET"]) for path in ("/", "/C/", "/c/")),
]
"""The routes that stand before all others."""


@views.get("/mine", responses=answers(NotFound))
def show_own_public_view(access: OwnRecord, work: Reading, house: HouseDep, language: LanguageDep) -> schemas.ScanShown:
    """What is public about oneself: what a stranger is told who scans one's card now. The photo is shown by `/v1/photos/mine`."""
    told = service.show_own_public_view(work, access)
    return schemas.ScanShown.model_validate(_content(told, "/v1/photos/mine", language))


def _json(answer: ScanAnswer, code: str, origin: Origin, language: Language) -> Response:
    photo = f"/C/{quote(code, safe='')}/photo" if answer.card and answer.card.photo_key else ""
    content = _content(answer, photo, language)
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
    return Ready(to_json(content), 200, JSON_ANSWER)


def _content(answer: ScanAnswer, photo: str, language: Language) -> dict[str, Any]:
    """The answer to a scan as JSON holds it; `photo` is the address of the holder's photo, told only if there is one."""
    return {
        "outcome": answer.outcome.value,
        "reason": answer.reason.value,
        "verified_at": answer.verified_at.isoformat().replace("+00:00", "Z"),
        "issuer": answer.issuer,
        "service_phone": answer.service_phone,
        "moved_to": answer.moved_to,
        "card": answer.card
        and {
            "display_name": answer.card.display_name,
            "organization": answer.card.organization,
            "posts": [{"post": post.value, "title": post_title(post, language)} for post in answer.card.posts],
            "photo": photo if answer.card.photo_key else None,
        },
    }


def _read_all(storage: Storage, key: str) -> bytes:
    try:
        with storage.open(key) as content:
            return content.read()
    except NoSuchObject:
        raise NotFound from None


def _wants_json(request: Request) -> bool:
    return preferred_type(header(request, b"accept"), (HTML, JSON)) == JSON
