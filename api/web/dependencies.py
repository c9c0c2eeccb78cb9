"""What a route may ask for in its signature. Here HTTP ends: below it, services get plain values."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Header, Query, Request, Response, Security
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from pydantic import StringConstraints
from starlette.routing import Route
from werkzeug.http import parse_etags

from api.access.meanwhile import check_stands
from api.access.names import named
from api.access.permissions import Permission, roles_with
from api.access.rules import OtpEnrolmentRequired, PasswordChangeRequired, StepUpRequired
from api.access.scope import Access
from api.access.service import authenticate
from api.allowance import current
from api.database import Database, Origin, Work
from api.errors import Forbidden, Refusal, Unauthenticated
from api.house import House
from api.language import Language, preferred
from api.pagination import Pages
from api.schemas import Shown
from api.settings import Settings
from api.uploads import OnError
from api.versions import BadIfMatch, Expected, etag
from api.web.admission import Admission
from api.web.idempotency import check_unanswered, claimed
from api.web.requests import SAFE
from api.web.writes import TooManyWrites, count_write
from models.base import Record

STEP_UP, UNENROLLED = "step_up", "unenrolled"
"""What may stand behind a permission among the scopes of a route."""
STEPPED_UP = (
    "Only within five minutes after signing in or `POST /v1/sessions/step-up`, where the installation demands that (403 "
    "`step_up_required`)."
)
BEARER = HTTPBearer(auto_error=False, description="the access token of POST /v1/sessions")


# What only looks something up is `async`: anything else is handed to a thread, which costs more than the looking up.


def house_of(request: Request) -> House:
    house: House = request.app.state.house
    return house


async def get_house(request: Request) -> House:
    return house_of(request)


HouseDep = Annotated[House, Depends(get_house)]


def origin_of(request: Request) -> Origin:
    origin: Origin = request.state.origin
    return origin


async def get_origin(request: Request) -> Origin:
    return origin_of(request)


OriginDep = Annotated[Origin, Depends(get_origin)]


async def get_database(house: HouseDep) -> Database:
    return house.database


DatabaseDep = Annotated[Database, Depends(get_database)]


async def get_settings(house: HouseDep) -> Settings:
    return house.settings


SettingsDep = Annotated[Settings, Depends(get_settings)]


def get_access(
    scopes: SecurityScopes,
    _in_document: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
    house: HouseDep,
    origin: OriginDep,
    request: Request,
) -> Access:
    """Who asks. It is read in a short transaction of its own, so that no lock is held before the work itself begins; whoever writes
    is asked once more in the end, in `get_writing`.

    Only then is he told what the route does not take (`admission.py`), or what he was told when he sent the same under its key
    (`idempotency.py`), and what may write something is counted (`writes.py`), but for what is marked `unenrolled`.
    """
    name, *marks = scopes.scopes
    with house.database.reading(origin) as work:
        access = authenticate(
            work,
            request.state.claims,
            Permission(name),
            lifetimes=house.lifetimes,
            demands=house.demands,
            step_up=STEP_UP in marks,
            unenrolled=UNENROLLED in marks,
        )
    origin.actor_id = access.account_id
    request.state.access, request.state.shows_proof = access, UNENROLLED in marks
    admission: Admission = request.scope["admission"]
    admission.check(request)
    check_unanswered(request, access, house.database, origin, house.cipher)
    if admission.may_write and UNENROLLED not in marks:
        count_write(request, access.account_id)
    return access


def requires(permission: Permission, *, step_up: bool = False, unenrolled: bool = False) -> object:
    """The one permission that a route needs, for its signature: `access: Annotated[Access, requires(Permission.card_read)]`.

    With `step_up` its caller must have shown his password or a code within five minutes; what is marked `unenrolled` he may do
    before he has the second factor that is demanded of him. It is how he makes his account safe, and has limits of its own: whoever
    else writes by his account until nothing more is taken does not keep him from it. Whatever is posted there shows a password
    or a code.
    """
    marks = [mark for mark, is_set in ((STEP_UP, step_up), (UNENROLLED, unenrolled)) if is_set]
    return Security(get_access, scopes=[permission.value, *marks])


def who_may(scopes: Sequence[str]) -> str:
    """What the document tells of who may call a route with these scopes."""
    if not scopes:
        return "For anybody, without signing in."
    permission = Permission(scopes[0])
    told = "For everybody who is signed in."
    if permission is not Permission.own_account:
        roles = ", ".join(sorted(f"`{role.value}`" for role in roles_with(permission)))
        told = f"Needs the permission `{permission.value}`, which these roles hold: {roles}."
    return f"{told} {STEPPED_UP}" if STEP_UP in scopes else told


def who_may_not(scopes: Sequence[str], *, writes: bool) -> list[type[Refusal]]:
    """What the caller of a route with these scopes, which may write something or not, may be refused with, whatever he asks for."""
    if not scopes:
        return []
    refusals: list[type[Refusal]] = [Unauthenticated]
    if scopes[0] != Permission.own_account:
        refusals += [Forbidden, PasswordChangeRequired]
    if UNENROLLED not in scopes:
        refusals.append(OtpEnrolmentRequired)
        refusals += [TooManyWrites] if writes else []
    if STEP_UP in scopes:
        refusals.append(StepUpRequired)
    return refusals


def get_reading(database: DatabaseDep, origin: OriginDep) -> Iterator[Work]:
    with database.reading(origin) as work:
        yield work


def get_writing(request: Request, house: HouseDep, origin: OriginDep) -> Iterator[Work]:
    def ask_once_more(work: Work) -> None:
        if (access := getattr(request.state, "access", None)) is not None:
            check_stands(work, access)

    with house.database.writing(origin) as work:
        # Before anything can raise what leaves a trace.
        work.last.append(ask_once_more)
        with claimed(request, work, house.cipher):
            yield work


def may_write(route: Route) -> bool:
    """Whether a request to a route may write something, if only that somebody has looked."""
    if (route.methods or set()) - SAFE:
        return True
    return isinstance(route, APIRoute) and get_writing in _calls(route.dependant)


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any] | None]:
    yield dependant.call
    for needed in dependant.dependencies:
        yield from _calls(needed)


# The scope "function" ends the dependency, and so commits, before the answer is sent.
Reading = Annotated[Work, Depends(get_reading, scope="function")]
Writing = Annotated[Work, Depends(get_writing, scope="function")]

DryRun = Annotated[bool, Query(description="only tell what would become of each row")]
OnErrorAsked = Annotated[OnError, Query(description="`abort`: one rejected row, and nothing is stored; `skip`: the other rows are")]


def get_importing(request: Request, house: HouseDep, origin: OriginDep, dry_run: DryRun = False) -> Iterator[Work]:
    if (allowance := current()) is not None:
        allowance.is_for_long = True
    if dry_run:
        yield from get_reading(house.database, origin)
    else:
        yield from get_writing(request, house, origin)


Importing = Annotated[Work, Depends(get_importing, scope="function")]
"""What an import of many rows works with. A dry run only reads: it keeps nobody from writing, and claims no Idempotency-Key."""


_TAG = re.compile(r'(?:W/)?"[^"]*"')
_VERSION = re.compile(r"([0-9]{1,18})(?:\..*)?")
"""A row's version, and what follows it in the tag of a whole answer (`representation.py`)."""


class _IfMatch:
    def __init__(self, *, required: bool) -> None:
        self.required = required

    async def __call__(
        self, if_match: Annotated[str | None, Header(max_length=200, description="the ETag that was read")] = None
    ) -> Expected:
        if if_match is None:
            return Expected(None, self.required)
        if if_match.strip() == "*":
            return Expected(None, self.required, any_version=True)
        # Whatever is not a tag in its quotes: a version alone, such as a careless client sends.
        if not if_match.strip(", \t") or _TAG.sub("", if_match).strip(", \t"):
            raise BadIfMatch
        # Compared strongly (RFC 9110, section 13.1.1): a weak tag names no version.
        versions = (_VERSION.fullmatch(tag) for tag in parse_etags(if_match).as_set() if tag)
        return Expected(frozenset(int(found[1]) for found in versions if found), self.required)


IfMatch = Annotated[Expected, Depends(_IfMatch(required=True))]
"""A change of a thing's content must say which version it changes."""
IfMatchSent = Annotated[Expected, Depends(_IfMatch(required=False))]
"""An action checks the version when the client names one."""

Limit = Annotated[int, Query(ge=1, le=200, description="how many at the most")]
Cursor = Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80, pattern=r"^[^\x00]*$")]


async def get_pages(request: Request, house: HouseDep, limit: Limit = 50, cursor: Cursor = None) -> Pages:
    asked = sorted((name, value) for name, value in request.query_params.multi_items() if name not in ("limit", "cursor"))
    return Pages(house.cursor_key, f"{request.url.path}?{urlencode(asked)}", limit, cursor)


PagesDep = Annotated[Pages, Depends(get_pages)]


def tag(response: Response, record: Record) -> None:
    """Give an answer the entity tag of the row that it shows."""
    response.headers["ETag"] = etag(record)


def created(response: Response, address: str) -> None:
    """Tell where whoever made something is shown it: at its own address, or in the list that shows it."""
    response.headers["Location"] = address


S = TypeVar("S", bound=Shown)


def shown(schema: type[S], record: Record, response: Response) -> S:
    """A row as an answer shows it, with its entity tag."""
    tag(response, record)
    return schema.model_validate(record)


def all_named(schema: type[S], work: Work, access: Access, records: Sequence[Record]) -> list[S]:
    """Rows as a list shows them, with the names beside their keys."""
    return [schema.model_validate(one) for one in named(work, access, records)]


def shown_named(schema: type[S], work: Work, access: Access, record: Record, response: Response) -> S:
    """A row as an answer shows it, with its entity tag and the names beside its keys."""
    tag(response, record)
    return all_named(schema, work, access, [record])[0]


async def get_language(request: Request) -> Language:
    """The language that the client prefers; Chinese by default."""
    return preferred(request.headers.get("accept-language"))


LanguageDep = Annotated[Language, Depends(get_language)]
