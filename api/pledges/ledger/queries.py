from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlmodel import col, func, select

from api.access.scope import below
from api.database import Work
from api.pledges.figures.queries import counted
from models.enums import EvaluationSource, Grade, PledgeState
from models.evaluation import Evaluation
from models.member import Member
from models.organization import Organization
from models.pledge import Pledge
from models.pledge_progress import PledgeProgress


class Entry(NamedTuple):
    """A pledge of the ledger, by its key, with whose it is; `member_name` is None for an organisation's own."""

    pledge_id: UUID
    organization_name: str
    member_name: str | None


def entries(work: Work, top: Organization, year: int) -> list[Entry]:
    """The pledges of a year, of an organisation and everything below it, that were ever submitted: by organisation, its own first,
    and then by the names of its members."""
    query = (
        select(Pledge.id, Organization.name, Member.full_name)
        .join(Organization, col(Organization.id) == col(Pledge.organization_id))
        .join(Member, col(Member.id) == col(Pledge.member_id), isouter=True)
        # By their keys: joined by its path, SQLite would read the pledges of the whole district.
        .where(col(Pledge.organization_id).in_(below(top)), col(Pledge.year) == year, col(Pledge.state) != PledgeState.draft)
    )
    own_first = col(Pledge.member_id).is_not(None)
    query = query.order_by(col(Organization.path), own_first, col(Member.full_name), col(Member.id), col(Pledge.id))
    return [Entry(*row) for row in work.exec(query).all()]


def pledges(work: Work, keys: Sequence[UUID]) -> dict[UUID, Pledge]:
    return {one.id: one for one in work.exec(select(Pledge).where(col(Pledge.id).in_(keys))).all()}


def last_progress(work: Work, keys: Sequence[UUID]) -> dict[UUID, PledgeProgress]:
    """What was told last of each of some pledges, and not withdrawn."""
    query = select(PledgeProgress).where(col(PledgeProgress.pledge_id).in_(keys), col(PledgeProgress.withdrawn_reason).is_(None))
    query = query.order_by(col(PledgeProgress.happened_on), col(PledgeProgress.id))
    return {one.pledge_id: one for one in work.exec(query).all()}


def grades(work: Work, keys: Sequence[UUID], source: EvaluationSource) -> dict[UUID, dict[Grade, int]]:
    """How often each grade that counts was given by one source, by pledge."""
    query = select(Evaluation.pledge_id, Evaluation.grade, func.count()).where(
        col(Evaluation.pledge_id).in_(keys), col(Evaluation.source) == source, counted(work.at)
    )
    found: dict[UUID, dict[Grade, int]] = {}
    query = query.group_by(col(Evaluation.pledge_id), col(Evaluation.grade))
    for pledge_id, grade, number in work.exec(query).all():
        found.setdefault(pledge_id, {})[Grade(grade)] = number
    return found


def evaluations(work: Work, keys: Sequence[UUID], source: EvaluationSource) -> dict[UUID, list[Evaluation]]:
    """What one source says of some pledges, by pledge, in the order of the periods."""
    query = select(Evaluation).where(col(Evaluation.pledge_id).in_(keys), col(Evaluation.source) == source)
    found: dict[UUID, list[Evaluation]] = {}
    for one in work.exec(query.order_by(col(Evaluation.period), col(Evaluation.id))).all():
        found.setdefault(one.pledge_id, []).append(one)
    return found
