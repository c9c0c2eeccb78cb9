"""Reporting a code: a page for people, an operation for programs; and what the branch does about it."""

import re
import secrets
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Path, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.access.permissions import Permission
from api.access.rules import ForTheLevelAbove
from api.access.scope import Access
from api.complaints import rules, schemas, service
from api.complaints.page import ASKING, RECEIPTS, REPORTING, Entered, ask_page, receipt_address, receipt_page, report_page
from api.complaints.service import Report
from api.complaints.words import (
    BUSY,
    CONTACT_UNREADABLE,
    DETAILS_TOO_LONG,
    NO_KIND,
    RECEIPT_UNKNOWN,
    RECEIPT_UNREADABLE,
)
from api.errors import NotFound, PreconditionFailed, Refusal, Text, TooManyRequests, Unavailable
from api.networks import network_of
from api.pages.render import CHECKING, Asked
from api.schemas import Page
from api.verification.dependencies import Code, Scanned, find_reported
from api.verification.rules import ScanAnswer
from api.web.answers import Responses, answers
from api.web.dependencies import (
    HouseDep,
    IfMatchSent,
    OriginDep,
    PagesDep,
    Reading,
    Writing,
    created,
    requires,
    tag,
)
from api.web.error_handlers import status_of
from api.web.idempotency import HouseRoute
from api.web.pages import FORM_HEADERS, PAGE_HEADERS, AskedDep, PageRoute, asked_now, refusal_page
from api.web.requests import client_address
from api.written import IDENTITY_NUMBER, holds_identity_number
from models.enums import ComplaintKind, ComplaintState

router = APIRouter(prefix="/v1/complaints", tags=["complaints"], route_class=HouseRoute)

ReadAccess = Annotated[Access, requires(Permission.complaint_read)]
DecideAccess = Annotated[Access, requires(Permission.complaint_decide)]

SENT: Final[Responses] = {
    303: {"description": "Taken in: to the receipt, with its number and the telephones where to ask"},
    422: {"description": "The form again, with what is to be mended"},
    **answers(rules.TooManyComplaints),
}
NO_RECEIPT: Final[Responses] = {404: {"description": "The form for such a number, where there is no such receipt"}}


class ReportRoute(PageRoute):
    """A page of a report or of its receipt. What was written stays on the form where it cannot be sent now, since later it can."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        entered: Entered | None = getattr(request.state, "entered", None)
        if isinstance(refusal, rules.TooManyReceiptMisses):
            typed = service.as_given_out(request.path_params["receipt_no"])
            stopped = _ask_again(asked_now(request), refusal.sentence(), typed, 429)
            stopped.headers["Retry-After"] = str(refusal.retry_after)
            return stopped
        if entered is None:
            return refusal_page(request, refusal, CHECKING if "code" in request.path_params else ASKING)
        if not isinstance(refusal, Unavailable | TooManyRequests):
            return refusal_page(request, refusal, REPORTING)
        asked = asked_now(request)
        told: ScanAnswer | None = getattr(request.state, "told", None)
        seconds = refusal.retry_after or 1
        answer = _form(
            request.path_params["code"],
            asked,
            told,
            entered,
            status_of(type(refusal)),
            trouble=BUSY if isinstance(refusal, Unavailable) else refusal.sentence(),
            retry_after=seconds,
        )
        answer.headers["Retry-After"] = str(seconds)
        return answer


pages = APIRouter(tags=["complaints"], route_class=ReportRoute)


def get_entered(sent: Annotated[schemas.ReportForm, Form()], request: Request) -> Entered:
    """What was written on the form. It stands before all that may be refused, so that it can stand on the form again."""
    key = sent.key if re.fullmatch(rules.KEY, sent.key) else secrets.token_urlsafe(16)
    entered = request.state.entered = Entered(key, sent.kind, sent.details, sent.contact)
    return entered


async def get_reported(code: Code, request: Request) -> Scanned:
    scanned = await find_reported(request, code)
    request.state.told = scanned.told
    return scanned


ReportedDep = Annotated[Scanned, Depends(get_reported)]


@pages.get("/C/{code}/report")
@pages.get("/c/{code}/report", include_in_schema=False)
def show_report_form(code: Code, asked: AskedDep, scanned: ReportedDep) -> HTMLResponse:
    """The page on which a code is reported: as not the person's, forged or misused, unknown codes too."""
    return _form(code, asked, scanned.told, Entered(secrets.token_urlsafe(16)))


@pages.post("/C/{code}/report", status_code=303, responses=SENT)
@pages.post("/c/{code}/report", status_code=303, include_in_schema=False)
def send_report(
    code: Code,
    asked: AskedDep,
    entered: Annotated[Entered, Depends(get_entered)],
    scanned: ReportedDep,
    house: HouseDep,
    origin: OriginDep,
    request: Request,
) -> Response:
    """What the form sends, answered by leading to the receipt, which can be read again. Programs use `POST /v1/complaints`."""
    if faults := _faults(entered):
        return _form(code, asked, scanned.told, entered, 422, faults)
    details, contact = rules.plain_details(entered.details), rules.plain_contact(entered.contact)
    network = network_of(client_address(request))
    report = Report(code, _about(scanned), ComplaintKind(entered.kind), details, contact, entered.key, network)
    receipt = service.report_misuse(house.database, origin, report, house.cipher)
    return RedirectResponse(asked.link(receipt_address(receipt)), 303, PAGE_HEADERS)


@pages.get("/R", include_in_schema=False)
@pages.get("/r", include_in_schema=False)
def show_receipt_form(asked: AskedDep) -> HTMLResponse:
    """The page where the number of a receipt is typed."""
    return HTMLResponse(ask_page(asked, problem=None), headers=FORM_HEADERS)


@pages.post("/R", include_in_schema=False)
@pages.post("/r", include_in_schema=False)
def open_typed_receipt(asked: AskedDep, receipt_no: Annotated[str, Form()] = "") -> Response:
    """Lead from a typed number to its receipt; what cannot be one is shown again, to be mended."""
    number = service.as_given_out(receipt_no)
    if len(number) != rules.RECEIPT_LENGTH:
        return _ask_again(asked, RECEIPT_UNREADABLE, receipt_no, 422)
    return RedirectResponse(asked.link(f"{RECEIPTS}/{number}"), 303, PAGE_HEADERS)


@pages.get("/R/{receipt_no}", responses=answers(rules.TooManyReceiptMisses) | NO_RECEIPT)
@pages.get("/r/{receipt_no}", include_in_schema=False)
def show_receipt(
    receipt_no: Annotated[str, Path(max_length=200, examples=["7K2M9QXR"])], asked: AskedDep, work: Reading, request: Request
) -> HTMLResponse:
    """The receipt of a report, and what became of it. A number that there is not counts as a miss."""
    receipt = service.show_receipt(work, receipt_no)
    if receipt is None:
        request.app.state.receipt_misses.count(client_address(request))
        return _ask_again(asked, RECEIPT_UNKNOWN, service.as_given_out(receipt_no), 404)
    return HTMLResponse(receipt_page(receipt, asked, timezone=work.zone), headers=PAGE_HEADERS)


async def read_report(body: schemas.ComplaintWrite, request: Request) -> Report:
    """What a program reports, with the card that the code leads to."""
    details = rules.plain_details(body.details or "")
    scanned = await find_reported(request, body.code)
    return Report(
        code=body.code,
        about=_about(scanned),
        kind=body.kind,
        details=details,
        contact=rules.plain_contact(body.contact or ""),
        key=body.key,
        network=network_of(client_address(request)),
    )


@router.post("", status_code=201, responses=answers(rules.TooManyComplaints))
def report_misuse(
    report: Annotated[Report, Depends(read_report)], house: HouseDep, origin: OriginDep, response: Response
) -> schemas.ReceiptShown:
    """Report that a code is not the person's, looks forged, or is misused. Nobody needs to sign in for that."""
    receipt = service.report_misuse(house.database, origin, report, house.cipher)
    created(response, receipt_address(receipt))
    return schemas.ReceiptShown.of(receipt)


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
    complaint_id: UUID, access: ReadAccess, work: Writing, house: HouseDep, response: Response
) -> schemas.ComplaintShown:
    """A complaint with the reporter's words and telephone; that they were read stands in the audit trail. One about one's own card
    is not found."""
    return _shown(service.show_complaint(work, access, complaint_id, house.cipher), response)


@router.post("/{complaint_id}/close", responses=answers(NotFound, ForTheLevelAbove, rules.AlreadyClosed, PreconditionFailed))
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


def _about(scanned: Scanned) -> rules.About:
    return rules.About(scanned.card_id, scanned.told.venue.id if scanned.told.venue else None)


def _shown(complaint: service.Opened, response: Response) -> schemas.ComplaintShown:
    tag(response, complaint.complaint)
    return schemas.ComplaintShown.opened(complaint)


def _faults(entered: Entered) -> dict[str, Text]:
    """What is wrong with the form, by the field's name."""
    details, contact = rules.plain_details(entered.details), rules.plain_contact(entered.contact)
    faults = {}
    if entered.kind not in set(ComplaintKind):
        faults["kind"] = NO_KIND
    if details and len(details) > rules.LONGEST_DETAILS:
        over = len(details) - rules.LONGEST_DETAILS
        faults["details"] = DETAILS_TOO_LONG.fill(most=rules.LONGEST_DETAILS, over=over)
    elif details and holds_identity_number(details):
        faults["details"] = IDENTITY_NUMBER
    if contact and (len(contact) > rules.LONGEST_CONTACT or not re.match(rules.CONTACT, contact)):
        faults["contact"] = CONTACT_UNREADABLE
    return faults


def _ask_again(asked: Asked, problem: Text, typed: str, status: int) -> HTMLResponse:
    return HTMLResponse(ask_page(asked, problem=problem, typed=typed), status, FORM_HEADERS)


def _form(
    code: str,
    asked: Asked,
    told: ScanAnswer | None,
    entered: Entered,
    status: int = 200,
    faults: dict[str, Text] | None = None,
    **trouble: Any,
) -> HTMLResponse:
    # In the page's own links one longer than any code would fill the page.
    html = report_page(told, entered, asked, code=code[: service.LONGEST_CODE], faults=faults, **trouble)
    return HTMLResponse(html, status, FORM_HEADERS)
