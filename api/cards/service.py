"""The life of a card: issued, shown, suspended, ended; and the plates that bear its codes."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlmodel import col

from api.access.scope import Access
from api.cards import codes, queries, rules, signing
from api.cards.rules import Action, WhyNot
from api.database import Work
from api.errors import NotFound, Text
from api.keys.ring import KeyRing
from api.pagination import Pages
from api.status_lists import service as status_lists
from api.versions import Expected
from models.card import Card, Plate, ScanCount
from models.enums import CardState, PlateKind
from models.member import Member
from models.organization import Organization

CREDENTIAL_BITS = 48
CHUNK = 1000


@dataclass(frozen=True)
class Issuing:
    """What a new card is made with: the key of the status lists, the years that it is good for, the district's day."""

    status_key: bytes = field(repr=False)
    years: int
    today: date


@dataclass
class IssuedCards:
    """What became of an organisation's members when cards were issued to all of them."""

    issued: int = 0
    skipped: list[tuple[UUID, WhyNot]] = field(default_factory=list)


@dataclass(frozen=True)
class ShownCode:
    """A dynamic code as a phone shows it."""

    code: str
    url: str
    jws: str
    issued_at: datetime
    expires_at: datetime
    refresh_after: datetime


def list_cards(
    work: Work, access: Access, pages: Pages, *, member_id: UUID | None, organization_id: UUID | None, state: CardState | None
) -> tuple[list[Card], str | None]:
    """The cards within reach, the newest first; of an organisation, those of everything below it too."""
    cards = access.select(Card)
    if member_id:
        cards = cards.where(col(Card.member_id) == member_id)
    if organization_id:
        cards = queries.under(cards, access.get(work, Organization, organization_id))
    if state:
        cards = cards.where(col(Card.state) == state)
    return pages.read(work, cards.order_by(col(Card.id).desc()))


def show_card(work: Work, access: Access, card_id: UUID) -> Card:
    return access.get(work, Card, card_id)


def issue_card(work: Work, access: Access, member_id: UUID, issuing: Issuing) -> Card:
    """Issue a member's card. Raises `NotFound`, `AlreadyHasCard`, `MemberHasLeft` or `BranchClosed`."""
    return _issue_one(work, access.get(work, Member, member_id), issuing)


def issue_cards(work: Work, access: Access, organization_id: UUID, issuing: Issuing) -> IssuedCards:
    """Issue cards to all members of an organisation and of everything below it, passing over those who may have none."""
    top = access.get(work, Organization, organization_id)
    done, eligible = IssuedCards(), []
    # Who has a card is read once the members are locked: what another batch has given out meanwhile counts too.
    members = list(queries.members_under(work, top))
    _expire(work, queries.lapsed(work, issuing.today, top=top))
    have_one = queries.member_ids_with_card(work, top)
    for member, closed in members:
        reason = rules.why_not(member.status, branch_is_closed=closed, has_living_card=member.id in have_one)
        if reason is None:
            eligible.append(member)
        else:
            done.skipped.append((member.id, reason))
    for issued in issue_to(work, eligible, issuing):
        done.issued = issued
    if done.issued:
        work.record_batch("issue_cards", "card", organization_id=top.id, issued=done.issued, skipped=len(done.skipped))
    return done


def issue_to(work: Work, members: Sequence[Member], issuing: Issuing) -> Iterator[int]:
    """Issue cards to members of whom it is known that they may have one, telling after each thousand how many are done."""
    numbers = _new_credentials(work, len(members))
    places = status_lists.take_places(work, len(members), issuing.status_key)
    for start in range(0, len(members), CHUNK):
        chunk = slice(start, start + CHUNK)
        for member, number, (status_list, status_index) in zip(members[chunk], numbers[chunk], places, strict=False):
            card = Card(
                member_id=member.id,
                organization_id=member.organization_id,
                credential_number=number,
                state_changed_at=work.at,
                expires_on=rules.last_day(issuing.today, member.status, issuing.years),
                status_list=status_list,
                status_index=status_index,
            )
            work.add(card)
            work.record("issue_card", card)
        work.flush()
        yield min(start + CHUNK, len(members))


def suspend_card(work: Work, access: Access, card_id: UUID, reason: str, expected: Expected) -> Card:
    """Stop a card for a while. Every scan tells so from now on."""
    return _change(work, access, card_id, Action.suspend, reason, expected)


def resume_card(work: Work, access: Access, card_id: UUID, reason: str, expected: Expected) -> Card:
    return _change(work, access, card_id, Action.resume, reason, expected)


def revoke_card(work: Work, access: Access, card_id: UUID, reason: str, expected: Expected) -> Card:
    """End a card for good, with every code that leads to it."""
    return _change(work, access, card_id, Action.revoke, reason, expected)


def expire_card(work: Work, access: Access, card_id: UUID, reason: str, expected: Expected) -> Card:
    """Let a card's validity end today."""
    return _change(work, access, card_id, Action.expire, reason, expected)


def expire_lapsed_cards(work: Work, today: date) -> int:
    """Write down of all living cards past their last day that they have expired, as every scan says already. Returns how many."""
    return _expire(work, queries.lapsed(work, today))


def reissue_card(work: Work, access: Access, card_id: UUID, reason: str, expected: Expected, issuing: Issuing) -> Card:
    """Replace a card by a new one with fresh numbers. The old one is revoked if it still lived, and its plates with it."""
    member_id = queries.member_of(work, access.select(Card), card_id)
    if member_id is None:
        raise NotFound
    # The member is locked before the card, as when he leaves, so that the two never wait for each other.
    member = access.get(work, Member, member_id)
    old = access.get(work, Card, card_id)
    expected.check(old)
    if old.state in rules.LIVING:
        _set_state(work, old, CardState.revoked, reason, "revoke_card")
    card = _issue_one(work, member, issuing)
    work.record("reissue_card", card, former=str(old.id))
    return card


def revoke_card_of_member(work: Work, member: Member) -> None:
    """End the living card of a member who leaves: as transferred where he moves to another district, else as revoked."""
    if (card := queries.living_card(work, member.id)) is not None:
        state = rules.after_leaving(member.left_kind)
        reason = rules.LEFT_SUSPENDED if card.state is CardState.suspended else rules.LEFT
        _set_state(work, card, state, reason, "transfer_card" if state is CardState.transferred else "revoke_card")


def replace_card_of_member(
    work: Work, member: Member, left_at: datetime, today: date, *, status_key: bytes, years: int
) -> Text | None:
    """Issue a card to a member who has come back, if it was the leaving that ended his; a suspended one is followed by a suspended
    one. What has ended never comes back."""
    former = queries.last_card(work, member.id)
    if former is None or former.state_changed_at != left_at or former.state_reason not in (rules.LEFT, rules.LEFT_SUSPENDED):
        return None
    card = _issue_one(work, member, Issuing(status_key, years, today))
    if former.state_reason == rules.LEFT_SUSPENDED:
        _set_state(work, card, CardState.suspended, rules.RESTORED, "suspend_card")
    work.record("reissue_card", card, former=str(former.id))
    return rules.CARD_STAYS_SUSPENDED if card.state is CardState.suspended else rules.CARD_REPLACED


def renew_last_day_of_member(work: Work, member: Member, today: date, *, years: int) -> None:
    """Let the living card of a member who was confirmed be good for as long as a full member's; suspended stays suspended."""
    _expire(work, queries.lapsed(work, today, member_id=member.id))
    card = queries.living_card(work, member.id)
    if card is not None and (last_day := rules.renewed(card.expires_on, today, years)) != card.expires_on:
        card.expires_on = last_day
        work.record("renew_card", card, expires_on=last_day.isoformat())
        work.flush()


def transfer_card(work: Work, member: Member, issuing: Issuing) -> Card | None:
    """End the living card of a member's former branch as transferred, and issue one of the branch that he belongs to now.

    A suspended card is followed by a suspended one, for the same reason; where there was none, there is none. Raises
    `BranchClosed`.
    """
    _expire(work, queries.lapsed(work, issuing.today, member_id=member.id))
    former = queries.living_card(work, member.id)
    if former is None:
        return None
    state, reason = former.state, former.state_reason or ""
    _set_state(work, former, CardState.transferred, "member_moved", "transfer_card")
    card = _issue_one(work, member, issuing)
    if state is CardState.suspended:
        _set_state(work, card, state, reason, "suspend_card")
    work.record("reissue_card", card, former=str(former.id))
    return card


def make_plate(work: Work, access: Access, card_id: UUID, kind: PlateKind) -> Plate:
    """Give a living card a printed thing with a code of its own. Raises `NotFound` or `CardNotLiving`."""
    return add_plate(work, access.get(work, Card, card_id), kind)


def add_plate(work: Work, card: Card, kind: PlateKind) -> Plate:
    if card.state not in rules.LIVING:
        raise rules.CardNotLiving(members={"state": card.state.value})
    plate = Plate(card_id=card.id, organization_id=card.organization_id, kind=kind, code=codes.new_printed_code(kind))
    work.add(plate)
    work.flush()
    work.record("make_plate", plate, plate_kind=kind)
    return plate


def list_plates(work: Work, access: Access, card_id: UUID) -> Sequence[Plate]:
    return queries.plates_of(work, access.get(work, Card, card_id).id)


def show_plate(work: Work, access: Access, card_id: UUID, plate_id: UUID) -> Plate:
    plate = queries.plate(work, access.get(work, Card, card_id).id, plate_id)
    if plate is None:
        raise NotFound
    return plate


def withdraw_plate(work: Work, access: Access, card_id: UUID, plate_id: UUID, reason: str, expected: Expected) -> Plate:
    """Withdraw one printed thing, such as a lost one; the card and its other plates stay. Once withdrawn it stays so."""
    plate = show_plate(work, access, card_id, plate_id)
    expected.check(plate)
    if plate.withdrawn_at is None:
        plate.withdrawn_at, plate.withdrawn_reason = work.at, reason
        work.record("withdraw_plate", plate)
        work.flush()
    return plate


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


def show_own_code(work: Work, access: Access, keys: KeyRing, base_url: str, today: date) -> ShownCode:
    """A fresh dynamic code of one's own card. Raises `NotFound`, or `CardNotValid` with the state that stands in the way."""
    return show_code_of(work, show_own_card(work, access), keys, base_url, today)


def show_code_of(work: Work, card: Card, keys: KeyRing, base_url: str, today: date) -> ShownCode:
    """Sign a dynamic code for a card, good from now for a minute."""
    state = rules.state_on(card.state, card.expires_on, today)
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


def list_own_scans(work: Work, access: Access, since: datetime, until: datetime) -> Sequence[ScanCount]:
    """How often one's own cards were checked, by hour and outcome. Raises `BadSpan`."""
    rules.check_span(since, until)
    if access.member_id is None:
        raise NotFound
    return queries.scans(work, access.member_id, since, until)


def _issue_one(work: Work, member: Member, issuing: Issuing) -> Card:
    organization = work.get_one(Organization, member.organization_id)
    _expire(work, queries.lapsed(work, issuing.today, member_id=member.id))
    reason = rules.why_not(
        member.status,
        branch_is_closed=organization.closed_on is not None,
        has_living_card=queries.living_card(work, member.id) is not None,
    )
    if reason is not None:
        raise rules.REFUSALS[reason]
    for _ in issue_to(work, [member], issuing):
        pass
    card = queries.living_card(work, member.id)
    assert card is not None
    return card


def _change(work: Work, access: Access, card_id: UUID, action: Action, reason: str, expected: Expected) -> Card:
    card = access.get(work, Card, card_id)
    expected.check(card)
    state = rules.after(action, card.state)
    if state is not card.state:
        _set_state(work, card, state, reason, f"{action}_card")
    return card


def _expire(work: Work, cards: Sequence[Card]) -> int:
    for card in cards:
        _set_state(work, card, CardState.expired, "lapsed", "expire_card")
    return len(cards)


def _set_state(work: Work, card: Card, state: CardState, reason: str, deed: str) -> None:
    former, card.state = card.state, state
    card.state_reason, card.state_changed_at = reason, work.at
    work.record(deed, card, former_state=former, state=state)
    status_lists.note_change(work, card.status_list)
    work.flush()


def _new_credentials(work: Work, count: int) -> list[int]:
    """Random numbers that no card has borne yet."""
    numbers: set[int] = set()
    while len(numbers) < count:
        fresh = {secrets.randbits(CREDENTIAL_BITS) for _ in range(count - len(numbers))}
        numbers |= fresh - queries.taken_credentials(work, list(fresh))
    return list(numbers)
