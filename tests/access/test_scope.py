"""How far a caller reaches: by the tree and his grants as they stand, and at a cost that does not grow with the district."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select, update

from api.access import scope
from api.access.permissions import Permission
from api.access.scope import Access, root_id
from api.audit.service import list_audit_lines
from api.cards.service import list_cards
from api.database import Origin, Work
from api.house import House
from api.members.service import list_members
from api.organizations.queries import move_subtree
from api.pagination import Pages
from models.account import Account, RoleGrant
from models.enums import OrganizationKind, Role
from models.organization import Organization
from tests.bench.seeding import branch_key, fill
from tests.conftest import District
from tests.plans import plans
from tests.verification.holders import hold

FIRST = Pages(bytes(32), "list", 50, None)


@pytest.fixture(params=[scope.WRITTEN_OUT, 1], ids=["by paths", "by grants"])
def written_out(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reach of who has more than one role is written into a query in either of its two ways."""
    monkeypatch.setattr(scope, "WRITTEN_OUT", request.param)


def granted(house: House, *roles: tuple[Role, UUID], permission: Permission = Permission.member_read) -> Access:
    """An account with these roles, as far as a permission of its reaches."""
    with house.database.writing(Origin("test")) as work:
        account = Account(
            username=f"u{uuid4().hex[:10]}", organization_id=roles[0][1], password_hash="", password_changed_at=work.at
        )
        work.add(account)
        work.flush()
        for role, place in roles:
            work.add(RoleGrant(account_id=account.id, role=role, organization_id=place))
        return Access(account.id, account.id, account.organization_id, None, permission, ())


def codes(work: Work, organizations: Any) -> set[str]:
    return {one.code for one in work.exec(select(Organization).where(organizations)).all()}


@pytest.mark.usefixtures("written_out")
@pytest.mark.parametrize(
    ("places", "reached"),
    [
        ((), set()),
        ((("B11", Role.member),), set()),
        ((("B11", Role.secretary),), {"B11"}),
        ((("B11", Role.secretary), ("B21", Role.deputy)), {"B11", "B21"}),
        ((("B11", Role.secretary), ("B11", Role.deputy)), {"B11"}),
        ((("T1", Role.town_officer), ("B11", Role.secretary)), {"T1", "V1", "B11", "B12"}),
        ((("T1", Role.town_officer), ("B21", Role.member)), {"T1", "V1", "B11", "B12"}),
        ((("D", Role.district_officer), ("B21", Role.secretary)), {"D", "T1", "T2", "V1", "V2", "B11", "B12", "B21", "B22"}),
    ],
)
def test_a_caller_reaches_what_stands_below_his_roles_that_allow_it(
    district: District, places: tuple[tuple[str, Role], ...], reached: set[str]
) -> None:
    access = granted(district.house, (Role.auditor, district.ids["T2"]), *((role, district.ids[code]) for code, role in places))
    with district.work() as work:
        reach = access.reach(work)
        assert codes(work, reach.holds(Organization)) == reached
        assert codes(work, reach.covers(col(Organization.id))) == reached
        for code, key in district.ids.items():
            assert access.reaches(work, [key]) == (code in reached)
            below = codes(work, reach.below(work.get_one(Organization, key).path).holds(Organization))
            assert below <= reached and ((code in below) == (code in reached))


@pytest.mark.usefixtures("written_out")
@pytest.mark.parametrize("top", ["D", "T1", "B11"])
def test_a_role_that_is_taken_away_ends_with_the_statement_that_takes_it(district: District, top: str) -> None:
    access = granted(district.house, (Role.secretary, district.ids["B21"]), (Role.district_officer, district.ids[top]))
    with district.work() as work:
        reach = access.reach(work)
        assert "B11" in codes(work, reach.holds(Organization))
        work.exec(update(RoleGrant).where(col(RoleGrant.organization_id) == district.ids[top]).values(ended_at=work.at))
        assert "B11" not in codes(work, reach.holds(Organization)) | codes(work, reach.covers(col(Organization.id)))
        assert codes(work, access.reach(work).holds(Organization)) == {"B21"}


def test_what_is_moved_is_reached_from_where_it_stands_and_a_path_out_of_date_reaches_nothing(district: District) -> None:
    there, moved = (granted(district.house, (Role.secretary, district.ids[code])) for code in ("V2", "V1"))
    with district.work() as work:
        one, other = (work.get_one(Organization, district.ids[code]) for code in ("V1", "T2"))
        former = moved.reach(work)
        before = other.path + one.id.hex + "/"
        move_subtree(work, one.path, before)
        assert codes(work, former.holds(Organization)) == set()
        assert codes(work, moved.reach(work).holds(Organization)) == {"V1", "B11", "B12"}
        assert codes(work, there.reach(work).holds(Organization)) == {"V2", "B21", "B22"}
        move_subtree(work, before, f"{work.get_one(Organization, district.ids['V2']).path}{one.id.hex}/")
        assert codes(work, there.reach(work).holds(Organization)) == {"V1", "B11", "B12", "V2", "B21", "B22"}


@pytest.mark.engine("sqlite")
def test_who_was_given_more_roles_than_an_account_may_hold_is_answered(district: District) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    hold(district.house, district.ids["B11"])
    with district.work() as work:
        town = work.get_one(Organization, district.ids["T1"])
        made: list[UUID] = []
        for number in range(1_100):
            one = Organization(
                code=f"M{number}", name=f"第{number}党支部", kind=OrganizationKind.branch, parent_id=town.id, path=""
            )
            one.path = f"{town.path}{one.id.hex}/"
            work.add(one)
            made.append(one.id)
        work.flush()
        work.add_all(RoleGrant(account_id=UUID(secretary.account_id), role=Role.secretary, organization_id=key) for key in made)
    for path in ("members", "cards", "pledges", "organizations", "accounts", "complaints", "corrections", "posts", "todo"):
        answer = secretary.get(f"/v1/{path}")
        assert answer.status_code == 200, answer.text
    assert len(secretary.get("/v1/members").json()["items"]) == 1


def test_lines_about_no_organisation_are_the_whole_districts_alone(district: District) -> None:
    with district.work() as work:
        work.record_batch("sign_in", "account")
    for place, is_told in (("D", True), ("T1", False)):
        access = granted(district.house, (Role.auditor, district.ids[place]), permission=Permission.audit_read)
        with district.work() as work:
            lines, _, _ = list_audit_lines(work, access, district.house.audit_key, FIRST, target_id=None, actor_id=None)
        assert any(line["organization_id"] is None for line in lines) == is_told


def test_a_first_page_reads_one_branch_or_walks_an_index_and_never_the_whole_district(house: House) -> None:
    """With PostgreSQL left to choose among its plans, since a bad choice is what grows with the district."""
    fill(house, 10_000)
    branch = branch_key(120)
    with house.database.reading(Origin("test")) as work:
        district = root_id(work)
    assert district is not None
    secretary, officer = granted(house, (Role.secretary, branch)), granted(house, (Role.district_officer, district))

    def plan(table: str, access: Access, organization_id: UUID | None = None) -> str:
        def ask(work: Work) -> object:
            if table == "card":
                cards = access.using(Permission.card_read)
                return list_cards(work, cards, FIRST, member_id=None, organization_id=organization_id, state=None)
            return list_members(work, access, FIRST, beginning=None, organization_id=organization_id, status=None)

        found, *_names = plans(house, f"FROM {table} ", ask, choosing=True)
        return found.replace("\n", " ")

    is_sqlite = house.database.is_sqlite
    if not is_sqlite:
        # Otherwise it would choose once for all values, when a connection has asked six times.
        with house.database.engine.connect() as connection:
            assert connection.exec_driver_sql("SHOW plan_cache_mode").scalar() == "force_custom_plan"
    for table in ("member", "card"):
        own, narrowed = plan(table, secretary), plan(table, officer, branch)
        for found in (own, narrowed):
            assert f"ix_{table}_organization_id" in found and "uq_organization_path" in found.replace(PATHS, "uq_organization_path")
            assert not re.search(rf"SCAN {table}|Seq Scan on {table}", found), found
        for found in (plan(table, officer), plan(table, officer, district)):
            assert ("SCAN" if is_sqlite else "Index Scan") in found, found
            assert not re.search(r"TEMP B-TREE|Sort|Seq Scan on (member|card|organization)|SCAN organization", found), found


PATHS = "sqlite_autoindex_organization_3"
"""SQLite's own name for the index of `uq_organization_path`."""
