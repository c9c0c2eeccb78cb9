"""What is recorded of a leaving, and by whom: what was from above the branch is undone from there, by whichever door."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from api.access.permissions import Permission
from api.access.rules import ForTheLevelAbove
from api.access.scope import Access
from api.database import Work
from api.errors import Text
from api.members import queries, rules
from api.members.rules import RECORDED_ABOVE
from api.organizations.above import Deed, is_from_above, kept_above
from api.organizations.service import branch_or_itself
from models.enums import LeavingKind
from models.member import Member


def is_told(work: Work, access: Access, member: Member, kind: LeavingKind, left_on: date | None, reason: str) -> bool:
    """Whether just this is recorded of one who has left; not if the branch has recorded it, and it now comes from above."""
    if (kind, reason) != (member.left_kind, member.left_reason) or left_on not in (None, member.left_on):
        return False
    home = branch_or_itself(work, member.organization_id).id
    recorded = (Deed(home, by, at) for _, by, at in queries.last_leavings(work, [member.id]) if by)
    if any(is_from_above(work, access, deed) for deed in recorded):
        return True
    return not is_from_above(work, access, Deed(home, access.account_id, work.at))


def check_undone(work: Work, access: Access, member: Member, said: Text = RECORDED_ABOVE) -> None:
    """Whether a caller may take back how somebody has left, or record it otherwise. Raises `ForTheLevelAbove`, saying what is
    `said`."""
    if recorded_above(work, access, {member.id: branch_or_itself(work, member.organization_id).id}):
        raise ForTheLevelAbove(instead=said)


def recorded_above(work: Work, access: Access, homes: Mapping[UUID, UUID]) -> set[UUID]:
    """Those of some who have left, each with his branch, whose leaving is not a caller's to take back. As few statements for many
    as for one."""
    left = queries.last_leavings(work, homes.keys())
    deeds = {key: Deed(homes[key], by, at) for key, by, at in left if by not in (None, access.account_id)}
    above = kept_above(work, access.using(Permission.member_write), set(deeds.values()))
    return {key for key, deed in deeds.items() if deed in above}


def check_room(work: Work, access: Access, member: Member) -> None:
    """Whether a caller may record once more how somebody has left, who is held. Others, the level above for one, have as many of
    their own. Raises `TooManyLeavings`."""
    if queries.count_leavings(work, member.id, access.account_id, rules.MOST_LEAVINGS) >= rules.MOST_LEAVINGS:
        raise rules.TooManyLeavings
