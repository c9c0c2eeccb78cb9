"""The accounts that people sign in with, and the roles that they hold: which, and over which organisations."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from api.access.about import ABOUT_SOMEBODY
from api.access.names import named, one_named
from api.access.passwords import PasswordLength, WeakPassword
from api.access.permissions import Permission
from api.access.rules import AboutOneself, ForTheLevelAbove, TooManySignIns
from api.access.scope import Access
from api.accounts import grants as giving
from api.accounts import renewal, rules, schemas, service
from api.accounts.issuing import Draft
from api.accounts.renewal import OneTime
from api.accounts.slips import Printed, Printer, Slip
from api.errors import Invalid, NotFound, PreconditionFailed
from api.members.rules import MemberHasLeft
from api.schemas import Page
from api.web.answers import answers, raw
from api.web.dependencies import (
    HouseDep,
    IfMatchSent,
    OriginDep,
    PagesDep,
    Reading,
    Words,
    Writing,
    all_named,
    created,
    requires,
    shown_named,
    tag,
)
from api.web.downloads import MISSING_CHARACTERS, missing_characters
from api.web.idempotency import HouseRoute
from api.web.negotiation import JSON, PDF, preferred_type
from api.web.requests import header

accounts = APIRouter(prefix="/v1/accounts", tags=["accounts"], route_class=HouseRoute)
grants = APIRouter(prefix="/v1/grants", tags=["grants"], route_class=HouseRoute)

OwnAccount = Annotated[Access, requires(Permission.own_account)]
Unenrolled = Annotated[Access, requires(Permission.own_account, unenrolled=True)]
AccountRead = Annotated[Access, requires(Permission.account_read)]
AccountWrite = Annotated[Access, requires(Permission.account_write, step_up=True)]
RoleGrant = Annotated[Access, requires(Permission.role_grant, step_up=True)]

SLIPS = raw(
    PDF,
    "The slips: as JSON, or, for a client that prefers `application/pdf` (`Accept`), to be printed. `X-Remaining` then tells how "
    f"many members still have no account. {MISSING_CHARACTERS}",
)


@dataclass(frozen=True)
class Desk:
    """Hands out slips in the form that was asked for. What can be foreseen is printed before the writing transaction begins."""

    printer: Printer | None

    def foresee(self, slips: Sequence[Slip]) -> "ReadyDesk":
        return ReadyDesk(self.printer, self.printer.print(slips) if self.printer else None)


@dataclass(frozen=True)
class ReadyDesk:
    printer: Printer | None
    printed: Printed | None

    def hand_out(self, slips: Sequence[Slip], remaining: int | None = None) -> Response | None:
        """The slips on paper; None where they were asked for as JSON."""
        if self.printer is None:
            return None
        printed = self.printed if self.printed and self.printed.slips == tuple(slips) else self.printer.print(slips)
        headers = {"Content-Disposition": 'attachment; filename="slips.pdf"'} | missing_characters(printed.missing)
        if remaining is not None:
            headers["X-Remaining"] = str(remaining)
        return Response(printed.pdf, media_type=PDF, headers=headers)


def get_desk(request: Request, house: HouseDep) -> Desk:
    """Whether slips are wanted as JSON or, by the Accept header, on paper."""
    wants_paper = preferred_type(header(request, b"accept"), (JSON, PDF)) == PDF
    return Desk(Printer.of(house.settings) if wants_paper else None)


DeskDep = Annotated[Desk, Depends(get_desk)]


def get_replacement(
    body: schemas.PasswordChange, access: Unenrolled, house: HouseDep, origin: OriginDep
) -> Iterator[service.Replacement]:
    """Hashes both passwords before the writing transaction begins."""
    present, new = body.present_password.get_secret_value(), body.new_password.get_secret_value()
    with service.rehashed_password(
        house.database, access, origin, present, new, passwords=house.passwords, cipher=house.cipher
    ) as replacement:
        yield replacement


def get_one_time_password(access: AccountWrite, house: HouseDep) -> OneTime:
    """A new one-time password, made before the writing transaction begins."""
    return service.one_time_password(house.passwords, house.cipher)


OneTimeDep = Annotated[OneTime, Depends(get_one_time_password)]


def get_second_half(slip_request_id: UUID, access: AccountWrite, house: HouseDep, origin: OriginDep) -> OneTime:
    """The second half of a decider's new one-time password, made before the writing transaction begins; empty for a role."""
    with house.database.reading(origin) as work:
        one_time = renewal.hash_with_first_half(work, access, slip_request_id, house.passwords, house.cipher)
    return one_time or OneTime("", "", "")


SecondHalf = Annotated[OneTime, Depends(get_second_half)]


def get_fresh_one_time(body: schemas.GrantWrite, access: RoleGrant, house: HouseDep, origin: OriginDep) -> OneTime | None:
    """A new one-time password for an account whose last slip was made below the role, made before the writing begins."""
    with house.database.reading(origin) as work:
        is_due = giving.needs_fresh_slip(work, access, body.account_id, body.role, body.organization_id)
    return service.one_time_password(house.passwords, house.cipher) if is_due else None


def _slip_shown(slip: Slip) -> schemas.SlipShown:
    password = slip.one_time_password
    whole, half = (None, password) if slip.is_half else (password, None)
    return schemas.SlipShown.model_validate({**asdict(slip), "one_time_password": whole, "one_time_half": half})


def get_drafts(
    body: schemas.AccountsIssue, access: AccountWrite, house: HouseDep, origin: OriginDep, desk: DeskDep
) -> tuple[tuple[Draft, ...], ReadyDesk]:
    """The accounts that are to be made, hashed and printed before the writing transaction begins."""
    drafts = service.draft_accounts(house.database, origin, access, body.organization_id, house.passwords, house.cipher)
    return drafts, desk.foresee([draft.slip for draft in drafts])


def get_slip_desk(
    account_id: UUID, access: AccountWrite, one_time: OneTimeDep, house: HouseDep, origin: OriginDep, desk: DeskDep
) -> ReadyDesk:
    if desk.printer is None:
        return ReadyDesk(None, None)
    with house.database.reading(origin) as work:
        slip = service.foresee_slip(work, access, account_id, one_time[0])
    return desk.foresee([slip])


def get_approval_desk(
    slip_request_id: UUID, access: AccountWrite, one_time: SecondHalf, house: HouseDep, origin: OriginDep, desk: DeskDep
) -> ReadyDesk:
    if desk.printer is None:
        return ReadyDesk(None, None)
    with house.database.reading(origin) as work:
        slip = service.foresee_approved_slip(work, access, slip_request_id, one_time[0])
    return desk.foresee([slip]) if slip else ReadyDesk(None, None)


@accounts.get("/mine")
def show_own_account(access: OwnAccount, work: Reading, response: Response) -> schemas.OwnAccount:
    """Who one is here, and which roles one holds where."""
    own = service.show_own_account(work, access)
    tag(response, own.account)
    return schemas.OwnAccount(
        **one_named(work, access, own.account), roles=[schemas.RoleHeld.of(grant) for grant in named(work, access, own.grants)]
    )


@accounts.post(
    "/mine/password",
    status_code=204,
    responses=answers(rules.WrongPassword, rules.SamePassword, PasswordLength, WeakPassword, TooManySignIns),
)
def change_password(
    access: Unenrolled,
    replacement: Annotated[service.Replacement, Depends(get_replacement, scope="function")],
    work: Writing,
) -> None:
    """Replace one's password; all one's other sessions end."""
    service.change_password(work, access, replacement)


@accounts.get("")
def list_accounts(
    access: AccountRead,
    work: Reading,
    pages: PagesDep,
    q: Annotated[Words | None, Query(description="how the user name begins")] = None,
) -> Page[schemas.AccountShown]:
    items, following = service.list_accounts(work, access, pages, username=q)
    return Page(items=all_named(schemas.AccountShown, work, access, items), next_cursor=following)


@accounts.get("/{account_id}", responses=answers(NotFound))
def show_account(account_id: UUID, access: AccountRead, work: Reading, response: Response) -> schemas.AccountShown:
    """An account within reach."""
    return shown_named(schemas.AccountShown, work, access, service.show_account(work, access, account_id), response)


@accounts.post(
    "",
    status_code=201,
    responses=answers(
        NotFound, ForTheLevelAbove, rules.AccountOutsideOrganization, MemberHasLeft, rules.UsernameTaken, rules.MemberHasAccount
    ),
)
def create_account(
    body: schemas.AccountWrite, access: AccountWrite, one_time: OneTimeDep, response: Response, work: Writing
) -> schemas.AccountMade:
    """Make an account with a one-time password, which is told this once. It holds no role yet."""
    account = service.create_account(work, access, body.username, body.organization_id, body.member_id, one_time)
    tag(response, account)
    created(response, f"/v1/accounts/{account.id}")
    return schemas.AccountMade(**one_named(work, access, account), one_time_password=one_time.password)


@accounts.post("/issue", response_model=schemas.SlipsShown, responses=answers(NotFound) | SLIPS)
def issue_accounts(
    body: schemas.AccountsIssue,
    access: AccountWrite,
    ready: Annotated[tuple[tuple[Draft, ...], ReadyDesk], Depends(get_drafts)],
    work: Writing,
) -> schemas.SlipsShown | Response:
    """Make accounts for up to 200 members, of an organisation and of everything below it, who have none. Each gets the role of a
    member and a one-time password, which is told this once; send it again while members remain."""
    drafts, desk = ready
    issued = service.issue_accounts(work, access, body.organization_id, drafts)
    items = [_slip_shown(slip) for slip in issued.slips]
    return desk.hand_out(issued.slips, issued.remaining) or schemas.SlipsShown(items=items, remaining=issued.remaining)


@accounts.get("/slip-requests")
def list_slip_requests(access: AccountRead, work: Reading, pages: PagesDep) -> Page[schemas.SlipRequestShown]:
    """The requests for one-time passwords and roles of those who decide for the district, the newest first."""
    items, following = service.list_slip_requests(work, access, pages)
    return Page(items=[schemas.SlipRequestShown.model_validate(item) for item in items], next_cursor=following)


@accounts.post(
    "/slip-requests/{slip_request_id}/approve",
    response_model=schemas.SlipShown,
    responses=answers(
        NotFound,
        rules.ThreePeopleNeeded,
        rules.PasswordInSameHands,
        rules.DistrictRoleNeeded,
        ForTheLevelAbove,
        rules.SlipRequestOver,
        rules.TooManyRoles,
        rules.AccountDisabled,
        MemberHasLeft,
    )
    | SLIPS
    | {
        201: {"model": schemas.GrantMade, "description": "The role that was asked for"},
        204: {"description": "The second factor is taken away"},
    },
)
def approve_slip_request(
    slip_request_id: UUID,
    access: AccountWrite,
    one_time: SecondHalf,
    desk: Annotated[ReadyDesk, Depends(get_approval_desk)],
    work: Writing,
    house: HouseDep,
) -> schemas.SlipShown | Response:
    """Agree to a request of somebody else, for the account of a third: here is its new one-time password, or its role; or its
    second factor is taken away."""
    grant, slip = service.approve_slip_request(work, access, slip_request_id, one_time, house.cipher)
    if grant is not None:
        made = schemas.GrantMade(**one_named(work, access, grant), slip=_slip_shown(slip) if slip else None)
        role = JSONResponse(made.model_dump(mode="json"), status_code=201)
        created(role, f"/v1/grants?account_id={grant.account_id}")
        return role
    if slip is None:
        return Response(status_code=204)
    return desk.hand_out([slip]) or _slip_shown(slip)


@accounts.post("/slip-requests/{slip_request_id}/refuse", responses=answers(NotFound, AboutOneself, rules.SlipRequestOver))
def refuse_slip_request(slip_request_id: UUID, access: AccountWrite, work: Writing) -> schemas.SlipRequestShown:
    """Refuse a request; one's own is taken back."""
    return schemas.SlipRequestShown.model_validate(service.refuse_slip_request(work, access, slip_request_id))


@accounts.post("/{account_id}/disable", responses=answers(NotFound, *ABOUT_SOMEBODY, rules.LastAdministrator, PreconditionFailed))
def disable_account(
    account_id: UUID, access: AccountWrite, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.AccountShown:
    """Shut an account: its sessions end at once."""
    account = service.disable_account(work, access, account_id, expected)
    return shown_named(schemas.AccountShown, work, access, account, response)


@accounts.post("/{account_id}/enable", responses=answers(NotFound, *ABOUT_SOMEBODY, MemberHasLeft, PreconditionFailed))
def enable_account(
    account_id: UUID, access: AccountWrite, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.AccountShown:
    """Open a shut account again."""
    account = service.enable_account(work, access, account_id, expected)
    return shown_named(schemas.AccountShown, work, access, account, response)


@accounts.post(
    "/{account_id}/slip",
    response_model=schemas.SlipShown,
    responses=answers(
        NotFound,
        *ABOUT_SOMEBODY,
        rules.AccountDisabled,
        MemberHasLeft,
        rules.SlipRequestOpen,
        rules.DistrictRoleNeeded,
        rules.PasswordInSameHands,
        PreconditionFailed,
    )
    | SLIPS
    | {
        202: {
            "model": schemas.SlipRequested,
            "description": "For one who decides for the district, or an auditor: another has to agree",
        }
    },
)
def renew_slip(
    account_id: UUID,
    access: AccountWrite,
    one_time: OneTimeDep,
    desk: Annotated[ReadyDesk, Depends(get_slip_desk)],
    work: Writing,
    expected: IfMatchSent,
    house: HouseDep,
) -> schemas.SlipShown | Response:
    """Give somebody who has forgotten his password a new one-time password, which is told this once; his sessions end."""
    slip = service.renew_slip(work, access, account_id, one_time, expected, house.cipher)
    if not isinstance(slip, Slip):
        return JSONResponse(schemas.SlipRequested.model_validate(slip).model_dump(mode="json"), status_code=202)
    return desk.hand_out([slip]) or _slip_shown(slip)


@grants.get("", responses=answers(NotFound))
def list_grants(access: AccountRead, work: Reading, account_id: UUID) -> schemas.Grants:
    """The roles that an account holds within one's reach."""
    return schemas.Grants(items=all_named(schemas.GrantShown, work, access, giving.list_grants(work, access, account_id)))


@grants.post(
    "",
    status_code=201,
    response_model=schemas.GrantMade,
    responses=answers(
        NotFound,
        Invalid,
        *ABOUT_SOMEBODY,
        rules.RoleOutOfPlace,
        rules.MemberRoleNeedsMember,
        rules.TooManyInOffice,
        rules.TooManyRoles,
        rules.NobodyToAgree,
        rules.DistrictRoleNeeded,
        rules.FreshSlipNeeded,
        rules.PasswordInSameHands,
        rules.SlipRequestOpen,
        rules.AccountDisabled,
        MemberHasLeft,
    )
    | {202: {"model": schemas.SlipRequested, "description": "Over the whole district: now another person has to agree"}},
)
def grant_role(
    body: schemas.GrantWrite,
    access: RoleGrant,
    one_time: Annotated[OneTime | None, Depends(get_fresh_one_time)],
    work: Writing,
    house: HouseDep,
    response: Response,
) -> schemas.GrantMade | Response:
    """Give an account a role over an organisation and everything below it; one over the whole district by two people."""
    given = giving.grant_role(work, access, body.account_id, body.role, body.organization_id, body.until, one_time, house.cipher)
    if isinstance(given, dict):
        return JSONResponse(schemas.SlipRequested.model_validate(given).model_dump(mode="json"), status_code=202)
    grant, slip = given
    created(response, f"/v1/grants?account_id={grant.account_id}")
    return schemas.GrantMade(**one_named(work, access, grant), slip=_slip_shown(slip) if slip else None)


@grants.delete("/{grant_id}", status_code=204, responses=answers(NotFound, *ABOUT_SOMEBODY, rules.LastAdministrator))
def end_grant(grant_id: UUID, access: RoleGrant, work: Writing) -> None:
    """Take a role away; it is gone at the account's next request."""
    giving.end_grant(work, access, grant_id)
