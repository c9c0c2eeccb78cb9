"""What is recorded of a leaving, and by whom: what was from above the branch is undone from there, by whichever door."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access
from api.database import Work
from api.errors import FieldFault, Text
from api.members import life, queries
from api.members.record import may_be
from api.members.rules import ENTERED_ABOVE, ENTERED_ANEW, OUT, RECORDED_ABOVE, HasLeft
from api.organizations.above import check_taken_back, is_from_above
from api.organizations.service import branch_or_itself
from models.enums import LeavingKind, OrganizationKind
from models.member import Member
from models.organization import Organization


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


def check_anew(work: Work, access: Access, organization: Organization, values: Mapping[str, Any], digest: str | None) -> None:
    """Whether somebody may be entered anew in an organisation. Raises `HasLeft` where he has left its branch, and as
    `check_called`; `digest` is that of his identity number."""
    called = _left_called(work, access, values["full_name"])
    if (gone := who_has_left(called, organization, values, digest)) is not None:
        raise HasLeft(faults=(FieldFault("body.full_name", HasLeft.code(), ENTERED_ANEW),), members={"member_id": str(gone.id)})
    check_out(work, access, called)


def check_called(work: Work, access: Access, name: str) -> None:
    """Whether somebody may be given a name. Raises `ForTheLevelAbove` where one of that name is out, as was recorded from above his
    branch: else he would be entered anew with another day, or in another's record."""
    check_out(work, access, _left_called(work, access, name))


def check_out(work: Work, access: Access, called: Collection[tuple[Member, UUID]]) -> None:
    """The same of those who have left and are called so."""
    for one, _ in called:
        if one.left_kind in OUT:
            check_undone(work, access, one, ENTERED_ABOVE)


def who_has_left(
    called: Collection[tuple[Member, UUID]], organization: Organization, stated: Mapping[str, Any] | object, digest: str | None
) -> Member | None:
    """Who of those called so has left the branch of an organisation and may be the one of whom this is stated."""
    home = organization.parent_id if organization.kind is OrganizationKind.group else organization.id
    return next((one for one, branch in called if branch == home and may_be(stated, one, digest)), None)


def _left_called(work: Work, access: Access, name: str) -> Collection[tuple[Member, UUID]]:
    return queries.left_called(work, access, {name}).get(name, [])
