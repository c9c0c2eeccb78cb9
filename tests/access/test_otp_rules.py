"""Second factors by the letter of RFC 6238, and their life as a walk: each code and each recovery code opens once."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.access.demands import Demands, Lifetimes
from api.access.otp import rules, service
from api.access.otp.service import Shown
from api.database import Origin
from models.account import Account, SignInSession
from models.enums import Role
from tests.access.factors import Phone
from tests.conftest import District

SECRET = b"12345678901234567890"
VECTORS = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}
"""RFC 6238, appendix B, for SHA-1: seconds since 1970 and the code of eight digits, of which ours are the last six."""


@pytest.mark.parametrize(("seconds", "code"), VECTORS.items())
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert rules.step_of(SECRET, code[-6:], at, None) == seconds // 30


@given(off=st.integers(-4, 4), last=st.one_of(st.none(), st.integers(-4, 4)))
def test_a_code_is_taken_one_step_off_and_never_again_nor_one_before_it(off: int, last: int | None) -> None:
    present = 1111111111 // 30
    code = rules.code_at(SECRET, present + off).decode()
    taken = rules.step_of(SECRET, code, datetime.fromtimestamp(1111111111, UTC), None if last is None else present + last)
    assert taken == (present + off if abs(off) <= 1 and (last is None or off > last) else None)


def test_a_code_is_read_as_it_is_typed() -> None:
    assert rules.typed(" 287 082\n") == "287082" and rules.is_code("287082")
    assert rules.typed(rules.legible("h7kq2mzd8wpx").upper()) == "h7kq2mzd8wpx"
    assert not any(map(rules.is_code, ("28708", "2870820", "28708a", "２８７０８２", "")))


def test_an_office_has_shorter_sessions_and_needs_a_second_factor() -> None:
    lifetimes = Lifetimes(timedelta(days=30), timedelta(days=180), timedelta(hours=12), timedelta(days=30))
    at = datetime(2026, 11, 1, tzinfo=UTC)
    account, enrolled = (
        Account(username="a", organization_id=uuid4(), password_hash="", password_changed_at=at, otp_since=since)
        for since in (None, at)
    )

    def is_over(role: Role, *, idle: timedelta = timedelta(0), old: timedelta = timedelta(0)) -> bool:
        session = SignInSession(account_id=uuid4(), last_used_at=at - idle, expires_at=at - old + timedelta(days=180))
        session.created_at = at - old
        return lifetimes.is_over(session, {Role.member, role}, at)

    for role in Role:
        in_office = role not in (Role.member, Role.deputy, Role.secretary)
        assert is_over(role, idle=timedelta(hours=12, seconds=1)) is in_office, role
        assert is_over(role, old=timedelta(days=30)) is in_office, role
        assert not is_over(role, idle=timedelta(hours=12)) and is_over(role, idle=timedelta(days=30, seconds=1))
        assert not is_over(role, old=timedelta(days=29)) and is_over(role, old=timedelta(days=180))
        assert lifetimes.lasts({role}) == timedelta(days=30 if in_office else 180)
        demands = Demands(otp=True, step_up=True)
        assert demands.owes_otp(account, {role}) is demands.wants_otp({role}) is in_office
        assert not Demands(otp=False, step_up=True).wants_otp({role})
        assert not demands.owes_otp(enrolled, {role})


class Undone(Exception):
    """What a walk has written is thrown away."""


STEPS = st.one_of(
    st.tuples(st.just("pass"), st.integers(1, 90)),
    st.tuples(st.just("code"), st.integers(-3, 3)),
    st.tuples(st.just("recovery"), st.integers(0, 12)),
    st.tuples(st.sampled_from(["begin", "confirm", "renew", "reset", "guess"]), st.just(0)),
)


@pytest.mark.engine("sqlite")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=5, max_size=30))
def test_whatever_happens_each_code_opens_once_and_none_that_is_gone(district: District, steps: list[tuple[str, int]]) -> None:
    cipher, begun = district.house.cipher, datetime(2026, 11, 1, tzinfo=UTC)
    phone: Phone | None = None
    waits: Phone | None = None
    waits_since, session_id = begun, uuid4()
    last, left, spent = -1, list[str](), list[str]()
    try:
        with district.house.database.writing(Origin("test", at=begun)) as work:
            account = Account(username="walker", organization_id=district.ids["D"], password_hash="", password_changed_at=begun)
            work.add(account)
            work.flush()
            for what, number in steps:
                present = int(work.at.timestamp()) // rules.STEP

                def shown(text: str) -> Any:
                    return service.shows(work, account, text, cipher)

                if what == "pass":
                    work.origin.at += timedelta(seconds=number)
                elif what == "begin":
                    waits, waits_since = Phone(service.begin(work, account, session_id, cipher)), work.at
                elif what == "confirm" and waits is not None and work.at - waits_since > rules.WAITS:
                    with pytest.raises(rules.OtpNotBegun):
                        service.confirm(work, account, session_id, rules.code_at(waits.secret, present).decode(), cipher)
                elif what == "confirm" and waits is not None:
                    codes = service.confirm(work, account, session_id, rules.code_at(waits.secret, present).decode(), cipher)
                    assert codes is not None and len(set(codes)) == rules.RECOVERY_CODES
                    phone, waits, last, spent, left = waits, None, present, spent + left, codes
                elif what == "code" and phone is not None:
                    opens = abs(number) <= rules.WINDOW and present + number > last
                    assert shown(rules.code_at(phone.secret, present + number).decode()) == (Shown.code if opens else None)
                    last = present + number if opens else last
                elif what == "recovery" and number < len(left):
                    assert shown(left[number]) is Shown.recovery_code
                    spent.append(left.pop(number))
                elif what == "recovery" and spent:
                    assert shown(spent[number % len(spent)]) is None
                elif what == "renew" and phone is not None:
                    spent, left = spent + left, service.renew_codes(work, account, cipher)
                elif what == "guess":
                    assert shown("aaaa-aaaa-aaaa") is None
                elif what == "reset":
                    service.forget(work, account)
                    spent, left, phone, waits, last = spent + left, [], None, None, -1
                assert (account.otp_since is not None) is (phone is not None)
            raise Undone
    except Undone:
        pass
