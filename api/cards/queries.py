from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import and_, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.about import may_act_about
from api.access.scope import Access, below, locking, within
from api.cards.rules import LIVING
from api.database import Work
from api.figures import Own, Span, how_many, one_of_the_hours, own_counts
from models.card import LIVING as INDEXED_LIVING
from models.card import LOST, Card, Plate, ScanCount
from models.enums import CardState, MemberStatus, ScanOutcome
from models.member import Member
from models.organization import Organization

CHUNK = 1000


def living_card(work: Work, member_id: UUID) -> Card | None:
    query = select(Card).where(col(Card.member_id) == member_id, col(Card.state).in_(LIVING))
    return work.exec(locking(work, query, Card)).first()


def member_ids_with_card(work: Work, member_ids: Collection[UUID]) -> set[UUID]:
    """Those of these members who have a living card, whichever branch issued it."""
    query = select(Card.member_id).where(col(Card.member_id).in_(member_ids), INDEXED_LIVING)
    return set(work.exec(query).all())


def had_card(work: Work, member_ids: Collection[UUID]) -> set[UUID]:
    """Those of these members who have, or had, a card."""
    return set(work.exec(select(Card.member_id).where(col(Card.member_id).in_(member_ids))).all())


def lapsed(work: Work, today: date, *, member_ids: Collection[UUID] | None = None, most: int | None = None) -> Sequence[Card]:
    """The valid cards past their last day, of everybody or of some members; only the first so many that have lapsed, where there is
    a `most`.

    A suspended one is not written down as expired: renewed, it would be valid.
    """
    cards = select(Card).where(INDEXED_LIVING, col(Card.state) == CardState.valid, col(Card.expires_on) < today)
    if member_ids is not None:
        cards = cards.where(col(Card.member_id).in_(member_ids))
    if most is not None:
        # By a statement of its own: within the other one, PostgreSQL may look for them again for each card.
        keys: Any = cards.with_only_columns(col(Card.id)).order_by(col(Card.expires_on), col(Card.id)).limit(most)
        cards = cards.where(col(Card.id).in_(work.exec(keys).all()))
    return work.exec(locking(work, cards.order_by(col(Card.id)), Card)).all()


def members_without_card(work: Work, top: Organization, today: date, most: int) -> Sequence[Member]:
    """The first so many members of an organisation and everything below it who are to have a card and have none that is good;
    locked, in the order of the keys."""
    query = select(Member).where(_is_to_have_card(top), ~_has_card(today)).order_by(col(Member.id)).limit(most)
    return work.exec(locking(work, query, Member)).all()


def count_members_without_card(work: Work, top: Organization, today: date) -> int:
    """How many they are."""
    query = select(func.count()).select_from(Member).where(_is_to_have_card(top), ~_has_card(today))
    return work.exec(query).one()


def members_past_cards(work: Work, top: Organization, today: date, most: int) -> list[tuple[UUID, MemberStatus, bool, bool]]:
    """The first so many of the others there, with their status, whether their own organisation is closed, and whether they have a
    card; nothing is locked."""
    is_closed, has_card = col(Organization.closed_on).is_not(None), _has_card(today)
    query: Any = select(Member.id, Member.status, is_closed, has_card)
    query = query.join(Organization, col(Organization.id) == col(Member.organization_id)).where(within(top))
    query = query.where(or_(col(Member.status) == MemberStatus.left, is_closed, has_card)).order_by(col(Member.id)).limit(most)
    return [(key, MemberStatus(status), bool(closed), bool(card)) for key, status, closed, card in work.execute(query)]


def _is_to_have_card(top: Organization) -> Any:
    """The condition that a member has not left, and belongs to an open organisation, `top` or below it."""
    places = below(top).where(col(Organization.closed_on).is_(None))
    return and_(col(Member.status) != MemberStatus.left, col(Member.organization_id).in_(places))


def _has_card(today: date) -> Any:
    """The condition that a member has a living card that has not lapsed, whichever branch issued it."""
    has_lapsed = and_(col(Card.state) == CardState.valid, col(Card.expires_on) < today)
    return select(Card.id).where(col(Card.member_id) == col(Member.id), INDEXED_LIVING, ~has_lapsed).exists()


def taken_credentials(work: Work, numbers: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for start in range(0, len(numbers), CHUNK):
        part = numbers[start : start + CHUNK]
        found |= set(work.exec(select(Card.credential_number).where(col(Card.credential_number).in_(part))).all())
    return found


def member_of(work: Work, cards: SelectOfScalar[Card], card_id: UUID) -> UUID | None:
    """Whose card it is, if it is one of `cards`; nothing is locked."""
    query: Any = cards.where(col(Card.id) == card_id).with_only_columns(col(Card.member_id))
    member_id: UUID | None = work.exec(query).first()
    return member_id


def plates_of(work: Work, card_id: UUID) -> Sequence[Plate]:
    return work.exec(select(Plate).where(col(Plate.card_id) == card_id).order_by(col(Plate.id))).all()


def plates_in_use(work: Work, card_id: UUID, most: int) -> Sequence[Plate]:
    """The plates of a card that are in use, or reported lost and not seen to since; no more than so many, the oldest."""
    query = select(Plate).where(col(Plate.card_id) == card_id, _in_use()).order_by(col(Plate.id))
    return work.exec(query.limit(most)).all()


def full_of_plates(work: Work, card_ids: Collection[UUID], most: int) -> set[UUID]:
    """Those of some cards that have so many plates in use, or more."""
    query = select(Plate.card_id).where(col(Plate.card_id).in_(card_ids), _in_use())
    return {*work.exec(query.group_by(col(Plate.card_id)).having(func.count() >= most)).all()}


def _in_use() -> ColumnElement[bool]:
    return or_(col(Plate.withdrawn_at).is_(None), col(Plate.lost_reported_at).is_not(None))


def plate(work: Work, card_id: UUID, plate_id: UUID) -> Plate | None:
    query = select(Plate).where(col(Plate.id) == plate_id, col(Plate.card_id) == card_id)
    return work.exec(locking(work, query, Plate)).first()


def card_ended_at(work: Work, member_id: UUID, at: Collection[datetime], reasons: Collection[str]) -> Card | None:
    """The card of a member that ended at one of some moments for one of some reasons: not always his newest, since others can be
    renewed."""
    query = select(Card).where(col(Card.member_id) == member_id, col(Card.state_reason).in_(reasons)).order_by(col(Card.id))
    return next((card for card in work.exec(locking(work, query, Card)).all() if card.state_changed_at in at), None)


def last_card(work: Work, member_id: UUID) -> Card | None:
    """The living card of a member, or else the one that he had last."""
    living = (col(Card.state) == CardState.valid) | (col(Card.state) == CardState.suspended)
    query = select(Card).where(col(Card.member_id) == member_id).order_by(living.desc(), col(Card.id).desc()).limit(1)
    return work.exec(locking(work, query, Card)).first()


def terms(work: Work, organization_ids: Collection[UUID]) -> dict[UUID, date]:
    """When the terms of the committees of these organisations end, where that is known."""
    found: dict[UUID, date] = {}
    ids = list(organization_ids)
    for start in range(0, len(ids), CHUNK):
        some = select(Organization).where(col(Organization.id).in_(ids[start : start + CHUNK]))
        found |= {row.id: row.term_ends_on for row in work.exec(some) if row.term_ends_on is not None}
    return found


def cards_of_post_holders(work: Work, organization_id: UUID, most: int) -> Sequence[Card]:
    """The living cards of the members of an organisation who hold a post in the Party, so many at the most."""
    query = (
        select(Card)
        .join(Member, col(Member.id) == col(Card.member_id))
        .where(
            col(Member.organization_id) == organization_id,
            col(Member.party_post).is_not(None),
            col(Card.state).in_(LIVING),
        )
        .order_by(col(Card.id))
        .limit(most)
    )
    return work.exec(locking(work, query, Card)).all()


def plate_of_member(work: Work, member_id: UUID, plate_id: UUID) -> Plate | None:
    """A plate of any card of a member, locked."""
    own = select(Card.id).where(col(Card.member_id) == member_id)
    query = select(Plate).where(col(Plate.id) == plate_id, col(Plate.card_id).in_(own))
    return work.exec(locking(work, query, Plate)).first()


def lost_cards(work: Work, access: Access) -> Any:
    """The cards within reach that have been reported lost, of those about whom the caller may act, and that nobody has resumed,
    replaced or ended since."""
    return access.select(work, Card).where(LOST, may_act_about(work, access, col(Card.member_id)))


def lost_plates(work: Work, access: Access) -> Any:
    """The plates within reach, of living cards, that their holders have reported lost, and that nobody has replaced since, of those
    about whom the caller may act."""
    plates = access.select(work, Plate).join(Card, col(Card.id) == col(Plate.card_id))
    plates = plates.where(may_act_about(work, access, col(Card.member_id)))
    return plates.where(col(Plate.lost_reported_at).is_not(None), col(Card.state).in_(LIVING))


def expiring_cards(work: Work, access: Access, until: date) -> Any:
    """The cards within reach that are valid, and no longer so after that day, of those about whom the caller may act."""
    cards = access.select(work, Card).where(INDEXED_LIVING, col(Card.state) == CardState.valid, col(Card.expires_on) <= until)
    return cards.where(may_act_about(work, access, col(Card.member_id)))


def with_holder(rows: Any) -> Any:
    """The same cards, or plates with their cards, each with the holder's name."""
    return rows.join(Member, col(Member.id) == col(Card.member_id)).add_columns(col(Member.full_name))


def scans(work: Work, member_id: UUID, since: datetime, until: datetime) -> list[tuple[datetime, ScanOutcome, int]]:
    """How often a member's cards were checked together, in the hours that begin in a span, by hour and outcome."""
    own = select(Card.id).where(col(Card.member_id) == member_id)
    by = col(ScanCount.hour), col(ScanCount.outcome)
    query = select(*by, func.sum(col(ScanCount.count))).where(col(ScanCount.card_id).in_(own)).group_by(*by).order_by(*by)
    return list(work.exec(query.where(one_of_the_hours(work, col(ScanCount.hour), since, until))).all())


def count_with_card(work: Work, span: Span) -> Own:
    """By organisation: its members who have a valid card of it, and all of them."""
    holders: Any = select(Member).outerjoin(Card, _own_and_valid(span)).where(col(Member.status) != MemberStatus.left)
    return own_counts(holders, col(Member.organization_id), func.count(col(Card.id)), func.count())


def count_with_plate(work: Work, span: Span) -> Own:
    """By organisation: its members with a valid card of it and a plate of that card that is not withdrawn, and all with such a
    card."""
    holders: Any = select(Member).join(Card, _own_and_valid(span)).where(col(Member.status) != MemberStatus.left)
    plate = select(Plate.id).where(col(Plate.card_id) == col(Card.id), col(Plate.withdrawn_at).is_(None)).exists()
    return own_counts(holders, col(Member.organization_id), how_many(plate), func.count())


def _own_and_valid(span: Span) -> Any:
    """The condition that a card is the member's, of the organisation where he is, and valid on the day."""
    is_own = and_(col(Card.member_id) == col(Member.id), col(Card.organization_id) == col(Member.organization_id))
    # That it is living says nothing more, but is the index by which a member's one such card is found.
    return and_(is_own, INDEXED_LIVING, col(Card.state) == CardState.valid, col(Card.expires_on) >= span.on)
