"""Several people change venues at the same moment: what is left is consistent."""

from datetime import date

from sqlmodel import col, select

from api.database import Origin
from models.enums import Role
from models.venue import Venue
from tests.conftest import District
from tests.outcomes import deeds, stored
from tests.pledges.kept import keep_member
from tests.races import at_once
from tests.venues.kept import close, create, edit, keep_venue, reopen

ROUNDS = 3
FIRST = {"If-Match": '"1"'}


def test_of_two_edits_of_one_version_at_once_one_stands(district: District) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    for _ in range(ROUNDS):
        venue = keep_venue(district)
        answers = at_once(
            *(
                lambda name=name, key=venue.id: secretary.patch(f"/v1/venues/{key}", json={"name": name}, headers=FIRST)
                for name in ("甲", "乙")
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 412]
        winner = next(answer for answer in answers if answer.status_code == 200)
        assert stored(district, Venue, venue.id).name == winner.json()["name"]
        assert deeds(district, venue.id) == ["edit_venue"]


def test_no_open_venue_is_left_with_an_organisation_that_closes_at_that_moment(district: District) -> None:
    officer, secretary = district.sign_in(Role.district_officer, "D"), district.sign_in(Role.secretary, "B12")
    venue = keep_venue(district, "B12")
    assert close(secretary, venue.id).status_code == 200
    shut, made, opened = at_once(
        lambda: officer.post(f"/v1/organizations/{district.ids['B12']}/close"),
        lambda: create(secretary, district, "B12"),
        lambda: reopen(secretary, venue.id),
    )
    assert shut.status_code == 200, shut.text
    assert made.status_code in (201, 409) and opened.status_code in (200, 409)
    with district.house.database.reading(Origin("test")) as work:
        of_branch = work.exec(select(Venue).where(col(Venue.organization_id) == district.ids["B12"])).all()
    assert all(one.closed_on for one in of_branch)


def test_nobody_who_leaves_at_that_moment_becomes_a_contact(district: District) -> None:
    officer, secretary = district.sign_in(Role.district_officer, "D"), district.sign_in(Role.secretary, "B11")
    leaving = {"kind": "deceased", "left_on": date(2026, 1, 2).isoformat(), "reason": "病故"}
    for _ in range(ROUNDS):
        venue, member_id = keep_venue(district), keep_member(district, "B11")
        left, named = at_once(
            lambda key=member_id: officer.post(f"/v1/members/{key}/leave", json=leaving),  # type: ignore[misc]
            lambda key=venue.id, who=member_id: edit(secretary, key, contact_member_id=str(who)),  # type: ignore[misc]
        )
        assert left.status_code == 200 and named.status_code in (200, 409)
        assert stored(district, Venue, venue.id).contact_member_id is None
