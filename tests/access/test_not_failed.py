"""Whoever types what is right has not failed, whatever else comes of it; and what is sent again is no guess."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from api.access import limits, rules
from api.access.devices import SETTLED
from api.access.permissions import Permission
from api.database import Origin
from api.errors import Unavailable
from api.owed import Owed
from api.web import dependencies
from models.account import Account, KnownDevice, RefreshToken, RefusalCount, SignInLimit, SignInSession
from models.audit import AuditLine
from models.enums import Role
from models.sign_in_enums import Guess
from tests.access.asking import NEW_PASSWORD, alive, attempt, change, code, counted_writes, refresh
from tests.access.factors import MINE, enrol
from tests.clock import Steady, steady
from tests.conftest import PASSWORD, Caller, District
from tests.routes import doors

__all__ = ["steady"]
pytestmark = pytest.mark.usefixtures("steady")

CHANGE = {"present_password": PASSWORD, "new_password": NEW_PASSWORD}


def counted(district: District, caller: Caller) -> tuple[list[int], list[int]]:
    """The failures that are counted, and the refusals. The windows of what succeeds begin with the first success."""
    with district.work() as work:
        rows, refusals = work.exec(select(SignInLimit)).all(), work.exec(select(RefusalCount)).all()
        cipher, account_id = district.house.cipher, UUID(caller.account_id)
        devices, sessions = work.exec(select(KnownDevice.id)).all(), work.exec(select(SignInSession.id)).all()
        successes = {key for one in (None, *devices) for key in limits.of_sign_ins(cipher, account_id, one)}
        successes |= {
            key
            for one in sessions
            for each in (limits.of_proofs, limits.of_refreshes, limits.of_changes)
            for key in each(cipher, one)
        }
        return [row.failures for row in rows if row.key not in successes], [row.count for row in refusals]


def ask(caller: Caller, what: str, key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    if what == "sign_in":
        return attempt(caller.client, caller.username)
    if what == "step_up":
        return caller.post("/v1/sessions/step-up", json={"password": PASSWORD}, headers=headers)
    return caller.post("/v1/accounts/mine/password", json=CHANGE, headers=headers)


@pytest.mark.parametrize("what", ["sign_in", "step_up", "change_password"])
def test_what_was_right_and_could_not_be_written_down_is_not_counted_as_a_failure(
    district: District, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    caller = district.sign_in(Role.member, "B11")

    def busy(_: object) -> None:
        raise Unavailable(retry_after=1)

    with monkeypatch.context() as patched:
        patched.setattr(district.house.database, "_before_commit", busy)
        for _ in range(6):
            assert code(ask(caller, what), 503) == "unavailable"
    assert counted(district, caller) == ([], [])
    assert ask(caller, what).status_code < 300


@pytest.mark.engine("sqlite")
def test_what_waits_for_its_hash_in_vain_is_not_counted_as_a_failure(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    caller = district.sign_in(Role.member, "B11")

    def busy(*_: object, **__: object) -> bool:
        raise Unavailable(retry_after=2)

    monkeypatch.setattr(type(district.house.passwords), "matches", busy)
    for what in ("sign_in", "step_up", "change_password"):
        assert code(ask(caller, what), 503) == "unavailable"
    assert counted(district, caller) == ([], [])


@contextmanager
def held(district: District) -> Iterator[None]:
    """Somebody writes for long: on SQLite whatever it is, on PostgreSQL what a sign-in writes."""
    holds, may_end = Event(), Event()

    def write() -> None:
        with district.house.database.writing(Origin("somebody's")) as work:
            for model in (SignInLimit, Account):
                work.exec(select(model).with_for_update()).all()
            holds.set()
            may_end.wait(30)

    thread = Thread(target=write)
    thread.start()
    holds.wait(30)
    try:
        yield
    finally:
        may_end.set()
        thread.join()


@pytest.mark.parametrize("what", ["sign_in", "step_up", "change_password"])
def test_what_is_told_that_the_house_is_busy_is_taken_back_however_long_it_is(
    district: District, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    caller = district.sign_in(Role.member, "B11")
    monkeypatch.setattr(rules, "ACCOUNT_LIMIT", rules.Limit(free=1, first_block=rules.LONGEST_BLOCK))
    passwords = type(district.house.passwords)
    matches = passwords.matches
    with ExitStack() as busy, monkeypatch.context() as patched:

        def matches_while_another_begins_to_write(*args: Any, **named: Any) -> bool:
            busy.enter_context(held(district))
            return matches(*args, **named)

        patched.setattr(passwords, "matches", matches_while_another_begins_to_write)
        assert code(ask(caller, what), 503) == "unavailable"
        patched.setattr(passwords, "matches", matches)
        assert code(ask(caller, what), 503) == "unavailable", "nor is it forgotten while it lasts"
    failures, _ = counted(district, caller)
    assert failures and {*failures} == {1}, "it could not be taken back yet"
    assert ask(caller, what).status_code < 300
    assert counted(district, caller) == ([], [])


@pytest.mark.engine("sqlite")
def test_what_is_owed_is_taken_back_once_and_from_the_window_alone_in_which_it_was_counted(
    district: District, steady: Steady
) -> None:
    database, limit = district.house.database, rules.Limit(free=3, first_block=timedelta(minutes=5))

    def count() -> datetime:
        origin = Origin("test")
        limits.count_first(database, origin, {"k": limit}, None, Guess.sign_in)
        return origin.at

    def failures() -> tuple[int, bool]:
        with district.work() as work:
            row = work.get_one(SignInLimit, "k")
            return row.failures, row.blocked_until is not None

    moments = [count() for _ in range(3)]
    assert failures() == (3, True)
    database.owed.add({"k": moments[:2], "another": moments})
    count()
    assert failures() == (2, False), "one stays, of which there are not enough for a block, and one more comes"
    count()
    assert failures() == (3, True)
    steady.passes(timedelta(hours=1))
    count()
    database.owed.add({"k": moments})
    count()
    assert failures() == (2, False), "of another window"
    assert {*database.owed.take(["k", "another"])} == {"another"}


@pytest.mark.engine("sqlite")
def test_what_others_have_failed_in_since_blocks_still(district: District, steady: Steady) -> None:
    database, limit = district.house.database, rules.Limit(free=2, first_block=timedelta(minutes=5))
    first = Origin("test")
    limits.count_first(database, first, {"k": limit}, None, Guess.sign_in)
    for _ in range(2):
        limits.count_first(database, Origin("test"), {"k": limit}, None, Guess.sign_in)
        steady.passes(timedelta(minutes=6))
    steady.passes(timedelta(minutes=-6))
    database.owed.add({"k": [first.at]})
    with pytest.raises(rules.TooManySignIns):
        limits.count_first(database, Origin("test"), {"k": limit}, None, Guess.sign_in)


def test_of_too_much_that_is_owed_the_oldest_is_forgotten() -> None:
    owed, at = Owed(most_keys=2), datetime(2026, 11, 28, tzinfo=UTC)
    for key in ("a", "b", "a", "c"):
        owed.add({key: [at]})
    assert owed.take(["c", "b", "a"]) == {"c": [at], "b": [at]}


@pytest.mark.parametrize("what", ["step_up", "change_password"])
def test_a_right_password_that_is_sent_again_with_its_key_is_answered_as_before_and_counted_as_nothing(
    district: District, what: str
) -> None:
    caller = district.sign_in(Role.member, "B11")
    first, *others = (ask(caller, what, "once") for _ in range(7))
    assert first.status_code < 300
    assert [(answer.status_code, answer.content) for answer in others] == [(first.status_code, first.content)] * 6
    assert {answer.headers["Idempotent-Replayed"] for answer in others} == {"true"}
    assert counted(district, caller) == ([], [])
    again = caller.post("/v1/sessions/step-up", json={"password": "another"}, headers={"Idempotency-Key": "once"})
    assert code(again, 422) == ("idempotency_key_reused" if what == "step_up" else "wrong_proof")


@pytest.mark.parametrize("what", ["step_up", "change_password"])
def test_a_right_password_that_is_sent_twice_at_once_with_its_key_is_counted_as_nothing(
    district: District, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    caller = district.sign_in(Role.member, "B11")
    first = ask(caller, what, "once")
    # The second was let in before the first was answered, and finds the key taken where it claims it.
    monkeypatch.setattr(dependencies, "check_unanswered", lambda *_: None)
    monkeypatch.setattr(type(district.house.passwords), "matches", lambda *_, **__: True)
    again = ask(caller, what, "once")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert counted(district, caller) == ([], [])


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("what", ["sign_in", "step_up", "refresh"])
def test_what_one_account_succeeds_in_is_bounded_by_the_day(district: District, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    few = rules.Limit(free=3, first_block=rules.LONGEST_BLOCK, window=timedelta(days=1))
    for name in ("SIGN_IN_LIMIT", "PROOF_LIMIT", "REFRESH_LIMIT"):
        monkeypatch.setattr(rules, name, few)
    caller = district.sign_in(Role.member, "B11")
    token = caller.refresh_token

    def again() -> Any:
        return refresh(caller.client, token) if what == "refresh" else ask(caller, what)

    answers = [again().status_code for _ in range(6)]
    assert sorted({*answers}) in ([200, 429], [201, 429]) and 2 <= answers.index(429) <= 3
    assert code(again(), 429) == "too_many_sign_ins"
    failures, told = counted(district, caller)
    assert told == [1] if what == "refresh" else told in ([1], [2]), "it is told once, and once more of what counts like a guess"
    assert bool(failures) == (what != "refresh"), "what is hashed is counted, also where it was right and is refused"
    assert alive(caller.client, caller.access_token)


ONCE = {"sign_out", "end_session", "confirm_otp", "remove_otp"}
"""What follows on a sign-in or on a begun second factor, each of which is bounded."""


@pytest.mark.parametrize("what", ["step_up", "change_password", "begin_otp", "renew_recovery_codes"])
def test_what_a_session_changes_of_how_its_holder_signs_in_is_bounded_by_the_day(
    district: District, app: FastAPI, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    own = {door.name for door in doors(app) if door.permissions == (Permission.own_account,) and door.method != "GET"}
    assert own - ONCE == {"step_up", "change_password", "begin_otp", "renew_recovery_codes"}, "let each be asked here until it ends"
    for name in ("PROOF_LIMIT", "CHANGE_LIMIT"):
        monkeypatch.setattr(rules, name, rules.Limit(free=3, first_block=rules.LONGEST_BLOCK, window=timedelta(days=1)))
    caller = district.sign_in(Role.secretary, "B11")
    passwords, left = [PASSWORD, NEW_PASSWORD], list[str]()
    if what == "renew_recovery_codes":
        left = enrol(caller)[1]

    def again() -> Any:
        if what == "step_up":
            return ask(caller, what)
        if what == "begin_otp":
            return caller.post(MINE)
        if what == "renew_recovery_codes":
            answer = caller.post(f"{MINE}/recovery-codes", json={"otp": left[0]})
            left[:] = answer.json().get("recovery_codes", left)
            return answer
        body = {"present_password": passwords[0], "new_password": passwords[1]}
        answer = caller.post("/v1/accounts/mine/password", json=body)
        if answer.status_code == 204:
            passwords.reverse()
        return answer

    statuses = [again().status_code for _ in range(6)]
    assert statuses[:2] in ([200] * 2, [204] * 2) and statuses[3:] == [429] * 3
    assert code(again(), 429) == "too_many_sign_ins"
    assert alive(caller.client, caller.access_token)
    if what == "renew_recovery_codes":
        assert caller.post("/v1/sessions/step-up", json={"otp": left[0]}).status_code == 200, "no code was used up for it"


@pytest.mark.engine("sqlite")
def test_sign_ins_by_one_slip_are_bounded_by_the_day_and_another_slip_has_its_own(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "SIGN_IN_LIMIT", rules.Limit(free=3, first_block=rules.LONGEST_BLOCK, window=timedelta(days=1)))
    caller, officer = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.town_officer, "T1")
    for _ in range(2):
        slip = officer.post(f"/v1/accounts/{caller.account_id}/slip").json()["one_time_password"]
        statuses = [attempt(caller.client, caller.username, slip).status_code for _ in range(5)]
        assert statuses == [201] * 3 + [429] * 2


def test_of_one_refresh_token_there_are_ten_successors_and_a_fork_is_noticed_still(district: District) -> None:
    """Whoever sends a stolen token again and again takes none from the phone, whose own ends the session once both are used."""
    caller = district.sign_in(Role.member, "B11")
    issued = [refresh(caller.client, caller.refresh_token) for _ in range(rules.MOST_SUCCESSORS + 2)]
    assert [answer.status_code for answer in issued] == [200] * rules.MOST_SUCCESSORS + [429] * 2
    assert refresh(caller.client, issued[0].json()["refresh_token"]).status_code == 200
    assert code(refresh(caller.client, issued[3].json()["refresh_token"]), 401) == "session_ended"
    assert not alive(caller.client, caller.access_token)


def test_a_token_with_all_its_successors_is_a_copy_still_once_one_of_them_was_used(district: District) -> None:
    caller = district.sign_in(Role.member, "B11")
    issued = [refresh(caller.client, caller.refresh_token) for _ in range(rules.MOST_SUCCESSORS)]
    assert refresh(caller.client, issued[0].json()["refresh_token"]).status_code == 200
    change(district, RefreshToken, col(RefreshToken.used_at).is_not(None), used_at=datetime.now(UTC) - timedelta(minutes=2))
    assert code(refresh(caller.client, caller.refresh_token), 401) == "session_ended"
    assert not alive(caller.client, caller.access_token)


def test_a_copy_ends_its_session_however_often_whoever_has_it_has_refreshed(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "REFRESH_LIMIT", rules.Limit(free=3, first_block=rules.LONGEST_BLOCK, window=timedelta(days=1)))
    caller = district.sign_in(Role.member, "B11")
    token, statuses = caller.refresh_token, []
    while 429 not in statuses:
        answer = refresh(caller.client, token)
        statuses.append(answer.status_code)
        token = answer.json().get("refresh_token", token)
    assert statuses[:-1] == [200] * (len(statuses) - 1) and len(statuses) > 3
    assert code(refresh(caller.client, caller.refresh_token), 401) == "session_ended"
    assert not alive(caller.client, caller.access_token)


def test_who_has_got_none_of_all_the_successors_signs_in_anew(district: District) -> None:
    caller = district.sign_in(Role.member, "B11")
    for _ in range(rules.MOST_SUCCESSORS):
        assert refresh(caller.client, caller.refresh_token).status_code == 200
    change(district, RefreshToken, col(RefreshToken.used_at).is_not(None), used_at=datetime.now(UTC) - timedelta(minutes=2))
    assert code(refresh(caller.client, caller.refresh_token), 401) == "session_ended"


def test_nobody_is_refused_by_the_one_writer_as_often_as_he_likes(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "REFRESH_LIMIT", rules.Limit(free=3, first_block=rules.LONGEST_BLOCK, window=timedelta(days=1)))
    monkeypatch.setattr(rules, "MOST_SUCCESSORS", 2)
    client, written = district.client, list[str]()
    used_up, forked, idle, shut = (district.sign_in(Role.member, "B11") for _ in range(4))
    assert [refresh(client, forked.refresh_token).status_code for _ in range(3)] == [200, 200, 429]
    token = used_up.refresh_token
    for _ in range(3):
        token = refresh(client, token).json()["refresh_token"]
    assert code(refresh(client, token), 429) == "too_many_sign_ins"
    long_ago = datetime.now(UTC) - timedelta(days=400)
    change(district, SignInSession, col(SignInSession.account_id) == UUID(idle.account_id), last_used_at=long_ago)
    change(district, Account, col(Account.id) == UUID(shut.account_id), disabled_at=datetime.now(UTC))
    with counted_writes(district, written):
        told = [refresh(client, one) for one in (token, forked.refresh_token, idle.refresh_token, shut.refresh_token, "nobody's")]
    assert [code(answer, status) for answer, status in zip(told, (429, 429, 401, 401, 401), strict=True)] == [
        *["too_many_sign_ins"] * 2,
        *["session_ended"] * 3,
    ]
    assert not written


def test_who_knows_a_password_keeps_no_known_device_and_no_other_session_out(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = rules.Limit(free=3, first_block=rules.LONGEST_BLOCK, window=timedelta(days=1))
    for name in ("SIGN_IN_LIMIT", "PROOF_LIMIT", "REFRESH_LIMIT"):
        monkeypatch.setattr(rules, name, few)
    username = district.account(Role.member, "B11")
    sent = {"username": username, "password": PASSWORD}
    own = district.client.post("/v1/sessions", json=sent).json()
    with district.work() as work:
        change(district, KnownDevice, col(KnownDevice.id).is_not(None), created_at=work.at - SETTLED)
    thief = [district.client.post("/v1/sessions", json=sent) for _ in range(5)]
    assert [answer.status_code for answer in thief] == [201, 201, 429, 429, 429]
    again = district.client.post("/v1/sessions", json=sent | {"device_token": thief[0].json()["device_token"]})
    assert code(again, 429) == "too_many_sign_ins", "a device that he has brought today brings him no more"
    spent = thief[0].json()["refresh_token"]
    assert [refresh(district.client, spent).status_code for _ in range(5)] == [200] * 3 + [429] * 2
    known = district.client.post("/v1/sessions", json=sent | {"device_token": own["device_token"]})
    assert known.status_code == 201 and refresh(district.client, own["refresh_token"]).status_code == 200
    with district.work() as work:
        assert "refuse_sign_in" in work.exec(select(AuditLine.action)).all()
