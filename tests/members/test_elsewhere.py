"""That an identity number is somebody's outside one's reach is told seldom, and always leaves an audit entry."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from api.members.elsewhere import A_DAY, A_DAY_WITH_HANDS, ACTION
from models.account import Account, RoleGrant
from models.enums import Role
from tests.access.person import made_by
from tests.accounts.people import deeds, enrol
from tests.conftest import Caller, District
from tests.members.rosters import number

HEAD = "姓名,身份证号,入党时间,转正时间,所在支部"


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


@pytest.fixture
def strangers(district: District) -> list[str]:
    """The numbers of members of another town."""
    officer = district.sign_in(Role.town_officer, "T2")
    numbers = [number(sequence) for sequence in range(2, 2 * A_DAY + 12, 2)]
    sent = send(officer, [f"周{han(place)},{value},1995-07-01,1996-07-01,南塘村第一党支部" for place, value in enumerate(numbers)])
    assert sent.json()["created"] == len(numbers), sent.text
    return numbers


def han(place: int) -> str:
    return chr(0x4E00 + place) + chr(0x4E50 + place)


def row(value: str, name: str = "吴小梅") -> str:
    return f"{name},{value},1995-07-01,1996-07-01,上塘村第一党支部"


def send(caller: Caller, rows: list[str], **query: str) -> Any:
    sheet = "\n".join([HEAD, *rows])
    return caller.post("/v1/members/import", params=query, files={"file": ("roster.csv", sheet.encode())})


def told(answer: Any) -> list[str]:
    return [item["rule"] for item in answer.json()["rejected"]]


@pytest.mark.parametrize("query", [{"dry_run": "true"}, {"on_error": "skip"}, {"on_error": "abort"}], ids=str)
def test_it_is_told_only_so_often_a_day_and_leaves_an_entry_each_time(
    district: District, secretary: Caller, strangers: list[str], query: dict[str, str]
) -> None:
    half = A_DAY // 2
    first = send(secretary, [row(value, f"吴{han(place)}") for place, value in enumerate(strangers[:half])], **query)
    assert told(first) == ["id_elsewhere"] * half
    assert len(deeds(district, ACTION)) == half
    second = send(secretary, [row(value, f"吴{han(place)}") for place, value in enumerate(strangers)], **query)
    assert told(second) == ["id_elsewhere"] * half + ["id_ask_above"] * (len(strangers) - half)
    assert len(deeds(district, ACTION)) == A_DAY


def test_beyond_that_a_free_number_is_answered_like_a_taken_one(
    district: District, secretary: Caller, strangers: list[str]
) -> None:
    for value in strangers[:A_DAY]:
        content = {"full_name": "吴小梅", "joined_on": "1995-07-01", "confirmed_on": "1996-07-01", "national_id": value}
        answer = secretary.post("/v1/members", json={**content, "organization_id": str(district.ids["B11"])})
        assert (answer.status_code, answer.json()["code"]) == (409, "identity_number_taken")
    assert len(deeds(district, ACTION)) == A_DAY
    free, taken = number(901), strangers[-1]
    assert told(send(secretary, [row(free)], dry_run="true")) == told(send(secretary, [row(taken)], dry_run="true"))
    for value in (free, taken):
        answer = secretary.post("/v1/members", json={**content, "national_id": value, "organization_id": str(district.ids["B11"])})
        assert (answer.status_code, answer.json()["code"]) == (409, "identity_number_unchecked")


def test_within_reach_it_is_told_without_end(district: District, strangers: list[str]) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    rules = told(send(officer, [row(value) for value in strangers], dry_run="true"))
    assert set(rules) == {"branch_differs"}
    assert deeds(district, ACTION) == []


@pytest.mark.parametrize("named", [False, True], ids=["names nobody", "names a member"])
def test_more_accounts_are_not_told_more(district: District, secretary: Caller, strangers: list[str], named: bool) -> None:
    """Those that the secretary makes, and those that these are handed out by, count together."""
    half = A_DAY // 2
    for place in range(3):
        hand = district.sign_in(Role.secretary, "B11", member_id=enrol(district, "B11", "钱多多")[0] if named else None)
        with district.work() as work:
            work.get_one(Account, UUID(hand.account_id)).slip_made_by = UUID(secretary.account_id)
        wanted = [row(value, f"吴{han(place)}") for place, value in enumerate(strangers[:half])]
        expected = "id_elsewhere" if place < 2 else "id_ask_above"
        assert told(send(hand, wanted, dry_run="true")) == [expected] * half
    assert told(send(secretary, [row(strangers[0])], dry_run="true")) == ["id_ask_above"]
    other = district.sign_in(Role.secretary, "B11")
    assert told(send(other, [row(strangers[0])], dry_run="true")) == ["id_elsewhere"]


def test_those_whom_a_district_officer_has_made_are_told_each_for_himself(district: District, strangers: list[str]) -> None:
    chief, rows = district.sign_in(Role.district_officer, "D"), [row(v, f"吴{han(n)}") for n, v in enumerate(strangers[:A_DAY])]
    for _ in range(2):
        made = district.sign_in(Role.secretary, "B11")
        with district.work() as work:
            work.get_one(Account, UUID(made.account_id)).created_by = UUID(chief.account_id)
        assert told(send(made, rows, dry_run="true")) == ["id_elsewhere"] * A_DAY


@pytest.mark.parametrize("has_decided", [False, True])
def test_whoever_uses_up_hers_keeps_nobody_else_of_the_town_from_entering(
    district: District, secretary: Caller, strangers: list[str], has_decided: bool
) -> None:
    """An officer hands out the slips of a whole town, and these are other people. He himself gains little by making accounts, also
    where he decided for the district once."""
    officer, rows = district.sign_in(Role.town_officer, "T1"), [row(v, f"吴{han(n)}") for n, v in enumerate(strangers[:A_DAY])]
    if has_decided:
        with district.work() as work:
            once = {"role": Role.district_officer, "organization_id": district.ids["D"], "ended_at": work.at - timedelta(days=400)}
            work.add(RoleGrant(account_id=UUID(officer.account_id), **once))
    made_by(officer, secretary, district, slip="slip_made_by")
    assert told(send(secretary, rows, dry_run="true")) == ["id_elsewhere"] * A_DAY
    assert told(send(secretary, rows[:1], dry_run="true")) == ["id_ask_above"]
    assert told(send(officer, rows, dry_run="true")) == ["id_elsewhere"] * A_DAY
    assert told(send(officer, rows[:1], dry_run="true")) == ["id_ask_above"]
    for _ in range(2, A_DAY_WITH_HANDS // A_DAY):
        other = district.sign_in(Role.secretary, "B11")
        made_by(officer, other, district, slip="slip_made_by")
        assert told(send(other, rows, dry_run="true")) == ["id_elsewhere"] * A_DAY
    last = district.sign_in(Role.secretary, "B11")
    made_by(officer, last, district, slip="slip_made_by")
    assert told(send(last, rows[:1], dry_run="true")) == ["id_ask_above"]
