"""What a member shows of his own card, and sees of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from api.access.scope import Access
from api.cards import queries, rules
from api.codes import reading as codes
from api.codes import signing
from api.database import Work
from api.errors import NotFound
from api.keys.ring import KeyRing
from models.card import Card
from models.enums import CardState, ScanOutcome


@dataclass(frozen=True)
class ShownCode:
    """A dynamic code as a phone shows it."""

    code: str
    url: str
    jws: str
    issued_at: datetime
    expires_at: datetime
    refresh_after: datetime


def show_own_card(work: Work, access: Access) -> Card:
    """One's own living card, or else the last one. Raises `NotFound` where there has never been one."""
    if access.member_id is None:
        raise NotFound
    return card_of(work, access.member_id)


def card_of(work: Work, member_id: UUID) -> Card:
    """The living card of a member, or else his last one. Raises `NotFound` where there has never been one."""
    card = queries.last_card(work, member_id)
    if card is None:
        raise NotFound
    return card


def show_own_code(work: Work, access: Access, keys: KeyRing, base_url: str) -> ShownCode:
    """A fresh dynamic code of one's own card. Raises `NotFound`, or `CardNotValid` with the state that stands in the way."""
    return show_code_of(work, show_own_card(work, access), keys, base_url)


def show_code_of(work: Work, card: Card, keys: KeyRing, base_url: str) -> ShownCode:
    """Sign a dynamic code for a card, good from now for a minute."""
    state = rules.state_on(card.state, card.expires_on, work.today)
    if state is not CardState.valid:
        raise rules.CardNotValid(members={"state": state.value})
    slot, key = keys.signing(work)
    issued_at = datetime.fromtimestamp(int(work.at.timestamp()), UTC)
    code = signing.sign_code(
        credential_number=card.credential_number,
        issued_at=int(issued_at.timestamp()),
        status_list=card.status_list,
        status_index=card.status_index,
        key=key,
        slot=slot,
    )
    text = code.pack()
    return ShownCode(
        code=text,
        url=codes.address(base_url, text),
        jws=signing.compact_form(code, key.public),
        issued_at=issued_at,
        expires_at=issued_at + timedelta(seconds=signing.LIFETIME),
        refresh_after=issued_at + timedelta(seconds=signing.REFRESH_AFTER),
    )


def list_own_scans(work: Work, access: Access, since: datetime, until: datetime) -> list[tuple[datetime, ScanOutcome, int]]:
    """How often one's own cards were checked, by hour and outcome, in the hours that begin in a span. Raises `BadSpan`."""
    rules.check_span(since, until)
    if access.member_id is None:
        raise NotFound
    return queries.scans(work, access.member_id, since, until)
