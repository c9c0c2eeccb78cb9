from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.about import holds_permission, is_oneself, may_act_about
from api.access.permissions import Permission
from api.access.scope import Access, Lock, locking
from api.complaints.rules import About
from api.database import Work
from api.figures import Own, Span, how_many, own_counts
from models.card import Card, Plate
from models.complaint import DECIDED, Complaint
from models.enums import ComplaintState
from models.member import Member
from models.profile import Profile
from models.venue import Venue

Complaints = SelectOfScalar[Complaint]


class Subject(NamedTuple):
    """Whose card a complaint is about."""

    member_id: UUID
    member_name: str


def seen(work: Work, access: Access) -> Complaints:
    """The complaints within reach, but for those about the caller himself."""
    return about_others(access, access.select(work, Complaint))


def listed(
    work: Work, access: Access, *, organization_id: UUID | None, state: ComplaintState | None, receipt_no: str | None
) -> Complaints:
    """The complaints within reach, narrowed; what is None narrows nothing. One that is counted with another is found by its receipt
    alone. Raises `NotFound` for an organisation that does not lie within reach."""
    found = access.listed(work, Complaint, organization_id=organization_id, state=state, receipt_no=receipt_no)
    if receipt_no is None:
        found = found.where(col(Complaint.counted_with).is_(None))
        is_decided = state is not None and state is not ComplaintState.open
        if is_decided and access.reach_below(work, organization_id).is_whole_district:
            # Elsewhere SQLite would look through those of the whole district rather than begin with the organisations.
            found = found.where(DECIDED)
    return about_others(access, found)


def about_others(access: Access, found: Complaints) -> Complaints:
    """Leave out the complaints about cards of the caller or of one whose other hand he may be: of these he does not learn that
    they are there."""
    own = select(Card.id).where(is_oneself(access, col(Card.member_id)))
    return found.where(or_(col(Complaint.card_id).is_(None), col(Complaint.card_id).not_in(own)))


def one(work: Work, complaints: Complaints, complaint_id: UUID, lock: Lock = Lock.for_change) -> Complaint | None:
    """One of these complaints, locked where the work writes."""
    query: Any = complaints.where(col(Complaint.id) == complaint_id)
    complaint: Complaint | None = work.exec(locking(work, query, Complaint, lock=lock)).first()
    return complaint


def sent(work: Work, digest: str) -> Complaint | None:
    return work.exec(select(Complaint).where(col(Complaint.sent_digest) == digest)).first()


def with_receipt(work: Work, receipt_no: str) -> Complaint | None:
    return work.exec(select(Complaint).where(col(Complaint.receipt_no) == receipt_no)).first()


def count_of_network(work: Work, network_digest: str) -> int:
    return work.exec(select(func.count()).where(col(Complaint.network_digest) == network_digest)).one()


def count_about(work: Work, about: About, since: datetime) -> int:
    """How many complaints have come since a moment about one card or venue, or about neither."""
    return work.exec(select(func.count()).where(*_about(about), col(Complaint.created_at) >= since)).one()


def standing_for_others(work: Work, about: About, since: datetime) -> UUID | None:
    """The open complaint about a card or a venue, or about neither, of those since a moment that further ones are counted with: the
    last one that was taken in whole."""
    query = select(Complaint.id).where(
        *_about(about),
        col(Complaint.created_at) >= since,
        col(Complaint.counted_with).is_(None),
        col(Complaint.state) == ComplaintState.open,
    )
    return work.exec(query.order_by(col(Complaint.created_at).desc(), col(Complaint.id).desc()).limit(1)).first()


def _about(about: About) -> tuple[Any, Any]:
    return col(Complaint.card_id) == about.card_id, col(Complaint.venue_id) == about.venue_id


def counted_with(work: Work, complaint_id: UUID) -> Sequence[Complaint]:
    """The open complaints that another one stands for."""
    query = select(Complaint).where(col(Complaint.counted_with) == complaint_id, col(Complaint.state) == ComplaintState.open)
    return work.exec(locking(work, query.order_by(col(Complaint.id)), Complaint)).all()


def counts_with(work: Work, complaint_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many further complaints each of these stands for, if for any."""
    key = col(Complaint.counted_with)
    query = select(key, func.count()).where(key.in_(complaint_ids)).group_by(key)
    return {UUID(str(one)): count for one, count in work.exec(query).all()}


def holds_post(work: Work, card_id: UUID) -> bool:
    """Whether strangers are told of a post that the holder of a card has."""
    query = select(Profile.member_id).join(Card, col(Card.member_id) == col(Profile.member_id))
    return work.exec(query.where(col(Card.id) == card_id, col(Profile.posts).is_not(None))).first() is not None


def plate_id(work: Work, code: str) -> UUID | None:
    return work.exec(select(Plate.id).where(col(Plate.code) == code)).first()


def subject_of(work: Work, complaint: Complaint) -> UUID | None:
    """The member whose card a complaint is about, if it is about any."""
    return work.exec(select(Card.member_id).where(col(Card.id) == complaint.card_id)).first()


def subjects(work: Work, card_ids: Collection[UUID | None]) -> dict[UUID | None, Subject]:
    """Whose these cards are, by card."""
    query = select(Card.id, Member.id, Member.full_name).join(Member, col(Member.id) == col(Card.member_id))
    found = work.exec(query.where(col(Card.id).in_({key for key in card_ids if key is not None}))).all()
    return {card_id: Subject(member_id, name) for card_id, member_id, name in found}


def venue_names(work: Work, venue_ids: Collection[UUID | None]) -> dict[UUID | None, str]:
    """What these venues are called."""
    wanted = {key for key in venue_ids if key is not None}
    return {key: name for key, name in work.exec(select(Venue.id, Venue.name).where(col(Venue.id).in_(wanted)))}


def waiting(work: Work, access: Access) -> Any:
    """The open complaints that the caller may decide, with the name of the card's holder or of the venue where there is one, and of
    how many further ones each stands for."""
    further = aliased(Complaint)
    counted = select(func.count()).where(col(further.counted_with) == col(Complaint.id)).scalar_subquery()
    found: Any = access.select(work, Complaint).where(
        col(Complaint.state) == ComplaintState.open, col(Complaint.counted_with).is_(None)
    )
    found = found.outerjoin(Card, col(Card.id) == col(Complaint.card_id)).outerjoin(Member, col(Member.id) == col(Card.member_id))
    found = found.outerjoin(Venue, col(Venue.id) == col(Complaint.venue_id))
    may_decide = or_(col(Complaint.card_id).is_(None), may_act_about(work, access, col(Card.member_id)))
    return found.where(may_decide).add_columns(col(Member.full_name), col(Venue.name), counted)


def count_closed(work: Work, span: Span) -> Own:
    """By organisation: the complaints that came in a span and are decided, and all that came in it.

    As long as the period is open those about whoever reads boards are left out: by the difference from those that are told to him
    he would learn that he was reported, before it was looked into.
    """
    came: Any = select(Complaint).where(col(Complaint.created_at) >= span.begin, col(Complaint.created_at) < span.end)
    if not span.is_final:
        reads_boards = holds_permission(col(Card.member_id), Permission.board_read, span.on)
        came = came.where(~select(Card.id).where(col(Card.id) == col(Complaint.card_id), reads_boards).exists())
    return own_counts(came, col(Complaint.organization_id), how_many(col(Complaint.state) != ComplaintState.open), func.count())
