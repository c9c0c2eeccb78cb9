from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import and_, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.about import is_own, may_act_about
from api.access.permissions import BRANCHES, Permission
from api.access.scope import Access
from api.database import Work
from models.appeal import OPEN, Appeal
from models.member import Member
from models.organization import Organization
from models.score import ScoreEntry
from models.score_enums import AppealState


def to_hear(work: Work, access: Access) -> SelectOfScalar[Appeal]:
    """The appeals that the caller hears, decided or not: those of members below him, about what he has not entered himself, where
    he writes scores in the organisation above the branch. What has no branch stands for itself."""
    place: Any = aliased(Organization)
    is_branch, reach = place.kind.in_(BRANCHES), access.using(Permission.score_write).reach(work)
    above = or_(and_(is_branch, reach.covers(place.parent_id)), and_(~is_branch, reach.covers(place.id)))
    return (
        select(Appeal)
        .join(ScoreEntry, col(ScoreEntry.id) == col(Appeal.entry_id))
        .join(place, place.id == col(Appeal.organization_id))
        # Both ways within what is reached: so a branch's are found by itself, and not among those of all organisations.
        .where(reach.covers(col(Appeal.organization_id)), above)
        .where(may_act_about(work, access, col(ScoreEntry.member_id), judging=Permission.score_write))
        .where(~is_own(work, access, col(ScoreEntry.entered_by)))
    )


def waiting(work: Work, access: Access) -> Any:
    """Those of them that are open, each with whose score it is about."""
    query = to_hear(work, access).join(Member, col(Member.id) == col(ScoreEntry.member_id))
    return query.where(OPEN).add_columns(col(Member.full_name), col(ScoreEntry.section))


def listed(appeals: SelectOfScalar[Appeal], state: AppealState | None) -> SelectOfScalar[Appeal]:
    """Narrow such a select; what is None narrows nothing. The newest first."""
    if state is not None:
        appeals = appeals.where(col(Appeal.state) == state)
    return appeals.order_by(col(Appeal.id).desc())


def has_appeal(work: Work, entry_id: UUID) -> bool:
    return work.exec(select(Appeal.id).where(col(Appeal.entry_id) == entry_id)).first() is not None


def subjects(work: Work, entry_ids: Collection[UUID]) -> Mapping[UUID, tuple[ScoreEntry, Member]]:
    """Entries with whose they are, by their keys."""
    query = select(ScoreEntry, Member).join(Member, col(Member.id) == col(ScoreEntry.member_id))
    return {entry.id: (entry, member) for entry, member in work.exec(query.where(col(ScoreEntry.id).in_(entry_ids))).all()}
