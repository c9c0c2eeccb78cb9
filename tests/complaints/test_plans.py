"""How SQLite means to read a list of complaints: what is rare among them by an index over the whole district's, and those of a few
organisations by these."""

from uuid import UUID

import pytest

from api.access.permissions import Permission
from api.access.scope import Access
from api.complaints.service import list_complaints
from api.pagination import Pages
from models.enums import ComplaintState, Role
from tests.conftest import District
from tests.plans import plans

ON_ENGINES = ("sqlite",)
FIRST = Pages(bytes(32), "list", 50, None)


@pytest.mark.parametrize("state", list(ComplaintState))
def test_complaints_in_a_state_are_found_among_those_in_it_or_among_those_of_a_part_of_the_district(
    district: District, state: ComplaintState
) -> None:
    def plan(role: Role, code: str) -> str:
        account_id = UUID(district.sign_in(role, code).account_id)
        access = Access(account_id, account_id, district.ids[code], None, Permission.complaint_read, ())
        found, *_ = plans(
            district.house,
            "FROM complaint",
            lambda work: list_complaints(work, access, FIRST, organization_id=None, state=state, receipt_no=None),
        )
        return found

    of_all = plan(Role.district_officer, "D")
    assert ("ix_complaint_open" if state is ComplaintState.open else "ix_complaint_decided (state=?)") in of_all
    assert "TEMP B-TREE" not in of_all
    for role, code in ((Role.town_officer, "T1"), (Role.secretary, "B11")):
        assert "ix_complaint_organization_id_state_created_at" in plan(role, code)
