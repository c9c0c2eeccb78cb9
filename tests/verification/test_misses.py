"""Guessers of codes are slowed down, and nobody else is."""

import time
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from limits import RateLimitItemPerMinute, RateLimitItemPerSecond

from api.codes.reading import grouped, printed_code
from api.house import House
from api.verification import dependencies
from api.verification.counts import KEPT, forget_old_counts
from api.verification.misses import Misses
from api.verification.rules import TooManyMisses
from models.card import ScanCount
from models.enums import PlateKind, ScanOutcome
from tests.conftest import District
from tests.transport import Client
from tests.verification.holders import Holder, hold

ON_ENGINES = ("sqlite",)
UNKNOWN = printed_code(PlateKind.desk_plate, 41)
JSON = {"Accept": "application/json"}


@pytest.fixture
def holder(district: District, house: House) -> Holder:
    return hold(house, district.ids["B11"])


def is_refused(counted: Misses, address: str) -> bool:
    try:
        counted.count(address)
    except TooManyMisses as refusal:
        assert refusal.retry_after is not None and 1 <= refusal.retry_after <= 60
        return True
    return False


@pytest.mark.parametrize(
    ("one", "neighbour", "stranger"),
    [("203.0.113.1", "203.0.113.200", "203.0.114.1"), ("2001:db8:1::1", "2001:db8:1:ffff::2", "2001:db8:2::1")],
)
def test_a_network_has_its_share_of_misses_and_another_has_its_own(one: str, neighbour: str, stranger: str) -> None:
    counted = Misses(RateLimitItemPerMinute(3))
    assert [is_refused(counted, address) for address in (one, neighbour, one, neighbour, one)] == [False] * 3 + [True] * 2
    assert not is_refused(counted, stranger)


def test_a_minute_later_the_count_begins_anew_and_the_old_one_is_gone() -> None:
    counted = Misses(RateLimitItemPerSecond(1, 2))
    assert [is_refused(counted, "203.0.113.1") for _ in range(2)] == [False, True]
    is_refused(counted, "203.0.114.1")
    until = time.monotonic() + 20
    while is_refused(counted, "203.0.113.1") and time.monotonic() < until:
        time.sleep(0.05)
    # What is over is swept out in the background. One count stands that has just begun, or none if that is over too.
    while len(counted) > 1 and time.monotonic() < until:
        time.sleep(0.05)
    assert time.monotonic() < until


def test_however_many_networks_ask_the_counts_stay_few_and_the_rest_share_one() -> None:
    counted = Misses(RateLimitItemPerMinute(3), most_networks=10)
    answers = [is_refused(counted, f"10.{number >> 8}.{number & 255}.1") for number in range(2000)]
    assert len(counted) == 11
    assert answers.count(False) == 13
    assert not is_refused(counted, "10.0.0.1"), "a network that is counted by itself keeps its own share"


def exhaust(client: TestClient) -> None:
    for _ in range(30):
        assert client.get(f"/C/{UNKNOWN}").status_code == 404


def test_after_its_share_every_unknown_code_is_answered_alike_and_every_known_one_as_ever(
    client: TestClient, holder: Holder
) -> None:
    exhaust(client)
    seen = set()
    for path in (UNKNOWN, "x", "党员", "1" * 199, f"{UNKNOWN}/photo", "x/photo"):
        answer = client.get(f"/C/{path}", headers=JSON)
        body: dict[str, Any] = answer.json()
        assert int(answer.headers["Retry-After"]) == pytest.approx(60, abs=30)
        seen.add((answer.status_code, body["code"], body["detail"]))
    assert len(seen) == 1 and seen.pop()[:2] == (429, "too_many_misses")
    assert client.get(f"/C/{holder.code}", headers=JSON).json()["outcome"] == "valid"
    # A known card without a photo is no miss.
    assert client.get(f"/C/{holder.code}/photo").status_code == 404


def test_people_read_in_plain_words_what_to_do(client: TestClient) -> None:
    exhaust(client)
    for language, words in (("zh", "编号对的，现在照样能查"), ("en", "A right one still works")):
        page = client.get(f"/C/{UNKNOWN}?lang={language}&large=1", headers={"Accept": "text/html"})
        assert page.status_code == 429 and words in page.text
        assert "Retry-After" in page.headers and page.headers["X-Robots-Tag"] == "noindex"
        assert f'action="/C?lang={language}&amp;large=1"' in page.text and f'value="{grouped(UNKNOWN)}"' in page.text


def test_a_hit_asks_for_nobody_s_address(client: TestClient, holder: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def ask(request: object) -> str:
        asked.append(request)
        return "203.0.113.1"

    monkeypatch.setattr(dependencies, "client_address", ask)
    client.get(f"/C/{holder.code}")
    assert asked == []
    client.get(f"/C/{UNKNOWN}")
    assert len(asked) == 1


def test_behind_a_trusted_proxy_the_client_s_own_network_counts(app: FastAPI, house: House, client: TestClient) -> None:
    object.__setattr__(house.settings, "trusted_proxies", (ip_network("192.0.2.0/24"),))
    proxied = Client(app, client=("192.0.2.7", 5))
    for _ in range(30):
        assert proxied.get("/C/x", headers={"X-Forwarded-For": "203.0.113.1"}).status_code == 404
    assert proxied.get("/C/x", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 429
    assert proxied.get("/C/x", headers={"X-Forwarded-For": "198.51.100.1"}).status_code == 404


def test_counts_older_than_a_year_are_deleted(holder: Holder, house: House, district: District) -> None:
    with district.work() as work:
        for age in (KEPT - timedelta(hours=1), KEPT + timedelta(hours=1)):
            work.add(ScanCount(card_id=holder.card_id, hour=work.at - age, outcome=ScanOutcome.valid, count=1))
    with district.work() as work:
        assert forget_old_counts(work) == 1
        assert forget_old_counts(work) == 0
