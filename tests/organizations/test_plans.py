"""Whether an organisation is empty is asked of indexes, and not of all rows of all tables."""

import re

import pytest

from api.organizations.queries import has_records_below
from models.organization import Organization
from tests.conftest import District
from tests.plans import plans


@pytest.mark.engine("sqlite")
def test_whether_anything_lies_in_an_organisation_looks_through_no_table(district: District) -> None:
    with district.work() as work:
        empty = work.get_one(Organization, district.ids["B22"])
    found = plans(district.house, "LIMIT", lambda work: has_records_below(work, empty))
    assert len(found) > 20 and not [plan for plan in found if re.search(r"'SCAN |CORRELATED", plan)]
