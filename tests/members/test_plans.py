"""What it costs to look whether an identity number is that of somebody about whom the caller may not act, who has left with a
name, and how somebody has left."""

from datetime import date
from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access
from api.database import Work
from api.members import life, queries
from models.enums import LeavingKind, MembershipEventKind, MemberStatus, Role
from models.member import Member, MembershipEvent
from tests.accounts.people import enrol
from tests.conftest import District
from tests.plans import effort
from tests.pledges.kept import keep_member

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


def test_what_else_has_happened_to_a_member_is_not_gone_through_for_each_of_his_leavings(district: District) -> None:
    key = keep_member(district, "B11")

    def left_often() -> int:
        with district.work() as work:
            for _ in range(5 * MANY):
                of_him = {"member_id": key, "organization_id": district.ids["B11"], "happened_on": work.today}
                work.add(MembershipEvent(**of_him, kind=MembershipEventKind.left, left_kind=LeavingKind.expelled))
            member = work.get_one(Member, key)
            member.status, member.left_on, member.left_kind = MemberStatus.left, work.today, LeavingKind.expelled
        return effort(district.house, "FROM membership_event", "membership_event", ask)

    def ask(work: Work) -> None:
        member = work.get_one(Member, key)
        assert life.former_status(work, member) is None and life.left_at(work, member)

    few = left_often()
    assert left_often() <= 3 * few
