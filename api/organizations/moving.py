"""Whether an organisation is hung elsewhere, asked before anything is held for it, and again once all that it takes is held."""

from api.access.about import check_is_of_others
from api.access.permissions import OFFICERS
from api.access.scope import Access, roles_reaching
from api.database import Work
from api.organizations import queries, rules
from api.versions import Expected
from models.organization import Organization


def is_to_move(work: Work, access: Access, organization: Organization, parent: Organization, expected: Expected) -> bool:
    """Whether an organisation does not stand under a parent yet, and may be hung there; raises as `move_organization` does."""
    expected.check(organization)
    if organization.parent_id is None:
        raise rules.RootStays
    rules.check_no_circle(organization.path, parent.path)
    rules.check_place(organization.kind, parent.kind, there_is_a_root=True)
    if parent.closed_on is not None:
        raise rules.ParentClosed
    if organization.parent_id == parent.id:
        return False
    check_is_of_others(work, access, organization.id, rules.MOVED_BY_OTHERS)
    is_officer = all(roles_reaching(work, access.account_id, key) & OFFICERS for key in (organization.parent_id, parent.id))
    if not is_officer and queries.has_records_below(work, organization):
        raise rules.OfficerNeeded
    top = rules.top_of(rules.path_of(organization.id, parent.path))
    if top is not None and top != rules.top_of(organization.path):
        rules.check_room(queries.count_below(work, top) + queries.count_below(work, organization.path) + 1)
    return True
