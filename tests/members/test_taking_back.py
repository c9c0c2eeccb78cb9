"""What the level above has recorded of a leaving is taken back from there, and what the branch has recorded, by the branch."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, update

from models.account import RoleGrant
from models.enums import MemberStatus, Role
from models.member import Member
from tests.conftest import PASSWORD, Caller, District
from tests.outcomes import deeds, refused, stored
from tests.verification.holders import change


def enrol(district: District, code: str = "B11") -> str:
    with district.work() as work:
        member = Member(
            organization_id=district.ids[code], full_name="陈晓梅", joined_on=date(1995, 7, 1), status=MemberStatus.full
        )
        work.add(member)
        return str(member.id)


def leave(caller: Caller, key: str, kind: str = "transferred_out") -> Any:
    return caller.post(f"/v1/members/{key}/leave", json={"kind": kind, "reason": "按决定办理"})


def restore(caller: Caller, key: str) -> Any:
    return caller.post(f"/v1/members/{key}/restore", json={"status": "full", "reason": "误标记为离开"})


def is_left(district: District, key: str) -> bool:
    return stored(district, Member, key).status is MemberStatus.left


@pytest.mark.parametrize("at", ["B11", "G"])
@pytest.mark.parametrize(
    ("role", "code"), [(Role.district_officer, "D"), (Role.town_officer, "T1"), (Role.secretary, "V1"), (Role.deputy, "V1")]
)
def test_a_leaving_recorded_from_above_the_branch_is_taken_back_from_there(
    district: District, role: Role, code: str, at: str
) -> None:
    district.add_group()
    key, above = enrol(district, at), district.sign_in(role, code)
    assert leave(above, key, "expelled").status_code == 200
    for led in (Role.secretary, Role.deputy):
        told = refused(restore(district.sign_in(led, "B11"), key), 403, "for_the_level_above")
        assert told["detail"] == "该党员的离开由上级登记，请由上级恢复或改登。"
    assert is_left(district, key) and deeds(district, key) == ["leave_member"]
    refused(restore(district.sign_in(Role.secretary, "B21"), key), 404, "not_found")
    # Not by the one who recorded it alone: by anybody who reaches there.
    assert restore(district.sign_in(Role.secretary, "V1"), key).status_code == 200
    assert not is_left(district, key)
    # What is recorded next is another leaving.
    assert leave(district.sign_in(Role.deputy, "B11"), key).status_code == 200
    assert restore(district.sign_in(Role.secretary, "B11"), key).status_code == 200


@pytest.mark.parametrize("role", [Role.secretary, Role.deputy])
def test_a_leaving_recorded_in_the_branch_is_taken_back_by_whoever_leads_it_and_from_above(district: District, role: Role) -> None:
    for taking in (district.sign_in(Role.deputy, "B11"), district.sign_in(Role.town_officer, "T1")):
        key = enrol(district)
        assert leave(district.sign_in(role, "B11"), key, "expelled").status_code == 200
        assert restore(taking, key).status_code == 200


def _end_roles(district: District, caller: Caller) -> None:
    with district.work() as work:
        work.exec(update(RoleGrant).where(col(RoleGrant.account_id) == UUID(caller.account_id)).values(ended_at=work.at))


def test_it_stays_so_when_the_role_has_ended_and_whoever_recorded_it_may_take_it_back_with_one_of_the_branch(
    district: District,
) -> None:
    key, officer = enrol(district), district.sign_in(Role.town_officer, "T1")
    assert leave(officer, key, "expelled").status_code == 200
    _end_roles(district, officer)
    refused(restore(district.sign_in(Role.secretary, "B11"), key), 403, "for_the_level_above")
    with district.work() as work:
        work.add(RoleGrant(account_id=UUID(officer.account_id), role=Role.secretary, organization_id=district.ids["B11"]))
    assert restore(officer, key).status_code == 200


def test_who_has_an_office_above_only_since_has_recorded_it_in_the_branch(district: District) -> None:
    key, secretary = enrol(district), district.sign_in(Role.secretary, "B11")
    assert leave(secretary, key).status_code == 200
    with district.work() as work:
        work.add(
            RoleGrant(
                account_id=UUID(secretary.account_id),
                role=Role.town_officer,
                organization_id=district.ids["T1"],
                created_at=work.at + timedelta(seconds=1),
            )
        )
    assert restore(district.sign_in(Role.deputy, "B11"), key).status_code == 200


def events(caller: Caller, key: str) -> list[tuple[str, str | None, str]]:
    items = caller.get(f"/v1/members/{key}/events").json()["items"]
    return [(item["kind"], item["left_kind"], item["recorded_by"]) for item in items]


@pytest.mark.parametrize("kind", ["expelled", "transferred_out"])
@pytest.mark.parametrize(("role", "code"), [(Role.district_officer, "D"), (Role.town_officer, "T1"), (Role.secretary, "V1")])
def test_what_the_level_above_records_after_the_branch_stands_and_is_taken_back_from_there(
    district: District, role: Role, code: str, kind: str
) -> None:
    key, deputy, above = enrol(district), district.sign_in(Role.deputy, "B11"), district.sign_in(role, code)
    secretary = district.sign_in(Role.secretary, "B11")
    assert leave(deputy, key).status_code == 200
    # The same by another of the branch is nothing new; the same from above is, since it is not for the branch to undo.
    assert leave(secretary, key).status_code == 200
    assert events(above, key) == [("left", "transferred_out", deputy.account_id)]
    for _ in range(2):
        told = leave(above, key, kind)
        assert (told.status_code, told.json()["left_kind"]) == (200, kind), told.text
    assert events(above, key) == [("left", kind, above.account_id), ("left", "transferred_out", deputy.account_id)]
    assert deeds(district, key) == ["leave_member"] * 2
    for led in (deputy, secretary):
        refused(restore(led, key), 403, "for_the_level_above")
        told = refused(leave(led, key, "deceased"), 403, "for_the_level_above")
        assert told["detail"] == "该党员的离开由上级登记，请由上级恢复或改登。"
        assert leave(led, key, kind).json()["left_kind"] == kind, "what stands may be said again"
    assert deeds(district, key) == ["leave_member"] * 2
    # The day and the reason are decided above as well.
    body = {"kind": kind, "reason": "更正日期", "left_on": "2020-03-01"}
    refused(secretary.post(f"/v1/members/{key}/leave", json=body), 403, "for_the_level_above")
    told = above.post(f"/v1/members/{key}/leave", json=body).json()
    assert (told["left_on"], told["left_reason"]) == ("2020-03-01", "更正日期")
    assert restore(above, key).status_code == 200
    assert leave(deputy, key).status_code == 200
    assert restore(secretary, key).status_code == 200, "the leaving that was taken back decides no more"


def test_the_branch_corrects_how_it_has_recorded_a_leaving(district: District) -> None:
    key, secretary = enrol(district), district.sign_in(Role.secretary, "B11")
    assert leave(secretary, key).status_code == 200
    assert leave(district.sign_in(Role.deputy, "B11"), key, "deceased").json()["left_kind"] == "deceased"
    assert restore(secretary, key).status_code == 200


@pytest.mark.parametrize("suspended", [False, True])
def test_another_leaving_tells_the_card_accordingly_and_whoever_comes_back_gets_all_that_the_leavings_took(
    district: District, suspended: bool
) -> None:
    key, secretary = enrol(district), district.sign_in(Role.secretary, "B11")
    officer = district.sign_in(Role.district_officer, "D")
    card = secretary.post("/v1/cards", json={"member_id": key}).json()["id"]
    if suspended:
        assert secretary.post(f"/v1/cards/{card}/suspend", json={"reason": "失联待查"}).status_code == 200
    account = district.sign_in_as(district.account(Role.member, "B11", member_id=UUID(key)))

    def states() -> list[str]:
        return [item["state"] for item in officer.get("/v1/cards", params={"member_id": key}).json()["items"]]

    for kind, state in (("transferred_out", "transferred"), ("expelled", "revoked"), ("removed", "revoked")):
        assert leave(secretary if state == "transferred" else officer, key, kind).status_code == 200
        assert states() == [state]
    assert deeds(district, card)[-2:] == ["transfer_card", "revoke_card"]
    told = restore(officer, key)
    assert [note[:5] for note in told.json()["notes"]] == ["账号已启用", "已发放新卡", "党内职务没"]
    assert states() == ["suspended" if suspended else "valid", "revoked"]
    # What an earlier leaving took is not touched by the next one.
    assert leave(officer, key, "transferred_out").status_code == 200
    assert states() == ["transferred", "revoked"]
    assert district.client.post("/v1/sessions", json={"username": account.username, "password": PASSWORD}).status_code == 401


def test_who_left_on_probation_stays_one_of_probation_however_it_is_recorded(district: District) -> None:
    key, officer = enrol(district), district.sign_in(Role.district_officer, "D")
    change(district.house, Member, UUID(key), status=MemberStatus.probationary)
    assert leave(district.sign_in(Role.deputy, "B11"), key).status_code == 200
    assert leave(officer, key, "probation_cancelled").json()["left_kind"] == "probation_cancelled"
    assert restore(officer, key).status_code == 422
    body = {"status": "probationary", "reason": "误标记为离开"}
    assert officer.post(f"/v1/members/{key}/restore", json=body).status_code == 200
    full = enrol(district)
    assert leave(officer, full).status_code == leave(officer, full, "expelled").status_code == 200
    assert leave(officer, full, "probation_cancelled").status_code == 422


def test_of_one_who_was_erased_no_leaving_is_recorded(district: District) -> None:
    key, officer = enrol(district), district.sign_in(Role.district_officer, "D")
    assert leave(officer, key, "expelled").status_code == 200
    told = officer.post("/v1/privacy/erasures", json={"member_id": key, "ground": "not_needed"})
    assert told.status_code == 200, told.text
    refused(leave(officer, key, "expelled"), 409, "member_has_left")
    assert events(officer, key) == []


def test_one_account_records_only_so_often_how_somebody_has_left_until_he_comes_back(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.members.rules.MOST_LEAVINGS", 2)
    key, secretary = enrol(district), district.sign_in(Role.secretary, "B11")
    kinds = ("transferred_out", "deceased", "withdrew")
    assert [leave(secretary, key, kind).status_code for kind in kinds[:2]] == [200, 200]
    refused(leave(secretary, key, kinds[2]), 409, "too_many_leavings")
    assert leave(secretary, key, kinds[1]).status_code == 200, "the same again changes nothing"
    assert deeds(district, key) == ["leave_member"] * 2
    # Nobody uses up what others may record, nor keeps him from coming back.
    assert leave(district.sign_in(Role.deputy, "B11"), key, kinds[2]).status_code == 200
    assert restore(secretary, key).status_code == 200
    assert [leave(secretary, key, kind).status_code for kind in kinds[:2]] == [200, 200]
    refused(leave(secretary, key, kinds[2]), 409, "too_many_leavings")
