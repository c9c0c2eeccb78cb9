"""Lists of pledges are read by an index, so that they cost the same however many pledges there are."""

import re
from typing import Any
from uuid import UUID, uuid4

from api.access.permissions import Permission
from api.access.scope import Access
from api.pagination import Pages
from api.pledges.campaigns.queries import eligible
from api.pledges.rules import SEEN, ToldState
from api.pledges.service import list_own_pledges, list_pledges
from models.enums import PledgeKind, Role
from tests.clock import district_day
from tests.conftest import Caller, District
from tests.plans import plans
from tests.pledges.asking import people

FIRST = Pages(bytes(32), "list", 50, None)
NOTHING: dict[str, Any] = dict.fromkeys(("organization_id", "member_id", "year", "kind", "state", "is_overdue"))


def access_of(district: District, caller: Caller, member_id: UUID | None = None) -> Access:
    account_id = UUID(caller.account_id)
    return Access(account_id, account_id, district.ids["B11"], member_id, Permission.own_pledge, ())


def test_a_list_of_pledges_walks_an_index_and_never_the_whole_table(district: District) -> None:
    folk = people(district)
    member, officer = (
        access_of(district, folk.member, folk.member_id),
        access_of(district, district.sign_in(Role.district_officer, "D")),
    )

    def plan(access: Access, **narrowed: Any) -> str:
        asked = {**NOTHING, **narrowed}
        found = plans(district.house, "FROM pledge ", lambda work: list_pledges(work, access, FIRST, **asked))
        return found[0].replace("\n", " ")

    assert "ix_pledge_instant" in plan(officer, kind=PledgeKind.instant)
    # PostgreSQL chooses by how many there are of each.
    if district.house.database.is_sqlite:
        for access in (member, officer):
            for state in (None, *ToldState):
                for year in (None, district_day().year):
                    found = plan(access, kind=PledgeKind.instant, state=state, year=year)
                    rare = "ix_pledge_not_published" in found and state not in SEEN
                    assert (rare or "ix_pledge_instant" in found) and "TEMP B-TREE" not in found, (state, year, found)
        assert "ix_pledge_organization_id" in plan(officer, kind=PledgeKind.instant, organization_id=district.ids["B11"])
        assert "ix_pledge_member_id_year" in plan(officer, kind=PledgeKind.instant, member_id=folk.member_id)
        of_branch = {"organization_id": district.ids["B11"], "year": district_day().year}
        for more in ({}, {"kind": PledgeKind.annual}, {"kind": PledgeKind.instant}, {"state": ToldState.published}):
            of_few = plan(officer, **of_branch, **more)
            assert "ix_pledge_year_id" not in of_few, "it would walk the year of the whole district"
            assert "TEMP B-TREE" not in of_few, "it would sort all that is in each"
        for access in (member, officer):
            archived = plan(access, state=ToldState.archived)
            assert "ix_pledge_year_id" in archived and "TEMP B-TREE" not in archived
            assert "ix_pledge_member_id_year" in plan(access, state=ToldState.archived, member_id=folk.member_id)
    for narrowed in ({"year": district_day().year}, {"state": ToldState.submitted}):
        assert not re.search(r"TEMP B-TREE|Sort|Seq Scan on pledge|SCAN pledge USING INDEX sqlite_", plan(officer, **narrowed))
    for access in (member, officer):
        for below in (None, district.ids["D"]):
            assert not re.search(r"TEMP B-TREE|Sort|Seq Scan on pledge|SEARCH organization", plan(access, organization_id=below))
        assert "ix_pledge_organization_id" in plan(access, organization_id=district.ids["B11"])
        assert "ix_pledge_member_id_year" in plan(access, member_id=folk.member_id)
    (own, *_) = plans(district.house, "FROM pledge ", lambda work: list_own_pledges(work, member, FIRST))
    assert "ix_pledge_member_id_year" in own


def test_who_owes_pledges_is_counted_by_organisation_for_as_many_campaigns_as_a_page_holds(district: District) -> None:
    organization_ids = [uuid4() for _ in range(200)]
    (plan,) = plans(district.house, "FROM organization", lambda work: eligible(work, organization_ids))
    assert "ix_member_organization_id" in plan, plan
