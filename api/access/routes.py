"""Signing in with a user name, a password and perhaps a second factor, and one's own sessions, each of one device."""

from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from api.access import rules, schemas, service, stepping
from api.access.otp.rules import OtpRequired, WrongProof
from api.access.permissions import Permission
from api.access.scope import Access
from api.errors import NotFound
from api.web.answers import answers
from api.web.dependencies import (
    HouseDep,
    OriginDep,
    Reading,
    Writing,
    created,
    requires,
)
from api.web.idempotency import HouseRoute
from api.web.requests import client_address

sessions = APIRouter(prefix="/v1/sessions", tags=["sessions"], route_class=HouseRoute)

OwnAccount = Annotated[Access, requires(Permission.own_account)]
Fresh = Annotated[Access, requires(Permission.own_account, step_up=True)]
Unenrolled = Annotated[Access, requires(Permission.own_account, unenrolled=True)]


def get_password_shown(
    body: schemas.StepUp, access: Unenrolled, house: HouseDep, origin: OriginDep
) -> Iterator[stepping.PasswordShown | None]:
    """Compares the password before the writing transaction begins."""
    if body.password is None:
        yield None
        return
    password = body.password.get_secret_value()
    with stepping.compared_password(
        house.database, access, origin, password, passwords=house.passwords, cipher=house.cipher
    ) as shown:
        yield shown


@sessions.post("", status_code=201, responses=answers(rules.WrongCredentials, OtpRequired, rules.TooManySignIns))
def sign_in(body: schemas.SignIn, request: Request, house: HouseDep, origin: OriginDep, response: Response) -> schemas.SignedIn:
    """Begin a session with a user name and a password, and a code where the account has a second factor."""
    token = body.device_token.get_secret_value() if body.device_token else None
    device = service.Device(client_address(request), request.headers.get("user-agent", "")[:120], token)
    issued = service.sign_in(
        house.database,
        origin,
        body.username,
        body.password.get_secret_value(),
        device,
        otp=body.otp.get_secret_value() if body.otp else None,
        tokens=house.tokens,
        passwords=house.passwords,
        cipher=house.cipher,
        lifetimes=house.lifetimes,
        demands=house.demands,
    )
    created(response, "/v1/sessions")
    return schemas.SignedIn.model_validate(issued)


def get_token_shown(body: schemas.Refresh, house: HouseDep, origin: OriginDep) -> str:
    """The refresh token, once some session is found that goes on by it."""
    token = body.refresh_token.get_secret_value()
    with house.database.reading(origin) as work:
        service.check_token(work, token, cipher=house.cipher, lifetimes=house.lifetimes)
    return token


@sessions.post("/refresh", responses=answers(rules.SessionEnded, rules.TooManySignIns))
def refresh_session(token: Annotated[str, Depends(get_token_shown)], work: Writing, house: HouseDep) -> schemas.IssuedTokens:
    """Exchange the refresh token for a new pair. If the answer is lost, send the same token again within 60 seconds."""
    issued = service.refresh_session(
        work, token, tokens=house.tokens, cipher=house.cipher, lifetimes=house.lifetimes, demands=house.demands
    )
    return schemas.IssuedTokens.model_validate(issued)


@sessions.post("/step-up", responses=answers(WrongProof, rules.TooManySignIns))
def step_up(
    body: schemas.StepUp,
    access: Unenrolled,
    shown: Annotated[stepping.PasswordShown | None, Depends(get_password_shown, scope="function")],
    work: Writing,
    house: HouseDep,
) -> schemas.SteppedUp:
    """Show once more who one is, by the password or a code: for the next five minutes what matters most is done in this session."""
    otp = body.otp.get_secret_value() if body.otp else ""
    return schemas.SteppedUp(until=stepping.step_up(work, access, shown or otp, house.cipher))


@sessions.get("")
def list_sessions(access: OwnAccount, work: Reading, house: HouseDep) -> schemas.Sessions:
    """One's own living sessions, the last used first; and the last one of each other device that is known still, though it is over:
    to end it makes a stranger of a lost telephone."""
    found = service.list_sessions(work, access, house.lifetimes)
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
def sign_out(access: Unenrolled, work: Writing) -> None:
    """End the session that asks."""
    service.sign_out(work, access)


@sessions.delete("/{session_id}", status_code=204, responses=answers(NotFound))
def end_session(session_id: UUID, access: Fresh, work: Writing) -> None:
    """End another of one's own sessions, such as that of a lost phone, which is a stranger from then on."""
    service.end_session(work, access, session_id)
