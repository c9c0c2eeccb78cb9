from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select

from api.adapters.jose import InvalidToken, PublicKey
from api.database import Origin
from api.offline import checker
from api.offline.checker import Checked
from api.offline.reading import read_key_set
from api.offline.rules import Outcome
from api.packs import token
from api.packs.token import Pack, PackedCard, code_digest
from api.status_lists import token as lists
from models.audit import AuditLine
from models.card import Card, Plate
from models.enums import CardState, NameDisplay, Role
from models.organization import Organization
from tests.conftest import PUBLIC_URL, Caller, District
from tests.files.drawings import drawn
from tests.verification.holders import Holder, another_plate, change, hold, signed


@pytest.fixture
def holder(district: District) -> Holder:
    return hold(district.house, district.ids["B11"])


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


def keys_of(district: District) -> dict[int, PublicKey]:
    return read_key_set(district.client.get("/.well-known/jwks.json").text)


def fetch(caller: Caller, organization_id: UUID) -> Any:
    return caller.get(f"/v1/packs/{organization_id}")


def fetched(district: District, caller: Caller, code: str = "B11") -> Pack:
    answer = fetch(caller, district.ids[code])
    assert answer.status_code == 200, answer.text
    return token.read(answer.text, keys_of(district).values())


def only(pack: Pack) -> PackedCard:
    (card,) = pack.cards
    return card


def lines(district: District) -> list[AuditLine]:
    with district.house.database.reading(Origin("test")) as work:
        return list(work.exec(select(AuditLine).where(col(AuditLine.action) == "fetch_pack").order_by(col(AuditLine.seq))).all())


def test_a_deputy_and_a_member_get_no_pack(district: District, holder: Holder) -> None:
    for role in (Role.deputy, Role.member, Role.administrator, Role.auditor):
        answer = fetch(district.sign_in(role, "B11" if role in (Role.deputy, Role.member) else "D"), district.ids["B11"])
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), role
    assert lines(district) == []


def test_a_pack_of_elsewhere_is_not_found_and_leaves_no_line(district: District, secretary: Caller) -> None:
    for organization_id in (district.ids["B12"], district.ids["V1"], uuid4()):
        assert fetch(secretary, organization_id).status_code == 404
    assert lines(district) == []


def test_a_pack_is_signed_for_a_day_and_nobody_keeps_it_on_the_way(district: District, secretary: Caller, holder: Holder) -> None:
    answer = fetch(secretary, district.ids["B11"])
    assert answer.headers["content-type"] == "application/lx-pack+jwt"
    assert answer.headers["cache-control"] == "no-store"
    pack = token.read(answer.text, keys_of(district).values())
    assert pack.sub == f"{PUBLIC_URL}/v1/packs/{district.ids['B11']}"
    assert (pack.exp - pack.iat, pack.ttl) == (86400, 300)
    assert abs(pack.signed_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert (pack.organization.name, pack.organization.service_phone) == ("上塘村第一党支部", "0574-00001234")
    with pytest.raises(InvalidToken):
        token.read(answer.text[:-2], keys_of(district).values())


def test_a_pack_tells_of_a_card_what_a_scan_tells_and_nothing_more(district: District, secretary: Caller, holder: Holder) -> None:
    badge = another_plate(district.house, holder)
    packed = only(fetched(district, secretary))
    with district.house.database.reading(Origin("test")) as work:
        card = work.get_one(Card, holder.card_id)
    assert packed.model_dump(mode="json") == {
        "credential_number": card.credential_number,
        "state": "valid",
        "name": "王秀兰",
        "posts": ["secretary"],
        "expires_on": card.expires_on.isoformat(),
        # The day ends at midnight in Shanghai, eight hours before UTC.
        "expires_at": int(datetime(*card.expires_on.timetuple()[:3], 16, tzinfo=UTC).timestamp()),
        "status_list": card.status_list,
        "status_index": card.status_index,
        "photo": None,
        "plates": [
            {"kind": "desk_plate", "digest": sha256(holder.code.encode()).hexdigest()},
            {"kind": "name_badge", "digest": sha256(badge.encode()).hexdigest()},
        ],
    }
    assert holder.code not in fetch(secretary, district.ids["B11"]).text


def test_a_name_stands_in_a_pack_as_the_organisation_lets_strangers_read_it(
    district: District, secretary: Caller, holder: Holder
) -> None:
    change(district.house, Organization, district.ids["B11"], name_display=NameDisplay.masked)
    assert only(fetched(district, secretary)).name == "王**"


def test_a_pack_holds_the_digest_of_the_very_photo_that_a_scan_shows(district: District, secretary: Caller, holder: Holder) -> None:
    agreed = secretary.post(
        "/v1/consents", json={"kind": "photo", "text_version": "photo-1", "member_id": str(holder.member_id)}
    ).json()
    face = drawn("JPEG", size=(900, 1200))
    assert secretary.post(f"/v1/photos/{holder.member_id}", files={"file": ("照片.jpg", face)}).status_code == 201
    shown = district.client.get(f"/C/{holder.code}/photo").content
    assert only(fetched(district, secretary)).photo == sha256(shown).hexdigest()
    assert secretary.post(f"/v1/consents/{agreed['id']}/withdraw").status_code == 200
    assert only(fetched(district, secretary)).photo is None


def test_withdrawn_plates_and_ended_cards_are_not_in_a_pack_and_suspended_ones_are(
    district: District, secretary: Caller, holder: Holder
) -> None:
    badge = another_plate(district.house, holder)
    change(district.house, Plate, holder.plate_id, withdrawn_at=datetime.now(UTC))
    assert [plate.digest for plate in only(fetched(district, secretary)).plates] == [code_digest(badge)]
    assert secretary.post(f"/v1/cards/{holder.card_id}/suspend", json={"reason": "补办"}).status_code == 200
    assert only(fetched(district, secretary)).state is CardState.suspended
    assert secretary.post(f"/v1/cards/{holder.card_id}/revoke", json={"reason": "补办"}).status_code == 200
    assert fetched(district, secretary).cards == []


def test_a_card_without_a_plate_is_in_the_pack_for_its_dynamic_codes(district: District, secretary: Caller, holder: Holder) -> None:
    change(district.house, Plate, holder.plate_id, withdrawn_at=datetime.now(UTC))
    assert only(fetched(district, secretary)).plates == []


def test_a_pack_holds_the_cards_of_its_own_organisation_and_not_of_those_below(district: District, holder: Holder) -> None:
    other = hold(district.house, district.ids["B12"], "李建国")
    officer = district.sign_in(Role.town_officer, "T1")
    assert fetched(district, officer, "V1").cards == fetched(district, officer, "T1").cards == []
    assert [card.name for card in fetched(district, officer, "B12").cards] == ["李建国"]
    assert only(fetched(district, officer, "B11")).plates[0].digest != code_digest(other.code)


def test_each_fetch_is_on_record_with_who_and_how_many_and_no_name(district: District, secretary: Caller, holder: Holder) -> None:
    fetched(district, secretary)
    fetched(district, secretary)
    first, second = lines(district)
    assert first.seq < second.seq
    assert (first.actor_id, first.organization_id) == (UUID(secretary.account_id), district.ids["B11"])
    assert (first.target_kind, first.target_id, first.details) == ("organization", district.ids["B11"], {"cards": 1})


def test_what_is_fetched_is_enough_to_check_a_card_without_the_server(
    district: District, secretary: Caller, holder: Holder
) -> None:
    now = datetime.now(UTC)
    pack, keys = fetched(district, secretary), keys_of(district)

    def offline(text: str, *at_hand: Any) -> Checked:
        return checker.check(text, keys=keys, lists=at_hand, packs=[pack], at=datetime.now(UTC))

    listed = lists.read(district.client.get(f"/v1/status-lists/{only(pack).status_list}").text, keys.values())
    code = signed(district.house, holder).pack()
    assert offline(holder.code).outcome is Outcome.valid
    for text in (holder.code, code):
        checked = offline(text, listed)
        assert checked.outcome is Outcome.valid and checked.holder and checked.holder.name == "王秀兰"
        assert checked.status_as_of and checked.status_as_of >= now - timedelta(seconds=1)
    assert offline(code).outcome is Outcome.status_unknown
