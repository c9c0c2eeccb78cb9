"""A batch is found by what it is made of, and one that is refused, or of one member, looks no further."""

from datetime import date
from typing import Any

import pytest

from api.codes.reading import new_venue_code
from api.printing.queries import are_more, chosen_members, chosen_venues, hold_homes, plates, valid_cards
from models.enums import MemberStatus, PlateKind, Role, VenueKind
from models.member import Member
from models.organization import Organization
from models.venue import Venue
from tests.conftest import District
from tests.fetched import fetched, sent_in_writing
from tests.outcomes import refused
from tests.plans import effort, plans
from tests.verification.holders import hold

MANY = 300


# SQLite carries a statement out as it is written.
@pytest.mark.engine("sqlite")
def test_the_plates_of_a_branch_are_found_by_its_cards_and_not_among_all_of_the_district(district: District) -> None:
    with district.work() as work:
        chosen = chosen_members(work.get_one(Organization, district.ids["B11"]), None)
    (plan,) = plans(
        district.house, "FROM plate", lambda work: plates(work, chosen, PlateKind.desk_plate, valid_cards(work, chosen))
    )
    assert "ix_plate_card_id" in plan and "SCAN" not in plan


def test_a_plate_for_one_member_holds_his_organisation_and_not_all_of_the_district(district: District) -> None:
    officer, one = district.sign_in(Role.district_officer, "D"), hold(district.house, district.ids["B11"])
    top = district.ids["D"]
    body = {"kind": "name_badge", "organization_id": str(top), "member_ids": [str(one.member_id)], "make_missing": True}
    with sent_in_writing(district.house) as sent:
        answer = officer.post("/v1/printing/batches", json=body)
    assert (answer.status_code, answer.json()["made"]) == (201, 1)
    assert not [said for said in sent if "organization.path <" in said and "member" not in said]
    for number in range(MANY):
        district.add_group(f"G{number}")
    asked = "organization, member"
    cost = effort(district.house, "FROM organization", asked, lambda work: hold_homes(work, top, [one.member_id]))
    assert cost < MANY / 3


@pytest.mark.parametrize("kind", ["desk_plate", "venue_sign"])
def test_a_batch_of_too_many_is_refused_before_they_are_all_found_and_put_in_order(
    district: District, monkeypatch: Any, kind: str
) -> None:
    officer, of_members = district.sign_in(Role.district_officer, "D"), kind == "desk_plate"
    with district.work() as work:
        top = work.get_one(Organization, district.ids["D"])
        for number in range(MANY):
            content: dict[str, Any] = {"organization_id": district.ids["B11"]}
            if of_members:
                content |= {"full_name": "王秀兰", "joined_on": date(2001, 7, 1), "status": MemberStatus.full}
            else:
                content |= {"kind": VenueKind.window, "name": f"{number}号", "services": [], "code": new_venue_code()}
            work.add(Member(**content) if of_members else Venue(**content))
        work.flush()
    chosen = chosen_members(top, None) if of_members else chosen_venues(top, None)
    one: Any = Member if of_members else Venue
    cost = effort(district.house, "OFFSET", "organization, member, venue", lambda work: are_more(work, one, chosen, 3))
    assert cost < MANY / 3
    monkeypatch.setattr("api.printing.rules.MOST_PLATES", 3)
    with fetched(district.house) as seen:
        refused(officer.post("/v1/printing/batches", json={"kind": kind, "organization_id": str(top.id)}), 422, "too_many_plates")
    assert not [read.statement for read in seen if "full_name" in read.statement or "ORDER BY venue.name" in read.statement]
