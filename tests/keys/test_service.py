"""Keys follow one another without a gap, and one that is withdrawn vouches for nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select

from api.database import Origin
from api.errors import NotFound
from api.house import House
from api.keys import rules, service
from models.audit import AuditLine
from models.signing_key import SigningKey
from tests.conftest import District
from tests.verification.holders import Holder, change, hold, signed

JSON = {"Accept": "application/json"}


@pytest.fixture
def holder(district: District) -> Holder:
    return hold(district.house, district.ids["B11"])


def told(client: TestClient, code: str) -> str:
    return str(client.get(f"/C/{code}", headers=JSON).json()["outcome"])


def published(client: TestClient) -> list[int]:
    return [key["slot"] for key in client.get("/.well-known/jwks.json").json()["keys"]]


def create(house: House, lead: timedelta = timedelta(0)) -> SigningKey:
    with house.database.writing(Origin("test")) as work:
        return service.create_key(work, house.cipher, lead=lead)


def signing(house: House) -> int:
    with house.database.reading(Origin("test")) as work:
        return house.keys.signing(work)[0]


def withdraw(house: House, slot: int) -> SigningKey | None:
    with house.database.writing(Origin("test")) as work:
        return service.withdraw_key(work, house.cipher, slot)


def test_a_new_key_is_published_before_it_signs(client: TestClient, house: House) -> None:
    later = create(house, rules.LEAD)
    assert (published(client), signing(house)) == ([0, 1], 0)
    change(house, SigningKey, later.id, signs_from=later.created_at)
    assert (published(client), signing(house)) == ([0, 1], 1)


def test_codes_of_the_former_key_are_good_until_they_lapse(client: TestClient, house: House, holder: Holder) -> None:
    code = signed(house, holder).pack()
    create(house)
    assert told(client, code) == "valid" and told(client, signed(house, holder).pack()) == "valid"


def test_a_key_leaves_the_key_set_a_day_after_the_next_has_taken_over(client: TestClient, house: House) -> None:
    later = create(house)
    with house.database.reading(Origin("test")) as work:
        former = work.exec(select(SigningKey).where(col(SigningKey.slot) == 0)).one()
    change(house, SigningKey, former.id, signs_from=former.signs_from - 2 * rules.KEPT)
    change(house, SigningKey, later.id, signs_from=later.signs_from - rules.KEPT + rules.LEAD)
    assert published(client) == [0, 1]
    change(house, SigningKey, later.id, signs_from=later.signs_from - rules.KEPT)
    assert published(client) == [1]


def test_a_withdrawn_key_vouches_for_nothing_and_its_successor_signs_at_once(
    client: TestClient, house: House, holder: Holder
) -> None:
    code = signed(house, holder).pack()
    made = withdraw(house, 0)
    assert made is not None and made.slot == 1
    assert told(client, code) == "not_found" and told(client, signed(house, holder).pack()) == "valid"
    assert published(client) == [1]


def test_where_another_key_can_sign_none_is_made(house: House, client: TestClient) -> None:
    create(house)
    assert withdraw(house, 1) is None and signing(house) == 0
    # A key that never came to its turn superseded nobody.
    assert published(client) == [0]


def test_the_key_that_waits_for_its_turn_takes_it_when_the_one_before_is_withdrawn(house: House, client: TestClient) -> None:
    waiting = create(house, rules.LEAD)
    successor = withdraw(house, 0)
    assert successor is not None and successor.slot == waiting.slot == signing(house) and published(client) == [1]


def test_a_key_is_withdrawn_once_and_only_if_there_is_one(house: House, client: TestClient) -> None:
    withdraw(house, 0)
    with pytest.raises(rules.KeyWithdrawn):
        withdraw(house, 0)
    with pytest.raises(NotFound):
        withdraw(house, 9)


def test_a_slot_is_never_used_twice_and_there_are_no_more_than_256(
    house: House, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "SLOTS", 2)
    withdraw(house, 0)
    with pytest.raises(rules.NoFreeSlot):
        create(house)


def test_what_is_done_to_keys_is_audited(house: House, client: TestClient) -> None:
    made = withdraw(house, 0)
    assert made is not None
    with house.database.reading(Origin("test")) as work:
        query = select(AuditLine).where(col(AuditLine.target_kind) == "signing_key").order_by(col(AuditLine.seq))
        lines = [(line.action, line.details) for line in work.exec(query)]
    assert lines == [("create_key", {"slot": 0}), ("withdraw_key", {"slot": 0}), ("create_key", {"slot": 1})]
    assert isinstance(made.id, UUID)


def test_a_key_that_takes_its_turn_early_is_audited(house: House, client: TestClient) -> None:
    create(house, rules.LEAD)
    withdraw(house, 0)
    with house.database.reading(Origin("test")) as work:
        query = select(AuditLine).where(col(AuditLine.target_kind) == "signing_key").order_by(col(AuditLine.seq))
        last = [(line.action, line.details) for line in work.exec(query)][-2:]
    assert last == [("withdraw_key", {"slot": 0}), ("advance_key", {"slot": 1})]


def test_two_keys_made_at_once_have_two_slots(house: House, client: TestClient) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: create(house).slot, range(4)))
    assert sorted(made) == [1, 2, 3, 4]
