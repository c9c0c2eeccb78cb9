"""The rounds of one member are found by indexes, and not among those of all branches."""

from uuid import UUID

from api.performance.appraisals.queries import of_member
from tests.conftest import District
from tests.plans import plans


def test_a_members_rounds_are_found_by_him_and_by_his_branch(district: District) -> None:
    (plan,) = plans(district.house, "FROM appraisal", lambda work: of_member(work, UUID(int=1), district.ids["B11"]))
    assert "ix_appraisal_item_member_id" in plan
    by_branch = "sqlite_autoindex_appraisal" if district.house.database.is_sqlite else "pk_appraisal"
    assert by_branch in plan and "uq_appraisal_year" in plan
