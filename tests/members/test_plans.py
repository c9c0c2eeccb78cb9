"""What it costs to look whether an identity number is that of somebody about whom the caller may not act."""

from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access
from api.members import queries
from models.enums import Role
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
