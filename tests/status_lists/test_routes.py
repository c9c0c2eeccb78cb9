"""Status lists as readers fetch them: true, the same from every worker, and signed no more often than they must be."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, text

from api.adapters.jose import PublicKey, from_base64url
from api.app import create_app
from api.database import Database, Origin
from api.house import House
from api.keys import service as keys
from api.settings import Settings
from api.status_lists import queries, rules
from api.status_lists.places import place_of
from api.status_lists.rules import Status
from api.status_lists.service import Signed, Signing, show_status_list
from api.status_lists.token import ReadList, read
from models.card import Card
from models.enums import CardState, Role
from models.signing_key import SigningKey
from models.status_list import StatusList
from tests.clock import district_day
from tests.conftest import PUBLIC_URL, District
from tests.plans import plans
from tests.transport import Client
from tests.verification.holders import Holder, change, hold

URL = "/v1/status-lists/0"
WHY = {"reason": "核实情况"}
LATER = timedelta(minutes=2)


@pytest.fixture
def holder(district: District) -> Holder:
    return hold(district.house, district.ids["B11"])


@pytest.fixture
def signing(house: House) -> Signing:
    return Signing(house.keys, PUBLIC_URL)


def fetched(house: House, signing: Signing, after: timedelta = timedelta(0), *, database: Database | None = None) -> Signed:
    """List 0 as it is shown so much later."""
    return show_status_list(database or house.database, Origin("test", datetime.now(UTC) + after), 0, signing)


def opened(client: TestClient, token: bytes) -> ReadList:
    """A list read as a stranger reads it: with the published key set."""
    published = client.get("/.well-known/jwks.json").json()["keys"]
    return read(token.decode(), [PublicKey.from_text(key["x"], key["y"]) for key in published])


def place(house: House, holder: Holder) -> int:
    with house.database.reading(Origin("test")) as work:
        return work.get_one(Card, holder.card_id).status_index


def signatures(house: House) -> tuple[Any, ...]:
    with house.database.reading(Origin("test")) as work:
        row = work.get_one(StatusList, 0)
        return row.changes, row.signed_changes, row.signed_at


def test_the_lists_are_named_and_may_be_read_by_anybody(client: TestClient, holder: Holder) -> None:
    answer = client.get("/v1/status-lists")
    assert answer.json() == {"status_lists": [f"{PUBLIC_URL}{URL}"]}
    assert answer.headers["access-control-allow-origin"] == "*" and "public" in answer.headers["cache-control"]


@pytest.mark.parametrize("number", ["1", "65536", "-1", "x", "00000000", "٣"])
def test_a_list_that_is_none_is_not_found(client: TestClient, holder: Holder, number: str) -> None:
    answer = client.get(f"/v1/status-lists/{number}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_list_tells_of_itself_what_the_draft_asks_for(client: TestClient, holder: Holder) -> None:
    answer = client.get(URL)
    assert answer.headers["content-type"] == "application/statuslist+jwt"
    assert answer.headers["access-control-allow-origin"] == "*"
    header = from_base64url(answer.text.partition(".")[0])
    assert b'"typ":"statuslist+jwt"' in header and b'"alg":"ES256"' in header
    found = opened(client, answer.content)
    assert (found.address, found.ttl, found.bits, len(found.data)) == (f"{PUBLIC_URL}{URL}", 300, 2, 1 << 18)
    assert found.expires_at - found.signed_at == timedelta(hours=24)
    assert abs(found.signed_at - datetime.now(UTC)) < timedelta(seconds=30)


def test_an_unchanged_list_is_the_same_bytes_and_answered_304(client: TestClient, holder: Holder) -> None:
    first = client.get(URL)
    again = client.get(URL)
    assert first.content == again.content and first.headers["etag"] == again.headers["etag"]
    for known in (first.headers["etag"], f'"other", {first.headers["etag"]}', "*", f"W/{first.headers['etag']}"):
        unchanged = client.get(URL, headers={"If-None-Match": known})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["etag"] == first.headers["etag"]
    assert client.get(URL, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (CardState.valid, Status.valid),
        (CardState.suspended, Status.suspended),
        (CardState.revoked, Status.revoked),
        (CardState.transferred, Status.revoked),
        (CardState.expired, Status.expired),
    ],
)
def test_every_state_stands_at_the_cards_place_and_nothing_elsewhere(
    client: TestClient, house: House, holder: Holder, signing: Signing, state: CardState, status: Status
) -> None:
    change(house, Card, holder.card_id, state=state)
    found = opened(client, fetched(house, signing).content)
    assert found.status(place(house, holder)) == status
    assert sum(byte.bit_count() for byte in found.data) == int(status).bit_count()


def test_a_change_is_told_within_the_minute_and_signs_one_list_once(
    client: TestClient, district: District, house: House, holder: Holder, signing: Signing
) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    first = fetched(house, signing)
    secretary.post(f"/v1/cards/{holder.card_id}/suspend", json=WHY)
    assert signatures(house)[:2] == (1, 0)
    assert fetched(house, signing) == first
    second = fetched(house, signing, LATER)
    assert second != first and opened(client, second.content).status(place(house, holder)) == Status.suspended
    assert fetched(house, signing, 2 * LATER) == second
    assert signatures(house)[:2] == (1, 1)
    secretary.post(f"/v1/cards/{holder.card_id}/resume", json=WHY)
    third = fetched(house, signing, 2 * LATER)
    assert opened(client, third.content).status(place(house, holder)) == Status.valid


def test_a_batch_counts_as_one_change_of_each_list_and_a_refused_one_as_none(
    district: District, house: House, holder: Holder
) -> None:
    change(house, Card, holder.card_id, expires_on=date(2020, 1, 1))
    other = hold(house, district.ids["B11"], "李建国")
    change(house, Card, other.card_id, expires_on=date(2020, 1, 1))
    secretary = district.sign_in(Role.secretary, "B11")
    secretary.post("/v1/cards/issue", json={"organization_id": str(district.ids["B11"])})
    assert signatures(house)[0] == 1
    secretary.post(f"/v1/cards/{holder.card_id}/revoke", json=WHY)
    assert signatures(house)[0] == 1


def test_a_card_that_lapses_overnight_stands_in_the_next_list(
    client: TestClient, house: House, holder: Holder, signing: Signing
) -> None:
    today = datetime.now(UTC).astimezone(house.settings.zone)
    change(house, Card, holder.card_id, expires_on=today.date())
    first = fetched(house, signing)
    assert opened(client, first.content).status(place(house, holder)) == Status.valid
    to_midnight = datetime.combine(today.date() + timedelta(days=1), datetime.min.time(), today.tzinfo) - today
    if to_midnight < timedelta(minutes=3):
        pytest.skip("midnight is too near to tell the evening from the night")
    evening = fetched(house, signing, to_midnight - LATER)
    assert opened(client, evening.content).status(place(house, holder)) == Status.valid
    night = fetched(house, signing, to_midnight + LATER)
    assert opened(client, night.content).status(place(house, holder)) == Status.expired


def test_a_list_that_nothing_changes_is_signed_again_after_half_a_day(house: House, holder: Holder, signing: Signing) -> None:
    first = fetched(house, signing)
    half = rules.LIFETIME - rules.RENEWED_BEFORE
    assert fetched(house, signing, half - LATER) == first
    assert fetched(house, signing, half + LATER) != first


def test_a_list_of_a_withdrawn_key_is_replaced_at_once(client: TestClient, house: House, holder: Holder, signing: Signing) -> None:
    first = fetched(house, signing)
    with house.database.writing(Origin("test")) as work:
        keys.withdraw_key(work, house.cipher, 0)
    second = fetched(house, signing)
    assert second != first and opened(client, second.content)


def test_a_rotated_key_leaves_the_lists_as_they_are(house: House, holder: Holder, signing: Signing) -> None:
    first = fetched(house, signing)
    with house.database.writing(Origin("test")) as work:
        keys.create_key(work, house.cipher)
    assert fetched(house, signing, LATER) == first


def test_without_a_key_a_list_is_not_to_be_had_for_now(client: TestClient, house: House, holder: Holder) -> None:
    with house.database.reading(Origin("test")) as work:
        key = next(iter(keys.every_key(work))).row.id
    change(house, SigningKey, key, withdrawn_at=datetime.now(UTC))
    answer = client.get(URL)
    assert answer.status_code == 503 and "retry-after" in answer.headers


@pytest.fixture
def workers(settings: Settings, client: TestClient) -> Iterator[list[TestClient]]:
    """Two further processes' worth of the application, on the same database."""
    with Client(create_app(settings), base_url=PUBLIC_URL) as one, Client(create_app(settings), base_url=PUBLIC_URL) as two:
        yield [one, two]


def test_all_workers_serve_the_same_bytes_even_when_they_ask_at_once(workers: list[TestClient], holder: Holder) -> None:
    found: list[bytes] = []
    barrier = threading.Barrier(8)

    def fetch(worker: TestClient) -> None:
        barrier.wait()
        found.append(worker.get(URL).content)

    threads = [threading.Thread(target=fetch, args=(workers[number % 2],)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1


def test_the_next_list_begins_where_one_is_full(house: House, district: District, client: TestClient) -> None:
    with house.database.writing(Origin("test")) as work:
        work.execute(text("UPDATE status_counter SET allocated = :n"), {"n": rules.SIZE - 1})
        work.add(StatusList(number=0))
    last, first = hold(house, district.ids["B11"]), hold(house, district.ids["B11"], "李建国")
    with house.database.reading(Origin("test")) as work:
        places = [(card.status_list, card.status_index) for card in (work.get_one(Card, one.card_id) for one in (last, first))]
    assert places == [place_of(rules.SIZE - 1, house.status_key), place_of(rules.SIZE, house.status_key)]
    assert [number for number, _ in places] == [0, 1]
    assert client.get("/v1/status-lists").json()["status_lists"][-1].endswith("/v1/status-lists/1")
    assert client.get("/v1/status-lists/1").status_code == 200


def test_signing_reads_the_cards_that_are_not_valid_by_their_index_and_lapsed_ones_by_another(house: House, holder: Holder) -> None:
    today = district_day()
    entries: list[Any] = []
    found = plans(house, "FROM card", lambda work: entries.extend(queries.entries(work, 0, today)))
    assert entries == []
    assert len(found) == 2 and "ix_card_not_valid" in found[0] and "ix_card_expiring" in found[1], found


def test_a_renewed_card_is_valid_in_the_next_list_again(
    client: TestClient, district: District, house: House, holder: Holder, signing: Signing
) -> None:
    change(house, Card, holder.card_id, expires_on=date(2020, 1, 1))
    assert opened(client, fetched(house, signing).content).status(place(house, holder)) == Status.expired
    secretary = district.sign_in(Role.secretary, "B11")
    assert secretary.post(f"/v1/cards/{holder.card_id}/renew", json=WHY).status_code == 200
    assert opened(client, fetched(house, signing, LATER).content).status(place(house, holder)) == Status.valid


def test_a_renewal_before_the_last_day_signs_nothing_anew(district: District, house: House, holder: Holder) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    soon = (district_day() + timedelta(days=20)).isoformat()
    for body in (WHY | {"expires_on": soon}, WHY):
        assert secretary.post(f"/v1/cards/{holder.card_id}/renew", json=body).status_code == 200
    assert signatures(house)[0] == 0


@pytest.mark.parametrize("path", [URL, "/v1/status-lists", "/.well-known/jwks.json"])
def test_a_program_in_a_browser_may_ask_with_the_tag_that_it_knows(client: TestClient, holder: Holder, path: str) -> None:
    asked = {"Origin": "https://reader.example", "Access-Control-Request-Headers": "if-none-match"}
    answer = client.options(path, headers=asked | {"Access-Control-Request-Method": "GET"})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, "*")
    assert answer.headers["access-control-allow-headers"] == "If-None-Match"
    assert client.get("/v1/status-lists/9").headers["access-control-allow-origin"] == "*"


def test_whoever_asks_for_lists_that_are_none_costs_one_look_a_second(client: TestClient, holder: Holder, house: House) -> None:
    client.get(URL)
    reads: list[str] = []
    event.listen(house.database.engine, "before_cursor_execute", lambda *told: reads.append(told[2]))
    for number in range(40_000, 40_100):
        assert client.get(f"/v1/status-lists/{number}").status_code == 404
    assert len(reads) < 60
