import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from fastapi import FastAPI
from fastapi.testclient import TestClient
from limits import RateLimitItemPerMinute
from sqlmodel import select

from api.adapters.jose import PrivateKey
from api.app import create_app
from api.codes.reading import grouped, new_printed_code, new_venue_code, printed_code
from api.database import Origin
from api.house import House
from api.keys.service import create_key
from api.pages.imprint import Imprints
from api.pages.words import LABELS as SHARED
from api.settings import Settings
from api.verification.misses import Misses
from api.verification.page import shown_code
from api.verification.routes import CODE_MISSING, CODE_UNREADABLE
from api.verification.rules import Reason
from api.verification.words import ANSWERS, LABELS, MALFORMED
from models.card import Card, Plate
from models.enums import CardState, NameDisplay, PlateKind, Role
from models.organization import Organization
from models.signing_key import SigningKey
from tests import postgresql
from tests.clock import district_day
from tests.conftest import PUBLIC_URL, Caller, District
from tests.transport import Client
from tests.verification.holders import ORDER, Holder, another_plate, change, hold, signed

JSON = {"Accept": "application/json"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
UNKNOWN = printed_code(PlateKind.desk_plate, 41)
REASON = {"reason": "补办期间停用"}
SHOWN = {
    "outcome",
    "reason",
    "verified_at",
    "issuer",
    "issuer_kind",
    "service_phone",
    "service_phone_of",
    "moved_to",
    "card",
    "code_kind",
    "plate_kind",
}


@pytest.fixture
def holder(district: District, house: House) -> Holder:
    return hold(house, district.ids["B11"])


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


@pytest.fixture
def second(settings: Settings, client: TestClient) -> Iterator[TestClient]:
    """Another process of the same installation, as far as the application can tell."""
    with Client(create_app(settings), base_url=PUBLIC_URL, raise_server_exceptions=False) as second:
        yield second


def scan(client: TestClient, code: str, **headers: str) -> Any:
    return client.get(f"/C/{quote(code, safe='')}", headers=JSON | headers)


def told(client: TestClient, code: str) -> tuple[int, str, str]:
    answer = scan(client, code)
    body = answer.json()
    return answer.status_code, body["outcome"], body["reason"]


NOT_FOUND = (404, "not_found", "code_unknown")
VALID = (200, "valid", "card_valid")


def malformed() -> list[str]:
    wrong_check = UNKNOWN[:-1] + ("0" if UNKNOWN[-1] != "0" else "1")
    return [
        UNKNOWN,
        new_printed_code(PlateKind.household_plate),
        wrong_check,
        "X" + UNKNOWN[1:],
        new_venue_code(),
        UNKNOWN[:-1],
        "x",
        "党员",
        "😀" * 15,
        "0" * 4000,
        "1" + "0" * 198,
        "1" + "9" * 198,
        "1" * 200,
        "' OR 1=1 --",
        "a\x00b",
        "%s%n",
        "<script>alert(1)",
    ]


def test_unknown_and_malformed_codes_are_answered_alike(client: TestClient, holder: Holder, house: House) -> None:
    forged = signed(house, holder, key=PrivateKey.generate()).pack()
    no_such_card = signed(house, holder)._replace(credential_number=7).pack()
    seen = set()
    for code in [*malformed(), forged, no_such_card]:
        answer = scan(client, code)
        body = answer.json()
        del body["verified_at"], body["instance"], body["request_id"]
        headers = {name: value for name, value in answer.headers.items() if name not in ("x-request-id", "content-length")}
        seen.add((answer.status_code, repr(body), repr(sorted(headers.items()))))
    assert len(seen) == 1
    assert seen.pop()[0] == 404


def test_the_pages_of_unknown_and_malformed_codes_are_alike_but_for_their_own_links_and_what_was_typed(client: TestClient) -> None:
    seen = set()
    for code in malformed():
        answer = client.get(f"/C/{quote(code, safe='')}", headers=BROWSER)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        text = re.sub(r'href="/C/[^"?]*\?', 'href="?', re.sub(r"<time .*?</time>", "", answer.text))
        assert "<script" not in text
        # Whether one is well formed, anybody can tell by its check character.
        text = text.replace(MALFORMED.zh, ANSWERS[Reason.code_unknown].meaning.zh)
        if written := shown_code(code):
            text = text.replace(f'<p>{LABELS["checked_code"].zh} <strong class="code">{written}</strong></p>\n', "")
            text = text.replace(f'value="{written}"', 'value=""')
        seen.add((answer.status_code, text))
    assert len(seen) == 1
    assert seen.pop()[0] == 404


@pytest.mark.parametrize(
    ("code", "shown"),
    [("abc", "abc"), ("D7K2M9Q4R8T3V6A", "D7K2M9Q4R8T3V6A"), ("请打13800000000", None), ("x" * 21, None), ("<b>x", None)],
)
def test_a_malformed_code_is_shown_as_it_was_typed_unless_it_says_more_than_a_code(
    client: TestClient, code: str, shown: str | None
) -> None:
    page = client.get(f"/C/{quote(code, safe='')}?lang=zh", headers=BROWSER)
    assert page.status_code == 404 and MALFORMED.zh in page.text and "系统里没有这个编号" not in page.text
    assert re.findall(r'<strong class="code">(.*?)</strong></p>', page.text) == ([shown] if shown else [])
    assert f'value="{shown or ""}"' in page.text


def test_an_unknown_code_is_a_problem_that_tells_the_outcome_too(client: TestClient) -> None:
    answer = scan(client, UNKNOWN)
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (body["status"], body["code"]) == (404, "code_unknown")
    assert (body["outcome"], body["reason"], body["issuer"], body["card"]) == ("not_found", "code_unknown", None, None)
    assert body["verified_at"].endswith("Z")
    assert abs(datetime.fromisoformat(body["verified_at"]) - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_code_with_any_digit_altered_is_not_found(patient: None, client: TestClient, holder: Holder, house: House) -> None:
    text = signed(house, holder).pack()
    assert told(client, text) == VALID
    for place, digit in enumerate(text):
        altered = text[:place] + str((int(digit) + 1) % 10) + text[place + 1 :]
        assert told(client, altered) == NOT_FOUND, place


def test_a_code_with_a_bit_of_any_byte_altered_is_not_found(
    patient: None, client: TestClient, holder: Holder, house: House
) -> None:
    code = signed(house, holder)
    number = int(code.pack()[1:])
    for byte in range(82):
        altered = number ^ 1 << (8 * byte + byte % 8)
        assert told(client, f"1{altered:0198d}") == NOT_FOUND, byte


def test_another_cards_signature_is_not_found(client: TestClient, district: District, holder: Holder, house: House) -> None:
    other = signed(house, hold(house, district.ids["B12"], "李建国"))
    assert told(client, signed(house, holder)._replace(signature=other.signature).pack()) == NOT_FOUND


def test_a_key_of_another_house_is_not_found(client: TestClient, holder: Holder, house: House) -> None:
    assert told(client, signed(house, holder, key=PrivateKey.generate()).pack()) == NOT_FOUND


def test_a_slot_without_a_key_or_with_another_key_is_not_found(client: TestClient, holder: Holder, house: House) -> None:
    with house.database.writing(Origin("test")) as work:
        _, first = house.keys.signing(work)
        other = create_key(work, house.cipher).slot
    assert told(client, signed(house, holder, key=first, slot=other).pack()) == NOT_FOUND
    assert told(client, signed(house, holder, slot=200).pack()) == NOT_FOUND
    assert told(client, signed(house, holder, key=first, slot=0).pack()) == VALID


def test_a_withdrawn_key_vouches_for_nothing_from_the_next_scan_on(client: TestClient, holder: Holder, house: House) -> None:
    code = signed(house, holder).pack()
    assert told(client, code) == VALID
    with house.database.writing(Origin("test")) as work:
        key = create_key(work, house.cipher)
    change(house, SigningKey, key.id, withdrawn_at=key.signs_from)
    assert told(client, code) == VALID
    with house.database.reading(Origin("test")) as work:
        first = work.exec(select(SigningKey.id).where(SigningKey.slot == 0)).one()
    change(house, SigningKey, first, withdrawn_at=datetime.now(UTC))
    assert told(client, code) == NOT_FOUND
    assert client.get("/.well-known/jwks.json").json() == {"keys": []}


def test_a_high_s_is_not_found(client: TestClient, holder: Holder, house: House) -> None:
    code = signed(house, holder)
    s = int.from_bytes(code.signature[32:])
    assert s <= ORDER // 2
    high = code._replace(signature=code.signature[:32] + (ORDER - s).to_bytes(32))
    assert told(client, high.pack()) == NOT_FOUND


def test_a_code_out_of_its_time_asks_for_a_fresh_one(client: TestClient, holder: Holder, house: House) -> None:
    for age in [95, 3600, 86400 * 400]:
        answer = scan(client, signed(house, holder, age=age).pack())
        assert answer.status_code == 200
        assert answer.json() | {"verified_at": None} == {
            "outcome": "stale_code",
            "reason": "code_too_old",
            "code_kind": "dynamic",
            "plate_kind": None,
            "verified_at": None,
            "issuer": "上塘村第一党支部",
            "issuer_kind": "branch",
            "service_phone": "0574-00001234",
            "service_phone_of": None,
            "moved_to": None,
            "card": None,
        }


@pytest.mark.parametrize("ahead", [35, 3600])
def test_who_reads_a_code_by_a_slow_clock_is_told_so_and_not_that_it_is_old(
    client: TestClient, holder: Holder, house: House, ahead: int
) -> None:
    text = signed(house, holder, age=-ahead).pack()
    assert told(client, text) == (200, "stale_code", "clock_behind")
    page = client.get(f"/C/{text}").text
    assert ANSWERS[Reason.clock_behind].meaning.zh in page
    assert ANSWERS[Reason.code_too_old].meaning.zh not in page


def test_a_code_within_its_minute_and_the_tolerance_of_clocks_is_valid(client: TestClient, holder: Holder, house: House) -> None:
    for age in [0, 55, 85, -25]:
        assert told(client, signed(house, holder, age=age).pack()) == VALID


def test_the_lifetime_that_was_signed_counts(client: TestClient, holder: Holder, house: House) -> None:
    assert told(client, signed(house, holder, age=50, lifetime=10).pack()) == (200, "stale_code", "code_too_old")


def test_every_state_is_told_to_both_kinds_of_code_before_their_age(client: TestClient, holder: Holder, house: House) -> None:
    for age, state in product([0, 3600], [state for state in CardState if state is not CardState.valid]):
        change(house, Card, holder.card_id, state=state)
        expected = (200, state.value, f"card_{state.value}")
        for code in (holder.code, signed(house, holder, age=age).pack()):
            assert told(client, code) == expected
            assert scan(client, code).json()["card"] is None


def test_a_card_whose_last_day_is_past_has_expired_though_nobody_wrote_it_down(
    client: TestClient, holder: Holder, house: House
) -> None:
    today = district_day()
    change(house, Card, holder.card_id, expires_on=today - timedelta(days=1))
    assert told(client, holder.code) == told(client, signed(house, holder).pack()) == (200, "expired", "card_expired")
    change(house, Card, holder.card_id, expires_on=today + timedelta(days=1))
    assert told(client, holder.code) == told(client, signed(house, holder).pack()) == VALID


def test_a_withdrawn_plate_is_told_while_the_cards_other_codes_stay_valid(
    client: TestClient, second: TestClient, holder: Holder, house: House, secretary: Caller
) -> None:
    other = another_plate(house, holder)
    assert told(client, holder.code) == told(second, holder.code) == VALID
    answer = secretary.post(f"/v1/cards/{holder.card_id}/plates/{holder.plate_id}/withdraw", json=REASON)
    assert answer.status_code == 200, answer.text
    for process in (client, second):
        assert told(process, holder.code) == (200, "revoked", "plate_withdrawn")
        assert told(process, other) == VALID
        assert told(process, signed(house, holder).pack()) == VALID


def test_a_revoked_cards_withdrawn_plate_tells_that_the_card_is_revoked(client: TestClient, holder: Holder, house: House) -> None:
    change(house, Plate, holder.plate_id, withdrawn_at=datetime.now(UTC))
    change(house, Card, holder.card_id, state=CardState.revoked)
    assert told(client, holder.code) == (200, "revoked", "card_revoked")


def test_a_change_is_seen_by_the_very_next_scan_in_every_process(
    client: TestClient, second: TestClient, holder: Holder, house: House, secretary: Caller
) -> None:
    codes = (holder.code, another_plate(house, holder), signed(house, holder).pack())

    def seen() -> set[tuple[int, str, str]]:
        return {told(process, code) for process in (second, client) for code in codes}

    assert seen() == {VALID}
    for action, expected in (
        ("suspend", (200, "suspended", "card_suspended")),
        ("resume", VALID),
        ("suspend", (200, "suspended", "card_suspended")),
        ("revoke", (200, "revoked", "card_revoked")),
    ):
        answer = secretary.post(f"/v1/cards/{holder.card_id}/{action}", json=REASON)
        assert answer.status_code == 200, answer.text
        assert seen() == {expected}, action


def test_every_code_of_a_member_who_left_is_revoked_at_once(
    client: TestClient, second: TestClient, holder: Holder, house: House, secretary: Caller
) -> None:
    codes = (holder.code, another_plate(house, holder), signed(house, holder).pack())
    assert {told(second, code) for code in codes} == {VALID}
    answer = secretary.post(f"/v1/members/{holder.member_id}/leave", json={"kind": "withdrew", "reason": "本人申请退党"})
    assert answer.status_code == 200, answer.text
    assert {told(process, code) for code in codes for process in (second, client)} == {(200, "revoked", "card_revoked")}


def test_the_former_codes_are_revoked_when_a_card_is_reissued(
    client: TestClient, second: TestClient, holder: Holder, house: House, secretary: Caller
) -> None:
    former = (holder.code, signed(house, holder).pack())
    answer = secretary.post(f"/v1/cards/{holder.card_id}/reissue", json=REASON)
    assert answer.status_code == 200, answer.text
    plate = secretary.post(f"/v1/cards/{answer.json()['id']}/plates", json={"kind": "window_plate"})
    assert {told(second, code) for code in former} == {(200, "revoked", "card_revoked")}
    assert told(second, plate.json()["code"]) == VALID


def test_a_printed_code_is_read_however_it_is_written(client: TestClient, holder: Holder) -> None:
    spellings = (holder.code.lower(), grouped(holder.code), " ".join(holder.code), grouped(holder.code).lower())
    for spelled, letter in product(spellings, "Cc"):
        answer = client.get(f"/{letter}/{quote(spelled)}", headers=JSON)
        assert (answer.status_code, answer.json()["outcome"]) == (200, "valid")


@pytest.mark.parametrize(("digit", "letters"), [("0", "Oo"), ("1", "IiLl")])
def test_letters_that_look_like_digits_are_taken_for_them(
    client: TestClient, district: District, house: House, digit: str, letters: str
) -> None:
    holder = hold(house, district.ids["B11"])
    code = printed_code(PlateKind.desk_plate, 1 << 60 | 33)
    change(house, Plate, holder.plate_id, code=code)
    assert digit in code
    for letter in letters:
        assert told(client, code.replace(digit, letter)) == VALID


def test_what_stands_behind_a_code_by_mistake_is_passed_over(client: TestClient, holder: Holder, house: House) -> None:
    for text in (holder.code, grouped(holder.code).replace("-", "."), signed(house, holder).pack()):
        for behind in ("", "。", ".", "\u200b", "\n"):
            answer = client.get(f"/C/{quote(text + behind)}", headers=JSON)
            assert (answer.status_code, answer.json()["outcome"]) == (200, "valid")


def test_within_a_dynamic_code_nothing_is_forgiven(client: TestClient, holder: Holder, house: House) -> None:
    text = signed(house, holder).pack()
    for written in (f"{text[:5]} {text[5:]}", f"{text[:5]}-{text[5:]}", text.replace("0", "O"), f"0{text[1:]}", text + "0"):
        assert told(client, written) == NOT_FOUND


@pytest.mark.parametrize("dynamic", [False, True])
def test_a_valid_card_is_shown_as_json_with_nothing_but_what_is_public(
    client: TestClient, holder: Holder, house: House, dynamic: bool
) -> None:
    answer = scan(client, signed(house, holder).pack() if dynamic else holder.code)
    body = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert set(body) == SHOWN
    assert body["verified_at"].endswith("Z")
    assert abs(datetime.fromisoformat(body.pop("verified_at")) - datetime.now(UTC)) < timedelta(minutes=1)
    assert body == {
        "outcome": "valid",
        "reason": "card_valid",
        "code_kind": "dynamic" if dynamic else "printed",
        "plate_kind": None if dynamic else "desk_plate",
        "issuer": "上塘村第一党支部",
        "issuer_kind": "branch",
        "service_phone": "0574-00001234",
        "service_phone_of": None,
        "moved_to": None,
        "card": {
            "display_name": "王秀兰",
            "organization": "上塘村第一党支部",
            "posts": [{"post": "secretary", "title": "书记", "slot": None, "organization": None, "sent_by": None, "duties": []}],
            "photo": None,
            "pledges": [],
            "honors": [],
        },
    }


@pytest.mark.parametrize("dynamic", [False, True])
def test_a_valid_card_is_shown_as_a_page(client: TestClient, holder: Holder, house: House, dynamic: bool) -> None:
    answer = client.get(f"/C/{signed(house, holder).pack() if dynamic else holder.code}", headers=BROWSER)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert len(answer.content) < 30_000
    for word in ("有效", "王秀兰", "上塘村第一党支部", "书记", "0574-00001234"):
        assert word in answer.text


def test_a_printed_code_says_that_it_may_have_been_copied_and_a_dynamic_one_does_not(
    client: TestClient, district: District, holder: Holder, house: House
) -> None:
    household = hold(house, district.ids["B11"], kind=PlateKind.household_plate)
    for code, says in (
        (holder.code, (SHARED["issued_plate"].zh, LABELS["copied"].zh, LABELS["compare"].zh, SHARED["report"].zh)),
        (
            household.code,
            (SHARED["issued_plate"].zh, LABELS["copied_household"].zh, LABELS["household"].zh, SHARED["report_in_use"].zh),
        ),
        (signed(house, holder).pack(), (SHARED["issued_card"].zh, LABELS["compare"].zh, SHARED["report"].zh)),
    ):
        page = client.get(f"/C/{code}", headers=BROWSER).text
        told_of = ("issued_card", "issued_plate", "copied", "copied_household", "household", "compare", "report", "report_in_use")
        sentences = {{**SHARED, **LABELS}[name].zh for name in told_of}
        assert {sentence for sentence in sentences if f"{sentence}" in page} == set(says)
    assert scan(client, household.code).json()["plate_kind"] == "household_plate"
    assert scan(client, new_printed_code(PlateKind.desk_plate)).json()["code_kind"] is None


def test_an_organisation_that_masks_names_masks_them_in_both(
    client: TestClient, district: District, holder: Holder, house: House
) -> None:
    change(house, Organization, district.ids["B11"], name_display=NameDisplay.masked)
    assert scan(client, holder.code).json()["card"]["display_name"] == "王**"
    page = client.get(f"/C/{holder.code}", headers=BROWSER).text
    assert "王**" in page
    assert "王秀兰" not in page


def test_no_answer_holds_anything_secret_about_the_holder(client: TestClient, district: District, secretary: Caller) -> None:
    member = {
        "organization_id": str(district.ids["B11"]),
        "full_name": "王秀兰",
        "national_id": "990101196803150028",
        "joined_on": "1995-07-01",
        "confirmed_on": "1996-07-01",
        "mobile": "13800138000",
        "home_address": "上塘村柳树巷17号",
        "employer": "上塘竹器社",
        "remark": "每周三值班",
    }
    member_id = secretary.post("/v1/members", json=member).json()["id"]
    card_id = secretary.post("/v1/cards", json={"member_id": member_id}).json()["id"]
    code = secretary.post(f"/v1/cards/{card_id}/plates", json={"kind": "household_plate"}).json()["code"]
    secrets: tuple[str, ...] = ("990101", "0028", "1968", "1995", "1996", "138", "柳树巷", "竹器社", "每周三", member_id, card_id)
    secrets = (*secrets, member_id.replace("-", ""), card_id.replace("-", ""), "补办")
    moment, note = re.compile(r'datetime="[^"]+"|"verified_at": ?"[^"]+"'), re.compile(r"\b[0-9]{1,11}\.[0-9a-f]{32}\b")
    for action in (None, "suspend", "resume", "revoke"):
        if action:
            assert secretary.post(f"/v1/cards/{card_id}/{action}", json=REASON).status_code == 200
        for headers in (JSON, BROWSER):
            text = client.get(f"/C/{code}", headers=headers).text.replace(code, "")
            body = text[text.find("<body") :] if "<body" in text else text
            # The digits of the moment, and of its note in a link, may be any, among them those of a telephone number.
            body, moments = moment.subn("", note.sub("", body))
            assert moments == 1 and [secret for secret in secrets if secret in body] == []


def test_no_answer_is_kept_referred_to_or_indexed(client: TestClient, holder: Holder, house: House) -> None:
    for headers in [JSON, BROWSER]:
        for code in (holder.code, signed(house, holder).pack(), UNKNOWN, "x"):
            answer = client.get(f"/C/{code}", headers=headers)
            assert answer.headers["cache-control"] == "no-store"
            # A form that is sent without a referrer could be anybody's: where a code is typed again, ours alone is told.
            has_form = headers is BROWSER and answer.status_code == 404
            assert answer.headers["referrer-policy"] == ("same-origin" if has_form else "no-referrer")
            assert answer.headers["x-robots-tag"] == "noindex"
            assert answer.headers["vary"] == "Accept, Accept-Language"
            assert "set-cookie" not in answer.headers


def test_the_language_is_the_chosen_one_or_else_the_preferred_one(client: TestClient, holder: Holder) -> None:
    for query, accepted, language in [
        ("", None, "zh"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("?lang=en", "zh-CN", "en"),
        ("?lang=zh", "en", "zh"),
        ("?lang=xx", "en", "en"),
        ("?lang=en&lang=zh", None, "zh"),
    ]:
        headers = {"Accept-Language": accepted} if accepted else {}
        page = client.get(f"/C/{holder.code}{query}", headers=BROWSER | headers).text
        assert f'<html lang="{"zh-CN" if language == "zh" else "en"}"' in page
        shown = client.get(f"/C/{holder.code}{query}", headers=JSON | headers).json()
        assert shown["card"]["posts"][0]["title"] == ("书记" if language == "zh" else "Secretary")
        missing = client.get(f"/C/{UNKNOWN}{query}", headers=JSON | headers)
        assert missing.headers["content-language"] == language


@pytest.mark.parametrize(
    ("accept", "is_json"),
    [
        (None, False),
        ("*/*", False),
        (BROWSER["Accept"], False),
        ("application/json;q=0", False),
        ("text/html;q=0.4, application/json;q=0.3", False),
        ("application/json, text/html", True),
        ("text/html;q=0.3, application/json;q=0.4", True),
        ("application/json, text/plain, */*", True),
    ],
)
def test_a_scan_is_answered_in_the_form_that_the_client_prefers(
    client: TestClient, holder: Holder, accept: str | None, is_json: bool
) -> None:
    headers = {"Accept": accept} if accept else {}
    for code in (holder.code, UNKNOWN):
        kind = client.get(f"/C/{code}", headers=headers).headers["content-type"]
        assert ("json" in kind) == is_json and ("html" in kind) != is_json


def test_whatever_is_asked_for_a_scan_is_answered(client: TestClient, holder: Holder) -> None:
    for accept in ["", "*/*", "text/html", "image/png", ";;;", "application/json;q=x", "a" * 4000, "\u00e9", ","]:
        for method in ("GET", "HEAD"):
            for code, status in ((holder.code, 200), (UNKNOWN, 404)):
                answer = client.request(method, f"/C/{code}", headers={b"Accept": accept.encode("latin-1")})
                assert answer.status_code == status
                assert (method == "HEAD") == (answer.content == b"")


def test_no_path_whatsoever_is_a_fault_of_ours(patient: None, client: TestClient) -> None:
    for path in [
        "%00",
        "a%00b",
        "%2F",
        "a%2Fb",
        "%2e%2e",
        "%FF%FE",
        "%ED%A0%80",
        "😀",
        "%F0%9F%98%80",
        "0" * 4000,
        "1" * 4000,
        "%",
        "%zz",
        "%0d%0aX:y",
    ]:
        for headers in (JSON, BROWSER):
            for query in ("", "?lang=%00", "?large=1&lang=en"):
                answer = client.get(f"/C/{path}{query}", headers=headers)
                assert answer.status_code == 404
                assert "x" not in answer.headers


def test_a_scan_can_only_read(client: TestClient, holder: Holder) -> None:
    for method in ["POST", "PUT", "PATCH", "DELETE"]:
        assert client.request(method, f"/C/{holder.code}").status_code == 405
        assert told(client, holder.code) == VALID


def test_a_typed_code_that_cannot_be_one_is_shown_again(client: TestClient) -> None:
    cases: list[tuple[str | None, str]] = [
        ("D7K2M", "D7K2M"),
        ("", ""),
        (None, ""),
        ("<b>'\"", "&lt;b&gt;&#39;&#34;"),
        ("1" + "0" * 198, "1" + "0" * 63),
        ("\x00", ""),
    ]
    for typed, shown in cases:
        answer = client.post("/C", data={} if typed is None else {"code": typed}, follow_redirects=False)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert f'value="{shown}"' in answer.text.replace("\x00", "").replace("�", "")
        assert 'role="alert"' in answer.text


def test_a_form_that_no_browser_sends_is_refused_without_a_fault(client: TestClient) -> None:
    for content_type, body in [
        ("application/x-www-form-urlencoded", b"&".join(b"code=%d" % n for n in range(100))),
        ("multipart/form-data", b"code=1"),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="code"; filename="f"\r\n\r\nabc\r\n--x--\r\n',
        ),
        ("application/json", b'{"code": 1}'),
        ("application/x-www-form-urlencoded", b"code=%FF%FE%00"),
        ("application/x-www-form-urlencoded", b"code=" + b"a" * 100_000),
    ]:
        answer = client.post("/C", content=body, headers={"Content-Type": content_type}, follow_redirects=False)
        assert answer.status_code in (400, 413, 415, 422)


def test_a_typed_code_leads_to_its_page(client: TestClient, holder: Holder) -> None:
    for letter, (query, more) in product("Cc", [("?lang=en", "lang=en"), ("?lang=zh&large=1", "lang=zh&large=1"), ("", "lang=zh")]):
        answer = client.post(f"/{letter}{query}", data={"code": grouped(holder.code).lower()}, follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/C/{grouped(holder.code)}?{more}"
        page = client.get(answer.headers["location"], headers=BROWSER)
        assert page.status_code == 200
        assert "王秀兰" in page.text


def test_a_typed_code_that_is_well_formed_but_unknown_leads_to_its_page_too(client: TestClient) -> None:
    answer = client.post("/C", data={"code": UNKNOWN})
    assert answer.status_code == 404
    assert answer.url.path == f"/C/{grouped(UNKNOWN)}"


@pytest.mark.parametrize("letter", "Cc")
def test_the_form_stands_at_the_doors_own_address(client: TestClient, letter: str) -> None:
    answer = client.get(f"/{letter}?lang=en")
    assert answer.status_code == 200
    assert '<form method="post" action="/C?lang=en">' in answer.text
    assert 'role="alert"' not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_the_key_set_may_be_fetched_and_kept_by_anybody(client: TestClient) -> None:
    answer = client.get("/.well-known/jwks.json", headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["access-control-allow-origin"] == "*"
    [key] = answer.json()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "use", "alg", "kid", "slot"}
    assert (key["kty"], key["crv"], key["use"], key["alg"], key["slot"]) == ("EC", "P-256", "sig", "ES256", 0)


def test_a_phones_code_can_be_checked_with_the_key_set_alone(client: TestClient, district: District, holder: Holder) -> None:
    shown = district.sign_in(Role.member, "B11", member_id=holder.member_id).get("/v1/cards/mine/code").json()
    header, payload, signature = shown["jws"].split(".")
    keys = {key["kid"]: key for key in client.get("/.well-known/jwks.json").json()["keys"]}
    named = re.fullmatch(r'\{"alg":"ES256","kid":"([\w-]{43})","typ":"lx\+jws"\}', _bytes(header).decode())
    assert named
    key = keys[named[1]]
    numbers = EllipticCurvePublicNumbers(int.from_bytes(_bytes(key["x"])), int.from_bytes(_bytes(key["y"])), SECP256R1())
    r, s = _bytes(signature)[:32], _bytes(signature)[32:]
    der = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
    numbers.public_key().verify(der, f"{header}.{payload}".encode(), ECDSA(SHA256()))
    with pytest.raises(InvalidSignature):
        numbers.public_key().verify(der, f"{header}.{payload}A".encode(), ECDSA(SHA256()))
    assert shown["code"] == f"1{int.from_bytes(_bytes(payload) + r + s):0198d}"
    assert _bytes(payload)[17] == key["slot"]
    assert told(client, shown["code"]) == VALID
    assert client.get(shown["url"].removeprefix(PUBLIC_URL.upper()), headers=JSON).json()["outcome"] == "valid"


def test_no_code_reaches_the_log(
    settings: Settings, client: TestClient, holder: Holder, house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    dynamic, before = signed(house, holder).pack(), structlog.get_config()
    codes = (holder.code, grouped(holder.code), dynamic, UNKNOWN, "NOT-A-CODE-AT-ALL")
    try:
        loud = settings.model_copy(update={"log_level": "INFO"})
        with Client(create_app(loud), base_url=PUBLIC_URL, raise_server_exceptions=False) as talkative:
            for code in codes:
                talkative.get(f"/C/{code}", headers=JSON)
                talkative.get(f"/C/{code}?lang=en", headers=BROWSER)
                talkative.post("/C", data={"code": code}, follow_redirects=False)
                talkative.get(f"/C/{code}/photo")
                talkative.delete(f"/C/{code}")
        lines = capsys.readouterr().err
    finally:
        structlog.configure(**before)
    assert lines.count('"operation": "verify_code"') >= 2 * len(codes)
    assert [code for code in codes if code in lines] == []
    assert "王秀兰" not in lines


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize("path", ["/C/", "/c/"])
def test_who_lost_the_code_out_of_the_address_is_told_that_it_is_missing_and_can_type_it(client: TestClient, path: str) -> None:
    answer = client.get(f"{path}?lang=en&large=1")
    assert (answer.status_code, answer.headers["Referrer-Policy"]) == (404, "same-origin")
    assert CODE_MISSING.en in answer.text and 'action="/C?lang=en&amp;large=1"' in answer.text


@pytest.mark.parametrize("typed", ["", " ", None])
def test_who_typed_nothing_is_told_that_the_code_is_missing_and_not_that_it_is_wrong(client: TestClient, typed: str | None) -> None:
    answer = client.post("/C", data={} if typed is None else {"code": typed})
    assert answer.status_code == 422
    assert CODE_MISSING.zh in answer.text and CODE_UNREADABLE.zh not in answer.text
    assert CODE_UNREADABLE.zh in client.post("/C", data={"code": "D7K2M"}).text


def test_who_typed_only_the_host_reads_what_this_is_and_may_ask_by_code_or_receipt(district: District, holder: Holder) -> None:
    page = district.client.get("/?lang=zh", headers=BROWSER)
    assert page.status_code == 200 and page.headers["Referrer-Policy"] == "same-origin"
    assert re.findall(r'<form method="post" action="([^"]*)"', page.text) == ["/C?lang=zh", "/R?lang=zh"]
    assert re.findall(r'<input [^>]*name="(\w+)"', page.text) == ["code", "receipt_no"]
    assert 'href="tel:057400001234"' in page.text
    assert "lx.example.gov.cn" in page.text.replace("<wbr>", "") and LABELS["tell_copied"].zh in page.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/c", 200),
        ("GET", "/v1/nowhere", 404),
        ("GET", "/docs/nothing.js", 404),
        ("POST", "/", 405),
        ("DELETE", "/C/x", 405),
    ],
)
def test_where_there_is_nothing_a_browser_is_shown_a_page_and_a_program_a_problem(
    client: TestClient, district: District, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path, headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    if status != 200:
        assert SHARED["lost_heading"].zh in answer.text and 'href="/?lang=zh"' in answer.text
        assert "0574-00001234" in answer.text
        for headers in ({}, JSON, {"Accept": "*/*"}, {"Accept": "image/webp,image/*,*/*;q=0.8"}):
            other = client.request(method, path, headers=headers)
            assert (other.status_code, other.headers["content-type"]) == (status, "application/problem+json")
            assert ("Allow" in other.headers) == ("Allow" in answer.headers) == (status == 405)


def test_on_paper_a_page_tells_the_code_and_where_to_check_again(client: TestClient, holder: Holder, house: House) -> None:
    def paper(code: str) -> str:
        found = re.search(r'<p class="paper" hidden>(.*?)</p>', client.get(f"/C/{quote(code)}", headers=BROWSER).text, re.DOTALL)
        assert found
        return re.sub("<[^>]+>", "", found[1])

    for spelled in (holder.code, holder.code.lower(), grouped(holder.code), f"{holder.code}。"):
        assert paper(spelled).endswith(f"lx.example.gov.cn/C 编号 {grouped(holder.code)}"), spelled
    assert paper(signed(house, holder).pack()).endswith("lx.example.gov.cn/C")
    assert "打印那一刻" in paper(holder.code) and paper(UNKNOWN).endswith("lx.example.gov.cn/C")


def test_a_pasted_address_opens_like_a_typed_code(district: District) -> None:
    code = hold(district.house, district.ids["B11"]).code
    answer = district.client.post("/C", data={"code": f" HTTPS://LX.EXAMPLE.GOV.CN/C/{code} "}, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/C/{code[:5]}-{code[5:10]}-{code[10:]}?")


def test_the_code_out_of_an_address_that_is_not_ours_is_checked_only_once_that_is_said(client: TestClient, holder: Holder) -> None:
    pasted = f"https://other.example/C/{holder.code}"
    page = client.post("/C", data={"code": pasted}, follow_redirects=False)
    assert page.status_code == 422 and "不是本区的" in page.text and f'value="{grouped(holder.code)}"' in page.text
    assert client.post("/C", data={"code": f"编号：{holder.code}"}, follow_redirects=False).status_code == 303


def test_an_address_copied_from_our_own_page_opens_like_a_typed_code(client: TestClient, holder: Holder) -> None:
    for pasted in (f"https://lx.example.gov.cn/C/{holder.code}?lang=zh&large=1", f"lx.example.gov.cn/c/{holder.code}/"):
        answer = client.post("/C", data={"code": pasted}, follow_redirects=False)
        assert answer.status_code == 303 and answer.headers["location"].startswith("/C/")
        assert client.get(answer.headers["location"], headers=JSON).json()["outcome"] == "valid"


def test_where_a_branch_has_no_telephone_the_nearest_above_is_told(
    client: TestClient, district: District, holder: Holder, house: House
) -> None:
    for code, phone in (("B11", "0574-11"), ("V1", "0574-22"), ("T1", "0574-33"), ("D", "0574-44")):
        change(house, Organization, district.ids[code], service_phone=phone)
    for code, expected, of in (("B11", "0574-22", "V1"), ("V1", "0574-33", "T1"), ("T1", "0574-44", "D"), ("D", None, None)):
        change(house, Organization, district.ids[code], service_phone=None)
        with district.work() as work:
            name = work.get_one(Organization, district.ids[of]).name if of else None
        for scanned in (holder.code, signed(house, holder).pack()):
            answer = scan(client, scanned).json()
            assert (answer["service_phone"], answer["service_phone_of"]) == (expected, name)
        page = client.get(f"/C/{holder.code}?lang=zh", headers=BROWSER).text
        assert (f'{name}</span></span> <b><span class="phone">{expected}</span></b>' in page) == (name is not None)


def test_an_unknown_code_is_told_the_district_s_telephone_and_pages_its_name(
    client: TestClient, app: FastAPI, district: District, house: House
) -> None:
    change(house, Organization, district.ids["D"], name="明湖新区", service_phone="0574-00009999")
    app.state.imprints = Imprints(app.state.imprints.known, app.state.reader.district)
    assert scan(client, UNKNOWN).json()["service_phone"] == "0574-00009999"
    for path in (f"/C/{UNKNOWN}", "/C", f"/C/{UNKNOWN}/report"):
        page = client.get(path, headers=BROWSER).text
        assert "明湖新区" in page and "0574-00009999" in page


def test_a_slash_behind_a_code_changes_nothing(client: TestClient, holder: Holder) -> None:
    assert told(client, f"{holder.code}/") == VALID
    assert client.get(f"/C/{holder.code}/", headers=BROWSER).headers["content-type"].startswith("text/html")


def test_a_refusal_at_the_door_is_not_indexed_either(client: TestClient, app: FastAPI) -> None:
    app.state.misses = Misses(RateLimitItemPerMinute(1))
    for _ in range(2):
        answer = client.get("/C/D7K2M9Q4R8T3V6X", headers=JSON)
    assert answer.status_code == 429 and answer.headers["retry-after"]
    assert answer.headers["x-robots-tag"] == "noindex" and "Accept" in answer.headers["vary"]


def test_after_the_database_was_restarted_the_very_first_scan_is_answered(
    client: TestClient, holder: Holder, house: House, engine: str
) -> None:
    assert told(client, holder.code) == VALID
    if engine == "postgresql":
        postgresql.end_connections(house.database.url)
    assert [told(client, holder.code) for _ in range(3)] == [VALID] * 3


def test_a_member_sees_what_a_stranger_is_told_of_him(client: TestClient, district: District, holder: Holder) -> None:
    own = district.sign_in(Role.member, "B11", member_id=holder.member_id).get("/v1/verification/mine")
    assert own.status_code == 200, own.text
    scanned = client.get(f"/C/{holder.code}", headers=JSON).json()
    without_a_code = {"verified_at": "", "code_kind": None, "plate_kind": None}
    assert own.json() | {"verified_at": ""} == scanned | without_a_code and own.json()["outcome"] == "valid"
    nobody = district.sign_in(Role.member, "B11").get("/v1/verification/mine")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "path", ["/C/%7Bcode%7D/foo", "/c/%7Bcode%7D/photo", "/C/{code}/report/x", "/v1/status-lists/%7Bnumber%7D/1"]
)
def test_a_path_that_reads_like_our_patterns_is_no_error_of_ours(client: TestClient, path: str) -> None:
    assert client.get(path, headers=JSON).status_code == 404
