from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from api.access.rules import RECENTLY
from models.account import Account, RoleGrant
from models.enums import RectificationAction, Role
from models.rectification import RectificationEvent
from tests.access.person import made_by
from tests.conftest import Caller, District
from tests.outcomes import deeds, refused
from tests.rectifications.kept import URL, WHY, act, keep_rectification
from tests.standards.asking import TODAY, answered, picture

ON_STORAGES = ("folder", "s3")


@pytest.fixture
def deputy(district: District) -> Caller:
    return district.sign_in(Role.deputy, "B11")


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.town_officer, "T1")


def listed(caller: Caller, **asked: Any) -> set[str]:
    return {item["id"] for item in answered(caller.get(URL, params=asked))["items"]}


def waits(caller: Caller) -> set[str]:
    """What of these things waits for somebody."""
    return {item["kind"] for item in caller.todo()["items"] if item["kind"].startswith("rectification")}


def test_it_is_claimed_returned_claimed_and_confirmed_by_another(
    district: District, deputy: Caller, officer: Caller, storage_kind: str
) -> None:
    row = keep_rectification(district, by=officer.account_id)
    assert waits(deputy) == {"rectification"} and waits(officer) == {"rectification"}
    for verb in ("confirm", "return"):
        assert refused(act(officer, row, verb), 409, "not_in_this_state")["state"] == "open"
    photos = [picture(deputy), picture(deputy)]
    refused(act(officer, row, "claim", photo_ids=photos), 404, "not_your_file")
    told = answered(act(deputy, row, "claim", photo_ids=photos))
    assert (told["state"], told["claimed_by"]) == ("claimed", deputy.account_id)
    assert (told["is_overdue"], told["escalated_to"]) == (False, None)
    (event,) = told["events"]
    assert (event["action"], event["note"], event["photo_ids"]) == ("claim", "已更换桌牌", photos)
    assert (event["account_id"], event["account_name"]) == (deputy.account_id, deputy.username)
    assert officer.get(f"/v1/files/{photos[0]}").status_code == 200
    refused(district.sign_in(Role.secretary, "B21").get(f"/v1/files/{photos[0]}"), 404, "not_found")
    assert waits(deputy) == set() and waits(officer) == {"rectification_recheck"}
    refused(act(deputy, row, "claim"), 409, "not_in_this_state")
    refused(officer.post(f"{URL}/{row.id}/confirm", json=WHY, headers={"If-Match": '"9"'}), 412, "precondition_failed")
    late = TODAY + timedelta(days=30)
    returned = answered(act(officer, row, "return", due_on=late.isoformat()))
    assert (returned["state"], returned["due_on"]) == ("returned", late.isoformat())
    (item,) = [one for one in deputy.todo()["items"] if one["kind"] == "rectification"]
    assert "复查未通过" in item["text"]
    answered(act(deputy, row, "claim"))
    done = answered(act(officer, row, "confirm"))
    assert (done["state"], done["confirmed_at"] is not None) == ("confirmed", True)
    assert [one["action"] for one in done["events"]] == ["claim", "return", "claim", "confirm"]
    for verb in ("claim", "confirm", "return"):
        caller = deputy if verb == "claim" else officer
        assert refused(act(caller, row, verb), 409, "not_in_this_state")["state"] == "confirmed"
    assert waits(deputy) == waits(officer) == set()
    # Below, nobody is told the name of whoever checks from above.
    names = [one["account_name"] for one in answered(deputy.get(f"{URL}/{row.id}"))["events"]]
    assert names == [deputy.username, None, deputy.username, None]
    assert deeds(district, row.id) == [
        "claim_rectification", "return_rectification", "claim_rectification", "confirm_rectification"
    ]  # fmt: skip


@pytest.mark.engine("sqlite")
def test_nobody_checks_what_he_has_claimed_or_his_own_organisation(district: District, officer: Caller) -> None:
    row = keep_rectification(district, by=officer.account_id)
    answered(act(officer, row, "claim"))
    other = district.sign_in(Role.town_officer, "T1")
    assert waits(officer) == set() and waits(other) == {"rectification_recheck"}
    for verb in ("confirm", "return"):
        refused(act(officer, row, verb), 403, "about_oneself")
    answered(act(other, row, "confirm"))
    # A town's own thing is nobody's of that town to check, and the district's is any other account's.
    of_town = keep_rectification(district, "T1", by=officer.account_id)
    answered(act(officer, of_town, "claim"))
    district_officer, second = (district.sign_in(Role.district_officer, "D") for _ in range(2))
    refused(act(other, of_town, "confirm"), 409, "of_that_organization")
    assert waits(other) == set() and waits(second) == {"rectification_recheck"}
    answered(act(second, of_town, "confirm"))
    of_district = keep_rectification(district, "D", by=officer.account_id)
    answered(act(district_officer, of_district, "claim"))
    refused(act(district_officer, of_district, "confirm"), 403, "about_oneself")
    answered(act(second, of_district, "confirm"))


@pytest.mark.engine("sqlite")
def test_what_an_account_of_ones_own_making_has_claimed_is_checked_while_nobody_else_can(district: District) -> None:
    of_town, alone = district.sign_in(Role.town_officer, "T1"), district.sign_in(Role.district_officer, "D")
    made_by(alone, of_town, district, column="created_by")
    rows = [keep_rectification(district, "T1", by=of_town.account_id) for _ in range(2)]
    for row in rows:
        answered(act(of_town, row, "claim"))
    assert waits(alone) == {"rectification_recheck"}
    answered(act(alone, rows[0], "confirm"))
    second = district.sign_in(Role.district_officer, "D")
    assert waits(alone) == set()
    refused(act(alone, rows[1], "confirm"), 403, "about_oneself")
    with district.work() as work:
        work.get_one(Account, UUID(second.account_id)).disabled_at = work.at
    refused(act(alone, rows[1], "confirm"), 403, "about_oneself")
    with district.work() as work:
        work.get_one(Account, UUID(second.account_id)).disabled_at = work.at - RECENTLY
    answered(act(alone, rows[1], "confirm"))


@pytest.mark.engine("sqlite")
def test_who_holds_his_office_at_an_organisation_is_of_it_wherever_his_account_is(district: District, officer: Caller) -> None:
    of_town = keep_rectification(district, "T1", by=officer.account_id)
    answered(act(officer, of_town, "claim"))
    of_district = account_at_the_district(district, Role.town_officer, "T1")
    assert waits(of_district) == set()
    for verb in ("confirm", "return"):
        refused(act(of_district, of_town, verb), 409, "of_that_organization")
    of_branch = keep_rectification(district, by=officer.account_id)
    answered(act(officer, of_branch, "claim"))
    assert waits(of_district) == {"rectification_recheck"}
    answered(act(of_district, of_branch, "confirm"))


def account_at_the_district(district: District, role: Role, place: str) -> Caller:
    """Somebody whose account is of the district, with a role held below it alone."""
    caller = district.sign_in(None, "D")
    with district.work() as work:
        work.add(RoleGrant(account_id=UUID(caller.account_id), role=role, organization_id=district.ids[place]))
    return caller


@pytest.mark.parametrize(
    ("days", "where", "who"),
    [(0, "B11", None), (1, "B11", "T1"), (7, "B11", "T1"), (8, "B11", "D"), (1, "T1", "D"), (1, "D", "D")],
)
@pytest.mark.engine("sqlite")
def test_what_is_overdue_goes_up_to_the_town_and_then_to_the_district(
    district: District, officer: Caller, days: int, where: str, who: str | None
) -> None:
    row = keep_rectification(district, where, by=officer.account_id, due_on=TODAY - timedelta(days=days))
    chief = district.sign_in(Role.district_officer, "D")
    told = answered(chief.get(f"{URL}/{row.id}"))
    assert (told["is_overdue"], told["escalated_to"]) == (who is not None, str(district.ids[who]) if who else None)
    assert (told["escalated_to_name"] is None) is (who is None)
    assert listed(chief, overdue=True) == ({str(row.id)} if who else set())
    assert listed(chief, overdue=False) == (set() if who else {str(row.id)})
    assert ("rectification_overdue" in waits(chief)) is (who == "D")
    # Nobody is above what is of his own organisation.
    assert ("rectification_overdue" in waits(officer)) is (who is not None and where == "B11")
    if who:
        answered(act(district.sign_in(Role.district_officer, "D"), row, "claim"))
        told = answered(chief.get(f"{URL}/{row.id}"))
        assert (told["is_overdue"], told["escalated_to"]) == (False, None)


def test_a_list_is_narrowed_by_organisation_inspection_and_state(district: District, deputy: Caller, officer: Caller) -> None:
    one, two = (keep_rectification(district, code, by=officer.account_id) for code in ("B11", "B12"))
    answered(act(deputy, one, "claim"))
    assert listed(deputy) == {str(one.id)} and listed(officer) == {str(one.id), str(two.id)}
    assert listed(officer, organization_id=str(district.ids["B12"])) == {str(two.id)}
    assert listed(officer, inspection_id=str(one.inspection_id)) == {str(one.id)} == listed(officer, state="claimed")
    assert listed(officer, state="open", overdue=False) == {str(two.id)}
    refused(deputy.get(URL, params={"organization_id": str(district.ids["B12"])}), 404, "not_found")


def test_of_many_steps_the_newest_are_told_and_how_many_there_are(district: District, deputy: Caller, officer: Caller) -> None:
    row, other = (keep_rectification(district, by=officer.account_id) for _ in range(2))
    answered(act(deputy, other, "claim"))
    with district.work() as work:
        for number in range(53):
            action = RectificationAction.return_ if number % 2 else RectificationAction.claim
            account = UUID(officer.account_id)
            step = RectificationEvent(rectification_id=row.id, action=action, at=work.at, done_by=account, note=str(number))
            work.add(step)
            work.flush()
    items = {item["id"]: item for item in answered(deputy.get(URL))["items"]}
    for told in (items[str(row.id)], answered(deputy.get(f"{URL}/{row.id}"))):
        assert told["event_count"] == 53 and [step["note"] for step in told["events"]] == [str(number) for number in range(3, 53)]
    assert (items[str(other.id)]["event_count"], len(items[str(other.id)]["events"])) == (1, 1)


def test_a_list_of_what_brings_its_steps_along_is_told_in_smaller_pages(
    district: District, officer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.rectifications.service.MOST_ROWS_WITH_THEIRS", 2)
    known = {str(keep_rectification(district, by=officer.account_id).id) for _ in range(3)}
    first = answered(officer.get(URL, params={"limit": 200}))
    rest = answered(officer.get(URL, params={"limit": 200, "cursor": first["next_cursor"]}))
    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (2, 1, None)
    assert {item["id"] for item in first["items"] + rest["items"]} == known


@pytest.mark.engine("sqlite")
def test_steps_are_told_as_they_were_taken_also_where_one_that_was_asked_for_first_had_to_wait(
    district: District, deputy: Caller, officer: Caller
) -> None:
    row = keep_rectification(district, by=officer.account_id)
    for caller, verb in ((deputy, "claim"), (officer, "return")):
        answered(act(caller, row, verb))
    with district.work() as work:
        (returned,) = work.exec(select(RectificationEvent).where(col(RectificationEvent.action) == RectificationAction.return_))
        returned.at -= timedelta(seconds=1)
    told = answered(deputy.get(f"{URL}/{row.id}"))["events"]
    assert [step["action"] for step in told] == ["claim", "return"] and told[0]["at"] > told[1]["at"]
