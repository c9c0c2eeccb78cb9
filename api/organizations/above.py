"""What was done from above a branch is taken back from there."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from api.access.permissions import BRANCHES, roles_with
from api.access.rules import ForTheLevelAbove
from api.access.scope import Access, Reach
from api.database import Work
from api.days import day_of
from api.errors import Text
from api.organizations import queries
from api.organizations.queries import Office
from api.organizations.service import branch_or_itself
from models.enums import OrganizationKind
from models.organization import Organization


class Deed(NamedTuple):
    """What an account has done in a branch at a moment; what belongs to no branch stands for itself."""

    branch_id: UUID
    by: UUID
    at: datetime


def reaches_over(work: Work, access: Access, branch: Organization) -> bool:
    """Whether the permission of a caller reaches the organisation above a branch; what is no branch stands for itself."""
    return _includes_above(work, access.reach(work), branch)


def is_from_above(work: Work, access: Access, deed: Deed) -> bool:
    """Whether something was done from above: the account held the permission asked for over more than a branch then, whatever it
    may now, and wherever this has gone since. A general branch is more to those below it, and a branch to its own."""
    return bool(_from_above(work, access, {deed}))


def kept_above(work: Work, access: Access, deeds: Collection[Deed]) -> set[Deed]:
    """Those of some deeds that a caller may not take back with the permission asked for: what was done from above its branch is
    taken back by whoever reaches there. As few statements for many as for one."""
    if not (above := _from_above(work, access, deeds)):
        return set()
    reach = access.reach(work)
    branches = {key: work.get_one(Organization, key) for key in {deed.branch_id for deed in above}}
    beyond = {key for key, branch in branches.items() if not _includes_above(work, reach, branch)}
    return {deed for deed in above if deed.branch_id in beyond}


def check_taken_back(work: Work, access: Access, organization_id: UUID, *, by: UUID, at: datetime, said: Text) -> None:
    """`kept_above` of what an account has done in an organisation at a moment. Raises `ForTheLevelAbove`, with what is `said`
    then."""
    if kept_above(work, access, {Deed(branch_or_itself(work, organization_id).id, by, at)}):
        raise ForTheLevelAbove(instead=said)


def _from_above(work: Work, access: Access, deeds: Collection[Deed]) -> set[Deed]:
    offices: defaultdict[UUID, list[Office]] = defaultdict(list)
    if deeds:
        for office in queries.offices_over_branches(work, {deed.by for deed in deeds}, roles_with(access.permission)):
            offices[office.account_id].append(office)
    return {deed for deed in deeds if any(_is_done_by(work, office, deed) for office in offices[deed.by])}


def _is_done_by(work: Work, office: Office, deed: Deed) -> bool:
    if office.kind == OrganizationKind.general_branch and office.organization_id == deed.branch_id:
        return False
    has_ended = office.ended_at is not None and office.ended_at <= deed.at
    return office.created_at <= deed.at and not has_ended and (office.until is None or office.until >= day_of(deed.at, work.zone))


def _includes_above(work: Work, reach: Reach, branch: Organization) -> bool:
    is_below = branch.parent_id is not None and branch.kind in BRANCHES
    return reach.includes(work.get_one(Organization, branch.parent_id).path if is_below else branch.path)
