"""Whoever decides for the district is found among the few who hold an office, however many roles and accounts there are."""

from datetime import UTC, datetime
from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access, Granted
from api.accounts import queries
from api.accounts.service import list_accounts
from api.database import Work
from api.pagination import Pages
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
    (plan,) = plans(district.house, "account JOIN role_grant", queries.passed_grants)
    assert "ix_role_grant_until" in plan or not district.house.database.is_sqlite, plan
    for ask in asked:
        (plan,) = plans(district.house, "FROM role_grant", ask)
        # Of the few roles in a test's district PostgreSQL may as well walk all that are alive.
        assert "ix_role_grant_office" in plan or not district.house.database.is_sqlite, plan
    (plan,) = plans(district.house, "FROM account", asked[-1])
    assert "Seq Scan" not in plan and "SCAN" not in plan, plan


def test_accounts_are_found_by_how_their_name_begins_by_an_index_in_its_order(district: District) -> None:
    key, top = UUID(district.sign_in(Role.district_officer, "D").account_id), district.ids["D"]
    access = Access(key, key, top, None, Permission.account_read, (Granted(Role.district_officer, top),))

    def called(work: Work) -> object:
        return list_accounts(work, access, Pages(bytes(32), "list", 50, None), username="wang.")

    (plan,) = plans(district.house, "ORDER BY account.username", called)
    assert "username>? AND username<?" in plan or "Index Cond: (((username)::text >= " in plan, plan
    assert "TEMP B-TREE" not in plan


def test_how_a_name_begins_is_asked_in_either_case_and_to_the_letter(district: District) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    for name in ("wang.lan", "wang_lan", "wangli"):
        body = {"username": name, "organization_id": str(district.ids["B11"])}
        assert officer.post("/v1/accounts", json=body).status_code == 201
    for begins, found in (("WANG", 3), ("wang.", 1), ("wang_", 1), ("wang%", 0), ("ang", 0)):
        told = officer.get("/v1/accounts", params={"q": begins}).json()["items"]
        assert len(told) == found, (begins, told)
