"""Reporting a code: a page for people, an operation for programs; and what the branch does about it."""

import re
import secrets
from typing import Annotated
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from api.access.permissions import Permission
from api.access.rules import network_of
from api.access.scope import Access
from api.complaints import rules, schemas, service
from api.complaints.page import Entered, receipt_page, report_page
from api.complaints.service import Receipt, Report
from api.complaints.words import BUSY, CONTACT_UNREADABLE, DETAILS_TOO_LONG, IDENTITY_NUMBER, NO_KIND
from api.database import Origin
from api.errors import FieldFault, Invalid, NotFound, PreconditionFailed, Text, Unavailable
from api.house import House
from api.pages.render import REPORTING
from api.pages.served import FORM_HEADERS, PAGE_HEADERS, is_large, language_of, refusal_page
from api.schemas import Page
from api.verification import service as verification
from api.verification.dependencies import count_miss
from api.verification.rules import ScanAnswer, TooManyMisses
from api.web.answers import answers
from api.web.dependencies import HouseDep, IfMatchSent, PagesDep, Reading, Writing, client_address, requires, tag
from api.web.error_handlers import status_of
from api.web.idempotency import HouseRoute
from models.enums import ComplaintKind, ComplaintState

router = APIRouter(prefix="/v1/complaints", tags=["complaints"], route_class=HouseRoute)

ReadAccess = Annotated[Access, requires(Permission.complaint_read)]
DecideAccess = Annotated[Access, requires(Permission.complaint_decide)]


async def show_report_form(request: Request) -> Response:
    """The form for reporting a code; one that leads to nothing may be reported too."""
    code = request.path_params["code"]
    try:
        _, told = await _find(request, code)
    except (Unavailable, TooManyMisses) as refusal:
        return refusal_page(request, refusal)
    return _form(request, told, Entered(secrets.token_urlsafe(16)))


async def send_report(request: Request) -> Response:
    """Take in what was entered on the form, and answer with the receipt; what is at fault is shown again, to be mended."""
    told, entered = None, await _entered(request)
    try:
        card_id, told = await _find(request, request.path_params["code"])
        if faults := _faults(entered):
            return _form(request, told, entered, 422, faults)
        report = Report(
            code=request.path_params["code"],
            card_id=card_id,
            kind=ComplaintKind(entered.kind),
            details=rules.plain_details(entered.details),
            contact=rules.plain_contact(entered.contact),
            key=entered.key,
            network=network_of(client_address(request)),
        )
        receipt = await to_thread.run_sync(_take_in, request, report)
    except rules.TooManyComplaints as refusal:
        return refusal_page(request, refusal, REPORTING)
    except (Unavailable, TooManyMisses) as passing:
        # What was written stays on the form, since in a moment it can be sent.
        answer = _form(request, told, entered, status_of(type(passing)), trouble=BUSY)
        answer.headers["Retry-After"] = str(passing.retry_after or 1)
        return answer
    return _receipt(request, receipt)


async def show_receipt(request: Request) -> Response:
    """The receipt of a report once more, such as in the other language."""
    try:
        card_id, told = await _find(request, request.path_params["code"])
        receipt = await to_thread.run_sync(_look_for, request, card_id)
    except (Unavailable, TooManyMisses) as refusal:
        return refusal_page(request, refusal)
    if receipt is None:
        return _form(request, told, Entered(secrets.token_urlsafe(16)), 404)
    return _receipt(request, receipt)


DOOR = [
    *(Route(f"/{letter}/{{code}}/report", show_report_form, methods=["GET"]) for letter in "Cc"),
    *(Route(f"/{letter}/{{code}}/report", send_report, methods=["POST"]) for letter in "Cc"),
    *(Route(f"/{letter}/{{code}}/report/{{receipt_no}}", show_receipt, methods=["GET"]) for letter in "Cc"),
]


async def read_report(body: schemas.ComplaintWrite, request: Request) -> Report:
    """What a program reports, with the card that the code leads to."""
    details = rules.plain_details(body.details or "")
    if details and rules.holds_identity_number(details):
        raise Invalid(faults=(FieldFault("body.details", "identity_number", IDENTITY_NUMBER),))
    card_id, _ = await _find(request, body.code)
    return Report(
        code=body.code,
        card_id=card_id,
        kind=body.kind,
        details=details,
        contact=rules.plain_contact(body.contact or ""),
        key=body.key,
        network=network_of(client_address(request)),
    )


@router.post("", status_code=201, responses=answers(TooManyMisses, rules.TooManyComplaints))
def report_misuse(report: Annotated[Report, Depends(read_report)], work: Writing, house: HouseDep) -> schemas.ReceiptShown:
    """Report that a code is not the person's, looks forged, or is misused. Nobody needs to sign in for that."""
    return schemas.ReceiptShown.of(service.report_misuse(work, report, house.cipher))


@router.get("", responses=answers(NotFound))
def list_complaints(
    access: ReadAccess,
    work: Reading,
    pages: PagesDep,
    organization_id: Annotated[UUID | None, Query(description="this organisation and everything below it")] = None,
    state: ComplaintState | None = None,
    receipt_no: Annotated[str | None, Query(max_length=20, description="as a reporter reads it out")] = None,
) -> Page[schemas.ComplaintListed]:
    """The complaints within reach, the newest first, but never those about one's own card. A list tells no words."""
    items, following = service.list_complaints(
        work, access, pages, organization_id=organization_id, state=state, receipt_no=receipt_no
    )
    return Page(items=[schemas.ComplaintListed.of(item) for item in items], next_cursor=following)


@router.get("/{complaint_id}", responses=answers(NotFound))
def show_complaint(
    complaint_id: UUID, access: ReadAccess, work: Reading, house: HouseDep, response: Response
) -> schemas.ComplaintShown:
    """A complaint with the reporter's words and telephone. One about one's own card is not found."""
    return _shown(service.show_complaint(work, access, complaint_id, house.cipher), response)


@router.post("/{complaint_id}/close", responses=answers(NotFound, rules.AlreadyClosed, PreconditionFailed))
def close_complaint(
    complaint_id: UUID,
    body: schemas.ComplaintClose,
    access: DecideAccess,
    work: Writing,
    house: HouseDep,
    expected: IfMatchSent,
    response: Response,
) -> schemas.ComplaintShown:
    """Write down whether a complaint was founded, and why. What follows for the card is done to the card."""
    closed = service.close_complaint(work, access, complaint_id, body.state, body.reason, house.cipher, expected)
    return _shown(closed, response)


def _shown(complaint: service.Opened, response: Response) -> schemas.ComplaintShown:
    tag(response, complaint.complaint)
    return schemas.ComplaintShown.opened(complaint)


async def _find(request: Request, code: str) -> tuple[UUID | None, ScanAnswer]:
    """What a scan of the code leads to, and tells. Raises `TooManyMisses` or `Unavailable`."""
    house: House = request.app.state.house
    origin: Origin = request.state.origin
    card_id, told = await verification.find_card(request.app.state.reader, code, origin.at, house.settings.zone)
    if card_id is None:
        count_miss(request)
    return card_id, told


def _take_in(request: Request, report: Report) -> Receipt:
    house: House = request.app.state.house
    with house.database.writing(request.state.origin) as work:
        return service.report_misuse(work, report, house.cipher)


def _look_for(request: Request, card_id: UUID | None) -> Receipt | None:
    house: House = request.app.state.house
    with house.database.reading(request.state.origin) as work:
        return service.show_receipt(work, request.path_params["receipt_no"], card_id)


async def _entered(request: Request) -> Entered:
    form = await request.form(max_fields=8, max_files=0)
    sent = {name: value for name, value in form.items() if isinstance(value, str)}
    key = sent.get("key", "")
    return Entered(
        key if re.fullmatch(rules.KEY, key) else secrets.token_urlsafe(16),
        *(sent.get(name, "") for name in ("kind", "details", "contact")),
    )


def _faults(entered: Entered) -> dict[str, Text]:
    """What is wrong with the form, by the field's name."""
    details, contact = rules.plain_details(entered.details), rules.plain_contact(entered.contact)
    faults = {}
    if entered.kind not in set(ComplaintKind):
        faults["kind"] = NO_KIND
    if details and len(details) > rules.LONGEST_DETAILS:
        faults["details"] = DETAILS_TOO_LONG
    elif details and rules.holds_identity_number(details):
        faults["details"] = IDENTITY_NUMBER
    if contact and (len(contact) > rules.LONGEST_CONTACT or not re.match(rules.CONTACT, contact)):
        faults["contact"] = CONTACT_UNREADABLE
    return faults


def _form(
    request: Request,
    told: ScanAnswer | None,
    entered: Entered,
    status: int = 200,
    faults: dict[str, Text] | None = None,
    trouble: Text | None = None,
) -> HTMLResponse:
    html = report_page(
        told,
        entered,
        code=_short(request),
        language=language_of(request),
        large=is_large(request),
        faults=faults,
        trouble=trouble,
    )
    return HTMLResponse(html, status, FORM_HEADERS)


def _receipt(request: Request, receipt: Receipt) -> HTMLResponse:
    zone = request.app.state.house.settings.zone
    html = receipt_page(receipt, code=_short(request), language=language_of(request), large=is_large(request), timezone=zone)
    return HTMLResponse(html, headers=PAGE_HEADERS)


def _short(request: Request) -> str:
    """The code for the page's own links: one longer than any code would fill the page."""
    code: str = request.path_params["code"]
    return code[: service.LONGEST_CODE]
