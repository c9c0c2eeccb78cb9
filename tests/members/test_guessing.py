"""What is told of what is kept sealed: to whoever may not change it, nothing; of numbers that a roster tries, only a few."""

from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import pytest
from sqlmodel import col, func, select
from stdnum.iso7064 import mod_11_2

from models.audit import AuditLine
from models.enums import Role
from models.member import Member
from tests.conftest import Caller, District
from tests.members.rosters import number, person, send, sheet


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


def of_an_officer(district: District, secretary: Caller) -> None:
    """Let a member of the branch hold an office above its secretary."""
    assert send(secretary, sheet(person("陈晓梅", 1))).json()["created"] == 1
    with district.work() as work:
        member_id = work.exec(select(Member.id).where(col(Member.full_name) == "陈晓梅")).one()
    district.sign_in(Role.district_officer, "D", member_id=member_id)


def alike(one: str) -> Iterator[str]:
    """A number and those that differ from it in their region alone."""
    for region in count(int(one[:6])):
        if mod_11_2.calc_check_digit(f"{region}{one[6:-1]}") == one[-1]:
            yield f"{region}{one[6:]}"


@pytest.mark.parametrize("dry_run", [True, False])
def test_whoever_may_not_change_what_is_sealed_learns_nothing_of_it_by_a_roster(
    district: District, secretary: Caller, dry_run: bool
) -> None:
    of_an_officer(district, secretary)

    def told(**guess: str) -> Any:
        answer = send(secretary, sheet(person("陈晓梅", 1, **guess)), dry_run=dry_run)
        assert answer.status_code == 200, answer.text
        return answer.json()

    right = told()
    assert right["unchanged"] == 1
    columns = ("身份证号", "联系电话", "家庭住址")
    assert [(one["column"], one["rule"]) for one in right["warnings"]] == [(column, "not_compared") for column in columns]
    assert told(mobile="13900139000") == told(address="上塘村2号") == right


def test_a_number_that_shows_what_is_shown_of_ones_superiors_is_taken_for_hers_whatever_its_region(
    district: District, secretary: Caller
) -> None:
    of_an_officer(district, secretary)
    right, wrong = islice(alike(number(1)), 2)
    assert right == number(1)
    for named in ("陈晓梅", "陈晓兰"):
        told = [
            send(secretary, sheet((named, guess, *person("", 1)[2:])), dry_run=True, on_error="skip").json()
            for guess in (right, wrong)
        ]
        assert told[0] == told[1] and told[0]["created"] == 0


def test_of_a_person_one_row_of_a_roster_is_heard_also_where_it_is_refused(district: District, secretary: Caller) -> None:
    of_an_officer(district, secretary)
    name, _, *rest = person("陈晓梅", 1, confirmed="1996-07-02")
    guesses = [(name, None, *rest)] * 3
    answer = send(secretary, sheet(*guesses), dry_run=True, on_error="skip").json()
    assert [one["rule"] for one in answer["rejected"]] == ["for_the_level_above", "duplicate_person", "duplicate_person"]


def test_of_numbers_that_differ_in_their_region_alone_three_are_taken_from_a_roster(secretary: Caller) -> None:
    rows = [(f"陈晓{name}", one, *person("", 1)[2:]) for name, one in zip("梅兰竹菊", islice(alike(number(1)), 4), strict=True)]
    answer = send(secretary, sheet(*rows), dry_run=True, on_error="skip").json()
    assert answer["created"] == 3 and [(one["row"], one["rule"]) for one in answer["rejected"]] == [(5, "ids_alike")]


def enter(district: District, caller: Caller, name: str, national_id: str | None = None) -> Any:
    body = {"full_name": name, "joined_on": "1995-07-01", "confirmed_on": "1996-07-01", "birth_date": "1968-03-15"}
    return caller.post("/v1/members", json={**body, "national_id": national_id, "organization_id": str(district.ids["B11"])})


def lines(district: District) -> int:
    with district.work() as work:
        return int(work.exec(select(func.count()).select_from(AuditLine)).one())


@pytest.mark.parametrize("kind", [None, "transferred_out", "expelled"], ids=["holds an office", "moved", "expelled"])
def test_a_form_takes_for_theirs_what_shows_what_is_shown_of_those_about_whom_one_may_not_act(
    district: District, secretary: Caller, kind: str | None
) -> None:
    town = district.sign_in(Role.town_officer, "T1")

    def leave(key: str, kind: str) -> None:
        assert town.post(f"/v1/members/{key}/leave", json={"kind": kind, "reason": "按决定办理"}).status_code == 200

    if kind is None:
        of_an_officer(district, secretary)
    else:
        leave(enter(district, secretary, "陈晓梅", number(1)).json()["id"], kind)
    leave(enter(district, secretary, "陈国华").json()["id"], "expelled")
    like = enter(district, secretary, "陈晓兰").json()["id"]
    right, *wrong = islice(alike(number(1)), 3)

    def told(guess: str, name: str, *, editing: bool) -> tuple[int, str]:
        if editing:
            body = {"national_id": guess, "full_name": name, "birth_date": "1968-03-15", "joined_on": "1994-07-01"}
            answer = secretary.patch(f"/v1/members/{like}", json=body, headers={"If-Match": "*"})
        else:
            answer = enter(district, secretary, name, guess)
        return answer.status_code, answer.json()["code"]

    before = lines(district)
    for editing in (False, True):
        for name in ("陈晓梅", "陈晓菊", "陈国华"):
            assert {told(guess, name, editing=editing) for guess in wrong} == {told(right, name, editing=editing)}
        assert told(right, "陈晓菊", editing=editing) == (409, "identity_number_taken")
    assert lines(district) == before
    for name in ("陈晓梅", "陈晓菊", "陈国华"):
        rows = [sheet((name, guess, *person("", 1)[2:])) for guess in (right, wrong[0])]
        tried = [send(secretary, row, dry_run=True, on_error="skip").json() for row in rows]
        assert tried[0] == tried[1] and tried[0]["created"] == 0
    # Whoever may act about him is told of the number itself.
    if kind is not None:
        assert enter(district, town, "陈晓菊", wrong[0]).status_code == 201
        assert enter(district, town, "陈晓竹", right).status_code == 409


def test_what_is_refused_for_its_name_tells_nothing_of_a_number_elsewhere(district: District, secretary: Caller) -> None:
    town = district.sign_in(Role.town_officer, "T1")
    out = enter(district, secretary, "陈国华").json()["id"]
    assert town.post(f"/v1/members/{out}/leave", json={"kind": "expelled", "reason": "按决定办理"}).status_code == 200
    like = enter(district, secretary, "陈晓兰").json()["id"]
    there = {"full_name": "周小燕", "joined_on": "1995-07-01", "confirmed_on": "1996-07-01", "national_id": number(2)}
    body = {**there, "organization_id": str(district.ids["B21"])}
    assert district.sign_in(Role.secretary, "B21").post("/v1/members", json=body).status_code == 201
    before = lines(district)
    for guess in (number(2), number(4)):
        changes = {"national_id": guess, "full_name": "陈国华"}
        answer = secretary.patch(f"/v1/members/{like}", json=changes, headers={"If-Match": "*"})
        assert (answer.status_code, answer.json()["code"]) == (409, "has_left")
    assert lines(district) == before
