"""Evaluations are found by the few pledges of a branch, and those of much one by one from the newest on."""

import re
from uuid import UUID

import pytest

from api.access.permissions import Permission
from api.access.scope import Access
from api.pledges.evaluations.queries import listed
from models.enums import Role
from models.organization import Organization
from tests.conftest import District
from tests.plans import plans

BY_KEY = r"Index Scan using pk_pledge on pledge|SEARCH pledge USING INDEX sqlite_autoindex_pledge_1 \(id=\?\)"


def reviewer(district: District, role: Role, code: str) -> Access:
    key = UUID(district.sign_in(role, code).account_id)
    return Access(key, key, district.ids[code], None, Permission.pledge_review, ())


@pytest.mark.parametrize(
    ("role", "code", "below", "one_by_one"),
    [
        (Role.secretary, "B11", None, False),
        (Role.town_officer, "T1", None, True),
        (Role.district_officer, "D", "T1", True),
        (Role.district_officer, "D", "B11", False),
    ],
)
def test_evaluations_of_much_are_looked_at_one_by_one(
    district: District, role: Role, code: str, below: str | None, one_by_one: bool
) -> None:
    access = reviewer(district, role, code)
    with district.work() as work:
        top = work.get_one(Organization, district.ids[below]) if below else None
    (plan,) = plans(
        district.house,
        "FROM evaluation",
        lambda work: work.exec(listed(work, access, below=top, pledge_id=None, words_state=None).limit(51)).all(),
    )
    # Among so few rows PostgreSQL may come to each pledge by its key in either way.
    if one_by_one or district.house.database.is_sqlite:
        assert bool(re.search(BY_KEY, plan)) is one_by_one, plan


def test_evaluations_of_a_branch_do_not_begin_with_all_that_an_officer_reviews(district: District) -> None:
    access = reviewer(district, Role.town_officer, "T1")
    with district.work() as work:
        branch = work.get_one(Organization, district.ids["B11"])
    (plan,) = plans(
        district.house,
        "FROM evaluation",
        lambda work: work.exec(listed(work, access, below=branch, pledge_id=None, words_state=None).limit(51)).all(),
    )
    assert "review_organization_id=?" not in plan, plan
