import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, get_ident
from types import SimpleNamespace

import pytest

from api.access import rules
from api.access.passwords import Passwords, WeakPassword, context, new_one_time_password
from api.access.rules import ACCOUNT_LIMIT, NETWORK_LIMITS, Failures, TooManySignIns, admit, refresh_is_reuse
from api.networks import network_of
from models.enums import Role

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def _evaluated(limit: rules.Limit, attempts: int, every: timedelta) -> int:
    failures: Failures | None = None
    looked_at = 0
    for number in range(attempts):
        try:
            failures = admit(failures, limit, NOW + number * every)
            looked_at += 1
        except TooManySignIns:
            continue
    return looked_at


def test_a_hundred_attempts_on_one_account_in_ten_minutes_are_looked_at_fifteen_times_at_the_most() -> None:
    assert 5 <= _evaluated(ACCOUNT_LIMIT, 100, timedelta(seconds=6)) <= 15


def test_ten_thousand_attempts_from_one_network_at_once_are_looked_at_fifty_times() -> None:
    assert _evaluated(NETWORK_LIMITS[24], 10_000, timedelta(milliseconds=1)) == 50


def test_who_is_blocked_is_told_how_many_seconds_are_left() -> None:
    blocked = Failures(5, NOW, NOW + timedelta(seconds=14, milliseconds=200))
    with pytest.raises(TooManySignIns) as refused:
        admit(blocked, ACCOUNT_LIMIT, NOW)
    assert refused.value.retry_after == 15


def test_failures_are_forgotten_after_the_window() -> None:
    assert admit(Failures(4, NOW), ACCOUNT_LIMIT, NOW + timedelta(minutes=11)).count == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::9", "2001:db8:1::/48"),
        ("nonsense", "unknown"),
        ("", "unknown"),
    ],
)
def test_an_address_counts_as_its_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_an_address_of_ipv6_counts_as_its_line_its_connection_and_its_site_the_narrower_the_sooner() -> None:
    counted = rules.counted_networks("2001:db8:1:2fe::9")
    assert [network for network, _ in counted] == ["2001:db8:1:2fe::/64", "2001:db8:1:200::/56", "2001:db8:1::/48"]
    free = [limit.free for _, limit in counted]
    assert free == sorted(set(free)) and free[-1] == 50


def test_of_a_million_refusals_the_audit_trail_tells_of_twenty() -> None:
    assert [number for number in range(1, 20) if rules.is_told(number)] == [1, 2, 4, 8, 16]
    assert sum(rules.is_told(number) for number in range(1, 1_000_001)) == 20


@pytest.mark.parametrize(
    ("used_seconds_ago", "successor_used", "sibling_used", "reuse"),
    [
        (None, False, False, False),
        (59, False, False, False),
        (60, False, False, False),
        (61, False, False, True),
        (1, True, False, True),
        (None, False, True, True),
        (1, False, True, True),
    ],
)
def test_a_refresh_token_is_taken_again_for_sixty_seconds_until_its_successor_was_used(
    used_seconds_ago: int | None, successor_used: bool, sibling_used: bool, reuse: bool
) -> None:
    used_at = None if used_seconds_ago is None else NOW - timedelta(seconds=used_seconds_ago)
    is_reuse = refresh_is_reuse(
        issued_at=NOW - timedelta(days=1),
        used_at=used_at,
        session_used_at=used_at or NOW - timedelta(days=1),
        a_successor_was_used=successor_used,
        a_sibling_was_used=sibling_used,
        at=NOW,
    )
    assert is_reuse is reuse


@pytest.mark.parametrize("password", ["short1!", "password", "12345678", "qwertyuiop", "secretary1", "a" * 129, "1234567890"])
def test_a_password_that_is_too_short_too_long_or_listed_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        Passwords().check_strength(password, "secretary")


@pytest.mark.parametrize("password", ["纸鸢飞过明湖一九八七", "correct-horse-9-staple", "kestrel violet 82 anchor"])
def test_a_password_needs_no_special_kinds_of_characters(password: str) -> None:
    Passwords().check_strength(password, "secretary")


def test_an_unknown_user_costs_a_hash_and_never_matches() -> None:
    passwords = Passwords()
    stored = passwords.hash("kestrel violet 82 anchor")
    assert passwords.matches("kestrel violet 82 anchor", stored)
    assert not passwords.matches("kestrel violet 82 anchoR", stored)
    assert not passwords.matches("kestrel violet 82 anchor", None)
    assert not passwords.matches("x" * 5000, stored)
    assert not passwords.outdated(stored)
    assert context().hash("kestrel violet 82 anchor").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_whoever_asks_a_hash_is_made_in_one_of_two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords, made_in = Passwords(), set()

    def verify(*_: object) -> bool:
        made_in.add(get_ident())
        return True

    monkeypatch.setattr(passwords, "_context", SimpleNamespace(verify=verify))
    meeting = Barrier(24, timeout=30)

    def ask(_: int) -> bool:
        meeting.wait()
        return passwords.matches("kestrel violet 82 anchor", "a hash")

    with ThreadPoolExecutor(24) as askers:
        assert all(askers.map(ask, range(24)))
    assert 1 <= len(made_in) <= 2


def test_one_time_passwords_differ_and_have_no_look_alikes() -> None:
    made = {new_one_time_password() for _ in range(500)}
    assert len(made) == 500
    assert not set("".join(made)) & set("01loiO")


def test_the_longest_password_is_judged_in_a_moment() -> None:
    began = time.process_time()
    with suppress(WeakPassword):
        Passwords().check_strength("@$1|3!0(+5" * 12 + "@$1|3!0(", "secretary")
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("offices", "has"),
    [
        ([], False),
        ([(Role.town_officer, None)], False),
        ([(Role.district_officer, None)], True),
        ([(Role.administrator, None), (Role.secretary, None)], True),
        ([(Role.district_officer, date(2026, 5, 1))], True),
        ([(Role.district_officer, date(2026, 5, 1)), (Role.secretary, date(2026, 5, 1))], True),
        ([(Role.district_officer, date(2026, 5, 1)), (Role.secretary, date(2026, 5, 2))], False),
        ([(Role.district_officer, date(2026, 5, 1)), (Role.town_officer, None)], False),
        ([(Role.district_officer, date(2026, 5, 1)), (Role.auditor, None)], True),
        ([(Role.district_officer, date(2025, 5, 1)), (Role.town_officer, None), (Role.administrator, None)], True),
    ],
)
def test_who_decided_for_the_district_to_the_last(offices: list[tuple[Role, date | None]], has: bool) -> None:
    assert rules.has_decided_to_the_last(offices) is has
