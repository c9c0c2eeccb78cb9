"""Whoever decides for the district is found among the few who hold an office, however many roles and accounts there are."""

from datetime import UTC, datetime
from uuid import UUID

from api.accounts import queries
from models.enums import Role
from tests.conftest import District
from tests.plans import plans


def test_who_decides_for_the_district_is_found_by_an_index_of_offices_alone(district: District) -> None:
    key = UUID(district.sign_in(Role.administrator, "D").account_id)
    asked = (
        lambda work: queries.deciders(work, datetime.now(UTC)),
        lambda work: queries.other_administrators(work, None, key),
        lambda work: queries.hold_with_administrators(work, key),
    )
    for ask in asked:
        (plan,) = plans(district.house, "FROM role_grant", ask)
        # Of the few roles in a test's district PostgreSQL may as well walk all that are alive.
        assert "ix_role_grant_office" in plan or not district.house.database.is_sqlite, plan
    (plan,) = plans(district.house, "FROM account", asked[-1])
    assert "Seq Scan" not in plan and "SCAN" not in plan, plan
