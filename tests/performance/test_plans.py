"""How SQLite means to count, which carries a statement out as it is written."""

from datetime import UTC, datetime
from uuid import UUID

from api.access.about import own_among
from api.access.permissions import Permission
from api.access.scope import Access, below
from api.figures import Span
from api.performance.boards.queries import values_of_branches
from api.performance.figures import FIGURES
from api.performance.periods.queries import values
from api.performance.scores.queries import counted
from models.enums import Role
from models.organization import Organization
from tests.clock import ZONE, district_day
from tests.conftest import District
from tests.plans import plans

ON_ENGINES = ("sqlite",)


def test_a_members_card_is_found_by_the_member_and_not_among_all_of_his_organisation(district: District) -> None:
    span = Span(district_day(), district_day(), datetime.now(UTC), ZONE)
    count = FIGURES["card_coverage"]
    (plan,) = plans(district.house, "JOIN card", lambda work: work.execute(count(work, span)).all())
    assert "uq_card_living" in plan


def test_scans_are_summed_up_by_card_before_a_card_is_looked_up(district: District) -> None:
    span = Span(district_day(), district_day(), datetime.now(UTC), ZONE)
    count = FIGURES["verification_count"]
    (plan,) = plans(district.house, "scan_count", lambda work: work.execute(count(work, span)).all())
    assert "MATERIALIZE" in plan or "CO-ROUTINE" in plan


def test_scans_of_a_branchs_cards_are_found_by_hour_and_card_among_those_of_everybody(district: District) -> None:
    today = district_day()
    with district.work() as work:
        inside = below(work.get_one(Organization, district.ids["B11"]))
    span = Span(today, today, datetime.now(UTC), ZONE, inside)
    (plan,) = plans(district.house, "scan_count", lambda work: work.execute(FIGURES["verification_count"](work, span)).all())
    assert "hour=? AND card_id=?" in plan


def test_what_a_members_entries_come_to_is_found_by_the_member_and_not_by_what_they_reverse(district: District) -> None:
    (plan,) = plans(district.house, "FROM score_entry", lambda work: counted(work, [district.ids["B11"]], district_day().year))
    assert "ix_score_entry_member_id_year" in plan


def test_whether_there_is_another_officer_is_found_among_officers(district: District) -> None:
    caller = district.sign_in(Role.district_officer, "D")
    key = UUID(caller.account_id)
    access = Access(key, key, district.ids["D"], None, Permission.account_write, ())
    (plan,) = plans(district.house, "role_grant.account_id !=", lambda work: own_among(work, access, [key]))
    assert "ix_role_grant_office" in plan


def test_what_one_organisation_has_in_a_period_is_found_by_it_and_not_by_all_that_an_officer_reaches(district: District) -> None:
    caller = district.sign_in(Role.town_officer, "T1")
    key = UUID(caller.account_id)
    access = Access(key, key, district.ids["T1"], None, Permission.board_read, ())
    (plan,) = plans(district.house, "FROM indicator_value", lambda work: values(work, access, "2026-Q3", district.ids["B11"], None))
    assert "LIST SUBQUERY" not in plan


def test_what_branches_of_a_town_had_in_a_period_is_found_by_them_and_not_among_those_of_the_district(district: District) -> None:
    with district.work() as work:
        town = work.get_one(Organization, district.ids["T1"])
    now = datetime.now(UTC)
    (plan,) = plans(district.house, "FROM indicator_value", lambda work: list(values_of_branches(work, town, "2026-Q3", now)))
    assert "(period=? AND organization_id=?)" in plan and "ix_organization_moved_at" in plan and "SCAN indicator_value" not in plan
