"""Guesses at passwords: how many are looked at, what the answers tell, and what the audit trail tells of them."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import event, insert
from sqlmodel import col, func, select

from api.access import queries, refusals, rules
from api.access.devices import SETTLED
from api.access.passwords import WeakPassword, as_printed, one_time_digest
from api.access.pieces import PIECE
from api.audit import queries as audit_queries
from models.account import Account, KnownDevice, SignInLimit
from models.enums import Role
from models.sign_in_enums import Guess
from tests import counts
from tests.access.asking import attempt, change, code, elsewhere
from tests.access.factors import enrol
from tests.access.guesser import Guesser, Quick, told
from tests.clock import steady
from tests.conftest import PASSWORD, District

__all__ = ["steady"]
pytestmark = pytest.mark.usefixtures("steady")

NETWORKS = ("203.0.113.7", "203.0.113.200", "198.51.100.9", "2001:db8:1:2::9", "2001:db8:1:3::9", "2001:db8:1:200::1")


def test_after_five_failures_the_right_password_is_refused_too_from_a_strange_network(district: District, app: FastAPI) -> None:
    username, stranger = district.account(None, "B11"), elsewhere(app)
    assert [attempt(stranger, username, f"wrong {number}").status_code for number in range(5)] == [401] * 5
    for client in (stranger, elsewhere(app, "198.51.100.9")):
        refused = attempt(client, username)
        assert code(refused, 429) == "too_many_sign_ins"
        assert 1 <= int(refused.headers["Retry-After"]) <= 16
    change(district, SignInLimit, col(SignInLimit.failures) == 5, blocked_until=None)
    assert attempt(stranger, username).status_code == 201
    assert attempt(stranger, username, "wrong again").status_code == 401


@pytest.mark.engine("sqlite")
def test_an_unknown_user_is_held_up_as_a_known_one_is(app: FastAPI, district: District) -> None:
    stranger = elsewhere(app)
    assert [attempt(stranger, "nobody.here").status_code for _ in range(6)] == [401] * 5 + [429]


@pytest.mark.engine("sqlite")
def test_a_network_is_held_up_after_fifty_failures_whatever_the_names(district: District, app: FastAPI) -> None:
    stranger = elsewhere(app)
    assert attempt(stranger, "nobody").status_code == 401
    change(district, SignInLimit, col(SignInLimit.failures) == 1, failures=49)
    assert attempt(stranger, "nobody.else").status_code == 401
    refused = attempt(elsewhere(app, "203.0.113.200"), district.account(None, "B11"))
    assert code(refused, 429) == "too_many_sign_ins"
    assert int(refused.headers["Retry-After"]) > 250


def test_a_sign_in_clears_away_no_more_than_two_pieces_of_what_a_crowd_left_a_day_ago(district: District) -> None:
    username = district.account(None, "B11")
    with district.work() as work:
        left = {"failures": 1, "window_started_at": work.at - timedelta(days=2), "is_told": False}
        work.execute(insert(SignInLimit), [{"key": f"{number}", **left} for number in range(2 * PIECE + 3)])
    for stay in (3, 0):
        assert district.client.post("/v1/sessions", json={"username": username, "password": PASSWORD}).status_code == 201
        with district.work() as work:
            old = select(func.count()).where(col(SignInLimit.window_started_at) < work.at - timedelta(days=1))
            assert work.exec(old).one() == stay


def test_of_attempts_at_once_only_a_few_have_their_password_looked_at(district: District, app: FastAPI) -> None:
    username, stranger = district.account(None, "B11"), elsewhere(app, beside=district.client)
    with ThreadPoolExecutor(12) as pool:
        statuses = Counter(pool.map(lambda number: attempt(stranger, username, f"wrong {number}").status_code, range(36)))
    assert set(statuses) <= {401, 429, 503}, statuses
    assert 1 <= statuses[401] <= 15


def test_people_of_one_network_who_sign_in_at_the_same_moment_all_may(district: District, app: FastAPI) -> None:
    usernames = [district.account(None, "B11") for _ in range(6)]
    office = elsewhere(app, beside=district.client)
    with ThreadPoolExecutor(6) as pool:
        statuses = Counter(pool.map(lambda username: attempt(office, username).status_code, usernames))
    assert set(statuses) <= {201, 503}, statuses
    assert statuses[201] >= 1


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("seed", range(2))
def test_a_name_that_exists_is_answered_as_one_that_does_not_in_every_order_of_tries(district: District, seed: int) -> None:
    """Also while its owner signs in on his own device or on a new one, with whatever token strangers send, and with the right
    password of an account that is shut and the right slip of one whose time is over."""
    chance, guesser = Random(seed), Guesser(district)
    known, shut, late, other = (district.account(None, "B11") for _ in range(4))
    own, foreign = (guesser.tries(name, "192.0.2.1", password=PASSWORD)[2] for name in (known, other))
    with district.work() as work:
        change(district, Account, col(Account.username) == shut, disabled_at=work.at)
        digest = one_time_digest(PASSWORD, district.house.cipher)
        change(district, Account, col(Account.username) == late, one_time_until=work.at, one_time_digest=digest)
    devices, pauses = (None, "forged", foreign), (0, 0, 1, 16, 70, 700)
    moves = [(chance.choice(NETWORKS), chance.choice(devices), timedelta(seconds=chance.choice(pauses))) for _ in range(30)]
    answers: dict[str, list[object]] = {"nobody.here": [], known: [], shut: [], late: []}
    owners = []
    for username, heard in answers.items():
        guesser.passed += timedelta(days=1)
        password = PASSWORD if username in (shut, late) else "wrong"
        for number, (address, device, pause) in enumerate(moves):
            heard.append(guesser.tries(username, address, device=device, password=password, later=pause)[:2])
            if username == known and number % 3 == 0:
                token = own if number % 2 else None
                owners.append((token, guesser.tries(known, "192.0.2.1", device=token, password=PASSWORD)[0]))
    told_apart = sum(one != heard[number] for heard in answers.values() for number, one in enumerate(answers["nobody.here"]))
    counts.tell("guesses at names that exist and at one that does not", tries=len(moves) * len(answers), told_apart=told_apart)
    assert told_apart == 0 and len(set(answers["nobody.here"])) > 2
    assert {answer for token, answer in owners if token} == {"signed_in"}


@pytest.mark.engine("sqlite")
def test_one_line_of_a_site_cannot_hold_up_the_others(district: District) -> None:
    guesser = Guesser(district)
    for number in range(40):
        guesser.tries(f"nobody.{number}", f"2001:db8:1:2::{number:x}")
    assert guesser.tries("nobody.else", "2001:db8:1:2::ffff")[0] == "too_many_sign_ins"
    assert guesser.tries("nobody.else", "2001:db8:1:3::1")[0] == "wrong_credentials"


def test_refused_sign_ins_are_told_when_one_succeeds_or_the_house_is_kept_and_nothing_beside_their_answers(
    district: District,
) -> None:
    username, guesser = district.account(None, "B11"), Guesser(district)
    for number in range(6):
        guesser.tries(username, f"198.51.{number}.9")
        guesser.tries("nobody.here", f"198.51.{number}.9")
    assert told(district) == []
    with district.work() as work:
        known = queries.account_named(work, username)
    assert known
    guesser.tries(username, "192.0.2.1", password=PASSWORD, later=timedelta(minutes=20))
    of_known, of_nobody = (known.id, known.organization_id), (None, None)
    expected: list[tuple[object, ...]] = [(*of_known, "too_many", 1), (*of_known, "wrong", 5)]
    for told_now in (2, 0):
        assert [
            (line.target_id, line.organization_id, line.details["why"], line.details["count"]) for line in told(district)
        ] == expected
        with district.work() as work:
            assert refusals.tell_refusals(work) == told_now
        expected = [*expected[:2], (*of_nobody, "too_many", 1), (*of_nobody, "wrong", 5)]
    with district.work() as work:
        work.origin.at += timedelta(days=2)
        assert [refusals.tell_refusals(work), refusals.tell_refusals(work)] == [3, 0], "what the holder is to be told waits"
    assert len(told(district)) == 4


def test_a_name_that_exists_is_answered_by_as_many_statements_as_one_that_does_not(district: District) -> None:
    """Also where it is the first time, or after its owner has signed in."""
    username, guesser = district.account(None, "B11"), Guesser(district)
    device = guesser.tries(username, "192.0.2.1", password=PASSWORD)[2]
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    def statements(name: str) -> list[int]:
        numbers = []
        for _ in range(3):
            asked.clear()
            guesser.tries(name, "198.51.100.9")
            numbers.append(len(asked))
        return numbers

    event.listen(district.house.database.engine, "before_cursor_execute", note)
    try:
        counted = [statements(name) for name in ("nobody.here", username)]
        guesser.tries(username, "192.0.2.1", password=PASSWORD, device=device, later=timedelta(minutes=40))
        counted += [statements(name) for name in ("nobody.here", username)]
    finally:
        event.remove(district.house.database.engine, "before_cursor_execute", note)
    assert len({number for numbers in counted for number in numbers}) == 1, counted


def test_whoever_is_refused_waits_for_no_line_of_the_trail(district: District) -> None:
    """However long another holds the end of the trail, a name that exists is answered as one that does not."""
    username, guesser = district.account(None, "B11"), Guesser(district)
    with district.work() as work:
        audit_queries.locked_head(work)
        # On SQLite nobody writes beside another at all.
        if not work.is_sqlite:
            assert [guesser.tries(name, "198.51.100.9")[0] for name in (username, "nobody.here")] == ["wrong_credentials"] * 2


@pytest.mark.engine("sqlite")
def test_a_thousand_refusals_of_one_who_is_signed_in_leave_twelve_lines(district: District) -> None:
    caller = district.sign_in(Role.member, "B11")
    with district.work() as work:
        for number in range(1001):
            work.origin.at += timedelta(days=2 if number == 1000 else 0)
            refusals.count_refusal(work, UUID(caller.account_id), Guess.step_up)
    lines = [line.details["count"] for line in told(district, "refuse_step_up")]
    counts.tell("refused proofs", refused=1001, lines_of_the_audit_trail=len(lines))
    assert lines == [*(2**n for n in range(10)), 1000, 1]


@pytest.mark.engine("sqlite")
def test_what_one_holds_up_again_and_again_is_told_once_in_a_window(district: District) -> None:
    guesser = Guesser(district)
    assert [guesser.tries("nobody.here", "198.51.100.9")[0] for _ in range(60)].count("too_many_sign_ins") == 55
    with district.work() as work:
        refusals.tell_refusals(work)
    assert sorted((line.details["why"], line.details["count"]) for line in told(district)) == [("too_many", 1), ("wrong", 5)]


@pytest.mark.parametrize("what", ["signs in", "is asked for a code", "slip"])
def test_a_right_password_beyond_the_day_is_hashed_no_more_often_than_a_wrong_one(
    district: District, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """And whoever does so keeps no device out that the account has known."""
    caller, guesser, hashed = district.sign_in(Role.secretary, "B11"), Guesser(district), list[str]()
    compared = Quick.matches

    def matches(self: Quick, password: str, stored: str | None, *, is_stranger: bool = False) -> bool:
        hashed.append(password)
        return compared(self, password, stored)

    own = guesser.signs_in(caller.username).device_token
    change(district, KnownDevice, col(KnownDevice.id).is_not(None), created_at=guesser.began - SETTLED)
    phone = enrol(caller)[0] if what == "is asked for a code" else None
    if what == "slip":
        mine = col(Account.id) == UUID(caller.account_id)
        until, digest = guesser.began + timedelta(days=9), one_time_digest(as_printed(PASSWORD), district.house.cipher)
        change(district, Account, mine, one_time_until=until, one_time_digest=digest)
    monkeypatch.setattr(Quick, "matches", matches)
    monkeypatch.setattr(rules, "SIGN_IN_LIMIT", rules.Limit(3, rules.LONGEST_BLOCK, timedelta(days=1)))
    heard = [guesser.tries(caller.username, f"198.51.{n % 9}.9", password=PASSWORD)[0] for n in range(30)]
    counts.tell("right passwords that sign nobody in", tries=30, hashes=len(hashed))
    assert len(hashed) <= (0 if what == "slip" else 3 + rules.ACCOUNT_LIMIT.free)
    assert heard[-1] == "too_many_sign_ins"
    if what == "slip":
        return
    later = timedelta(minutes=2)
    assert guesser.tries(caller.username, "192.0.2.1", device=own, password=PASSWORD, otp=phone, later=later)[0] == "signed_in"


@pytest.mark.engine("sqlite")
def test_a_right_password_shown_beyond_the_day_is_hashed_no_more_often_than_a_wrong_one(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, hashed = district.sign_in(Role.member, "B11"), list[str]()
    monkeypatch.setattr(rules, "PROOF_LIMIT", rules.Limit(3, rules.LONGEST_BLOCK, timedelta(days=1)))

    def matches(_: object, password: str, __: object, *, is_stranger: bool = False) -> bool:
        hashed.append(password)
        return True

    monkeypatch.setattr(type(district.house.passwords), "matches", matches)
    statuses = [caller.post("/v1/sessions/step-up", json={"password": PASSWORD}).status_code for _ in range(20)]
    assert statuses == [200] * 3 + [429] * 17
    assert len(hashed) <= 3 + rules.ACCOUNT_LIMIT.free


@pytest.mark.engine("sqlite")
def test_estimates_of_one_members_new_passwords_are_bounded(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    caller, passwords = district.sign_in(Role.member, "B11"), type(district.house.passwords)
    estimated = []

    def weak(_: object, password: str, *known: str) -> None:
        estimated.append(password)
        raise WeakPassword

    monkeypatch.setattr(passwords, "matches", lambda *_: True)
    monkeypatch.setattr(passwords, "check_strength", weak)
    body = {"present_password": PASSWORD, "new_password": "qwertyuiop"}
    with ThreadPoolExecutor(6) as pool:
        asked = pool.map(lambda _: caller.post("/v1/accounts/mine/password", json=body).status_code, range(40))
        statuses = Counter(asked)
    assert set(statuses) <= {422, 429, 503} and len(estimated) == statuses[422] <= 20
