"""What is recorded of a leaving, and by whom: what was from above the branch is undone from there, by whichever door."""

from datetime import date

from api.access.permissions import Permission
from api.access.scope import Access
from api.database import Work
from api.errors import Text
from api.members import life, queries, rules
from api.members.rules import RECORDED_ABOVE
from api.organizations.above import check_taken_back, is_from_above
from api.organizations.service import branch_or_itself
from models.enums import LeavingKind
from models.member import Member


def is_told(work: Work, access: Access, member: Member, kind: LeavingKind, left_on: date | None, reason: str) -> bool:
    """Whether just this is recorded of one who has left; not if the branch has recorded it, and it now comes from above."""
    if (kind, reason) != (member.left_kind, member.left_reason) or left_on not in (None, member.left_on):
        return False
    branch = branch_or_itself(work, member.organization_id)
    standing = life.last_leaving(work, member)
    if standing and standing.recorded_by and is_from_above(work, access, branch, by=standing.recorded_by, at=standing.created_at):
        return True
    return not is_from_above(work, access, branch, by=access.account_id, at=work.at)


def check_undone(work: Work, access: Access, member: Member, said: Text = RECORDED_ABOVE) -> None:
    """Whether a caller may take back how somebody has left, or record it otherwise. Raises `ForTheLevelAbove`, saying what is
    `said`."""
    standing = life.last_leaving(work, member)
    if standing and standing.recorded_by and standing.recorded_by != access.account_id:
        writing = access.using(Permission.member_write)
        by, at = standing.recorded_by, standing.created_at
        check_taken_back(work, writing, member.organization_id, by=by, at=at, said=said)


def check_room(work: Work, access: Access, member: Member) -> None:
    """Whether a caller may record once more how somebody has left, who is held. Others, the level above for one, have as many of
    their own. Raises `TooManyLeavings`."""
    if queries.count_leavings(work, member.id, access.account_id, rules.MOST_LEAVINGS) >= rules.MOST_LEAVINGS:
        raise rules.TooManyLeavings
