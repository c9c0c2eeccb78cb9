"""What a code opens beside its card: the wall of pledges of its branch, and each public pledge, as pages or as JSON."""

import re
import secrets
from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Cookie, Depends, Form, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from api.complaints.rules import KEY, plain_details
from api.errors import FieldFault, Invalid, NotFound, Refusal
from api.files.dependencies import JPEG, Known, picture_answer
from api.networks import network_of
from api.pledges.evaluations import masses
from api.pledges.evaluations.masses import Rating
from api.pledges.evaluations.rules import LONGEST_WORDS, EvaluationRule, TooManyEvaluations
from api.pledges.public import schemas, service
from api.pledges.public.page import READING, Rated, pledge_address, pledge_page, progress_page, wall_page
from api.pledges.public.ready import ReadyWall, ReadyWalls
from api.pledges.public.rules import Wall
from api.pledges.rules import AlreadyEvaluated
from api.pledges.words import NO_GRADE, NO_KEY, WORDS_TOO_LONG
from api.profiles.rules import years_shown
from api.verification.dependencies import Code, Scanned, ScannedDep
from api.verification.rules import TooManyMisses, of_organization
from api.web.answers import Responses, answers
from api.web.dependencies import HouseDep, OriginDep, Reading
from api.web.error_handlers import status_of
from api.web.negotiation import JSON
from api.web.pages import AROUND_A_SCAN, FORM_HEADERS, PAGE_HEADERS, AskedDep, EitherRoute, PictureRoute, refusal_page, wants_json
from api.web.representation import SMALLEST, compressed, wants_gzip
from api.web.requests import client_address, header
from api.written import IDENTITY_NUMBER, holds_identity_number
from models.enums import Grade

DEVICE = "lx_device"
"""The cookie by which a device that has rated a pledge is known again."""
A_YEAR = 365 * 24 * 3600
LONGEST_CODE = 200
SHOWN_WITHIN = {"Content-Disposition": "inline", "X-Robots-Tag": "noindex", "Cross-Origin-Resource-Policy": "same-origin"}
"""Around a picture that stands on a page of ours, and on nobody else's."""


class PledgeRoute(EitherRoute):
    """A page about pledges, or its JSON."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if isinstance(refusal, NotFound) and not wants_json(request):
            return refusal_page(request, refusal, READING)
        return super().refused(request, refusal)


RATED: Final[Responses] = {
    303: {"description": "A browser is led back to the pledge"},
    422: {"description": "The form again, with what is to be mended"},
    **answers(NotFound, Invalid, AlreadyEvaluated, TooManyMisses, TooManyEvaluations),
}

pages = APIRouter(tags=["verification"], route_class=PledgeRoute)
pictures = APIRouter(tags=["verification"], route_class=PictureRoute)


async def get_walls(request: Request) -> ReadyWalls:
    walls: ReadyWalls = request.app.state.walls
    return walls


AsJson = Annotated[bool, Depends(wants_json)]
PartAsked = Annotated[int, Query(ge=1, description="of a page that is long; JSON is answered whole")]
Device = Annotated[str | None, Cookie(alias=DEVICE, include_in_schema=False)]


@pages.get("/C/{code}/wall", response_model=schemas.WallShown, responses=answers(NotFound, TooManyMisses))
@pages.get("/c/{code}/wall", include_in_schema=False)
def show_wall(
    code: Code,
    asked: AskedDep,
    scanned: ScannedDep,
    work: Reading,
    as_json: AsJson,
    walls: Annotated[ReadyWalls, Depends(get_walls)],
    request: Request,
    year: Annotated[int | None, Query(description="this one, or the last until 31 March; this one where not given")] = None,
    page: PartAsked = 1,
) -> Response:
    """The public pledges of a branch and its members, to be read or printed for the notice board. Any code of one of its cards
    or venues opens it, in whatever state that is."""
    ready = service.show_wall(work, _leads(scanned), year, of_organization(scanned.told).service_phone, walls)
    if as_json:
        return _wall_json(ready, request)
    years = years_shown(work.today)
    at = work.at.astimezone(work.zone)
    html = wall_page(ready.wall, asked, code=code[:LONGEST_CODE], years=years, at=at, told=of_organization(scanned.told), page=page)
    return HTMLResponse(html, headers=PAGE_HEADERS)


@pages.get("/C/{code}/pledges/{pledge_id}", response_model=schemas.PublicPledgeShown, responses=answers(NotFound, TooManyMisses))
@pages.get("/c/{code}/pledges/{pledge_id}", include_in_schema=False)
@pages.get("/C/{code}/pledges/{pledge_id}/evaluations", include_in_schema=False)
def show_public_pledge(
    code: Code,
    pledge_id: UUID,
    asked: AskedDep,
    scanned: ScannedDep,
    work: Reading,
    house: HouseDep,
    as_json: AsJson,
    device: Device = None,
    page: PartAsked = 1,
) -> Response:
    """A public pledge of the branch: its texts, what was done for it, how it was rated, and the form for rating it."""
    view = service.show_public_pledge(work, _leads(scanned), pledge_id, device, house.cipher)
    short = code[:LONGEST_CODE]
    if as_json:
        return _json(schemas.PublicPledgeShown.of_view(view, pledge_address(short, pledge_id)))
    rated, at = Rated(secrets.token_urlsafe(16)), work.at.astimezone(work.zone)
    html = pledge_page(view, rated, asked, code=short, at=at, told=of_organization(scanned.told), page=page)
    return HTMLResponse(html, headers=FORM_HEADERS)


@pages.get(
    "/C/{code}/pledges/{pledge_id}/progress/{progress_id}",
    response_model=schemas.PublicProgress,
    responses=answers(NotFound, TooManyMisses),
)
@pages.get("/c/{code}/pledges/{pledge_id}/progress/{progress_id}", include_in_schema=False)
def show_public_progress(
    code: Code, pledge_id: UUID, progress_id: UUID, asked: AskedDep, scanned: ScannedDep, work: Reading, as_json: AsJson
) -> Response:
    """One thing that was done for such a pledge, with its pictures in their full size."""
    view = service.show_public_progress(work, _leads(scanned), pledge_id, progress_id)
    short = code[:LONGEST_CODE]
    if as_json:
        return _json(schemas.PublicProgress.of_view(view, pledge_address(short, pledge_id)))
    html = progress_page(view, asked, code=short, pledge_id=pledge_id, at=work.at.astimezone(work.zone))
    return HTMLResponse(html, headers=PAGE_HEADERS)


@pages.post("/C/{code}/pledges/{pledge_id}/evaluations", status_code=201, response_model=schemas.RatingMade, responses=RATED)
@pages.post("/c/{code}/pledges/{pledge_id}/evaluations", status_code=201, include_in_schema=False)
def rate_pledge(
    code: Code,
    pledge_id: UUID,
    asked: AskedDep,
    sent: Annotated[schemas.RatingForm, Form()],
    scanned: ScannedDep,
    house: HouseDep,
    origin: OriginDep,
    as_json: AsJson,
    request: Request,
    device: Device = None,
) -> Response:
    """Rate a pledge, once a quarter and device, without signing in. A browser is led back to the pledge; a program is answered in
    JSON. Sent again with the same `key`, it is answered alike and counted once."""
    leads, short = _leads(scanned), code[:LONGEST_CODE]
    has_key = re.fullmatch(KEY, sent.key) is not None
    rated = Rated(sent.key if has_key else secrets.token_urlsafe(16), sent.grade, sent.words)
    # Whoever sends the same form again, its answer being lost and the cookie with it, is the same device.
    by = device or house.cipher.digest("evaluation device of", rated.key)[:32]
    # Anybody sends forms, as many as he likes: who is refused has held up nobody who writes.
    with house.database.reading(origin) as work:
        service.expect_public_pledge(work, leads, pledge_id)
        try:
            rating = _rating(sent, rated.key, by, request, has_key=has_key or not as_json)
            made = masses.evaluation_by(work, pledge_id, rating, house.cipher)
            shown = schemas.RatingMade.model_validate(made) if made in work else None
        except (Invalid, AlreadyEvaluated, TooManyEvaluations) as refusal:
            if as_json:
                raise
            view = service.show_public_pledge(work, leads, pledge_id, device, house.cipher)
            at = work.at.astimezone(work.zone)
            html = pledge_page(view, rated, asked, code=short, at=at, told=of_organization(scanned.told), refusal=refusal)
            waits = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after is not None else {}
            return HTMLResponse(html, status_of(type(refusal)), FORM_HEADERS | waits)
    if shown is None:
        with house.database.writing(origin) as work:
            service.expect_public_pledge(work, leads, pledge_id)
            shown = schemas.RatingMade.model_validate(masses.rate_pledge(work, pledge_id, rating, house.cipher))
    here = pledge_address(short, pledge_id)
    answer: Response
    if as_json:
        answer = _json(shown, 201, {"Location": here})
    else:
        answer = RedirectResponse(f"{asked.link(here)}#rate" if request.url.query else here, 303, PAGE_HEADERS)
    is_secure = house.settings.base_url.startswith("https:")
    answer.set_cookie(DEVICE, by, max_age=A_YEAR, path="/", httponly=True, samesite="lax", secure=is_secure)
    return answer


@pictures.get("/C/{code}/pledges/{pledge_id}/pictures/{file_id}", responses=answers(TooManyMisses) | JPEG)
@pictures.get("/c/{code}/pledges/{pledge_id}/pictures/{file_id}", include_in_schema=False)
def show_public_picture(
    code: Code, pledge_id: UUID, file_id: UUID, scanned: ScannedDep, house: HouseDep, origin: OriginDep, known: Known
) -> Response:
    """A picture of published progress of such a pledge."""
    found = service.show_public_picture(house.database, origin, house.storage, _leads(scanned), pledge_id, file_id, known)
    answer = picture_answer(found)
    answer.headers.update(SHOWN_WITHIN)
    return answer


def _leads(scanned: Scanned) -> service.Leads:
    told = scanned.told
    return service.Leads(scanned.card_id, told.venue.organization_id if told.venue else None, is_good=told.card is not None)


def _rating(sent: schemas.RatingForm, key: str, device: str, request: Request, *, has_key: bool) -> Rating:
    """What was sent, as it can be taken in. Raises `Invalid` with all that is wrong with it."""
    words, faults = plain_details(sent.words), []
    if sent.grade not in set(Grade):
        faults.append(FieldFault("body.grade", "enum", NO_GRADE))
    if words and len(words) > LONGEST_WORDS:
        too_long = WORDS_TOO_LONG.fill(most=LONGEST_WORDS, over=len(words) - LONGEST_WORDS)
        faults.append(FieldFault("body.words", "string_too_long", too_long))
    elif words and holds_identity_number(words):
        faults.append(FieldFault("body.words", EvaluationRule.identity_number, IDENTITY_NUMBER))
    if not has_key:
        faults.append(FieldFault("body.key", "string_pattern_mismatch", NO_KEY))
    if faults:
        raise Invalid(faults=tuple(faults))
    return Rating(Grade(sent.grade), words, key, device, network_of(client_address(request)))


def _wall_json(ready: ReadyWall, request: Request) -> Response:
    """A large wall is compressed once for all who ask for it."""
    content = ready.made(schemas.wall_sent)
    if len(content) < SMALLEST or not wants_gzip(header(request, b"accept-encoding")):
        return Response(content, headers=AROUND_A_SCAN, media_type=JSON)
    packed = {"Vary": f"{AROUND_A_SCAN['Vary']}, Accept-Encoding", "Content-Encoding": "gzip"}
    return Response(ready.made(_packed), headers=AROUND_A_SCAN | packed, media_type=JSON)


def _packed(wall: Wall) -> bytes:
    return compressed(schemas.wall_sent(wall))


def _json(shown: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> JSONResponse:
    content: dict[str, Any] = shown.model_dump(mode="json")
    return JSONResponse(content, status, {**AROUND_A_SCAN, **(headers or {})})
