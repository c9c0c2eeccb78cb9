"""Who may act about whom: one rule, asked by every operation that ends, opens or changes something of another."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from fastapi import FastAPI

from api.access.permissions import DECIDERS, MAY_GRANT, Permission
from api.access.rules import ForTheLevelAbove, Standing, check_acting_about, check_taking_back
from models.enums import Role
from models.member import Member
from tests.access.asking import code
from tests.access.person import Person, told
from tests.authorization import ABOUT_A_PERSON, HIS_OWN, NOT_ABOUT_A_PERSON, about_oneself, asked_about
from tests.conftest import District
from tests.routes import doors
from tests.transfers.moves import decide, requested

OWN = {Permission.own_account, Permission.own_card, Permission.own_record}
"""Whoever writes by one of these does it about himself: none of their doors takes anybody's name."""


def test_every_operation_about_another_is_tried(app: FastAPI) -> None:
    names = {door.name for door in doors(app) if set(door.permissions) - OWN and door.method != "GET"}
    untried = sorted(names - ABOUT_A_PERSON.keys() - NOT_ABOUT_A_PERSON.keys())
    assert not untried, (
        f"{untried} may be about another person: show in OPERATIONS of tests/ROOM/about.py how somebody asks for it about "
        "a `Person`, or tell in [not_about_a_person] of tests/ROOM/authorization.toml why it is about nobody"
    )
    left_over = sorted((ABOUT_A_PERSON.keys() | NOT_ABOUT_A_PERSON.keys()) - names)
    assert not left_over, f"{left_over} in a room's about.py or authorization.toml: there is no such writing operation, take it out"
    twice = sorted(ABOUT_A_PERSON.keys() & NOT_ABOUT_A_PERSON.keys())
    assert not twice, f"{twice} in a room's about.py and in an authorization.toml too: take it out of one"


ABOVE: dict[Role, tuple[str, tuple[tuple[Role, str], ...]]] = {
    Role.deputy: ("B11", ((Role.deputy, "B11"), (Role.secretary, "V1"))),
    Role.secretary: ("B11", ((Role.secretary, "B11"), (Role.administrator, "D"))),
    Role.town_officer: ("T1", ((Role.town_officer, "T1"), (Role.auditor, "T1"))),
    Role.administrator: ("D", ((Role.deputy, "B11"), (Role.town_officer, "T1"))),
    Role.district_officer: ("D", ()),
}
"""By role and place, some who hold as much there, or more, or what it does not give out."""


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("role", ABOVE)
def test_nobody_acts_about_himself_his_equals_or_those_above(district: District, role: Role) -> None:
    place, above = ABOVE[role]
    one, caller = Person(district), district.sign_in(role, place)
    for held in above:
        one.holds_only(*held)
        for operation in asked_about(role):
            takes_two = operation in ("renew_slip", "reset_otp") and held[0] in DECIDERS and role not in DECIDERS
            expected = "district_role_needed" if takes_two else "for_the_level_above"
            assert told(ABOUT_A_PERSON[operation](caller, one)) == expected, (operation, held)
    one.holds_only(role, place)
    for operation in asked_about(role):
        if operation not in HIS_OWN:
            assert told(ABOUT_A_PERSON[operation](one.account, one)) == about_oneself(operation), operation


@pytest.mark.parametrize("operation", ["edit_member", "leave_member", "suspend_card", "disable_account", "grant_role"])
def test_what_a_secretary_may_not_do_the_level_above_does(district: District, operation: str) -> None:
    one = Person(district)
    one.holds(Role.deputy, "B11") if operation == "grant_role" else one.holds(Role.secretary, "B11")
    assert ABOUT_A_PERSON[operation](district.sign_in(Role.town_officer, "T1"), one).status_code in (200, 201)


def test_about_one_who_decides_for_the_district_another_decides_whatever_else_he_holds(district: District) -> None:
    one = Person(district)
    one.holds(Role.district_officer, "D")
    one.holds(Role.secretary, "B11")
    assert code(ABOUT_A_PERSON["leave_member"](district.sign_in(Role.town_officer, "T1"), one), 403) == "for_the_level_above"
    assert ABOUT_A_PERSON["leave_member"](district.sign_in(Role.district_officer, "D"), one).status_code == 200


def test_an_import_leaves_the_rows_of_equals_as_they_are_and_says_so(district: District) -> None:
    one = Person(district)
    one.holds(Role.secretary, "B11")
    with district.work() as work:
        work.get_one(Member, one.holder.member_id).full_name = "钱多多"
    sheet = "姓名,入党日期,转正日期,所在支部,备注\n钱多多,1995-07-01,1996-07-01,上塘村第一党支部,改了\n"
    secretary = district.sign_in(Role.secretary, "B11")
    answer = secretary.post("/v1/members/import?on_error=skip", files={"file": ("roster.csv", sheet.encode())})
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["rejected"]
    assert row["rule"] == "for_the_level_above"
    with district.work() as work:
        assert work.get_one(Member, one.holder.member_id).remark is None


PLACES = ("d/", "d/t/", "d/t/b/", "d/u/")
ROLES_THERE = [Standing(role, path) for role, path in product(Role, PLACES)]


def test_the_rule_agrees_with_its_sentence() -> None:
    """A second writing of the rule, for one role each: above the other's place a role that gives his out, and not the same there;
    at the root another decider."""
    for actor, subject in product(ROLES_THERE, repeat=2):
        if subject.role in (Role.administrator, Role.district_officer, Role.auditor):
            may = actor.role in (Role.administrator, Role.district_officer)
        elif subject.role is Role.member:
            may = True
        else:
            covers = subject.path[: len(actor.path)] == actor.path
            may = covers and subject.role in MAY_GRANT[actor.role] and (actor.role, actor.path) != (subject.role, subject.path)
        try:
            check_acting_about([actor], [subject])
        except ForTheLevelAbove:
            assert not may, (actor, subject)
        else:
            assert may, (actor, subject)


def refuses(check: Callable[..., None], *asked: Any) -> bool:
    try:
        check(*asked)
    except ForTheLevelAbove:
        return True
    return False


def test_a_role_is_taken_back_by_whoever_gives_it_out_there_whatever_its_holder_is_elsewhere() -> None:
    """For one role each: of the caller, of the other beside the one in question, and that one."""
    for actor, beside, taken in product(ROLES_THERE, ROLES_THERE, ROLES_THERE):
        gives = taken.role in MAY_GRANT[actor.role] and taken.path.startswith(actor.path) and actor != taken
        is_elsewhere = not (actor.path.startswith(beside.path) or beside.path.startswith(actor.path))
        may = gives and (is_elsewhere or not refuses(check_acting_about, [actor], [beside]))
        if taken.role not in (Role.administrator, Role.district_officer, Role.auditor):
            assert refuses(check_taking_back, [actor], taken, [beside, taken]) is not may, (actor, beside, taken)


@pytest.mark.parametrize("role", [Role.deputy, Role.secretary])
def test_who_has_moved_to_another_town_loses_what_he_led_beside_by_whoever_gives_that_out(district: District, role: Role) -> None:
    one = Person(district)
    one.holds(role, "B12")
    former, present = district.sign_in(Role.town_officer, "T1"), district.sign_in(Role.town_officer, "T2")
    assert decide(present, requested(former, district, one.holder.member_id, "B21"), "accept").status_code == 200
    one.holds(Role.secretary, "B21")
    roles = f"/v1/grants?account_id={one.account.account_id}"
    (left,) = former.get(roles).json()["items"]
    assert (left["role"], left["organization_name"]) == (role.value, "上塘村第二党支部")
    assert {held["role"] for held in present.get(roles).json()["items"]} == {"member", "secretary"}, "no more than is theirs"
    assert one.account.get("/v1/members", params={"organization_id": str(district.ids["B12"])}).status_code == 200
    leading = f"/v1/grants/{left['id']}"
    assert code(present.delete(leading), 404) == code(district.sign_in(Role.secretary, "B11").delete(leading), 404) == "not_found"
    assert one.account.delete(leading).status_code == (404 if role is Role.deputy else 403)
    peer = district.sign_in(Role.secretary, "B12")
    assert peer.delete(leading).status_code == (204 if role is Role.deputy else 403)
    assert former.delete(leading).status_code == 204
    assert one.account.get("/v1/members", params={"organization_id": str(district.ids["B12"])}).status_code == 404
    assert code(former.get(roles), 404) == "not_found", "nothing of his is theirs any more"
    assert code(former.post(f"/v1/accounts/{one.account.account_id}/disable"), 404) == "not_found"


@pytest.mark.parametrize("beside", [(Role.town_officer, "T1"), (Role.secretary, "V1"), (Role.auditor, "T2")])
def test_a_lesser_role_of_an_equal_or_one_above_is_not_taken_back_from_below(district: District, beside: tuple[Role, str]) -> None:
    one = Person(district)
    one.holds(Role.deputy, "B12")
    one.holds(*beside)
    chief = district.sign_in(Role.district_officer, "D")
    items = chief.get(f"/v1/grants?account_id={one.account.account_id}").json()["items"]
    (leading,) = (f"/v1/grants/{held['id']}" for held in items if held["role"] == "deputy")
    caller = district.sign_in(Role.secretary, "B12") if beside[1] == "V1" else district.sign_in(Role.town_officer, "T1")
    assert code(caller.delete(leading), 403) == "for_the_level_above"
    assert chief.delete(leading).status_code == 204
