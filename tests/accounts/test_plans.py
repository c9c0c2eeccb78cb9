"""Whoever decides for the district is found among the few who do, however many roles and accounts there are."""

from datetime import UTC, datetime
from uuid import UUID

from api.access.permissions import DECIDERS
from api.accounts import queries
from models.account import DECIDING
from models.enums import Role
from tests.conftest import District
from tests.plans import plans


def test_who_decides_for_the_district_is_found_by_an_index_of_these_alone(district: District) -> None:
    key = UUID(district.sign_in(Role.administrator, "D").account_id)
    asked = (
        lambda work: queries.deciders(work, datetime.now(UTC)),
        lambda work: queries.other_administrators(work, None, key),
        lambda work: queries.hold_with_administrators(work, key),
    )
    for ask in asked:
        (plan,) = plans(district.house, "FROM role_grant", ask)
        # Of the few roles in a test's district PostgreSQL may as well walk all that are alive.
        assert "ix_role_grant_deciding" in plan or not district.house.database.is_sqlite, plan
    (plan,) = plans(district.house, "FROM account", asked[-1])
    assert "Seq Scan" not in plan and "SCAN" not in plan, plan


def test_the_index_of_those_who_decide_names_the_roles_that_do() -> None:
    assert {role for role in Role if f"'{role}'" in DECIDING.text} == DECIDERS
