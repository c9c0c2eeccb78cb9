from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.database import Work
from api.pledges.figures.queries import counted
from api.pledges.queries import for_strangers
from api.pledges.rules import SEEN
from models.card import Card
from models.enums import CardState, EvaluationSource, Grade, PledgeState, PledgeVisibility
from models.evaluation import Evaluation
from models.member import Member
from models.pledge import Pledge
from models.pledge_progress import PledgeProgress
from models.publication import Publication

Pledges = SelectOfScalar[Pledge]


def card(work: Work, card_id: UUID) -> Card:
    return work.get_one(Card, card_id)


def public(today: date) -> Pledges:
    """The pledges that strangers see: organisations' own, and those of members whose card is valid today."""
    return _public(today).where(col(Pledge.state).in_(SEEN))


def taken_off(work: Work, organization_ids: Collection[UUID], year: int) -> int:
    """How many such pledges were withdrawn after they were published."""
    gone = _public(work.today).where(col(Pledge.state) == PledgeState.withdrawn, col(Pledge.published_at).is_not(None))
    return work.exec(select(func.count()).select_from(of_year(gone, organization_ids, year).subquery())).one()


def of_year(pledges: Pledges, organization_ids: Collection[UUID], year: int) -> Pledges:
    return pledges.where(col(Pledge.organization_id).in_(organization_ids), col(Pledge.year) == year)


def named(pledges: Pledges, pledge_id: UUID, organization_ids: Collection[UUID], member_id: UUID | None) -> Pledges:
    """One pledge, where it is of one of these organisations or of this member."""
    is_theirs: Any = col(Pledge.organization_id).in_(organization_ids)
    if member_id is not None:
        is_theirs = or_(is_theirs, col(Pledge.member_id) == member_id)
    return pledges.where(col(Pledge.id) == pledge_id, is_theirs)


def all_of(work: Work, pledges: Pledges) -> Sequence[Pledge]:
    return work.exec(pledges).all()


def names(work: Work, member_ids: Collection[UUID]) -> dict[UUID, str]:
    return dict(work.exec(select(Member.id, Member.full_name).where(col(Member.id).in_(member_ids))).all())


def grades(work: Work, organization_ids: Collection[UUID], year: int) -> dict[Grade, int]:
    """How often residents gave each grade that counts to the pledges of these organisations and a year that strangers see."""
    keys = of_year(public(work.today), organization_ids, year).with_only_columns(col(Pledge.id))
    query = select(Evaluation.grade, func.count()).where(
        col(Evaluation.pledge_id).in_(keys),
        col(Evaluation.source) == EvaluationSource.masses,
        counted(work.at),
    )
    return {Grade(grade): number for grade, number in work.exec(query.group_by(col(Evaluation.grade))).all()}


def publications(work: Work, organization_id: UUID, year: int) -> Sequence[Publication]:
    query = select(Publication).where(
        col(Publication.organization_id) == organization_id, col(Publication.quarter).startswith(f"{year}-")
    )
    return work.exec(query.order_by(col(Publication.quarter))).all()


def progress(work: Work, pledge_id: UUID) -> Sequence[PledgeProgress]:
    """What strangers read of what was done for a pledge, the latest first."""
    query = select(PledgeProgress).where(col(PledgeProgress.pledge_id) == pledge_id, for_strangers())
    return work.exec(query.order_by(col(PledgeProgress.happened_on).desc(), col(PledgeProgress.id).desc())).all()


def _public(today: date) -> Pledges:
    valid = select(Card.id).where(
        col(Card.member_id) == col(Pledge.member_id), col(Card.state) == CardState.valid, col(Card.expires_on) >= today
    )
    return select(Pledge).where(
        col(Pledge.visibility) == PledgeVisibility.public, or_(col(Pledge.member_id).is_(None), valid.exists())
    )
