"""The rounds of one member are found by indexes, and not among those of all branches."""

from functools import partial
from uuid import UUID

import pytest

from api.access.permissions import Permission
from api.access.scope import Access
from api.pagination import Pages
from api.performance.appraisals.queries import items, of_member
from api.performance.appraisals.service import list_appraisals
from models.enums import Role
from tests.conftest import District
from tests.plans import plans


def test_a_members_rounds_are_found_by_him_and_by_his_branch(district: District) -> None:
    (plan,) = plans(district.house, "FROM appraisal", lambda work: of_member(work, UUID(int=1), district.ids["B11"]))
    assert "ix_appraisal_item_member_id" in plan
    by_branch = "sqlite_autoindex_appraisal" if district.house.database.is_sqlite else "pk_appraisal"
    assert by_branch in plan and "uq_appraisal_year" in plan


@pytest.mark.engine("postgresql")
def test_the_names_of_many_items_are_looked_up_by_their_keys_and_not_among_all_members(district: District) -> None:
    some = [UUID(int=number) for number in range(200)]
    (plan,) = plans(district.house, "FROM appraisal_item", lambda work: items(work, some, None))
    assert "SubPlan" in plan and "pk_member" in plan and "Join" not in plan


@pytest.mark.engine("sqlite")
def test_the_round_of_a_branch_and_year_is_found_by_the_branch(district: District) -> None:
    key = UUID(district.sign_in(Role.district_officer, "D").account_id)
    access = Access(key, key, district.ids["D"], None, Permission.appraisal_write, ())
    place, first = district.ids["B11"], Pages(bytes(32), "list", 50, None)
    ask = partial(list_appraisals, access=access, pages=first, organization_id=place, year=2026)
    plan = plans(district.house, "FROM appraisal ", ask)[0]
    assert "ix_appraisal_year_id" not in plan, "it would walk the year of the whole district"
    assert "ix_appraisal_organization_id" in plan or "uq_appraisal_year" in plan
