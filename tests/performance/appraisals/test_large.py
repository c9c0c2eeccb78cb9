"""A round of a branch that somebody has filled: what is done in it stays cheap, or is refused."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from api.performance.appraisals import rules
from models.enums import Role
from tests.conftest import Caller, District
from tests.fetched import fetched, sent_in_writing
from tests.outcomes import refused
from tests.performance.appraisals.kept import URL, begin, begun, close, decide, meet, votes
from tests.pledges.kept import keep_member

SELF = {"grade": "qualified", "words": "好"}


def test_evaluations_read_and_hold_those_whom_they_are_about_and_not_the_branch(district: District) -> None:
    keys = [keep_member(district, "B11") for _ in range(6)]
    first, second = (district.sign_in(Role.member, "B11", member_id=key) for key in keys[:2])
    url = begun(district.sign_in(Role.secretary, "B11"), district)

    def rows(evaluate: Callable[[], object]) -> int:
        with fetched(district.house) as statements:
            evaluate()
        return sum(one.rows for one in statements)

    def evaluate(caller: Caller, number: int) -> tuple[int, int]:
        peer = {"member_id": str(keys[number]), "grade": "qualified"}
        answers = []
        told = (
            rows(lambda: answers.append(caller.post(f"{url}/self", json=SELF))),
            rows(lambda: answers.append(caller.post(f"{url}/peers", json=peer))),
        )
        assert [one.status_code for one in answers] == [204, 204]
        return told

    few = evaluate(first, 2)
    for _ in range(25):
        keep_member(district, "B11")
    assert evaluate(second, 3) == few


def test_what_a_meeting_has_decided_of_many_is_written_by_as_few_statements_as_of_few(district: District) -> None:
    """On SQLite nobody else writes meanwhile."""
    keys = [keep_member(district, "B11") for _ in range(20)]
    secretary = district.sign_in(Role.secretary, "B11")
    url = begun(secretary, district)

    def made(enter: Callable[[], Any]) -> int:
        with sent_in_writing(district.house) as statements:
            answer = enter()
        assert answer.status_code == 200, answer.text
        return len(statements)

    few, many = keys[:3], keys[3:]
    assert decide(secretary, url, (few[0], "basically_qualified", "努力")).status_code == 200
    voted = [made(partial(meet, secretary, url, 4, *(votes(key, qualified=4) for key in some))) for some in (few, many)]
    graded = [made(partial(decide, secretary, url, *((key, "qualified") for key in some))) for some in (few, many)]
    assert voted[1] <= voted[0] and graded[1] <= graded[0], (voted, graded)
    assert {one["grade"] for one in secretary.get(url).json()["items"]} == {"qualified"}


def test_a_branch_of_more_members_than_a_round_is_held_by_holds_none(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    most = rules.MOST_MEMBERS
    assert 100 <= most <= 500
    monkeypatch.setattr(rules, "MOST_MEMBERS", 4)
    district.add_group("G")
    keys = [keep_member(district, "G" if number else "B11", f"丁{number}") for number in range(4)]
    secretary = district.sign_in(Role.secretary, "B11")
    member = district.sign_in(Role.member, "G", member_id=keys[1])
    url = begun(secretary, district)
    peer = {"member_id": str(keys[2]), "grade": "qualified"}
    assert member.post(f"{url}/peers", json=peer).status_code == 204
    told = secretary.get(url).json()
    assert len(told["items"]) == 4

    late = [keep_member(district, "G", f"一{number}") for number in range(3)]
    for answer in (
        begin(secretary, district, year=told["year"] - 1),
        member.post(f"{url}/self", json=SELF),
        member.post(f"{url}/peers", json=peer | {"member_id": str(late[0])}),
        meet(secretary, url, 4, votes(keys[0], qualified=4)),
        decide(secretary, url, (keys[0], "qualified")),
        close(secretary, url),
    ):
        refused(answer, 409, "branch_too_large")
    shown = secretary.get(url).json()
    assert [one["member_name"] for one in shown["items"]] == ["一0", "一1", "一2", "丁0"] and shown["version"] == told["version"]
    assert secretary.get(URL).json()["items"] == [shown]
    mine = member.get(f"{URL}/mine").json()["items"]
    assert [one["id"] for one in mine] == [told["id"]], "each is told of himself, whoever is told of among so many"

    officer = district.sign_in(Role.district_officer, "D")
    left = {"kind": "deceased", "left_on": "2026-01-05", "reason": "病故"}
    for key in late:
        assert officer.post(f"/v1/members/{key}/leave", json=left).status_code == 200
    assert member.post(f"{url}/self", json=SELF).status_code == 204
    assert decide(officer, url, *((key, "qualified") for key in keys)).status_code == close(secretary, url).status_code == 200
