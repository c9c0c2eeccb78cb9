"""What a request has to pass before it is worked on: what its head tells, before any of its body is read; and then its turn."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import UUID

from anyio import to_thread
from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.security.utils import get_authorization_scheme_param

from api.errors import Unauthenticated
from api.house import House
from api.networks import network_of
from api.web.admission import Admission
from api.web.error_handlers import MOST_FAULTS
from api.web.in_hand import InHand
from api.web.queue import Known, Lane, Sender
from api.web.requests import client_address, sends_json
from api.web.shares import BODIES, BODIES_OF_ACCOUNT, WORDS, Shares
from api.written import remember_what_is_searched

MOST_AT_ONCE: Final = 1024
"""Bytes of a body that are searched while everybody waits; of a longer one, the words are searched in a thread beforehand."""


@asynccontextmanager
async def admitted(request: Request, *, needs_place: bool) -> AsyncIterator[None]:
    """Let a request in whose head is in order, and which would find room, as far as the head tells who asks. A body that is to be
    kept while it arrives has a turn of its own until it is there, or until this block ends.

    Raises `Unavailable`; `Unauthenticated` where whoever has to sign in bears no access token of ours that is still good: whether
    its session lives is looked up when the body is there; and, of what anybody may ask or what takes a file, what `Admission.check`
    raises.
    """
    admission: Admission = request.scope["admission"]
    if not admission.is_public:
        _read_token(request)
    if needs_place:
        request.state.network = network_of(client_address(request))
        request.state.sender = _sender(request)
        if not admission.token:
            _in_hand(request).check(request.state.sender, request.state.network)
        if admission.kind:
            _shares(request).check(admission.kind, request.state.sender, request.state.network)
    if admission.is_public or admission.takes_file:
        admission.check(request)
    async with AsyncExitStack() as arriving:
        if admission.takes_file:
            # Whether the session lives is not known yet: one that has ended takes nothing from the account's others.
            for kind, sender in ((BODIES, _session_id(request)), (BODIES_OF_ACCOUNT, request.state.sender)):
                await arriving.enter_async_context(_shares(request).hold(kind, sender, request.state.network))
        request.state.arriving = arriving
        yield


def _read_token(request: Request) -> None:
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    if scheme.lower() != "bearer":
        raise Unauthenticated
    house: House = request.app.state.house
    request.state.claims = house.tokens.read(token)


def _sender(request: Request) -> Sender:
    """The account whose token a request bears; of a stranger, his network."""
    claims = getattr(request.state, "claims", None)
    return claims.account_id if claims else _in_hand(request).stranger(request.state.network)


async def _known(request: Request, member: str | None) -> Known | Lane | None:
    """Who asks, by the token in a member of the body, where this is one that we have given out, and may be good still."""
    if member is None or not sends_json(request) or not await request.body():
        return None
    body = await request.json()
    token = body.get(member) if isinstance(body, dict) else None
    house: House = request.app.state.house
    owner = house.tokens.owner_of(token, datetime.now(UTC)) if isinstance(token, str) else None
    return _in_hand(request).known(owner, request.state.network) if owner else None


def _session_id(request: Request) -> UUID | None:
    """The session that it names, which may have ended."""
    claims = getattr(request.state, "claims", None)
    return claims.session_id if claims else None


def _in_hand(request: Request) -> InHand:
    in_hand: InHand = request.app.state.in_hand
    return in_hand


def _shares(request: Request) -> Shares:
    shares: Shares = request.app.state.shares
    return shares


async def _search_words(request: Request, sender: Sender) -> None:
    """Have a long body of JSON validated in a thread, so that the framework, which does so while everybody waits, need search none
    of its words again. One with more faults than are told is refused before it gets there."""
    field = request.scope["route"].body_field
    if field is None or not sends_json(request) or len(await request.body()) <= MOST_AT_ONCE:
        return
    body = await request.json()
    remember_what_is_searched()
    async with _shares(request).hold(WORDS, sender, request.state.network):
        _, faults = await to_thread.run_sync(partial(field.validate, body, loc=("body",)))
    if len(faults) > MOST_FAULTS:
        raise RequestValidationError(faults[:MOST_FAULTS], body=body)


async def _hold_place(request: Request) -> AsyncIterator[None]:
    admission: Admission = request.scope["admission"]
    await request.state.arriving.aclose()
    sender: Sender = await _known(request, admission.token) or request.state.sender
    await _search_words(request, sender)
    async with AsyncExitStack() as turns:
        if admission.kind:
            await turns.enter_async_context(_shares(request).hold(admission.kind, sender, request.state.network))
        await turns.enter_async_context(_in_hand(request).place(sender, request.state.network))
        request.state.origin.begins()
        try:
            yield
        except Unauthenticated:
            if isinstance(sender, Known) and admission.token_alone:
                _in_hand(request).refuse(sender, request.state.network)
            raise


# The first of a route's dependencies: it begins when the body has been read, however slowly that was sent, and ends after the
# others of its scope, when the transaction has been committed, and before the answer is sent, however slowly that is taken.
PLACE: Final = Depends(_hold_place, scope="function")
"""What a route depends on whose work needs a thread and the database."""
