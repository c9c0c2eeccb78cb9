"""What it costs to look whether an identity number is that of somebody about whom the caller may not act, and who has left with a
name."""

from datetime import date
from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access
from api.members import queries
from models.enums import LeavingKind, MemberStatus, Role
from models.member import Member
from tests.accounts.people import enrol
from tests.conftest import District
from tests.plans import effort

MANY = 60


def test_whoever_leads_a_branch_has_no_office_elsewhere_looked_at(district: District) -> None:
    enrol(district, "B11", "王秀兰", "陈国华")
    caller = UUID(district.sign_in(Role.secretary, "B11").account_id)
    access = Access(caller, caller, district.ids["B11"], None, Permission.member_write, ())

    def asked() -> int:
        return effort(district.house, "FROM member", "account, role_grant", lambda work: queries.holding_offices(work, access))

    few = asked()
    for _ in range(MANY):
        district.sign_in(Role.secretary, "B12")
    assert asked() <= few + MANY / 4


def test_whoever_enters_somebody_has_nobody_looked_at_who_has_left_another_branch(district: District) -> None:
    caller = UUID(district.sign_in(Role.secretary, "B11").account_id)
    access = Access(caller, caller, district.ids["B11"], None, Permission.member_write, ())

    def asked() -> int:
        homes = {district.ids["B11"]}
        return effort(district.house, "FROM member", "member, organization", lambda work: queries.left_from(work, access, homes))

    few = asked()
    with district.work() as work:
        for _ in range(10 * MANY):
            member = Member(
                organization_id=district.ids["B12"], full_name="陈国华", joined_on=date(1995, 7, 1), status=MemberStatus.left
            )
            member.left_on, member.left_kind = date(2020, 1, 1), LeavingKind.expelled
            work.add(member)
    assert asked() <= few + MANY / 4
