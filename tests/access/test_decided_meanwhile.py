"""What decides whether somebody may, and is no longer so before it is done, decides nothing: he asks again, by what holds then."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from time import sleep
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from api.accounts import queries
from api.accounts.grants import end_passed_grants
from api.database import Origin, Work
from models.account import Account, RoleGrant
from models.audit import AuditLine
from models.enums import PledgeState, Role
from tests.access.asking import change, code
from tests.conftest import Caller, District
from tests.members.rosters import send, sheet
from tests.pledges.kept import keep_member, keep_pledge
from tests.transfers.moves import decide, requested
from tests.verification.holders import Holder, hold

ON_ENGINES = ("postgresql",)

Deed = Callable[[], Any]
Meanwhile = Callable[[Deed], None]
LEAVING = {"kind": "expelled", "reason": "支部大会决议"}


@pytest.fixture
def meanwhile(district: District, monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Lets another do something when the next piece of work has decided, and is about to write its lines."""
    write_lines, waiting = district.house.database._before_commit, list[Deed]()

    def write_lines_later(work: Work) -> None:
        if waiting:
            waiting.pop()()
        write_lines(work)

    monkeypatch.setattr(district.house.database, "_before_commit", write_lines_later)
    return waiting.append


@pytest.fixture
def before_it_is_held(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """The same when the next piece of work is about to hold a member's account."""
    waiting = list[Deed]()

    def first(ask: Any) -> Any:
        def asked(*given: Any) -> Any:
            if waiting:
                waiting.pop()()
            return ask(*given)

        return asked

    for name in ("hold_with_administrators", "account_of_member"):
        monkeypatch.setattr(queries, name, first(getattr(queries, name)))
    return waiting.append


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.district_officer, "D")


@pytest.fixture
def holder(district: District) -> Holder:
    return hold(district.house, district.ids["B11"])


@pytest.fixture
def his_account(district: District, holder: Holder) -> Caller:
    return district.sign_in(Role.member, "B11", member_id=holder.member_id)


def done(answer: Any) -> None:
    assert answer.status_code in (200, 201, 204), answer.text


def lines_by(district: District, caller: Caller) -> list[str]:
    with district.work() as work:
        query = select(AuditLine.action).where(col(AuditLine.actor_id) == UUID(caller.account_id)).order_by(col(AuditLine.seq))
        return list(work.exec(query).all())


def moved(officer: Caller, district: District, what: str, to: str) -> None:
    body = {"parent_id": str(district.ids[to])}
    done(officer.post(f"/v1/organizations/{district.ids[what]}/move", json=body, headers={"If-Match": "*"}))


def given(officer: Caller, account_id: str, role: Role, district: District, code: str) -> None:
    body = {"account_id": account_id, "role": role.value, "organization_id": str(district.ids[code])}
    done(officer.post("/v1/grants", json=body))


def ended(by: Caller, district: District, caller: Caller) -> None:
    with district.work() as work:
        key = work.exec(select(RoleGrant.id).where(col(RoleGrant.account_id) == UUID(caller.account_id))).one()
    done(by.delete(f"/v1/grants/{key}"))


def edit(caller: Caller, member_id: UUID) -> Any:
    return caller.patch(f"/v1/members/{member_id}", json={"remark": "外出务工"}, headers={"If-Match": "*"})


def leave(caller: Caller, member_id: UUID) -> Any:
    return caller.post(f"/v1/members/{member_id}/leave", json=LEAVING)


About = Callable[[Caller, Holder, Caller], Any]
ABOUT_A_MEMBER: dict[str, About] = {
    "edit": lambda caller, holder, _: edit(caller, holder.member_id),
    "suspend": lambda caller, holder, _: caller.post(f"/v1/cards/{holder.card_id}/suspend", json={"reason": "遗失"}),
    "disable": lambda caller, _, his: caller.post(f"/v1/accounts/{his.account_id}/disable"),
    "slip": lambda caller, _, his: caller.post(f"/v1/accounts/{his.account_id}/slip"),
}


@pytest.mark.parametrize("what", ["edit", "suspend", "disable", "slip"])
def test_whose_branch_is_moved_out_of_reach_is_not_written_about(
    district: District, officer: Caller, holder: Holder, his_account: Caller, meanwhile: Meanwhile, what: str
) -> None:
    town = district.sign_in(Role.town_officer, "T1")
    meanwhile(lambda: moved(officer, district, "B11", "V2"))
    code(ABOUT_A_MEMBER[what](town, holder, his_account), 503)
    assert lines_by(district, town) == []
    code(ABOUT_A_MEMBER[what](town, holder, his_account), 404)
    moved(officer, district, "B11", "V1")
    done(ABOUT_A_MEMBER[what](town, holder, his_account))


def test_whoever_reaches_it_still_and_whoever_does_not_write_about_it_need_not_ask_again(
    district: District, officer: Caller, holder: Holder, meanwhile: Meanwhile
) -> None:
    town, other = district.sign_in(Role.town_officer, "T1"), keep_member(district, "B12")
    second = district.sign_in(Role.district_officer, "D")
    meanwhile(lambda: moved(officer, district, "B11", "V2"))
    done(edit(town, other))
    meanwhile(lambda: moved(officer, district, "B11", "V1"))
    done(edit(second, holder.member_id))


def test_what_moves_with_that_which_is_above_it_is_as_far_away(
    district: District, officer: Caller, holder: Holder, meanwhile: Meanwhile
) -> None:
    town = district.sign_in(Role.town_officer, "T1")
    meanwhile(lambda: moved(officer, district, "V1", "T2"))
    code(edit(town, holder.member_id), 503)
    assert lines_by(district, town) == []


@pytest.fixture
def asked(district: District) -> tuple[Caller, str, Caller]:
    """Who has asked for the transfer of a deputy, whom only she may let go, its key, and who is to take him in."""
    secretary, other = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.secretary, "B12")
    member_id = keep_member(district, "B11")
    district.sign_in(Role.deputy, "B11", member_id=member_id)
    return secretary, requested(secretary, district, member_id, "B12"), other


@pytest.mark.parametrize("how", ["role", "account"])
def test_a_transfer_is_not_accepted_by_the_right_of_one_who_has_none_any_more(
    district: District, asked: tuple[Caller, str, Caller], meanwhile: Meanwhile, how: str
) -> None:
    secretary, key, other = asked
    town = district.sign_in(Role.town_officer, "T1")
    if how == "role":
        meanwhile(lambda: ended(town, district, secretary))
    else:
        meanwhile(lambda: done(town.post(f"/v1/accounts/{secretary.account_id}/disable")))
    code(decide(other, key, "accept"), 503)
    assert lines_by(district, other) == []
    assert code(decide(other, key, "accept"), 403) == "for_the_level_above"
    done(decide(district.sign_in(Role.town_officer, "T1"), key, "accept"))


@pytest.mark.parametrize("how", ["role", "account"])
def test_nor_is_a_role_given_that_two_were_to_give(district: District, officer: Caller, meanwhile: Meanwhile, how: str) -> None:
    agrees, third = (district.sign_in(Role.administrator, "D") for _ in range(2))
    wanted = district.sign_in(None, "D")
    body = {"account_id": wanted.account_id, "role": "district_officer", "organization_id": str(district.ids["D"])}
    request = officer.post("/v1/grants", json=body)
    assert request.status_code == 202, request.text
    if how == "role":
        meanwhile(lambda: ended(third, district, officer))
    else:
        meanwhile(lambda: done(third.post(f"/v1/accounts/{officer.account_id}/disable")))
    path = f"/v1/accounts/slip-requests/{request.json()['id']}/approve"
    code(agrees.post(path), 503)
    assert lines_by(district, agrees) == []
    code(agrees.post(path), 403)


@pytest.mark.parametrize("what", ["edit", "suspend"])
def test_who_is_given_a_role_above_somebody_is_not_written_about_by_him(
    district: District, officer: Caller, holder: Holder, his_account: Caller, meanwhile: Meanwhile, what: str
) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    meanwhile(lambda: given(officer, his_account.account_id, Role.town_officer, district, "T1"))
    code(ABOUT_A_MEMBER[what](secretary, holder, his_account), 503)
    assert lines_by(district, secretary) == []
    assert code(ABOUT_A_MEMBER[what](secretary, holder, his_account), 403) == "for_the_level_above"


@pytest.mark.parametrize("what", ["edit", "suspend", "disable", "slip"])
def test_nor_is_who_has_a_role_where_he_no_longer_reaches_once_that_place_was_moved(
    district: District, officer: Caller, holder: Holder, his_account: Caller, meanwhile: Meanwhile, what: str
) -> None:
    town = district.sign_in(Role.town_officer, "T1")
    given(officer, his_account.account_id, Role.secretary, district, "B12")
    meanwhile(lambda: moved(officer, district, "B12", "V2"))
    code(ABOUT_A_MEMBER[what](town, holder, his_account), 503)
    assert lines_by(district, town) == []
    assert code(ABOUT_A_MEMBER[what](town, holder, his_account), 403) == "for_the_level_above"


def test_nor_do_his_role_and_his_account_end_with_a_leaving_or_a_transfer(
    district: District, officer: Caller, holder: Holder, his_account: Caller, before_it_is_held: Meanwhile
) -> None:
    deputy, secretary, other = (
        district.sign_in(role, place) for role, place in ((Role.deputy, "B11"), (Role.secretary, "B11"), (Role.secretary, "B12"))
    )
    key = requested(secretary, district, holder.member_id, "B12")
    before_it_is_held(lambda: given(officer, his_account.account_id, Role.town_officer, district, "T1"))
    code(leave(deputy, holder.member_id), 503)
    assert lines_by(district, deputy) == []
    assert code(leave(deputy, holder.member_id), 403) == "for_the_level_above"
    change(district, RoleGrant, col(RoleGrant.role) == Role.town_officer, ended_at=datetime.now(UTC))
    before_it_is_held(lambda: given(officer, his_account.account_id, Role.town_officer, district, "T1"))
    code(decide(other, key, "accept"), 503)
    assert lines_by(district, other) == []
    assert code(decide(other, key, "accept"), 403) == "for_the_level_above"


def test_a_role_that_he_is_above_stands_in_nobodys_way(
    district: District, officer: Caller, holder: Holder, his_account: Caller, meanwhile: Meanwhile
) -> None:
    town = district.sign_in(Role.town_officer, "T1")
    meanwhile(lambda: given(officer, his_account.account_id, Role.secretary, district, "B11"))
    done(edit(town, holder.member_id))
    given(officer, his_account.account_id, Role.deputy, district, "B12")
    meanwhile(lambda: moved(officer, district, "B12", "T1"))
    done(edit(town, holder.member_id))
    meanwhile(lambda: moved(officer, district, "B21", "T1"))
    done(edit(town, holder.member_id))
    with district.work() as work:
        assert work.get_one(Account, UUID(his_account.account_id)).disabled_at is None


def entered(caller: Caller, district: District, name: str) -> Any:
    body = {"full_name": name, "joined_on": "1995-07-01", "confirmed_on": "1996-07-01"}
    return caller.post("/v1/members", json={"organization_id": str(district.ids["B11"]), **body})


def imported(caller: Caller, _: District, name: str) -> Any:
    return send(
        caller, sheet((name, "1995-07-01", "1996-07-01", "上塘村第一党支部"), headings=("姓名", "入党时间", "转正时间", "所在支部"))
    )


def renamed(caller: Caller, district: District, name: str) -> Any:
    key = keep_member(district, "B11", "赵敏", joined_on=date(1999, 7, 1))
    return caller.patch(f"/v1/members/{key}", json={"full_name": name}, headers={"If-Match": "*"})


LETS_IN = {"entered": entered, "imported": imported, "renamed": renamed}


@pytest.mark.parametrize("how", LETS_IN)
@pytest.mark.parametrize("of", ["B11", "G"])
def test_nobody_is_let_in_who_is_called_like_one_of_whom_it_is_recorded_meanwhile_that_he_has_left(
    district: District, meanwhile: Meanwhile, of: str, how: str
) -> None:
    district.add_group()
    town, secretary = district.sign_in(Role.town_officer, "T1"), district.sign_in(Role.secretary, "B11")
    key = keep_member(district, of, "李强")
    meanwhile(lambda: done(leave(town, key)))
    code(LETS_IN[how](secretary, district, "李强"), 503)
    assert lines_by(district, secretary) == []
    answer = LETS_IN[how](secretary, district, "李强")
    assert answer.status_code in (403, 422) and "for_the_level_above" in answer.text, answer.text


@pytest.mark.parametrize("how", LETS_IN)
def test_who_leaves_with_another_name_or_elsewhere_stands_in_nobodys_way(
    district: District, meanwhile: Meanwhile, how: str
) -> None:
    town, secretary = district.sign_in(Role.town_officer, "T1"), district.sign_in(Role.secretary, "B11")
    for place, name in (("B11", "王伟"), ("B12", "李强")):
        key = keep_member(district, place, name)
        meanwhile(lambda key=key: done(leave(town, key)))  # type: ignore[misc]
        done(LETS_IN[how](secretary, district, "李强"))


def test_a_leaving_tells_of_who_is_let_in_just_before_it_stands(district: District, meanwhile: Meanwhile) -> None:
    town, secretary = district.sign_in(Role.town_officer, "T1"), district.sign_in(Role.secretary, "B11")
    key = keep_member(district, "B11", "李强")
    meanwhile(lambda: done(entered(secretary, district, "李强")))
    code(leave(town, key), 503)
    assert lines_by(district, town) == []
    assert [one["full_name"] for one in leave(town, key).json()["namesakes"]] == ["李强"]


Review = Callable[[Caller, UUID], Any]
REVIEWS: dict[str, Review] = {
    "approve": lambda caller, key: caller.post(f"/v1/pledges/{key}/approve", json={"secrecy_checked": True}),
    "approve_many": lambda caller, key: caller.post("/v1/pledges/approve", json={"ids": [str(key)], "secrecy_checked": True}),
    "exempt": lambda caller, key: caller.post(f"/v1/pledges/{key}/exempt", json={"reason": "因病"}),
    "withdraw": lambda caller, key: caller.post(f"/v1/pledges/{key}/withdraw", json={"reason": "不实"}),
    "evaluate": lambda caller, key: caller.post(
        f"/v1/pledges/{key}/evaluations", json={"source": "organization", "grade": "dissatisfied", "words": "没有做到"}
    ),
}


@pytest.mark.parametrize("what", REVIEWS)
def test_nor_is_the_pledge_of_who_is_given_a_role_above_somebody_reviewed_by_him(
    district: District, officer: Caller, meanwhile: Meanwhile, what: str
) -> None:
    author, secretary = keep_member(district, "B11"), district.sign_in(Role.secretary, "B11")
    his_account = district.sign_in(Role.member, "B11", member_id=author)
    states = {"approve": PledgeState.submitted, "approve_many": PledgeState.submitted, "evaluate": PledgeState.fulfilled}
    key = keep_pledge(district, "B11", author, state=states.get(what, PledgeState.published))
    meanwhile(lambda: given(officer, his_account.account_id, Role.town_officer, district, "T1"))
    code(REVIEWS[what](secretary, key), 503)
    assert lines_by(district, secretary) == []
    assert "for_the_level_above" in REVIEWS[what](secretary, key).text
    assert lines_by(district, secretary) == []


def test_a_role_that_is_given_anew_while_the_passed_ones_are_looked_for_is_not_ended(
    district: District, officer: Caller, meanwhile: Meanwhile
) -> None:
    his = district.sign_in(Role.secretary, "B11")
    whose = select(RoleGrant).where(col(RoleGrant.account_id) == UUID(his.account_id))
    with district.work() as work:
        work.exec(whose).one().until = work.today - timedelta(days=1)
        until = (work.today + timedelta(days=300)).isoformat()

    def end_passed() -> int:
        with district.house.database.writing(Origin("housekeeping")) as work:
            return end_passed_grants(work)

    with ThreadPoolExecutor(1) as pool:
        at_night = list[Future[int]]()

        def look() -> None:
            at_night.append(pool.submit(end_passed))
            sleep(0.5)

        meanwhile(look)
        body = {"account_id": his.account_id, "role": "secretary", "organization_id": str(district.ids["B11"]), "until": until}
        done(officer.post("/v1/grants", json=body))
        assert at_night[0].result() == 0
    with district.work() as work:
        assert work.exec(whose).one().ended_at is None
