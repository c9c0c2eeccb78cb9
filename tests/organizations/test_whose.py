"""Who moves and closes an organisation: nobody who is of it, nor where it ends what one holds about whom he may not act."""

from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from models.account import Account
from models.enums import PartyPost, Role
from models.member import Member
from models.post import PostHolding
from models.post_enums import PostKind
from models.venue import Venue
from tests.access.asking import code
from tests.access.factors import demand
from tests.conftest import Caller, District
from tests.organizations.holding import holds, roles
from tests.outcomes import deeds, stored
from tests.pledges.kept import keep_member
from tests.posts.kept import add_application, keep_held, keep_post
from tests.venues.kept import keep_venue
from tests.verification.holders import hold

ABOVE = [(Role.district_officer, "D"), (Role.town_officer, "T1"), (Role.auditor, "D"), (Role.administrator, "D")]


def move(caller: Caller, district: District, what: str, parent: str) -> Any:
    return caller.post(f"/v1/organizations/{district.ids[what]}/move", json={"parent_id": str(district.ids[parent])})


def close(caller: Caller, district: District, what: str) -> Any:
    return caller.post(f"/v1/organizations/{district.ids[what]}/close")


def of(district: District, role: Role, place: str, home: str) -> Caller:
    """Somebody with this role there, whose account is of where he belongs."""
    caller = district.sign_in(role, place, member_id=keep_member(district, home, "钱途"))
    with district.work() as work:
        work.get_one(Account, UUID(caller.account_id)).organization_id = district.ids[home]
    return caller


@pytest.mark.parametrize(("role", "at"), ABOVE)
def test_what_an_equal_or_one_above_holds_of_what_is_above_is_not_ended_by_a_move(district: District, role: Role, at: str) -> None:
    member_id = keep_member(district, "B11")
    one = district.sign_in(role, at, member_id=member_id)
    officer, chief = district.sign_in(Role.town_officer, "T1"), district.sign_in(Role.district_officer, "D")
    holds(district, one, Role.secretary, "V1")
    assert code(move(officer, district, "B11", "T1"), 403) == "for_the_level_above"
    assert (Role.secretary, district.ids["V1"]) in roles(district, one)
    assert move(chief, district, "B11", "T1").status_code == 200
    assert roles(district, one) == {(role, district.ids[at])}


@pytest.mark.parametrize("what", ["post", "application", "party_post"])
def test_nor_is_what_he_holds_or_asks_for_by_a_post(district: District, what: str) -> None:
    district.add_group()
    member_id = keep_member(district, "G", party_post=PartyPost.secretary if what == "party_post" else None)
    one = district.sign_in(Role.town_officer, "T1", member_id=member_id)
    post = keep_post(district, "B11")
    held = keep_held(district, post, member_id) if what == "post" else None
    if what == "application":
        with district.work() as work:
            add_application(work, post, member_id, UUID(one.account_id))
    officer, chief = district.sign_in(Role.town_officer, "T1"), district.sign_in(Role.district_officer, "D")
    assert code(move(officer, district, "G", "B12"), 403) == "for_the_level_above"
    assert code(move(one, district, "G", "B12"), 403) == "about_oneself"
    assert stored(district, Member, member_id).party_post is (PartyPost.secretary if what == "party_post" else None)
    assert held is None or stored(district, PostHolding, held.id).until is None
    assert move(chief, district, "G", "B12").status_code == 200
    assert stored(district, Member, member_id).party_post is None
    assert held is None or stored(district, PostHolding, held.id).end_reason == "member_moved"


def test_who_loses_nothing_by_it_keeps_nobody_from_moving_his_branch(district: District) -> None:
    one = district.sign_in(Role.district_officer, "D", member_id=keep_member(district, "B11"))
    assert move(district.sign_in(Role.town_officer, "T1"), district, "B11", "T1").status_code == 200
    assert roles(district, one) == {(Role.district_officer, district.ids["D"])}


@pytest.mark.parametrize(("what", "parent"), [("G", "B12"), ("B11", "T1"), ("V1", "T2")])
@pytest.mark.parametrize(("role", "at"), [(Role.town_officer, "T1"), (Role.district_officer, "D")])
def test_nobody_moves_what_he_is_of(district: District, role: Role, at: str, what: str, parent: str) -> None:
    district.add_group()
    one, chief = of(district, role, at, "G"), district.sign_in(Role.district_officer, "D")
    told = ("not_found", 404) if (at, what) == ("T1", "V1") else ("for_the_level_above", 403)
    assert code(move(one, district, what, parent), told[1]) == told[0]
    assert move(one, district, "B12", "T1").status_code == 200
    assert move(chief, district, what, parent).status_code == 200


def test_nobody_closes_what_he_is_of(district: District) -> None:
    one = district.sign_in(Role.town_officer, "T1")
    with district.work() as work:
        work.get_one(Account, UUID(one.account_id)).organization_id = district.ids["B12"]
    assert code(close(one, district, "B12"), 403) == "for_the_level_above"
    assert close(district.sign_in(Role.town_officer, "T1"), district, "B12").status_code == 200


def test_a_post_that_somebody_holds_is_not_closed_with_its_organisation_by_who_takes_posts_from_nobody(district: District) -> None:
    sent = keep_member(district, "B21")
    held = keep_held(district, keep_post(district, "B12", kind=PostKind.first_secretary), sent, sent_by_id=district.ids["D"])
    keep_post(district, "B22", kind=PostKind.first_secretary)
    administrator = district.sign_in(Role.administrator, "D")
    assert code(close(administrator, district, "B12"), 403) == "for_the_level_above"
    assert stored(district, PostHolding, held.id).until is None
    assert close(administrator, district, "B22").status_code == 200
    assert close(district.sign_in(Role.town_officer, "T1"), district, "B12").status_code == 200
    assert stored(district, PostHolding, held.id).end_reason == "organization_closed"


def test_a_move_wants_a_fresh_proof(app: FastAPI, district: District) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    demand(app, otp=False)
    assert code(move(officer, district, "B11", "V2"), 403) == "step_up_required"


def test_a_group_that_is_moved_leaves_the_posts_within_the_party_of_its_branch(district: District) -> None:
    district.add_group()
    leader, other = hold(district.house, district.ids["G"], "钱途"), hold(district.house, district.ids["B11"])
    venues = {branch: keep_venue(district, branch, name=branch) for branch in ("B11", "B12")}
    for branch, venue in venues.items():
        party = {"kind": PostKind.party, "party_post": PartyPost.secretary, "is_public": True}
        keep_post(district, branch, title="书记", venue_id=venue.id, **party)

    def told(branch: str) -> list[str]:
        page = district.client.get(f"/C/{venues[branch].code}", headers={"Accept": "application/json"}).json()
        return [holder["display_name"] for post in page["venue"]["posts"] for holder in post["holders"]]

    assert (sorted(told("B11")), told("B12")) == (sorted(["钱途", "王秀兰"]), [])
    assert move(district.sign_in(Role.town_officer, "T1"), district, "G", "B12").status_code == 200
    assert (told("B11"), told("B12")) == (["王秀兰"], [])
    assert deeds(district, leader.member_id) == ["edit_member"] and deeds(district, other.member_id) == []
    card = district.client.get(f"/C/{leader.code}", headers={"Accept": "application/json"}).json()["card"]
    assert card["posts"] == []
    assert move(district.sign_in(Role.district_officer, "D"), district, "B11", "V2").status_code == 200
    assert told("B11") == ["王秀兰"], "a branch takes its own with it"


def test_nobody_looks_after_a_venue_of_what_his_organisation_has_left(district: District) -> None:
    district.add_group()
    contact, other = keep_member(district, "G"), keep_member(district, "B12")
    codes = ("D", "T1", "V1", "B12", "B11", "G")
    venues = {place: keep_venue(district, place, contact_member_id=contact).id for place in codes}
    kept = keep_venue(district, "V1", contact_member_id=other).id

    def with_contact() -> set[str]:
        return {place for place, key in venues.items() if stored(district, Venue, key).contact_member_id}

    officer = district.sign_in(Role.district_officer, "D")
    assert move(officer, district, "B11", "T1").status_code == 200
    assert with_contact() == {"D", "T1", "B11", "G"}
    assert move(officer, district, "B11", "V2").status_code == 200
    assert with_contact() == {"D", "B11", "G"}
    assert deeds(district, venues["V1"]) == ["edit_venue"]
    assert stored(district, Venue, kept).contact_member_id == other
