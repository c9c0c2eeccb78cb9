from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import and_, case, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.scope import Lock, locking, within
from api.database import Work
from api.performance.scores.rules import Counted, Pledged
from api.pledges.rules import SEEN
from models.account import Account
from models.appeal import Appeal
from models.enums import MemberStatus, OrganizationKind, PledgeKind, PledgeOutcome
from models.member import Member
from models.organization import Organization
from models.pledge import Pledge
from models.score import ScoreEntry, ScoreYear
from models.score_enums import ScoreScheme, ScoreSection


def years(work: Work) -> Mapping[int, ScoreScheme]:
    """The schemes of the years that have one of their own, the newest first."""
    rows = work.exec(select(ScoreYear).order_by(col(ScoreYear.year).desc())).all()
    return {row.year: row.scheme for row in rows}


def year(work: Work, number: int, lock: Lock = Lock.none) -> ScoreYear | None:
    return work.exec(locking(work, select(ScoreYear).where(col(ScoreYear.year) == number), ScoreYear, lock=lock)).first()


def has_entries(work: Work, number: int) -> bool:
    return work.exec(select(ScoreEntry.id).where(col(ScoreEntry.year) == number).limit(1)).first() is not None


def entry(work: Work, entry_id: UUID) -> ScoreEntry | None:
    return work.exec(select(ScoreEntry).where(col(ScoreEntry.id) == entry_id)).first()


def reversed_among(work: Work, entry_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of some entries that another one reverses."""
    query = select(ScoreEntry.reverses_id).where(col(ScoreEntry.reverses_id).in_(entry_ids))
    return frozenset(key for key in work.exec(query).all() if key is not None)


def is_reversed(work: Work, entry_id: UUID) -> bool:
    return bool(reversed_among(work, [entry_id]))


def entries(work: Work, member_id: UUID, number: int) -> Sequence[ScoreEntry]:
    """A member's entries of a year, the newest first."""
    query = select(ScoreEntry).where(col(ScoreEntry.member_id) == member_id, col(ScoreEntry.year) == number)
    return work.exec(query.order_by(col(ScoreEntry.id).desc())).all()


def count_entries(work: Work, member_id: UUID, number: int) -> int:
    """How many entries a member has of a year, those that reverse others among them."""
    query = select(func.count()).where(col(ScoreEntry.member_id) == member_id, col(ScoreEntry.year) == number)
    return work.exec(query).one()


def held_entries(work: Work, member_id: UUID) -> Sequence[ScoreEntry]:
    """A member's entries of all years, held."""
    query = select(ScoreEntry).where(col(ScoreEntry.member_id) == member_id).order_by(col(ScoreEntry.id))
    return work.exec(locking(work, query, ScoreEntry)).all()


def held_appeals(work: Work, entry_ids: Collection[UUID]) -> Sequence[Appeal]:
    """The appeals against some entries, held."""
    query = select(Appeal).where(col(Appeal.entry_id).in_(entry_ids)).order_by(col(Appeal.id))
    return work.exec(locking(work, query, Appeal)).all()


def appeals(work: Work, entry_ids: Collection[UUID]) -> Mapping[UUID, Appeal]:
    """The appeals against some entries, by entry."""
    return {one.entry_id: one for one in work.exec(select(Appeal).where(col(Appeal.entry_id).in_(entry_ids))).all()}


def appeal(work: Work, appeal_id: UUID) -> Appeal | None:
    return work.exec(select(Appeal).where(col(Appeal.id) == appeal_id)).first()


def counted(work: Work, member_ids: Collection[UUID], number: int) -> Mapping[UUID, Counted]:
    """What the living entries of some members come to in a year; of those who have any."""
    reversal = aliased(ScoreEntry)
    lives = ~select(reversal.id).where(reversal.reverses_id == col(ScoreEntry.id)).exists()
    query: Any = select(ScoreEntry.member_id, ScoreEntry.section, func.sum(col(ScoreEntry.half_points)), func.count())
    query = query.where(col(ScoreEntry.member_id).in_(member_ids), col(ScoreEntry.year) == number)
    # Not as IS NULL: SQLite would take the index that tells of each entry what it reverses, for which almost all are alike.
    is_reversal = func.coalesce(col(ScoreEntry.reverses_id), col(ScoreEntry.id)) != col(ScoreEntry.id)
    query = query.where(~is_reversal, lives)
    found: dict[UUID, dict[ScoreSection, tuple[int, int]]] = {}
    for member_id, section, half_points, number_of in work.execute(query.group_by(ScoreEntry.member_id, ScoreEntry.section)).all():
        found.setdefault(member_id, {})[ScoreSection(section)] = int(half_points), int(number_of)
    return {
        key: Counted(
            base=of.get(ScoreSection.base, (0, 0))[0],
            bonus=of.get(ScoreSection.bonus, (0, 0))[0],
            deduction=of.get(ScoreSection.deduction, (0, 0))[0],
            vetoes=of.get(ScoreSection.veto, (0, 0))[1],
        )
        for key, of in found.items()
    }


def pledged(work: Work, members: Collection[Member], number: int) -> Mapping[UUID, Pledged]:
    """What some members have made of their annual pledges of a year, as it stands now."""
    outcome = col(Pledge.outcome)
    query: Any = select(Pledge.member_id).where(
        col(Pledge.member_id).in_({one.id for one in members}),
        col(Pledge.year) == number,
        col(Pledge.kind) == PledgeKind.annual,
        col(Pledge.state).in_(SEEN),
    )
    query = query.add_columns(
        func.count(),
        func.sum(case((outcome == PledgeOutcome.exempted, 1), else_=0)),
        func.sum(case((outcome == PledgeOutcome.fulfilled, 1), else_=0)),
    )
    found = {key: (int(a), int(b), int(c)) for key, a, b, c in work.execute(query.group_by(Pledge.member_id)).all()}
    told = {}
    for one in members:
        published, exempted, fulfilled = found.get(one.id, (0, 0, 0))
        told[one.id] = Pledged(published - exempted, fulfilled, exempted, is_voluntary=one.pledges_voluntary)
    return told


def members_of(organization: Organization, *, with_below: bool) -> SelectOfScalar[Member]:
    """The members of an organisation and its groups who have not left, or of everything below it, by name."""
    is_group = and_(col(Organization.parent_id) == organization.id, col(Organization.kind) == OrganizationKind.group)
    where = within(organization) if with_below else or_(col(Organization.id) == organization.id, is_group)
    query = select(Member).where(col(Member.organization_id).in_(select(Organization.id).where(where)))
    return query.where(col(Member.status) != MemberStatus.left).order_by(col(Member.full_name), col(Member.id))


def members(work: Work, member_ids: Collection[UUID]) -> Sequence[Member]:
    return work.exec(select(Member).where(col(Member.id).in_(member_ids))).all()


def account_of(work: Work, member_id: UUID) -> UUID | None:
    return work.exec(select(Account.id).where(col(Account.member_id) == member_id)).first()
