"""How many sessions an account has, and what the holder of an account is told when he signs in."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import and_, col, select

from api.access import queries, refusals, service
from api.access.rules import ACCOUNT_LIMIT, RECENTLY, WINDOW
from api.access.scope import Access
from api.access.service import end_sessions
from api.database import Work
from api.web import dependencies
from models.account import Account, RefusalCount, RoleGrant, SignInSession
from models.enums import Role
from models.sign_in_enums import SessionEnd
from tests import counts
from tests.access.asking import NEW_PASSWORD, attempt, change, code, refresh
from tests.access.factors import Phone, begin, enrol
from tests.access.guesser import Guesser, told
from tests.clock import steady
from tests.conftest import PASSWORD, Caller, District

__all__ = ["steady"]
pytestmark = pytest.mark.usefixtures("steady")

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
THERE = "203.0.113.7"


def sessions(district: District, username: str) -> list[SignInSession]:
    """All that an account ever had, the oldest first."""
    mine = select(Account.id).where(col(Account.username) == username)
    with district.work() as work:
        query = select(SignInSession).where(col(SignInSession.account_id).in_(mine))
        return list(work.exec(query.order_by(col(SignInSession.created_at), col(SignInSession.id))).all())


def test_of_too_many_sessions_the_one_that_lay_idle_longest_ends(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    assert service.MOST_SESSIONS == 20
    monkeypatch.setattr(service, "MOST_SESSIONS", 3)
    guesser, username, other = Guesser(district), district.account(None, "B11"), district.account(None, "B11")
    guesser.signs_in(other)
    for _ in range(3):
        guesser.signs_in(username, later=MINUTE)
    first, second, _ = sessions(district, username)
    change(district, SignInSession, col(SignInSession.id) == first.id, last_used_at=guesser.began + HOUR)
    guesser.signs_in(username, later=HOUR)
    assert [row.end_reason for row in sessions(district, username)] == [None, SessionEnd.too_many, None, None]
    assert [row.id for row in sessions(district, username) if row.ended_at] == [second.id]
    change(district, SignInSession, col(SignInSession.id) == first.id, expires_at=guesser.began + HOUR)
    guesser.signs_in(username)
    assert sum(row.ended_at is not None for row in sessions(district, username)) == 1, "what is over takes nobody's place"
    assert sessions(district, other)[0].ended_at is None
    assert [line.details["sessions_ended"] for line in told(district, "sign_in")] == [0, 0, 0, 0, 1, 0]


def test_of_sign_ins_at_once_no_more_than_so_many_sessions_are_left(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_SESSIONS", 2)
    guesser, username = Guesser(district), district.account(None, "B11")
    devices = [guesser.signs_in(username, later=SECOND).device_token for _ in range(2)]
    here = [partial(guesser.signs_in, username, device=device) for device in devices * 3]
    with ThreadPoolExecutor(6) as pool:
        done = [future.result() for future in [pool.submit(one) for one in here]]
    assert len({one.refresh_token for one in done}) == 6
    assert sum(row.ended_at is None for row in sessions(district, username)) == 2


@pytest.mark.engine("sqlite")
def test_a_session_that_lay_idle_too_long_is_not_listed_once_its_device_is_a_stranger(district: District) -> None:
    here = district.sign_in(Role.member, "B11")
    district.sign_in_as(here.username)
    first, _ = sessions(district, here.username)
    assert len(here.get("/v1/sessions").json()["items"]) == 2
    idle = district.house.lifetimes.idle + MINUTE
    change(district, SignInSession, col(SignInSession.id) != first.id, last_used_at=first.last_used_at - idle, device_id=None)
    assert [one["id"] for one in here.get("/v1/sessions").json()["items"]] == [str(first.id)]


@pytest.mark.parametrize("ended", ["taken away", "by its last day"])
def test_what_was_over_by_an_office_stays_so_when_the_office_ends(district: District, ended: str) -> None:
    officer = district.sign_in(Role.town_officer, "T1")
    mine = UUID(officer.account_id)
    with district.work() as work:
        work.add(RoleGrant(account_id=mine, role=Role.secretary, organization_id=district.ids["B11"]))
        at, yesterday = work.at, work.today - timedelta(days=1)
    idle = district.house.lifetimes.office_idle + 24 * HOUR
    change(district, SignInSession, col(SignInSession.account_id) == mine, last_used_at=at - idle)
    office = and_(col(RoleGrant.account_id) == mine, col(RoleGrant.role) == Role.town_officer)
    change(district, RoleGrant, office, **({"ended_at": at} if ended == "taken away" else {"until": yesterday}))
    assert code(officer.get("/v1/accounts/mine"), 401) == "unauthenticated"
    assert code(refresh(district.client, officer.refresh_token), 401) == "session_ended"
    change(district, RoleGrant, office, ended_at=at - 2 * idle)
    assert officer.get("/v1/accounts/mine").status_code == 200, "what somebody was before he used it last counts for nothing"


@pytest.mark.engine("sqlite")
def test_what_a_session_asks_at_the_moment_at_which_it_is_ended_is_refused(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has stolen it neither binds a telephone nor changes the password after its owner has ended it."""
    thief = district.sign_in(Role.secretary, "B11")
    phone, recovery = enrol(thief)
    waiting = begin(thief, otp=recovery[0])

    def ended_then(work: Work, *parts: Any, **more: Any) -> Access:
        access = service.authenticate(work, *parts, **more)
        with district.work() as other:
            end_sessions(other, access.account_id, SessionEnd.ended_by_another)
        return access

    asked = {
        "/v1/accounts/mine/otp/confirm": {"otp": waiting.code()},
        "/v1/accounts/mine/otp": {"otp": recovery[1]},
        "/v1/accounts/mine/otp/recovery-codes": {"otp": recovery[1]},
        "/v1/accounts/mine/otp/remove": {"otp": recovery[1]},
        "/v1/accounts/mine/password": {"present_password": PASSWORD, "new_password": NEW_PASSWORD},
        "/v1/sessions/step-up": {"otp": phone.code(1)},
    }
    for path, body in asked.items():
        with monkeypatch.context() as patched:
            patched.setattr(dependencies, "authenticate", ended_then)
            answer = thief.post(path, json=body)
        assert code(answer, 401) == "unauthenticated", path
        change(district, SignInSession, col(SignInSession.account_id) == UUID(thief.account_id), ended_at=None)
    assert thief.get("/v1/accounts/mine/otp").json()["recovery_codes_left"] == 9


@pytest.mark.engine("sqlite")
def test_wrong_passwords_are_told_to_the_holder_of_the_account_when_he_signs_in(district: District) -> None:
    username = district.account(None, "B11")

    def sign_in(password: str = PASSWORD, device: str | None = None) -> dict[str, Any]:
        body: dict[str, Any] = attempt(district.client, username, password, device=device).json()
        return body

    first = sign_in()
    assert first["refused_since"] is None
    for number in range(2):
        assert sign_in(f"wrong {number}")["code"] == "wrong_credentials"
    refused = sign_in(device=first["device_token"])["refused_since"]
    assert (refused["count"], refused["had_right_password"]) == (2, False)
    assert sessions(district, username)[0].created_at.isoformat() < refused["since"] < refused["last_at"]
    assert sign_in()["refused_since"] is None


@pytest.mark.engine("sqlite")
def test_whoever_has_guessed_a_password_does_not_keep_from_its_holder_that_it_was_guessed_at(district: District) -> None:
    guesser, username = Guesser(district), district.account(None, "B11")
    own = guesser.signs_in(username).device_token
    for _ in range(3):
        guesser.tries(username, THERE, later=MINUTE)
    expected = refusals.RefusedSince(3, guesser.began + MINUTE, guesser.began + 3 * MINUTE, had_right_password=False)
    thief = guesser.signs_in(username, THERE, later=MINUTE)
    assert thief.refused_since == expected
    assert guesser.signs_in(username, THERE, device=thief.device_token, later=MINUTE).refused_since is None
    assert guesser.signs_in(username, device=own, later=MINUTE).refused_since == expected
    assert guesser.signs_in(username, device=own, later=MINUTE).refused_since is None
    assert guesser.signs_in(username, later=MINUTE).refused_since is None, "it was told where it should be"
    (line,) = told(district)
    assert line.details["count"] == 3


@pytest.mark.engine("sqlite")
def test_what_was_refused_is_told_to_the_holder_also_after_months_and_forgotten_after_a_year(district: District) -> None:
    guesser, username = Guesser(district), district.account(None, "B11")
    device = guesser.signs_in(username).device_token
    for number in range(6):
        guesser.tries(username, f"198.51.{number}.9", later=SECOND)
    with district.work() as work:
        work.origin.at += timedelta(days=2)
        assert refusals.tell_refusals(work) == 2
    with district.work() as work:
        work.origin.at += timedelta(days=2)
        due = queries.refusals_due(work, begun_before=work.at, over_before=work.at)
        assert not due, "the holder is still to be told, and nobody waits for a row that is left alone"
        assert refusals.tell_refusals(work) == 0
        assert [(row.count, row.held_up) for row in work.exec(select(RefusalCount)).all()] == [(5, False)]
    refused = guesser.signs_in(username, device=device, later=timedelta(days=100)).refused_since
    assert refused is not None and (refused.count, refused.last_at) == (5, guesser.began + 5 * SECOND)


@pytest.fixture
def holder(district: District) -> tuple[Caller, Phone, Guesser]:
    caller = district.sign_in(Role.secretary, "B11")
    phone, _ = enrol(caller)
    return caller, phone, Guesser(district, passed=2 * MINUTE)


def known_passwords(caller: Caller) -> list[str]:
    return [one["text"] for one in caller.todo()["items"] if one["kind"] == "known_password"]


def test_whoever_knows_a_password_without_a_code_leaves_a_line_and_the_holder_is_told_until_it_is_another_one(
    district: District, holder: tuple[Caller, Phone, Guesser]
) -> None:
    caller, phone, guesser = holder
    username = caller.username
    own = guesser.signs_in(username, otp=phone).device_token
    guesser.passed += MINUTE
    for otp in (None, None, phone.wrong()):
        assert guesser.tries(username, THERE, password=PASSWORD, otp=otp)[0] in ("otp_required", "wrong_credentials")
    assert guesser.tries(username, "192.0.2.1", device=own, password=PASSWORD, later=MINUTE)[0] == "otp_required"
    assert told(district) == []
    refused = guesser.signs_in(username, device=own, otp=phone).refused_since
    then = guesser.began + 3 * MINUTE
    assert refused == refusals.RefusedSince(3, then, then, had_right_password=True)
    assert [(line.target_id, line.details["why"], line.details["count"]) for line in told(district)] == [
        (UUID(caller.account_id), "right_password", 3)
    ]
    assert guesser.signs_in(username, device=own, otp=phone, later=MINUTE).refused_since is None, "it is told once"
    (text,) = known_passwords(caller)
    assert "共3次" in text and "修改密码" in text
    assert known_passwords(district.sign_in(Role.secretary, "B11")) == []
    change_password = {"present_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert caller.post("/v1/accounts/mine/password", json=change_password).status_code == 204
    assert known_passwords(caller) == [] and len(told(district)) == 1


@pytest.mark.engine("sqlite")
def test_who_is_asked_for_his_code_and_mistypes_it_is_not_told_of_himself(
    district: District, holder: tuple[Caller, Phone, Guesser]
) -> None:
    caller, phone, guesser = holder
    device = guesser.signs_in(caller.username, otp=phone).device_token
    for where in ({"address": THERE}, {"address": "198.51.100.9", "device": device}):
        for otp in (None, phone.wrong()):
            assert guesser.tries(caller.username, password=PASSWORD, otp=otp, later=MINUTE, **where)[0] != "signed_in"
        elsewhere = where | ({"address": "198.51.7.9"} if "device" in where else {})
        assert guesser.signs_in(caller.username, otp=phone, later=WINDOW, **elsewhere).refused_since is None
    assert told(district) == [] and known_passwords(caller) == []


@pytest.mark.engine("sqlite")
def test_what_is_begun_with_the_right_password_and_never_finished_is_told_by_the_housekeeping_and_waits_for_the_holder(
    district: District, holder: tuple[Caller, Phone, Guesser]
) -> None:
    caller, _, _ = holder
    early = Guesser(district, passed=-WINDOW - MINUTE)
    assert early.tries(caller.username, THERE, password=PASSWORD)[0] == "otp_required"
    assert len(known_passwords(caller)) == 1
    for line in (1, 0):
        with district.work() as work:
            assert refusals.tell_refusals(work) == line
    assert [line.details["why"] for line in told(district)] == ["right_password"]
    assert len(known_passwords(caller)) == 1
    change(district, RefusalCount, col(RefusalCount.had_password), last_at=early.began - RECENTLY - HOUR)
    assert known_passwords(caller) == []


@pytest.mark.engine("sqlite")
def test_a_hundred_tries_with_the_right_password_leave_one_row_and_one_line(
    district: District, holder: tuple[Caller, Phone, Guesser]
) -> None:
    caller, phone, guesser = holder
    answers = [guesser.tries(caller.username, f"198.51.{number % 3}.9", password=PASSWORD)[0] for number in range(90)]
    answers += [guesser.tries(caller.username, THERE, password=PASSWORD)[0] for _ in range(10)]
    assert set(answers) == {"otp_required"}
    with district.work() as work:
        (row,) = work.exec(select(RefusalCount)).all()
        assert (row.count, row.unfinished) == (100 - ACCOUNT_LIMIT.free, ACCOUNT_LIMIT.free)
    refused = guesser.signs_in(caller.username, otp=phone).refused_since
    lines = told(district)
    counts.tell("tries with a right password and no code", tries=100, lines_of_the_audit_trail=len(lines))
    assert refused is not None and refused.count == 100 and [line.details["count"] for line in lines] == [100]
