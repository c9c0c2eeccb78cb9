"""Identity cards (身份卡), their dynamic codes, and the plates (铭牌) that are printed with a code of their own."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime

from api.access.about import ABOUT_SOMEBODY
from api.access.permissions import Permission
from api.access.scope import Access
from api.cards import plates, rules, schemas, service, showing
from api.codes import qr
from api.codes.dependencies import PRINTED_PNG, PRINTED_SVG, Scale, SideMm, printed_png, printed_svg
from api.codes.rules import CodeTooSmall
from api.errors import BadSpan, NotFound, NotInThisState, PreconditionFailed
from api.members.rules import BranchClosed, MemberHasLeft
from api.schemas import Because, Page
from api.settings import Settings
from api.web.answers import answers, raw
from api.web.dependencies import (
    HouseDep,
    IfMatchSent,
    OriginDep,
    PagesDep,
    Reading,
    SettingsDep,
    Writing,
    all_named,
    created,
    requires,
    shown_named,
    tag,
)
from api.web.idempotency import HouseRoute
from models.card import Plate
from models.enums import CardState

router = APIRouter(prefix="/v1/cards", tags=["cards"], route_class=HouseRoute)

OwnCard = Annotated[Access, requires(Permission.own_card)]
ReadAccess = Annotated[Access, requires(Permission.card_read)]
WriteAccess = Annotated[Access, requires(Permission.card_write)]
PlateAccess = Annotated[Access, requires(Permission.plate_write)]

SVG = raw("image/svg+xml", "The QR code as a vector picture", binary=False, example="<svg/>")
PNG = raw("image/png", "The QR code as a one-bit picture")


async def get_issuing(house: HouseDep) -> service.Issuing:
    """What new cards are made with."""
    return service.Issuing(house.status_key, house.settings.card_years)


IssuingDep = Annotated[service.Issuing, Depends(get_issuing)]
CHANGED = answers(NotFound, *ABOUT_SOMEBODY, NotInThisState, PreconditionFailed)


@router.get("/mine", responses=answers(NotFound))
def show_own_card(access: OwnCard, work: Reading, response: Response) -> schemas.CardShown:
    """One's own card."""
    card = showing.show_own_card(work, access)
    return shown_named(schemas.CardShown, work, access, card, response)


@router.get("/mine/code", responses=answers(NotFound, rules.CardNotValid))
def show_own_code(access: OwnCard, work: Reading, house: HouseDep) -> schemas.CodeShown:
    """A fresh code of one's own card, good for a minute. Draw it from `url`, and ask for the next after `refresh_after`."""
    own = showing.show_own_code(work, access, house.keys, house.settings.base_url)
    return schemas.CodeShown.model_validate(own)


@router.get("/mine/code.svg", responses=answers(NotFound, rules.CardNotValid) | SVG, response_class=Response)
def draw_own_code_svg(access: OwnCard, work: Reading, house: HouseDep) -> Response:
    """A fresh code of one's own card, drawn for a client that cannot."""
    own = showing.show_own_code(work, access, house.keys, house.settings.base_url)
    return Response(qr.svg(qr.dynamic(own.url), title="亮显"), media_type="image/svg+xml")


@router.get("/mine/code.png", responses=answers(NotFound, rules.CardNotValid) | PNG, response_class=Response)
def draw_own_code_png(access: OwnCard, work: Reading, house: HouseDep, scale: Scale = 8) -> Response:
    """A fresh code of one's own card, drawn for a client that cannot."""
    own = showing.show_own_code(work, access, house.keys, house.settings.base_url)
    return Response(qr.png(qr.dynamic(own.url), scale=scale), media_type="image/png")


@router.post("/mine/report-lost", responses=answers(NotFound, NotInThisState))
def report_lost(access: OwnCard, work: Writing, response: Response) -> schemas.CardShown:
    """Report one's own card lost: every scan tells at once that it is suspended, until the branch resumes or replaces it."""
    return shown_named(schemas.CardShown, work, access, service.report_lost(work, access), response)


@router.get("/mine/plates", responses=answers(NotFound))
def list_own_plates(access: OwnCard, work: Reading, settings: SettingsDep) -> schemas.Plates:
    """The printed things of one's own card."""
    return _plates(plates.list_own_plates(work, access), settings)


@router.post("/mine/plates/{plate_id}/report-lost", responses=answers(NotFound))
def report_plate_lost(
    plate_id: UUID, access: OwnCard, work: Writing, settings: SettingsDep, response: Response
) -> schemas.PlateShown:
    """Report one of one's own plates lost: its code is withdrawn at once, the card and the other plates stay."""
    plate = plates.report_plate_lost(work, access, plate_id)
    tag(response, plate)
    return schemas.PlateShown.of(plate, settings.base_url)


@router.get("/mine/scans", responses=answers(NotFound, BadSpan))
def list_own_scans(
    access: OwnCard,
    work: Reading,
    since: Annotated[AwareDatetime, Query(description="hours that begin before it are left out: send a full hour")],
    until: Annotated[AwareDatetime, Query(description="hours that begin at it or later are left out; at most 366 days on")],
) -> schemas.Scans:
    """How often one's own cards were checked, by hour and outcome; never when exactly, where or by whom."""
    told = showing.list_own_scans(work, access, since, until)
    return schemas.Scans(items=[schemas.ScansOfHour(hour=hour, outcome=outcome, count=count) for hour, outcome, count in told])


@router.get("", responses=answers(NotFound))
def list_cards(
    access: ReadAccess,
    work: Reading,
    pages: PagesDep,
    member_id: UUID | None = None,
    organization_id: Annotated[UUID | None, Query(description="this organisation and everything below it")] = None,
    state: CardState | None = None,
) -> Page[schemas.CardShown]:
    """The cards within reach, the newest first."""
    items, following = service.list_cards(work, access, pages, member_id=member_id, organization_id=organization_id, state=state)
    return Page(items=all_named(schemas.CardShown, work, access, items), next_cursor=following)


@router.post("", status_code=201, responses=answers(NotFound, *ABOUT_SOMEBODY, rules.AlreadyHasCard, MemberHasLeft, BranchClosed))
def issue_card(
    body: schemas.CardWrite, access: WriteAccess, work: Writing, issuing: IssuingDep, response: Response
) -> schemas.CardShown:
    """Issue a member's card."""
    card = service.issue_card(work, access, body.member_id, issuing)
    created(response, f"/v1/cards/{card.id}")
    return shown_named(schemas.CardShown, work, access, card, response)


def get_passed_over(body: schemas.CardsIssue, access: WriteAccess, house: HouseDep, origin: OriginDep) -> service.PassedOver:
    with house.database.reading(origin) as work:
        return service.find_passed_over(work, access, body.organization_id)


# Stands before `Writing` in a signature: those who have a card are looked up before the transaction begins.
PassedOver = Annotated[service.PassedOver, Depends(get_passed_over)]


@router.post("/issue", responses=answers(NotFound))
def issue_cards(access: WriteAccess, passed_over: PassedOver, work: Writing, issuing: IssuingDep) -> schemas.CardsIssued:
    """Issue cards to members of an organisation and of everything below it, to a thousand at a time: ask again while there are
    `remaining` ones."""
    issued = service.issue_cards(work, access, passed_over, issuing)
    skipped = [schemas.CardSkipped(member_id=key, reason=why.code()) for key, why in issued.skipped]
    return schemas.CardsIssued(done=issued.done, skipped=skipped, remaining=issued.remaining)


@router.get("/{card_id}", responses=answers(NotFound))
def show_card(card_id: UUID, access: ReadAccess, work: Reading, response: Response) -> schemas.CardShown:
    card = service.show_card(work, access, card_id)
    return shown_named(schemas.CardShown, work, access, card, response)


@router.post("/{card_id}/suspend", responses=CHANGED)
def suspend_card(
    card_id: UUID, body: Because, access: WriteAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.CardShown:
    """Stop a card for a while; the very next scan tells so."""
    card = service.suspend_card(work, access, card_id, body.reason, expected)
    return shown_named(schemas.CardShown, work, access, card, response)


@router.post("/{card_id}/resume", responses=CHANGED)
def resume_card(
    card_id: UUID, body: Because, access: WriteAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.CardShown:
    """Let a suspended card be valid again."""
    card = service.resume_card(work, access, card_id, body.reason, expected)
    return shown_named(schemas.CardShown, work, access, card, response)


@router.post("/{card_id}/revoke", responses=CHANGED)
def revoke_card(
    card_id: UUID, body: Because, access: WriteAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.CardShown:
    """End a card for good, with all its codes."""
    card = service.revoke_card(work, access, card_id, body.reason, expected)
    return shown_named(schemas.CardShown, work, access, card, response)


@router.post("/{card_id}/expire", responses=CHANGED)
def expire_card(
    card_id: UUID, body: Because, access: WriteAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.CardShown:
    """Let a card's validity end now."""
    card = service.expire_card(work, access, card_id, body.reason, expected)
    return shown_named(schemas.CardShown, work, access, card, response)


@router.post(
    "/{card_id}/reissue",
    responses=answers(NotFound, *ABOUT_SOMEBODY, rules.AlreadyHasCard, MemberHasLeft, BranchClosed, PreconditionFailed),
)
def reissue_card(
    card_id: UUID,
    body: schemas.CardReissue,
    access: WriteAccess,
    work: Writing,
    issuing: IssuingDep,
    expected: IfMatchSent,
    response: Response,
) -> schemas.CardShown:
    """Replace a card by a new one, which is the answer. The old card ends, and so do its plates."""
    card = service.reissue_card(work, access, card_id, body.reason, expected, issuing, remake_plates=body.remake_plates)
    return shown_named(schemas.CardShown, work, access, card, response)


@router.post(
    "/{card_id}/renew",
    responses=answers(
        NotFound,
        *ABOUT_SOMEBODY,
        NotInThisState,
        rules.IssuedByFormerBranch,
        rules.AlreadyHasCard,
        MemberHasLeft,
        BranchClosed,
        rules.BadLastDay,
        PreconditionFailed,
    ),
)
def renew_card(
    card_id: UUID,
    body: schemas.CardRenew,
    access: WriteAccess,
    work: Writing,
    issuing: IssuingDep,
    expected: IfMatchSent,
    response: Response,
) -> schemas.CardShown:
    """Date a card anew, by the rules of the house or to the day that is sent. One that has expired is valid again; plates stay."""
    card = service.renew_card(work, access, card_id, body.reason, body.expires_on, expected, issuing)
    return shown_named(schemas.CardShown, work, access, card, response)


@router.post(
    "/{card_id}/plates",
    status_code=201,
    responses=answers(NotFound, *ABOUT_SOMEBODY, rules.CardNotLiving, rules.TooManyPlatesInUse),
)
def make_plate(
    card_id: UUID, body: schemas.PlateWrite, access: PlateAccess, work: Writing, settings: SettingsDep, response: Response
) -> schemas.PlateShown:
    """Give a card a printed thing with a code of its own."""
    plate = plates.make_plate(work, access, card_id, body.kind)
    created(response, f"/v1/cards/{card_id}/plates/{plate.id}")
    tag(response, plate)
    return schemas.PlateShown.of(plate, settings.base_url)


@router.get("/{card_id}/plates", responses=answers(NotFound))
def list_plates(card_id: UUID, access: ReadAccess, work: Reading, settings: SettingsDep) -> schemas.Plates:
    """The printed things of a card."""
    return _plates(plates.list_plates(work, access, card_id), settings)


@router.get("/{card_id}/plates/{plate_id}", responses=answers(NotFound))
def show_plate(
    card_id: UUID, plate_id: UUID, access: ReadAccess, work: Reading, settings: SettingsDep, response: Response
) -> schemas.PlateShown:
    plate = plates.show_plate(work, access, card_id, plate_id)
    tag(response, plate)
    return schemas.PlateShown.of(plate, settings.base_url)


@router.get("/{card_id}/plates/{plate_id}/qr.svg", responses=answers(NotFound, CodeTooSmall) | PRINTED_SVG, response_class=Response)
def draw_plate_svg(
    card_id: UUID,
    plate_id: UUID,
    access: ReadAccess,
    work: Reading,
    settings: SettingsDep,
    request: Request,
    side_mm: SideMm = None,
) -> Response:
    """The QR code of a plate for print; the same bytes each time."""
    plate = plates.show_plate(work, access, card_id, plate_id)
    return printed_svg(settings.base_url, plate.code, side_mm)


@router.get("/{card_id}/plates/{plate_id}/qr.png", responses=answers(NotFound) | PRINTED_PNG, response_class=Response)
def draw_plate_png(
    card_id: UUID,
    plate_id: UUID,
    access: ReadAccess,
    work: Reading,
    settings: SettingsDep,
    request: Request,
    scale: Scale = 8,
) -> Response:
    """The QR code of a plate as a picture; the same bytes each time."""
    plate = plates.show_plate(work, access, card_id, plate_id)
    return printed_png(settings.base_url, plate.code, scale)


@router.post("/{card_id}/plates/{plate_id}/withdraw", responses=answers(NotFound, *ABOUT_SOMEBODY, PreconditionFailed))
def withdraw_plate(
    card_id: UUID,
    plate_id: UUID,
    body: Because,
    access: PlateAccess,
    work: Writing,
    settings: SettingsDep,
    expected: IfMatchSent,
    response: Response,
) -> schemas.PlateShown:
    """Withdraw one printed thing, such as a lost one; the card and its other plates stay."""
    plate = plates.withdraw_plate(work, access, card_id, plate_id, body.reason, expected)
    tag(response, plate)
    return schemas.PlateShown.of(plate, settings.base_url)


@router.post(
    "/{card_id}/plates/{plate_id}/replace",
    status_code=201,
    responses=answers(NotFound, *ABOUT_SOMEBODY, rules.CardNotLiving, rules.TooManyPlatesInUse, PreconditionFailed),
)
def replace_plate(
    card_id: UUID,
    plate_id: UUID,
    body: Because,
    access: PlateAccess,
    work: Writing,
    settings: SettingsDep,
    expected: IfMatchSent,
    response: Response,
) -> schemas.PlateShown:
    """Withdraw one printed thing and make another of its kind, which is the answer."""
    plate = plates.replace_plate(work, access, card_id, plate_id, body.reason, expected)
    created(response, f"/v1/cards/{card_id}/plates/{plate.id}")
    tag(response, plate)
    return schemas.PlateShown.of(plate, settings.base_url)


def _plates(found: Sequence[Plate], settings: Settings) -> schemas.Plates:
    return schemas.Plates(items=[schemas.PlateShown.of(plate, settings.base_url) for plate in found])
