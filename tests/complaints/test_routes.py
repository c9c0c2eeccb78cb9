"""Complaints about codes: who may send them, where they go, who reads them, and that they stay few."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from limits import RateLimitItemPerMinute
from sqlalchemy import text
from sqlmodel import col, select, update

from api.codes.reading import grouped, printed_code
from api.complaints import rules, service
from api.database import Origin
from api.errors import Unavailable
from api.house import House
from api.privacy.retention import forget_personal_data
from api.verification.misses import Misses
from api.web.writes import Writes
from models.account import Account
from models.audit import AuditLine
from models.card import Card
from models.complaint import Complaint
from models.enums import CardState, PlateKind, Role
from models.organization import Organization
from models.profile import Profile
from tests.clock import district_day
from tests.conftest import Caller, District
from tests.outcomes import entries, refused
from tests.races import at_once
from tests.transfers.moves import lines
from tests.transport import Client
from tests.verification.holders import Holder, change, hold, signed

URL = "/v1/complaints"
UNKNOWN = printed_code(PlateKind.desk_plate, 41)
WORDS = "他拿这块牌子在菜场收钱"
PHONE = "0574-00005678"
PAGE = {"Accept": "text/html"}


@pytest.fixture
def holder(district: District, house: House) -> Holder:
    return hold(house, district.ids["B11"])


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A day has room for few complaints."""
    monkeypatch.setattr(rules, "A_DAY_ABOUT_ONE_CARD", 2)
    monkeypatch.setattr(rules, "A_DAY_FROM_ONE_NETWORK", 3)
    yield


def report(client: TestClient, code: str, /, **more: Any) -> Any:
    return client.post(URL, json={"code": code, "kind": "forged", "key": uuid4().hex, **more})


def reported(client: TestClient, code: str, **more: Any) -> str:
    """The receipt number of a new complaint."""
    answer = report(client, code, **more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["receipt_no"])


def stored(district: District) -> list[Complaint]:
    with district.house.database.reading(Origin("test")) as work:
        return list(work.exec(select(Complaint).order_by(col(Complaint.id))).all())


def listed(caller: Caller, **params: str) -> list[dict[str, Any]]:
    answer = caller.get(URL, params=params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def close(caller: Caller, key: UUID | str, state: str = "founded", **more: Any) -> Any:
    return caller.post(f"{URL}/{key}/close", json={"state": state, "reason": "已当面核对"}, **more)


def form(client: TestClient, code: str, query: str = "", **fields: str) -> Any:
    return client.post(f"/C/{code}/report{query}", data={"key": "k" * 22, **fields}, headers=PAGE)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "dislike"),
        ("details", "字" * 301),
        ("contact", "打给我"),
        ("contact", "1" * 41),
        ("key", "short"),
        ("code", ""),
        ("name", "王秀兰"),
    ],
)
def test_what_is_not_a_complaint_is_refused_by_the_field(district: District, holder: Holder, field: str, value: str) -> None:
    answer = report(district.client, holder.code, **{field: value})
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == [f"body.{field}"]
    assert stored(district) == []


def test_a_complaint_needs_no_sign_in_and_is_the_issuing_branch_s(district: District, holder: Holder) -> None:
    answer = report(district.client, holder.code, details=WORDS, contact=PHONE)
    assert answer.status_code == 201
    assert answer.json() == {
        "receipt_no": answer.json()["receipt_no"],
        "looked_into_by": "上塘村",
        "look_into_by": str(district_day() + timedelta(days=7)),
        "service_phone": "0574-00001234",
        "phone_above": "0574-00001234",
        "phone_above_of": "云溪镇",
    }
    assert answer.headers["Location"] == f"/R/{answer.json()['receipt_no'].replace('-', '')}"
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", answer.json()["receipt_no"])
    (row,) = stored(district)
    assert (row.organization_id, row.card_id, row.plate_id) == (district.ids["B11"], holder.card_id, holder.plate_id)
    assert row.code_sealed is None


def test_words_and_telephone_are_sealed_and_stand_nowhere_else(district: District, holder: Holder) -> None:
    reported(district.client, holder.code, details=WORDS, contact=PHONE)
    with district.work() as work:
        for table in ("complaint", "audit_line"):
            for row in work.connection().execute(text(f"SELECT * FROM {table}")):
                assert WORDS not in str(row) and PHONE not in str(row)
                assert WORDS.encode() not in b"".join(bytes(part) for part in row if isinstance(part, (bytes, memoryview)))
        (line,) = work.exec(select(AuditLine).where(col(AuditLine.action) == "report_misuse")).all()
        assert line.details == {"kind": "forged", "about_card": True}
        assert line.organization_id == district.ids["B11"]


def test_a_stale_code_counts_for_the_card_that_it_was_signed_for(district: District, holder: Holder, house: House) -> None:
    reported(district.client, signed(house, holder, age=86_400).pack())
    (row,) = stored(district)
    assert (row.card_id, row.plate_id) == (holder.card_id, None)


def test_a_code_of_a_transferred_card_stays_with_the_branch_that_issued_it(
    district: District, holder: Holder, house: House
) -> None:
    change(house, Card, holder.card_id, state=CardState.transferred)
    reported(district.client, holder.code)
    assert stored(district)[0].organization_id == district.ids["B11"]


def test_a_false_plate_is_the_district_s_to_look_into_with_the_code_it_bore(
    district: District, holder: Holder, house: House, secretary: Caller
) -> None:
    forged = signed(house, holder)._replace(credential_number=7).pack()
    for code in (UNKNOWN, "请打电话领奖", forged):
        reported(district.client, code)
    assert {(row.organization_id, row.card_id) for row in stored(district)} == {(district.ids["D"], None)}
    assert listed(secretary) == []
    officer = district.sign_in(Role.district_officer, "D")
    shown = [officer.get(f"{URL}/{item['id']}").json() for item in listed(officer)]
    assert [one["code"] for one in shown] == [forged, "请打电话领奖", UNKNOWN]
    assert {one["member_name"] for one in shown} == {None}


def test_sending_twice_makes_one_and_another_wording_makes_another(district: District, holder: Holder) -> None:
    key = uuid4().hex
    first = reported(district.client, holder.code, key=key)
    assert reported(district.client, holder.code, key=key) == first
    assert reported(district.client, holder.code, key=key, details=WORDS) != first
    assert len(stored(district)) == 2


def test_a_network_sends_only_so_many_a_day_whatever_about(crowded: None, district: District, house: House, app: FastAPI) -> None:
    for name in ("王秀兰", "李建国", "方秀兰"):
        reported(district.client, hold(house, district.ids["B11"], name).code)
    refused(report(district.client, hold(house, district.ids["B12"]).code), 429, "too_many_complaints")
    assert len(stored(district)) == 3
    elsewhere = Client(app, client=("203.0.113.9", 5))
    # One application belongs to one event loop.
    elsewhere.portal = district.client.portal
    reported(elsewhere, hold(house, district.ids["B12"]).code)


def test_many_at_once_do_not_pass_the_limit(crowded: None, district: District, house: House) -> None:
    codes = [hold(house, district.ids["B11"]).code for _ in range(8)]
    answers = at_once(*(partial(report, district.client, code) for code in codes))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [429] * 5
    assert len(stored(district)) == 3


def test_the_same_report_many_times_at_once_is_taken_in_once_though_it_fills_the_day(
    monkeypatch: pytest.MonkeyPatch, district: District, holder: Holder
) -> None:
    monkeypatch.setattr(rules, "A_DAY_ABOUT_ONE_CARD", 1)
    key = uuid4().hex
    with ThreadPoolExecutor(6) as senders:
        receipts = set(senders.map(lambda _: reported(district.client, holder.code, key=key), range(6)))
    assert len(receipts) == 1 and len(stored(district)) == 1
    assert len(lines(district, "report_misuse", str(stored(district)[0].id))) == 1


def test_from_where_a_complaint_came_is_forgotten_after_two_days(district: District, holder: Holder, house: House) -> None:
    reported(district.client, holder.code)
    for days, number in ((1.9, 0), (2.1, 1)):
        now = stored(district)[0].created_at + timedelta(days=days)
        forgotten = forget_personal_data(house.database, house.storage, house.cipher, house.audit_key, now)
        assert forgotten["complaint"] == number
    assert stored(district)[0].network_digest is None


def test_the_branch_reads_the_words_and_closes_the_complaint(district: District, holder: Holder, secretary: Caller) -> None:
    receipt_no = reported(district.client, holder.code, details=WORDS, contact=PHONE)
    (item,) = listed(secretary, state="open", receipt_no=receipt_no.lower().replace("-", " "))
    assert item["member_name"] == "王秀兰" and item["receipt_no"] == receipt_no
    assert not {"details", "contact", "code"} & set(item)
    assert listed(secretary, receipt_no="7K2M\x00") == []
    shown = secretary.get(f"{URL}/{item['id']}")
    assert (shown.json()["details"], shown.json()["contact"]) == (WORDS, PHONE)
    refused(close(secretary, item["id"], headers={"If-Match": '"9"'}), 412, "precondition_failed")
    closed = close(secretary, item["id"], headers={"If-Match": shown.headers["ETag"]})
    assert closed.status_code == 200
    assert (closed.json()["state"], closed.json()["decided_by"]) == ("founded", secretary.account_id)
    assert close(secretary, item["id"]).json() == closed.json()
    refused(close(secretary, item["id"], "unfounded"), 409, "already_closed")
    assert close(secretary, item["id"], "open").status_code == 422
    assert lines(district, "close_complaint", item["id"]) == [district.ids["B11"]]
    assert entries(district, item["id"])[1] == ("show_complaint", {"fields": ["details", "contact"]})
    assert listed(secretary, state="open") == [] and len(listed(secretary, state="founded")) == 1


def test_whoever_reads_the_words_stands_in_the_trail_also_where_closing_changes_nothing_or_is_sent_again(
    district: District, holder: Holder, secretary: Caller
) -> None:
    reported(district.client, holder.code, details=WORDS)
    key = stored(district)[0].id
    above = district.sign_in(Role.town_officer, "T1")
    sent = [close(who, key, headers={"Idempotency-Key": "a"}) for who in (secretary, secretary, above, above)]
    assert {(one.status_code, one.json()["details"]) for one in sent} == {(200, WORDS)}
    assert [one.headers.get("Idempotent-Replayed") for one in sent] == [None, "true", None, "true"]
    with district.work() as work:
        found = work.exec(select(AuditLine).where(col(AuditLine.target_id) == key).order_by(col(AuditLine.seq))).all()
    read = [(line.actor_id, line.details) for line in found if line.action == "show_complaint"]
    assert read == [(UUID(who.account_id), {"fields": ["details"]}) for who in (secretary, secretary, above, above)]
    assert sum(line.action == "close_complaint" for line in found) == 1


def test_reading_the_words_again_counts_as_writing_each_time_since_the_trail_grows(
    app: FastAPI, district: District, holder: Holder, secretary: Caller
) -> None:
    reported(district.client, holder.code, details=WORDS)
    key = stored(district)[0].id
    app.state.writes = Writes(at_once=2)
    assert [close(secretary, key, headers={"Idempotency-Key": "a"}).status_code for _ in range(3)] == [200, 200, 429]
    app.state.writes = Writes(at_once=2)
    assert [secretary.get(f"{URL}/{key}").status_code for _ in range(3)] == [200, 200, 429]


def test_nobody_learns_of_a_complaint_about_his_own_card_and_it_waits_for_others(district: District, holder: Holder) -> None:
    herself = district.sign_in(Role.secretary, "B11", member_id=holder.member_id)
    above = district.sign_in(Role.town_officer, "T1")
    reported(district.client, holder.code, details=WORDS)
    key = stored(district)[0].id
    assert listed(herself) == []
    refused(herself.get(f"{URL}/{key}"), 404, "not_found")
    refused(close(herself, key), 404, "not_found")
    assert herself.todo()["counts"] == {}
    assert above.todo()["counts"] == {"complaint": 1}
    assert close(above, key, "unfounded").status_code == 200
    assert above.todo()["counts"] == {}


def test_a_complaint_about_an_equal_or_one_above_is_for_the_level_above(district: District, holder: Holder) -> None:
    district.sign_in(Role.secretary, "B11", member_id=holder.member_id)
    equal, above = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.town_officer, "T1")
    reported(district.client, holder.code, details=WORDS)
    key = stored(district)[0].id
    assert equal.get(f"{URL}/{key}").status_code == 200
    refused(close(equal, key), 403, "for_the_level_above")
    assert equal.todo()["counts"] == {}
    assert above.todo()["counts"] == {"complaint": 1}
    assert close(above, key, "unfounded").status_code == 200


def test_nobody_learns_of_a_complaint_about_himself_by_his_other_hand(district: District, holder: Holder) -> None:
    herself = district.sign_in(Role.town_officer, "T1", member_id=holder.member_id)
    hand = district.sign_in(Role.town_officer, "T1")
    with district.work() as work:
        work.get_one(Account, UUID(hand.account_id)).created_by = UUID(herself.account_id)
    reported(district.client, holder.code, details=WORDS)
    key = stored(district)[0].id
    for caller in (herself, hand):
        assert listed(caller) == []
        refused(caller.get(f"{URL}/{key}"), 404, "not_found")
        refused(close(caller, key), 404, "not_found")
        assert caller.todo()["counts"] == {}
    assert district.sign_in(Role.district_officer, "D").todo()["counts"] == {"complaint": 1}


def test_what_waits_says_what_is_wrong_and_with_whose_card(district: District, holder: Holder, secretary: Caller) -> None:
    reported(district.client, holder.code, kind="not_the_person")
    reported(district.client, UNKNOWN, kind="forged")
    (item,) = secretary.todo()["items"]
    assert item["text"] == "有人举报王秀兰的身份卡：不是本人。请核实后办结。"
    officer = district.sign_in(Role.district_officer, "D")
    assert "有人举报一个查不到的编号" in officer.todo()["items"][1]["text"]


@pytest.mark.parametrize("letter", ["C", "c"])
def test_the_form_tells_whom_one_reports_as_a_scan_does_and_leads_to_a_receipt(
    district: District, holder: Holder, house: House, letter: str
) -> None:
    page = district.client.get(f"/{letter}/{holder.code}/report?lang=zh", headers=PAGE)
    assert page.status_code == 200 and "上塘村第一党支部" in page.text
    assert "王秀兰" in page.text and grouped(holder.code) in page.text
    change(house, Card, holder.card_id, state=CardState.suspended)
    assert "王秀兰" not in district.client.get(f"/{letter}/{holder.code}/report?lang=zh", headers=PAGE).text
    key = re.search(r'name="key" value="([\w-]{22})"', page.text)
    assert key
    sent = {"key": key[1], "kind": "misused", "details": WORDS, "contact": "０５７４－００００５６７８"}
    first = district.client.post(f"/{letter}/{holder.code}/report?lang=zh", data=sent, headers=PAGE)
    again = district.client.post(f"/{letter}/{holder.code}/report?lang=en&large=1", data=sent, headers=PAGE)
    (row,) = stored(district)
    number = rules.grouped(row.receipt_no)
    for answer in (first, again):
        assert answer.status_code == 200 and number in answer.text and 'href="tel:057400001234"' in answer.text
        assert WORDS not in answer.text
        assert answer.headers["Cache-Control"] == "no-store" and answer.headers["X-Robots-Tag"] == "noindex"
        assert [(one.status_code, one.headers["Location"].partition("?")[0]) for one in answer.history] == [
            (303, f"/R/{row.receipt_no}")
        ]
    assert str(again.url).endswith("?lang=en&large=1") and "Receipt number" in again.text


@pytest.mark.parametrize("letter", ["R", "r"])
def test_a_receipt_is_found_by_its_number_and_a_wrong_number_says_so(district: District, holder: Holder, letter: str) -> None:
    number = reported(district.client, holder.code)
    assert number in district.client.get(f"/{letter}/{number}", headers=PAGE).text
    typed = district.client.post(f"/{letter}?lang=zh", data={"receipt_no": f" {number.lower()} "}, headers=PAGE)
    assert typed.status_code == 200 and number in typed.text
    assert [one.status_code for one in typed.history] == [303]
    assert district.client.get(f"/{letter}").status_code == 200
    for wrong in ("00000000", "%00党", "7K2M"):
        missing = district.client.get(f"/{letter}/{wrong}?lang=zh", headers=PAGE)
        assert missing.status_code == 404 and "没有这个回执号" in missing.text and "<textarea" not in missing.text
    for wrong in ("", "7K2M", "7K2M-W9XQ-1"):
        refused_page = district.client.post(f"/{letter}?lang=zh", data={"receipt_no": wrong}, headers=PAGE)
        assert refused_page.status_code == 422 and "回执号是 8 位" in refused_page.text and f'value="{wrong}"' in refused_page.text


def test_who_tries_many_receipt_numbers_is_stopped_like_who_tries_many_codes_and_each_by_itself(
    district: District, holder: Holder, app: FastAPI
) -> None:
    number = reported(district.client, holder.code)
    app.state.misses = Misses(RateLimitItemPerMinute(2))
    app.state.receipt_misses = Misses(RateLimitItemPerMinute(2), refusal=rules.TooManyReceiptMisses)
    statuses = [district.client.get(f"/R/0000000{number}?lang=zh", headers=PAGE).status_code for number in range(3)]
    assert statuses == [404, 404, 429]
    stopped = district.client.get("/R/00000000?lang=zh", headers=PAGE)
    assert "回执号对的，现在照样能查" in stopped.text and "Retry-After" in stopped.headers
    assert 'action="/R?lang=zh"' in stopped.text and 'value="00000000"' in stopped.text
    assert district.client.get(f"/R/{number}", headers=PAGE).status_code == 200
    codes = [district.client.get(f"/C/{UNKNOWN}", headers=PAGE).status_code for _ in range(3)]
    assert codes == [404, 404, 429]


@pytest.mark.parametrize("holds_post", [True, False])
def test_a_receipt_offers_whoever_looks_into_it_and_the_level_above_that_one(
    district: District, holder: Holder, house: House, holds_post: bool
) -> None:
    change(house, Organization, district.ids["V1"], service_phone="0574-00000022")
    change(house, Organization, district.ids["T1"], service_phone="0574-00000033")
    with district.work() as work:
        if not holds_post:
            work.exec(update(Profile).values(posts=None))
        names = {code: work.get_one(Organization, district.ids[code]).name for code in ("B11", "V1", "T1")}
    told = report(district.client, holder.code).json()
    by, above = ("V1", "T1") if holds_post else ("B11", "V1")
    assert (told["looked_into_by"], told["phone_above_of"]) == (names[by], names[above])
    numbers = {"B11": "0574-00001234", "V1": "0574-00000022", "T1": "0574-00000033"}
    assert (told["service_phone"], told["phone_above"]) == (numbers[by], numbers[above])
    page = district.client.get(f"/R/{told['receipt_no']}?lang=zh", headers=PAGE).text
    dialled = [numbers[by].replace("-", ""), numbers[above].replace("-", "")]
    assert re.findall(r'href="tel:(\d+)"', page[: page.index("<footer")]) == dialled
    last = date.fromisoformat(told["look_into_by"])
    assert f"最晚 {last.year}年{last.month}月{last.day}日 核实完" in page


def test_an_identity_number_in_the_words_is_refused_by_the_field_and_not_kept(district: District, holder: Holder) -> None:
    words = "他的身份证号是９９０１０１１９６８０３１５００２８"
    answer = form(district.client, holder.code, "?lang=zh", kind="forged", details=words)
    assert answer.status_code == 422 and 'id="details-wrong"' in answer.text
    refusal = refused(report(district.client, holder.code, details="990101196803150028"), 422, "invalid")
    assert [(fault["field"], fault["rule"]) for fault in refusal["errors"]] == [("body.details", "identity_number")]
    assert stored(district) == []
    reported(district.client, holder.code, details="卡号 990101196803150029，电话 13800138000")


@pytest.mark.parametrize(("state", "words"), [("founded", "已核实处理"), ("unfounded", "已核实，未发现问题")])
def test_a_receipt_tells_what_was_found_and_nothing_of_the_decision(
    district: District, holder: Holder, secretary: Caller, state: str, words: str
) -> None:
    form(district.client, holder.code, kind="forged")
    (row,) = stored(district)
    url = f"/R/{row.receipt_no}?lang=zh"
    page = district.client.get(url, headers=PAGE).text
    assert "会有人去核实" in page and "查清以前" in page
    body = {"state": state, "reason": "与持卡人核对过原件"}
    assert secretary.post(f"/v1/complaints/{row.id}/close", json=body).status_code == 200
    page = district.client.get(url, headers=PAGE).text
    assert words in page
    for hidden in ("会有人去核实", "查清以前", "核对过原件"):
        assert hidden not in page


def test_what_is_wrong_with_the_form_is_named_and_what_was_written_is_kept(district: District, holder: Holder) -> None:
    answer = form(district.client, holder.code, "?lang=zh", kind="dislike", details="字" * 301, contact="打给我<b>")
    assert answer.status_code == 422
    for name in ("kind", "details", "contact"):
        assert f'<a href="#{name}">' in answer.text and f'id="{name}-wrong"' in answer.text
    assert "多了 1 个" in answer.text and 'id="faults" role="alert" tabindex="-1"' in answer.text
    assert re.search(r'<form method="post" action="[^"]*#faults">', answer.text)
    assert "字" * 301 in answer.text and 'value="打给我&lt;b&gt;"' in answer.text
    assert 'value="kkkkkkkkkkkkkkkkkkkkkk"' in answer.text
    assert form(district.client, holder.code).status_code == 422
    assert stored(district) == []


def test_an_unknown_code_is_reported_on_the_same_form_and_is_a_miss_but_never_one_too_many(district: District) -> None:
    page = district.client.get(f"/C/{UNKNOWN}/report?lang=zh", headers=PAGE)
    assert page.status_code == 200 and "可能是假牌" in page.text
    assert form(district.client, UNKNOWN, kind="forged").status_code == 200
    for _ in range(28):
        assert district.client.get(f"/C/{UNKNOWN}").status_code == 404
    assert district.client.get(f"/C/{UNKNOWN}").status_code == 429
    still = district.client.get(f"/C/{UNKNOWN}/report?lang=zh", headers=PAGE)
    assert still.status_code == 200 and '<h1 id="entry" class="long">举报这个编号</h1>' in still.text
    assert form(district.client, UNKNOWN, kind="forged", details=WORDS).status_code == 200
    assert report(district.client, UNKNOWN).status_code == 201
    assert len(stored(district)) == 3


def test_while_the_database_is_away_nothing_that_was_written_is_lost(
    district: District, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Unavailable(retry_after=2)

    monkeypatch.setattr(service, "report_misuse", away)
    answer = form(district.client, holder.code, "?lang=zh", kind="forged", details=WORDS, contact=PHONE)
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "2"
    assert WORDS in answer.text and PHONE in answer.text and "系统忙" in answer.text


def test_where_nobody_has_a_telephone_none_is_offered(district: District, holder: Holder, house: House) -> None:
    for code in ("B11", "V1", "T1", "D"):
        change(house, Organization, district.ids[code], service_phone=None)
    answer = form(district.client, holder.code, "?lang=zh", kind="forged")
    assert answer.status_code == 200 and "tel:" not in answer.text


def test_nobody_silences_a_card_by_reporting_it(district: District, holder: Holder, secretary: Caller) -> None:
    """Beyond the card's measure, reports are kept in short form and counted into one entry."""
    for number in range(rules.A_DAY_ABOUT_ONE_CARD):
        assert report(district.client, holder.code, details=WORDS).status_code == 201, number
    for _ in range(3):
        receipt_no = reported(district.client, holder.code, details=WORDS, contact=PHONE)
    items = secretary.todo()
    assert items["counts"]["complaint"] == rules.A_DAY_ABOUT_ONE_CARD
    assert [item["text"] for item in items["items"] if "另有 3 份" in item["text"]]
    (counted,) = listed(secretary, receipt_no=receipt_no)
    shown = secretary.get(f"{URL}/{counted['id']}").json()
    assert (shown["details"], shown["contact"]) == (None, PHONE)
    (standing,) = (item for item in listed(secretary, state="open") if item["further"] == 3)
    assert close(secretary, standing["id"]).status_code == 200
    assert listed(secretary, receipt_no=receipt_no)[0]["state"] != "open"


def test_one_network_stops_itself_alone(district: District, holder: Holder) -> None:
    for _ in range(rules.A_DAY_FROM_ONE_NETWORK):
        assert report(district.client, holder.code).status_code == 201
    answer = report(district.client, holder.code)
    assert refused(answer, 429, "too_many_complaints")["service_phone"] == "0574-00001234"
    assert 0 < int(answer.headers["Retry-After"]) <= 86_400
    page = form(district.client, holder.code, "?lang=zh", kind="forged", details=WORDS, contact=PHONE)
    assert page.status_code == 429 and "Retry-After" in page.headers
    assert WORDS in page.text and PHONE in page.text and rules.TooManyComplaints.text.zh in page.text
    assert 'href="tel:057400001234"' in page.text and "没有提交成功" in page.text
    with district.work() as work:
        # As if they had come from another network.
        work.exec(update(Complaint).values(network_digest="another"))
    assert report(district.client, holder.code).status_code == 201
