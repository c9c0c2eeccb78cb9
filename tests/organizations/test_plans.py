"""Whether an organisation is empty is asked of indexes, and not of all rows of all tables; what is refused, or need not be held,
looks through none of them."""

from uuid import UUID, uuid4

import pytest

from api.access.subtrees import hold_subtree
from api.organizations.queries import has_records_below
from models.enums import CheckResult, Role
from models.inspection import Inspection, InspectionItem
from models.organization import Organization
from tests.conftest import District
from tests.fetched import sent_in_writing
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


@pytest.mark.parametrize(
    ("code", "parent", "match", "status"),
    [("D", "T1", "*", 409), ("T1", "B11", "*", 409), ("B11", "D", '"0"', 412), ("B11", "V1", "*", 200), ("V1", "V2", "*", 422)],
)
def test_a_move_that_is_refused_or_changes_nothing_looks_through_nothing_and_holds_nothing_of_what_is_below(
    district: District, code: str, parent: str, match: str, status: int
) -> None:
    officer, ids = district.sign_in(Role.district_officer, "D"), district.ids
    with sent_in_writing(district.house) as sent:
        body = {"parent_id": str(ids[parent])}
        answer = officer.post(f"/v1/organizations/{ids[code]}/move", json=body, headers={"If-Match": match})
    assert answer.status_code == status, answer.text
    assert sent and not [one for one in sent if "organization.path <" in one or "OF organization" in one]


def test_to_hold_what_is_below_is_nothing_on_sqlite_and_its_keys_alone_on_postgresql(district: District) -> None:
    with district.work() as work:
        top = work.get_one(Organization, district.ids["D"])
        with sent_in_writing(district.house) as sent:
            hold_subtree(work, lambda: top)
    through = [one for one in sent if "organization.path <" in one]
    assert len(through) == (0 if district.house.database.is_sqlite else 1)
    assert not [one for one in through if "organization.name" in one]
