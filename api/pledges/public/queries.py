from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import and_, case, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.names import name_display
from api.database import Work
from api.pledges.figures.queries import counted
from api.pledges.public.rules import Standing
from api.pledges.queries import for_strangers
from api.pledges.rules import SEEN
from models.card import Card
from models.enums import CardState, EvaluationSource, Grade, NameDisplay, OrganizationKind, PledgeState, PledgeVisibility
from models.evaluation import Evaluation
from models.member import Member
from models.organization import Organization
from models.pledge import Pledge
from models.pledge_progress import PledgeProgress
from models.pledge_text import PledgeText
from models.publication import Publication

Pledges = SelectOfScalar[Pledge]


def card(work: Work, card_id: UUID) -> Card:
    return work.get_one(Card, card_id)


def public(today: date) -> Pledges:
    """The pledges that strangers see: organisations' own, and those of members whose card is valid today."""
    return _public(today).where(col(Pledge.state).in_(SEEN))


def taken_off(work: Work, branch_id: UUID, year: int) -> int:
    """How many such pledges were withdrawn after they were published."""
    gone = _public(work.today).where(col(Pledge.state) == PledgeState.withdrawn, col(Pledge.published_at).is_not(None))
    return work.exec(select(func.count()).select_from(of_year(gone, branch_id, year).subquery())).one()


def of_year(pledges: Pledges, branch_id: UUID, year: int) -> Pledges:
    return pledges.where(_of_branch(branch_id), col(Pledge.year) == year)


def _of_branch(branch_id: UUID) -> Any:
    """The condition that a pledge is of a branch or of a group in it."""
    is_group = and_(col(Organization.parent_id) == branch_id, col(Organization.kind) == OrganizationKind.group)
    return col(Pledge.organization_id).in_(select(Organization.id).where(or_(col(Organization.id) == branch_id, is_group)))


def named(pledges: Pledges, pledge_id: UUID, branch_id: UUID, member_id: UUID | None) -> Pledges:
    """One pledge, where it is of this branch or of this member."""
    is_theirs = _of_branch(branch_id)
    if member_id is not None:
        is_theirs = or_(is_theirs, col(Pledge.member_id) == member_id)
    return pledges.where(col(Pledge.id) == pledge_id, is_theirs)


def first_of(work: Work, pledges: Pledges, most: int) -> Sequence[Pledge]:
    """Pledges, `most` at the most: of more the organisations' own first, and those that were there first."""
    return work.exec(pledges.order_by(col(Pledge.member_id).is_not(None), col(Pledge.id)).limit(most)).all()


def standings(work: Work, pledges: Pledges) -> list[Standing]:
    """How many pledges stand how."""
    has_reason = case((col(Pledge.outcome_reason).is_not(None), 1), else_=0)
    is_late = and_(col(Pledge.state) == PledgeState.published, col(Pledge.claim_outcome).is_(None), col(Pledge.due_on) < work.today)
    what: Any = [col(Pledge.state), has_reason, case((is_late, 1), else_=0)]
    rows = work.execute(pledges.with_only_columns(*what, func.count()).group_by(*what))
    return [Standing(PledgeState(state), bool(reason), bool(late), number) for state, reason, late, number in rows]


def names(work: Work, member_ids: Collection[UUID]) -> dict[UUID, tuple[str, NameDisplay]]:
    """The names of members, each with how strangers read it."""
    query: Any = select(Member.id, Member.full_name, name_display())
    query = query.join(Organization, col(Organization.id) == col(Member.organization_id)).where(col(Member.id).in_(member_ids))
    return {key: (name, NameDisplay(policy)) for key, name, policy in work.exec(query).all()}


def grades(work: Work, branch_id: UUID, year: int) -> dict[Grade, int]:
    """How often residents gave each grade that counts to the pledges of a branch and a year that strangers see."""
    keys = of_year(public(work.today), branch_id, year).with_only_columns(col(Pledge.id))
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


def progress(work: Work, pledge_id: UUID, most: int) -> Sequence[PledgeProgress]:
    """What strangers read of what was done for a pledge, the latest first, `most` at the most."""
    query = select(PledgeProgress).where(col(PledgeProgress.pledge_id) == pledge_id, for_strangers())
    return work.exec(query.order_by(col(PledgeProgress.happened_on).desc(), col(PledgeProgress.id).desc()).limit(most)).all()


def one_progress(work: Work, pledge_id: UUID, progress_id: UUID) -> PledgeProgress | None:
    """One such thing."""
    query = select(PledgeProgress).where(col(PledgeProgress.pledge_id) == pledge_id, for_strangers())
    return work.exec(query.where(col(PledgeProgress.id) == progress_id)).first()


def texts(work: Work, pledge_id: UUID, most: int) -> Sequence[PledgeText]:
    """The texts of a pledge that were public, in their order; of more than `most` the newest."""
    query = select(PledgeText).where(col(PledgeText.pledge_id) == pledge_id, col(PledgeText.published_at).is_not(None))
    query = query.where(col(PledgeText.visibility) == PledgeVisibility.public)
    return work.exec(query.order_by(col(PledgeText.no).desc()).limit(most)).all()[::-1]


def _public(today: date) -> Pledges:
    valid = select(Card.id).where(
        col(Card.member_id) == col(Pledge.member_id), col(Card.state) == CardState.valid, col(Card.expires_on) >= today
    )
    return select(Pledge).where(
        col(Pledge.visibility) == PledgeVisibility.public, or_(col(Pledge.member_id).is_(None), valid.exists())
    )
