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


def check_taken_back(work: Work, access: Access, organization_id: UUID, *, by: UUID, at: datetime, said: Text) -> None:
    """Whether a caller may take back what an account has done in an organisation at a moment, with the permission asked for.

    Where it held that permission over more than a branch then, whatever it may now, and wherever this has gone since, it is for
    whoever reaches above the branch. A general branch is more to those below it, and a branch to its own. Raises
    `ForTheLevelAbove`, with what is `said` then.
    """
    branch = branch_or_itself(work, organization_id)
    held = queries.places_of_roles_at(work, by, roles_with(access.permission), at)
    above_others = {kind for key, kind in held if key != branch.id}
    is_from_above = any(kind not in BRANCHES for _, kind in held) or OrganizationKind.general_branch in above_others
    if is_from_above and not reaches_over(work, access, branch):
        raise ForTheLevelAbove(instead=said)
