"""What was done from above a branch is taken back from there."""

from datetime import datetime
from uuid import UUID

from api.access.permissions import BRANCHES, roles_with
from api.access.rules import ForTheLevelAbove
from api.access.scope import Access
from api.database import Work
from api.errors import Text
from api.organizations import queries
from api.organizations.service import branch_or_itself
from models.enums import OrganizationKind
from models.organization import Organization


def reaches_over(work: Work, access: Access, branch: Organization) -> bool:
    """Whether the permission of a caller reaches the organisation above a branch; what is no branch stands for itself."""
    is_below = branch.parent_id is not None and branch.kind in BRANCHES
    return access.reach(work).includes(work.get_one(Organization, branch.parent_id).path if is_below else branch.path)


def is_from_above(work: Work, access: Access, branch: Organization, *, by: UUID, at: datetime) -> bool:
    """Whether what an account has done in a branch at a moment was done from above: it held the permission asked for over more than
    a branch then, whatever it may now, and wherever this has gone since. A general branch is more to those below it, and a branch
    to its own."""
    held = queries.places_of_roles_at(work, by, roles_with(access.permission), at)
    above_others = {kind for key, kind in held if key != branch.id}
    return any(kind not in BRANCHES for _, kind in held) or OrganizationKind.general_branch in above_others


def check_taken_back(work: Work, access: Access, organization_id: UUID, *, by: UUID, at: datetime, said: Text) -> None:
    """Whether a caller may take back what an account has done in an organisation at a moment, with the permission asked for: what
    was done from above its branch, whoever reaches there. Raises `ForTheLevelAbove`, with what is `said` then."""
    branch = branch_or_itself(work, organization_id)
    if is_from_above(work, access, branch, by=by, at=at) and not reaches_over(work, access, branch):
        raise ForTheLevelAbove(instead=said)
