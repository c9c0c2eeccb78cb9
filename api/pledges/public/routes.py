"""What a code opens beside its card: the wall of pledges of its branch, and each public pledge, as pages or as JSON."""

import secrets
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Cookie, Depends, Query
from pydantic import BaseModel, WrapValidator
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from api.errors import NotFound, Refusal
from api.files.dependencies import JPEG, Known, picture_answer
from api.pages.render import READING
from api.pledges.public import schemas, service
from api.pledges.public.page import Rated, picture_address, pledge_page, wall_page
from api.profiles.rules import years_shown
from api.verification.dependencies import Code, ScannedDep
from api.verification.rules import TooManyMisses
from api.web.answers import answers
from api.web.dependencies import HouseDep, OriginDep, Reading
from api.web.idempotency import HouseRoute
from api.web.pages import AROUND_A_SCAN, FORM_HEADERS, PAGE_HEADERS, AskedDep, EitherRoute, passed_over, refusal_page, wants_json

DEVICE = "lx_device"
"""The cookie by which a device that has rated a pledge is known again."""
LONGEST_CODE = 200
SHOWN_WITHIN = {"Content-Disposition": "inline", "X-Robots-Tag": "noindex", "Cross-Origin-Resource-Policy": "same-origin"}
"""Around a picture that stands on a page of ours, and on nobody else's."""


class PledgeRoute(EitherRoute):
    """A page about pledges, or its JSON."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if isinstance(refusal, NotFound) and not wants_json(request):
            return refusal_page(request, refusal, READING)
        return super().refused(request, refusal)


pages = APIRouter(tags=["verification"], route_class=PledgeRoute)
pictures = APIRouter(tags=["verification"], route_class=HouseRoute)

AsJson = Annotated[bool, Depends(wants_json)]
Device = Annotated[str | None, Cookie(alias=DEVICE, include_in_schema=False)]


@pages.get("/C/{code}/wall", response_model=schemas.WallShown, responses=answers(NotFound, TooManyMisses))
@pages.get("/c/{code}/wall", include_in_schema=False)
def show_wall(
    code: Code,
    asked: AskedDep,
    scanned: ScannedDep,
    work: Reading,
    as_json: AsJson,
    year: Annotated[
        int | None, WrapValidator(passed_over), Query(description="this one, or the last until 31 March; this one where not given")
    ] = None,
) -> Response:
    """The public pledges of a branch and its members, to be read or printed for the notice board. Any code of one of its cards
    opens it, in whatever state the card is."""
    wall = service.show_wall(work, scanned.card_id, year, scanned.told.service_phone)
    if as_json:
        return _json(schemas.WallShown.of(wall))
    html = wall_page(wall, asked, code=code[:LONGEST_CODE], years=years_shown(work.today))
    return HTMLResponse(html, headers=PAGE_HEADERS)


@pages.get("/C/{code}/pledges/{pledge_id}", response_model=schemas.PublicPledgeShown, responses=answers(NotFound, TooManyMisses))
@pages.get("/c/{code}/pledges/{pledge_id}", include_in_schema=False)
def show_public_pledge(
    code: Code,
    pledge_id: UUID,
    asked: AskedDep,
    scanned: ScannedDep,
    work: Reading,
    house: HouseDep,
    as_json: AsJson,
    device: Device = None,
) -> Response:
    """A public pledge of the branch: its texts, what was done for it, how it was rated, and the form for rating it."""
    view = service.show_public_pledge(work, scanned.card_id, pledge_id, device, house.cipher)
    short = code[:LONGEST_CODE]
    if as_json:
        keys = [key for one in view.progress for key in one.picture_ids]
        return _json(schemas.PublicPledgeShown.of_view(view, {key: picture_address(short, pledge_id, key) for key in keys}))
    return HTMLResponse(pledge_page(view, Rated(secrets.token_urlsafe(16)), asked, code=short), headers=FORM_HEADERS)


@pictures.get(
    "/C/{code}/pledges/{pledge_id}/pictures/{file_id}", responses=answers(NotFound, TooManyMisses) | JPEG, response_class=Response
)
@pictures.get("/c/{code}/pledges/{pledge_id}/pictures/{file_id}", include_in_schema=False)
def show_public_picture(
    code: Code, pledge_id: UUID, file_id: UUID, scanned: ScannedDep, house: HouseDep, origin: OriginDep, known: Known
) -> Response:
    """A picture of published progress of such a pledge."""
    found = service.show_public_picture(house.database, origin, house.storage, scanned.card_id, pledge_id, file_id, known)
    answer = picture_answer(found)
    answer.headers.update(SHOWN_WITHIN)
    return answer


def _json(shown: BaseModel) -> JSONResponse:
    content: dict[str, Any] = shown.model_dump(mode="json")
    return JSONResponse(content, headers=AROUND_A_SCAN)
