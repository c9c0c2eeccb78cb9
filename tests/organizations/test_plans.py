"""Whether an organisation is empty is asked of indexes, and not of all rows of all tables."""

from uuid import UUID, uuid4

import pytest

from api.organizations.queries import has_records_below
from models.enums import CheckResult
from models.inspection import Inspection, InspectionItem
from models.organization import Organization
from tests.conftest import District
from tests.plans import effort, plans
from tests.rectifications.kept import add_inspection

MANY = 500


@pytest.mark.engine("sqlite")
def test_whether_anything_lies_in_an_organisation_looks_through_no_table(district: District) -> None:
    with district.work() as work:
        empty = work.get_one(Organization, district.ids["B22"])
    found = plans(district.house, "LIMIT", lambda work: has_records_below(work, empty))
    assert len(found) > 20 and not [plan for plan in found if "'SCAN " in plan]


def test_whether_anything_lies_in_an_organisation_costs_the_same_however_much_lies_elsewhere(district: District) -> None:
    ids = {"organization_id": district.ids["B11"], "account_id": UUID(district.sign_in(None, "D").account_id)}
    with district.work() as work:
        empty = work.get_one(Organization, district.ids["B22"])
        first = add_inspection(work, ids).model_dump()
        for _ in range(MANY):
            another = Inspection(**first | {"id": uuid4(), "client_id": uuid4()})
            work.add(another)
            work.flush()
            work.add(InspectionItem(inspection_id=another.id, code="DK-01", result=CheckResult.passed))
        work.flush()
    tables = "inspection, inspection_item, organization"
    cost = effort(district.house, "LIMIT", tables, lambda work: has_records_below(work, empty))
    assert cost < MANY / 2
