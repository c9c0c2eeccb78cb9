"""What is asked of one branch begins with that branch. SQLite carries queries out as they are written, so it is asked here."""

from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access
from api.database import Work
from api.pledges.ledger.queries import entries
from api.pledges.rhythm.service import show_calendar
from models.enums import Role
from models.organization import Organization
from tests.clock import district_day
from tests.conftest import District
from tests.plans import plans

ON_ENGINES = ("sqlite",)
YEAR = district_day().year
OF_ALL = ("USING INDEX ix_pledge_year_organization_id (year=?)", "SCAN pledge", "SCAN member", "MATERIALIZE")


def test_a_branchs_calendar_and_ledger_read_no_pledges_of_others(district: District) -> None:
    account_id = UUID(district.sign_in(Role.secretary, "B11").account_id)
    access = Access(account_id, account_id, district.ids["B11"], None, Permission.pledge_review, ())

    def ask(work: Work) -> None:
        show_calendar(work, access, district.ids["B11"], YEAR)
        entries(work, work.get_one(Organization, district.ids["B11"]), YEAR)

    found = plans(district.house, "pledge", ask)
    assert found
    assert not [plan for plan in found if any(words in plan for words in OF_ALL)]
