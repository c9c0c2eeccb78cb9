"""The public door: what stands behind a code that is scanned or typed.

Its scan route stands first of all routes and does without dependencies, since everybody waits for it.
"""

from functools import partial
from typing import Annotated, Any, Final

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Form
from msgspec.json import encode
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.access.permissions import Permission
from api.access.scope import Access
from api.codes.reading import DynamicCode, code_in, find_code, grouped, host_in, path_of
from api.database import Origin
from api.errors import NotFound, Text, Unavailable
from api.files.registered import Registered, read_registered
from api.house import House
from api.language import Language
from api.pages.render import Asked
from api.profiles.sections import PostEntry
from api.settings import Settings
from api.venues.drawing import draw_venue
from api.venues.public import AT_ONCE
from api.venues.rules import PublicVenue
from api.venues.view import PublicVenueShown
from api.verification import schemas, service
from api.verification.dependencies import LONGEST_CODE, ScannedDep, count_miss, of_a_scan, seen_before
from api.verification.notes import write_note
from api.verification.page import card_page, home_page, post_title, shown_code, type_code_page
from api.verification.rules import ScanAnswer, TooManyMisses
from api.web.answers import Responses, answers, problem_like, raw
from api.web.dependencies import HouseDep, LanguageDep, Reading, requires
from api.web.error_handlers import MEDIA_TYPE, problem, refusal_answer
from api.web.front import FrontRoute, Ready, ready_headers
from api.web.idempotency import HouseRoute
from api.web.pages import (
    AROUND_A_SCAN,
    FORM_HEADERS,
    PAGE_HEADERS,
    AskedDep,
    PageRoute,
    PictureRoute,
    all_on_a_page,
    imprints_of,
    is_large,
    language_of,
    refusal_page,
    seen_of,
    wants_json,
)
from models.enums import ScanOutcome

JSON_ANSWER = ready_headers({"Content-Type": "application/json"} | AROUND_A_SCAN)
PAGE_ANSWER = ready_headers({"Content-Type": "text/html; charset=utf-8"} | PAGE_HEADERS)
FORM_ANSWER = ready_headers({"Content-Type": "text/html; charset=utf-8"} | FORM_HEADERS)

CODE_UNKNOWN = Text("没有查到这个二维码或编号，请核对后再试。", "This code is not known; please check it and try again.")
CODE_UNREADABLE = Text(
    "这个编号不完整或有错字。请对照牌上二维码下面的 15 位编号，再输一次。",
    "This code is incomplete or has a wrong character. Compare it with the 15 characters under the QR code and type it again.",
)

FOREIGN_ADDRESS = Text(
    "您输入的网址不是本区的，可能是假的，请不要在那里填写任何东西。编号已经取出来了：要查它，请按“核验”。",
    "That address is not the district’s and may be a fake: enter nothing there. To check the code in it, press the button.",
)
CODE_MISSING = Text(
    "还没有编号。请把牌上二维码下面的 15 位编号输在这里，或者再扫一次二维码。",
    "No code was given. Type the 15 characters under the QR code here, or scan it again.",
)

UNKNOWN: Final = {
    "outcome": "not_found",
    "reason": "code_unknown",
    "verified_at": "2026-11-23T02:15:30Z",
    "service_phone": "0574-00000001",
}
"""What stands beside a problem in the answer to such a code, as an example."""

PHOTOS_AT_ONCE: Final = CapacityLimiter(8)
"""A store that hangs holds up photos, and nothing else."""

SCANNED: Final[Responses] = all_on_a_page(
    {
        200: {"description": "The card's state, and for a valid card what may be public of its holder"},
        404: {
            "model": schemas.CodeUnknown,
            "description": "This code is not known.",
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/CodeUnknown"},
                    "examples": {"code_unknown": {"value": problem_like("code_unknown", 404, CODE_UNKNOWN.zh) | UNKNOWN}},
                }
            },
        },
        **answers(TooManyMisses, Unavailable),
    }
)

PHOTO: Final = raw("image/jpeg", "The photo")

front = APIRouter(tags=["verification"], route_class=FrontRoute)
photos = APIRouter(tags=["verification"], route_class=PictureRoute)
pages = APIRouter(route_class=PageRoute, include_in_schema=False)
views = APIRouter(prefix="/v1/verification", tags=["verification"], route_class=HouseRoute)

OwnRecord = Annotated[Access, requires(Permission.own_record)]


@front.get(
    "/C/{code}", dependencies=[Depends(of_a_scan)], response_model=schemas.ScanShown | schemas.VenueScanned, responses=SCANNED
)
@front.get("/c/{code}", include_in_schema=False)
@front.get("/C/{code}/", include_in_schema=False)
@front.get("/c/{code}/", include_in_schema=False)
async def verify_code(request: Request) -> Response:
    """What stands behind a code, printed or dynamic.

    A client that prefers `application/json` (`Accept`, by weight and then by order) is answered JSON, everybody else a page for
    people. A known card is answered 200 in whatever state it is, and so is a public venue; every other code 404, all alike.
    """
    house: House = request.app.state.house
    origin: Origin = request.scope["state"]["origin"]
    text = request.path_params["code"]
    zone = house.settings.zone
    asked = Asked(language_of(request), is_large(request), await imprints_of(request).get())
    # HEAD only asks whether there is something: nobody is shown a card.
    count = request.app.state.counts.add if request.scope["method"] == "GET" else None
    as_json = wants_json(request)
    # The notes of pages are for people: a program asks as soon as it has scanned.
    seen = None if as_json else seen_before(request, text)
    try:
        answer = await service.verify_code(
            request.app.state.reader, request.app.state.venues, text, origin.at, zone, count, asked.imprint.phone, seen
        )
        if answer.outcome is ScanOutcome.not_found:
            count_miss(request)
    except (Unavailable, TooManyMisses) as refusal:
        if as_json:
            return refusal_answer(request, refusal, AROUND_A_SCAN)
        if isinstance(refusal, Unavailable):
            return refusal_page(request, refusal)
        again = _code_form(asked, shown_code(text) or "", refusal.sentence(), 429)
        again.headers["Retry-After"] = str(refusal.retry_after)
        return again
    short = text[:LONGEST_CODE]
    if answer.venue is not None:
        # It tells far more than a card does: to put it down is not to hold up scans.
        draw = partial(_venue, answer, answer.venue, asked, short, house.settings, as_json=as_json)
        return await to_thread.run_sync(draw, limiter=AT_ONCE)
    if as_json:
        return _json(answer, short, origin, asked.language)
    if answer.issuer is not None:
        note = seen_of(request) if seen and seen.holds else write_note(house.cipher, short, origin.at)
        asked = asked._replace(seen=note)
    page = card_page(answer, asked, code=short, timezone=zone)
    return Ready(page, 404, FORM_ANSWER) if answer.issuer is None else Ready(page, 200, PAGE_ANSWER)


@photos.get("/C/{code}/photo", responses=answers(TooManyMisses) | PHOTO)
@photos.get("/c/{code}/photo", include_in_schema=False)
async def show_photo(scanned: ScannedDep, house: HouseDep) -> Response:
    """The photo of the holder of a valid card, where he lets it be seen. It is gone with the code's time, the card or the holder's
    consent, and never kept by anybody."""
    card = scanned.told.card
    if card is None or card.photo_key is None:
        raise NotFound
    registered = Registered(card.photo_key, card.photo_size, card.photo_digest)
    content = await to_thread.run_sync(read_registered, house.storage, registered, limiter=PHOTOS_AT_ONCE)
    if content is None:
        raise NotFound
    headers = {"X-Robots-Tag": "noindex", "Cross-Origin-Resource-Policy": "same-origin", "Content-Disposition": "inline"}
    return Response(content, headers=headers, media_type="image/jpeg")


@pages.get("/C")
@pages.get("/c")
def show_code_form(asked: AskedDep) -> HTMLResponse:
    """The page where the code under a plate is typed by hand."""
    return _code_form(asked)


@pages.post("/C")
@pages.post("/c")
def open_typed_code(request: Request, house: HouseDep, asked: AskedDep, code: Annotated[str, Form()] = "") -> Response:
    """Lead from a typed code to its page; one that cannot be a code is shown again, to be mended, and so is the code out of an
    address that is not ours."""
    # Somebody may have pasted the whole address.
    read = find_code(code_in(code.strip()))
    if read is None:
        return _code_form(asked, code, CODE_UNREADABLE if code.strip() else CODE_MISSING)
    text = read.pack() if isinstance(read, DynamicCode) else grouped(read.text)
    host = host_in(code)
    if host is not None and host not in (host_in(house.settings.base_url), request.url.hostname):
        return _code_form(asked, text, FOREIGN_ADDRESS)
    return RedirectResponse(asked.link(f"/C/{text}"), 303, PAGE_HEADERS)


@pages.get("/")
def show_home(asked: AskedDep) -> HTMLResponse:
    """The page for those who typed only the host: what this is, where to type a code or a receipt number, and whom to call."""
    return HTMLResponse(home_page(asked), headers=FORM_HEADERS)


@pages.get("/C/", status_code=404)
@pages.get("/c/", status_code=404)
def show_missing_code(asked: AskedDep) -> HTMLResponse:
    """Say to whoever lost the code out of the address that it is missing, where it can be typed."""
    return _code_form(asked, wrong=CODE_MISSING, status=404)


@views.get("/mine", responses=answers(NotFound))
def show_own_public_view(access: OwnRecord, work: Reading, house: HouseDep, language: LanguageDep) -> schemas.ScanShown:
    """What is public about oneself: what a stranger is told who scans one's card now. The photo is shown by `/v1/photos/mine`."""
    told = service.show_own_public_view(work, access)
    return schemas.ScanShown.model_validate(_content(told, "/v1/photos/mine", language))


def _code_form(asked: Asked, typed: str = "", wrong: Text | None = None, status: int = 422) -> HTMLResponse:
    html = type_code_page(asked, problem=wrong, typed=typed)
    return HTMLResponse(html, status if wrong else 200, FORM_HEADERS)


def _venue(answer: ScanAnswer, venue: PublicVenue, asked: Asked, code: str, settings: Settings, *, as_json: bool) -> Response:
    if not as_json:
        at = answer.verified_at.astimezone(settings.zone)
        return Ready(draw_venue(venue, asked, code=code, at=at).encode(), 200, PAGE_ANSWER)
    content = _content(answer, "", asked.language)
    content["venue"] = PublicVenueShown.of(venue, settings.base_url, asked.language).model_dump(mode="json")
    return Ready(encode(content), 200, JSON_ANSWER)


def _json(answer: ScanAnswer, code: str, origin: Origin, language: Language) -> Response:
    photo = f"{path_of(code)}/photo" if answer.card and answer.card.photo_key else ""
    content = _content(answer, photo, language)
    if answer.outcome is ScanOutcome.not_found:
        content["verified_at"] = answer.verified_at.isoformat().replace("+00:00", "Z")
        return problem(
            404,
            answer.reason,
            CODE_UNKNOWN,
            request_id=origin.request_id,
            language=language,
            members=content,
            headers=AROUND_A_SCAN,
        )
    return Ready(encode(content), 200, JSON_ANSWER)


def _content(answer: ScanAnswer, photo: str, language: Language) -> dict[str, Any]:
    """The answer to a scan as JSON is made from it; `photo` is the address of the holder's photo, told only if there is one."""
    return {
        "outcome": answer.outcome,
        "reason": answer.reason,
        "code_kind": answer.code_kind,
        "plate_kind": answer.plate_kind,
        "verified_at": answer.verified_at,
        "issuer": answer.issuer,
        "issuer_kind": answer.issuer_kind,
        "service_phone": answer.service_phone,
        "service_phone_of": answer.service_phone_of,
        "moved_to": answer.moved_to,
        "card": answer.card
        and {
            "display_name": answer.card.display_name,
            "organization": answer.card.organization,
            "posts": [_post(post, language) for post in answer.card.posts],
            "photo": photo if answer.card.photo_key else None,
            "pledges": answer.card.pledges,
            "honors": answer.card.honors,
        },
    }


def _post(post: PostEntry, language: Language) -> dict[str, Any]:
    return {
        "post": post["post"],
        "title": post_title(post, language),
        "slot": post.get("slot"),
        "organization": post.get("organization"),
        "sent_by": post.get("sent_by"),
        "duties": post.get("duties", ()),
    }
