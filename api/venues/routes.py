"""Venues (阵地): kept by their organisations, found by anybody who is near."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response, UploadFile
from starlette.responses import JSONResponse

from api.access.about import ABOUT_SOMEBODY
from api.access.permissions import Permission
from api.access.scope import Access
from api.adapters.cells import UNREADABLE
from api.adapters.sheets import open_sheets
from api.codes.dependencies import PRINTED_PNG, PRINTED_SVG, Scale, SideMm, printed_png, printed_svg
from api.codes.rules import CodeTooSmall
from api.errors import Invalid, NotFound, PreconditionFailed, PreconditionRequired
from api.language import Language
from api.members.rules import BranchClosed, MemberHasLeft
from api.schemas import Page
from api.settings import Settings
from api.uploads import (
    MAX_SHEET_BYTES,
    OnError,
    RowRejected,
    SheetImported,
    SheetLeftOut,
    told,
    told_changes,
    told_left_out,
    told_sheets,
    told_warnings,
)
from api.venues import importing, nearby, rules, schemas, service
from api.venues.positions import Datum, OutsideChina, Position, read_position
from api.venues.venue_file import NoVenues, VenueFile, read_venues
from api.web.answers import answers
from api.web.dependencies import (
    DryRun,
    IfMatch,
    IfMatchSent,
    Importing,
    LanguageDep,
    OnErrorAsked,
    PagesDep,
    Reading,
    SettingsDep,
    Writing,
    created,
    requires,
    tag,
)
from api.web.idempotency import HouseRoute
from models.enums import VenueKind

router = APIRouter(prefix="/v1/venues", tags=["venues"], route_class=HouseRoute)

ReadAccess = Annotated[Access, requires(Permission.venue_read)]
WriteAccess = Annotated[Access, requires(Permission.venue_write)]


def get_venues_file(file: UploadFile) -> VenueFile:
    return read_venues(*open_sheets(file.file))


# Stands before `Importing` in a signature, so that the file has been read before the transaction begins.
VenuesFile = Annotated[VenueFile, Depends(get_venues_file)]

WRONG = (BranchClosed, rules.TooManyVenues, MemberHasLeft, rules.BadParent, OutsideChina, rules.BadOpeningHours, Invalid)


class GeoJson(JSONResponse):
    media_type = "application/geo+json"


def get_center(
    lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False, description="degrees", examples=[29.8167])],
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False, description="degrees", examples=[121.55])],
    datum: Annotated[Datum, Query(description="what they are measured against")] = Datum.wgs84,
) -> Position:
    try:
        return read_position(lon, lat, datum)
    except OutsideChina:
        raise OutsideChina.at("query.lat") from None


Center = Annotated[Position, Depends(get_center)]


@router.get("/near", responses=answers(OutsideChina), response_class=GeoJson)
def find_venues_near(
    center: Center,
    work: Reading,
    settings: SettingsDep,
    language: LanguageDep,
    radius_m: Annotated[int, Query(ge=50, le=20_000, description="metres")] = 3000,
    kind: VenueKind | None = None,
    limit: Annotated[int, Query(ge=1, le=50, description="how many at the most")] = 20,
) -> schemas.FeatureCollection:
    """The open public venues near a position, the nearest first, as GeoJSON. Nobody needs to sign in, and where somebody asks from
    is kept nowhere."""
    found = nearby.find_venues_near(work, center, radius=radius_m, limit=limit, kind=kind)
    return schemas.FeatureCollection.of(found, settings.base_url, language)


@router.get("", responses=answers(NotFound))
def list_venues(
    access: ReadAccess,
    work: Reading,
    pages: PagesDep,
    settings: SettingsDep,
    language: LanguageDep,
    organization_id: Annotated[UUID | None, Query(description="this organisation and everything below it")] = None,
    kind: VenueKind | None = None,
    closed: Annotated[bool, Query(description="whether closed ones are listed too")] = False,
) -> Page[schemas.VenueShown]:
    """The venues within reach, by name."""
    items, following = service.list_venues(work, access, pages, organization_id=organization_id, kind=kind, closed=closed)
    return Page(items=[schemas.VenueShown.of(item, settings.base_url, language) for item in items], next_cursor=following)


@router.post("", status_code=201, responses=answers(NotFound, *WRONG))
def create_venue(
    body: schemas.VenueWrite, access: WriteAccess, work: Writing, settings: SettingsDep, language: LanguageDep, response: Response
) -> schemas.VenueShown:
    """Add a venue, with the code that its sign bears for ever."""
    content = body.model_dump(exclude={"organization_id", "kind"})
    made = service.create_venue(work, access, organization_id=body.organization_id, kind=body.kind, content=content)
    created(response, f"/v1/venues/{made.venue.id}")
    return _shown(made, settings, language, response)


@router.post("/import", max_body_size=MAX_SHEET_BYTES, responses=answers(*UNREADABLE, NoVenues, importing.VenuesRejected))
def import_venues(
    access: WriteAccess,
    file: VenuesFile,
    work: Importing,
    language: LanguageDep,
    dry_run: DryRun = False,
    on_error: OnErrorAsked = OnError.abort,
) -> schemas.VenuesImported:
    """Load venues from a spreadsheet (所属组织, 类型, 名称, and what else is known of them). Sending it again changes nothing.

    A row is the venue of that organisation, kind and name: of a known one only what the row states is changed. 经度 and 纬度 are
    degrees in WGS-84, or in what 坐标系 says; 开放时间 is written like `opening_hours`.
    """
    try:
        done = importing.import_venues(work, access, file, dry_run=dry_run, on_error=on_error)
    except importing.VenuesRejected as refusal:
        refusal.members.update(_imported(refusal.done, language).model_dump())
        raise
    return _imported(done, language)


@router.get("/{venue_id}", responses=answers(NotFound))
def show_venue(
    venue_id: UUID, access: ReadAccess, work: Reading, settings: SettingsDep, language: LanguageDep, response: Response
) -> schemas.VenueShown:
    return _shown(service.show_venue(work, access, venue_id), settings, language, response)


@router.patch("/{venue_id}", responses=answers(NotFound, *ABOUT_SOMEBODY, *WRONG, PreconditionFailed, PreconditionRequired))
def edit_venue(
    venue_id: UUID,
    body: schemas.VenueEdit,
    access: WriteAccess,
    work: Writing,
    settings: SettingsDep,
    language: LanguageDep,
    expected: IfMatch,
    response: Response,
) -> schemas.VenueShown:
    """Change what is kept of a venue, or give it to another organisation. Its code stays.

    Whoever is of one of the two organisations does not give it: the level above does."""
    return _shown(service.edit_venue(work, access, venue_id, body.sent(), expected), settings, language, response)


@router.post("/{venue_id}/close", responses=answers(NotFound, PreconditionFailed))
def close_venue(
    venue_id: UUID,
    body: schemas.VenueBecause,
    access: WriteAccess,
    work: Writing,
    settings: SettingsDep,
    language: LanguageDep,
    expected: IfMatchSent,
    response: Response,
) -> schemas.VenueShown:
    """Close a venue: whoever scans its code is told so, and nobody finds it near."""
    return _shown(service.close_venue(work, access, venue_id, body.reason, expected), settings, language, response)


@router.post("/{venue_id}/reopen", responses=answers(NotFound, BranchClosed, PreconditionFailed))
def reopen_venue(
    venue_id: UUID,
    body: schemas.VenueBecause,
    access: WriteAccess,
    work: Writing,
    settings: SettingsDep,
    language: LanguageDep,
    expected: IfMatchSent,
    response: Response,
) -> schemas.VenueShown:
    """Open a closed venue again, with the code that it had."""
    return _shown(service.reopen_venue(work, access, venue_id, body.reason, expected), settings, language, response)


@router.get("/{venue_id}/qr.svg", responses=answers(NotFound, CodeTooSmall) | PRINTED_SVG, response_class=Response)
def draw_venue_svg(venue_id: UUID, access: ReadAccess, work: Reading, settings: SettingsDep, side_mm: SideMm = None) -> Response:
    """The QR code of a venue's sign for print; the same bytes each time."""
    return printed_svg(settings.base_url, service.show_venue(work, access, venue_id).venue.code, side_mm)


@router.get("/{venue_id}/qr.png", responses=answers(NotFound) | PRINTED_PNG, response_class=Response)
def draw_venue_png(venue_id: UUID, access: ReadAccess, work: Reading, settings: SettingsDep, scale: Scale = 8) -> Response:
    """The QR code of a venue's sign as a picture; the same bytes each time."""
    return printed_png(settings.base_url, service.show_venue(work, access, venue_id).venue.code, scale)


def _imported(done: importing.ImportedVenues, language: Language) -> schemas.VenuesImported:
    return schemas.VenuesImported(
        rows=done.rows,
        created=done.created,
        updated=done.updated,
        unchanged=done.unchanged,
        rejected_count=len(done.rejected),
        rejected=[RowRejected.model_validate(row) for row in told(done.rejected, language)],
        **told_warnings(done.warnings, language),
        **told_changes(done.sheets),
        sheets=[SheetImported.model_validate(sheet) for sheet in told_sheets(done.sheets)],
        left_out=[SheetLeftOut.model_validate(left) for left in told_left_out(done.left_out, language)],
    )


def _shown(one: service.Told, settings: Settings, language: Language, response: Response) -> schemas.VenueShown:
    tag(response, one.venue)
    return schemas.VenueShown.of(one, settings.base_url, language)
