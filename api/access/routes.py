from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from api.access import rules, schemas, service
from api.access.permissions import Permission
from api.access.scope import Access
from api.answers import answers
from api.dependencies import (
    HouseDep,
    IfMatchSent,
    OriginDep,
    PagesDep,
    Reading,
    Words,
    Writing,
    client_address,
    requires,
    shown,
    tag,
)
from api.errors import NotFound, PreconditionFailed
from api.idempotency import HouseRoute
from api.schemas import Page

sessions = APIRouter(prefix="/v1/sessions", tags=["sessions"], route_class=HouseRoute)
accounts = APIRouter(prefix="/v1/accounts", tags=["accounts"], route_class=HouseRoute)
grants = APIRouter(prefix="/v1/grants", tags=["grants"], route_class=HouseRoute)

OwnAccount = Annotated[Access, requires(Permission.own_account)]
AccountRead = Annotated[Access, requires(Permission.account_read)]
AccountWrite = Annotated[Access, requires(Permission.account_write)]
RoleGrant = Annotated[Access, requires(Permission.role_grant)]


@sessions.post("", status_code=201, responses=answers(rules.WrongCredentials, rules.TooManySignIns))
def sign_in(body: schemas.SignIn, request: Request, house: HouseDep, origin: OriginDep) -> schemas.IssuedTokens:
    """Begin a session with a user name and a password."""
    device = service.Device(
        house.cipher.digest("network", rules.network_of(client_address(request))), request.headers.get("user-agent", "")[:120]
    )
    issued = service.sign_in(
        house.database,
        origin,
        body.username,
        body.password.get_secret_value(),
        device,
        tokens=house.tokens,
        passwords=house.passwords,
        cipher=house.cipher,
        lifetimes=house.lifetimes,
    )
    return schemas.IssuedTokens.model_validate(issued)


@sessions.post("/refresh", responses=answers(rules.SessionEnded))
def refresh_session(body: schemas.Refresh, work: Writing, house: HouseDep) -> schemas.IssuedTokens:
    """Exchange the refresh token for a new pair. If the answer is lost, send the same token again within 60 seconds."""
    token = body.refresh_token.get_secret_value()
    issued = service.refresh_session(work, token, tokens=house.tokens, lifetimes=house.lifetimes)
    return schemas.IssuedTokens.model_validate(issued)


@sessions.get("")
def list_sessions(access: OwnAccount, work: Reading) -> schemas.Sessions:
    """One's own living sessions, the last used first."""
    found = service.list_sessions(work, access)
    return schemas.Sessions(
        items=[
            schemas.SessionShown(
                id=row.id,
                device=row.device,
                created_at=row.created_at,
                last_used_at=row.last_used_at,
                expires_at=row.expires_at,
                is_current=current,
            )
            for row, current in found
        ]
    )


@sessions.delete("/current", status_code=204)
def sign_out(access: OwnAccount, work: Writing) -> None:
    """End the session that asks."""
    service.end_session(work, access, access.session_id)


@sessions.delete("/{session_id}", status_code=204, responses=answers(NotFound))
def end_session(session_id: UUID, access: OwnAccount, work: Writing) -> None:
    """End another of one's own sessions, such as that of a lost phone."""
    service.end_session(work, access, session_id)


@accounts.get("/mine")
def show_own_account(access: OwnAccount, work: Reading) -> schemas.OwnAccount:
    """Who one is here, and which roles one holds where."""
    account, roles = service.show_own_account(work, access)
    return schemas.OwnAccount(
        **schemas.AccountShown.model_validate(account).model_dump(),
        roles=[schemas.GrantShown.model_validate(role) for role in roles],
    )


def get_replacement(body: schemas.PasswordChange, access: OwnAccount, house: HouseDep, origin: OriginDep) -> service.Replacement:
    """Hashes both passwords before the writing transaction begins."""
    present, new = body.present_password.get_secret_value(), body.new_password.get_secret_value()
    return service.rehash_password(house.database, access, origin, present, new, passwords=house.passwords, cipher=house.cipher)


def get_one_time_password(access: AccountWrite, house: HouseDep) -> tuple[str, str]:
    """A new one-time password and its hash, made before the writing transaction begins."""
    return service.one_time_password(house.passwords)


@accounts.post("/mine/password", status_code=204, responses=answers(rules.WrongPassword, rules.SamePassword, rules.TooManySignIns))
def change_password(
    access: OwnAccount, replacement: Annotated[service.Replacement, Depends(get_replacement)], work: Writing
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
    return Page(items=[schemas.AccountShown.model_validate(item) for item in items], next_cursor=following)


@accounts.post("", status_code=201, responses=answers(NotFound, service.AccountOutsideOrganization))
def create_account(
    body: schemas.AccountWrite,
    access: AccountWrite,
    one_time: Annotated[tuple[str, str], Depends(get_one_time_password)],
    response: Response,
    work: Writing,
) -> schemas.AccountMade:
    """Make an account with a one-time password, which is told this once. It holds no role yet."""
    password, password_hash = one_time
    account = service.create_account(work, access, body.username, body.organization_id, body.member_id, password_hash)
    tag(response, account)
    return schemas.AccountMade(**schemas.AccountShown.model_validate(account).model_dump(), one_time_password=password)


@accounts.post(
    "/{account_id}/disable", responses=answers(NotFound, rules.LastAdministrator, rules.RoleBeyondOwn, PreconditionFailed)
)
def disable_account(
    account_id: UUID, access: AccountWrite, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.AccountShown:
    """Shut an account: its sessions end at once."""
    account = service.disable_account(work, access, account_id, expected)
    return shown(schemas.AccountShown, account, response)


@accounts.post("/{account_id}/enable", responses=answers(NotFound, rules.RoleBeyondOwn, PreconditionFailed))
def enable_account(
    account_id: UUID, access: AccountWrite, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.AccountShown:
    """Open a shut account again."""
    account = service.enable_account(work, access, account_id, expected)
    return shown(schemas.AccountShown, account, response)


@grants.get("", responses=answers(NotFound))
def list_grants(access: AccountRead, work: Reading, account_id: UUID) -> schemas.Grants:
    """The roles that an account holds."""
    return schemas.Grants(items=[schemas.GrantShown.model_validate(row) for row in service.list_grants(work, access, account_id)])


@grants.post(
    "", status_code=201, responses=answers(NotFound, rules.RoleBeyondOwn, rules.RoleOutOfPlace, rules.MemberRoleNeedsMember)
)
def grant_role(body: schemas.GrantWrite, access: RoleGrant, work: Writing) -> schemas.GrantShown:
    """Give an account a role over an organisation and everything below it."""
    return schemas.GrantShown.model_validate(service.grant_role(work, access, body.account_id, body.role, body.organization_id))


@grants.delete("/{grant_id}", status_code=204, responses=answers(NotFound, rules.LastAdministrator, rules.RoleBeyondOwn))
def end_grant(grant_id: UUID, access: RoleGrant, work: Writing) -> None:
    """Take a role away; it is gone at the account's next request."""
    service.end_grant(work, access, grant_id)
