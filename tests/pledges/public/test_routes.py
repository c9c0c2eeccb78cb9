"""What a stranger with a code reads of pledges: the wall of its branch, each public pledge, and its pictures."""

from datetime import timedelta
from functools import partial
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image
from sqlmodel import select

from api.pledges.public import rules, service
from models.card import Card, Plate
from models.enums import (
    CardState,
    EvaluationSource,
    FilePurpose,
    FileState,
    Grade,
    NameDisplay,
    PledgeState,
    PledgeVisibility,
)
from models.evaluation import Evaluation
from models.file import StoredFile
from models.organization import Organization
from models.pledge import Pledge
from models.pledge_progress import PledgeProgress
from models.pledge_text import PledgeText
from models.publication import Publication
from tests.conftest import District
from tests.pledges.kept import YEAR, keep_pledge, somebody
from tests.routes import document, resolved
from tests.verification.holders import Holder, change, hold, signed

JSON = {"Accept": "application/json"}


@pytest.fixture
def holder(district: District) -> Holder:
    return hold(district.house, district.ids["B11"])


def wall(client: TestClient, code: str, **query: Any) -> Any:
    answer = client.get(f"/C/{code}/wall", headers=JSON, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def on_wall(client: TestClient, code: str) -> set[str]:
    told = wall(client, code)
    return {one["id"] for one in told["organization_pledges"]} | {
        one["id"] for member in told["members"] for one in member["pledges"]
    }


def tell(district: District, pledge_id: UUID, note: str, *, published: bool = True, **more: Any) -> UUID:
    with district.work() as work:
        entry = PledgeProgress(
            pledge_id=pledge_id, happened_on=work.today, note=note, published_on=work.today if published else None, **more
        )
        work.add(entry)
        work.flush()
        return entry.id


def rate(district: District, pledge_id: UUID, grade: Grade, **more: Any) -> None:
    with district.work() as work:
        values: dict[str, Any] = {"counts_from": work.at - timedelta(hours=1), "by_digest": uuid4().hex} | more
        work.add(Evaluation(pledge_id=pledge_id, source=EvaluationSource.masses, period=f"{YEAR}-Q1", grade=grade, **values))


def test_a_wall_shows_the_branchs_own_pledges_and_its_members_by_the_code_points_of_their_names(
    district: District, client: TestClient, holder: Holder
) -> None:
    second, other = hold(district.house, district.ids["B11"], "丁一"), hold(district.house, district.ids["B12"], "王五")
    mine = [keep_pledge(district, "B11", one.member_id) for one in (holder, holder, second)]
    own, elsewhere = keep_pledge(district, "B11"), keep_pledge(district, "B12", other.member_id)
    told = wall(client, holder.code)
    assert [one["display_name"] for one in told["members"]] == ["丁一", "王秀兰"]
    assert [one["id"] for one in told["organization_pledges"]] == [str(own)]
    assert on_wall(client, holder.code) == {str(key) for key in (*mine, own)}
    assert on_wall(client, other.code) == {str(elsewhere)}
    assert told["totals"] == dict.fromkeys(rules.Totals._fields, 0) | {"published": 4}
    assert (told["year"], told["satisfaction"]) == (YEAR, {"numerator": 0, "denominator": 0, "value": None})


@pytest.mark.parametrize(
    ("hidden", "content"),
    [
        ("within the branch", {"visibility": PledgeVisibility.branch}),
        ("within the Party", {"visibility": PledgeVisibility.inner_party}),
        ("a draft", {"state": PledgeState.draft}),
        ("submitted", {"state": PledgeState.submitted}),
        ("approved", {"state": PledgeState.approved}),
        ("withdrawn", {"state": PledgeState.withdrawn}),
    ],
)
def test_what_is_not_public_stands_on_no_wall_and_has_no_page(
    district: District, client: TestClient, holder: Holder, hidden: str, content: dict[str, Any]
) -> None:
    key = keep_pledge(district, "B11", holder.member_id, **content)
    assert on_wall(client, holder.code) == set(), hidden
    answer = client.get(f"/C/{holder.code}/pledges/{key}", headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_member_without_a_valid_card_stands_on_neither_and_any_known_code_opens_the_wall(
    district: District, client: TestClient, holder: Holder
) -> None:
    second = hold(district.house, district.ids["B11"], "丁一")
    mine, hers = keep_pledge(district, "B11", holder.member_id), keep_pledge(district, "B11", second.member_id)
    change(district.house, Card, holder.card_id, state=CardState.suspended)
    assert on_wall(client, holder.code) == on_wall(client, second.code) == {str(hers)}
    assert client.get(f"/C/{second.code}/pledges/{mine}", headers=JSON).status_code == 404
    with district.work() as work:
        change_to = work.at
    change(district.house, Plate, second.plate_id, withdrawn_at=change_to)
    assert on_wall(client, second.code) == {str(hers)}
    assert on_wall(client, signed(district.house, second, age=3600).pack()) == {str(hers)}
    unknown = client.get("/C/D7K2M9Q4R8T3V6X/wall", headers=JSON)
    assert unknown.status_code == 404


def test_a_wall_counts_what_stands_on_it_and_what_was_taken_off_again(
    district: District, client: TestClient, holder: Holder
) -> None:
    states = {
        PledgeState.published: {"due_on": None},
        PledgeState.fulfilled: {},
        PledgeState.unfulfilled: {"outcome_reason": "没有做到"},
        PledgeState.exempted: {"outcome_reason": "因病"},
        PledgeState.evaluated: {},
        PledgeState.withdrawn: {},
    }
    for state in states:
        key = keep_pledge(district, "B11", holder.member_id, state=state)
        if state in (PledgeState.unfulfilled, PledgeState.exempted):
            change(district.house, Pledge, key, outcome_reason="因病")
    with district.work() as work:
        yesterday = work.today - timedelta(days=1)
    overdue = keep_pledge(district, "B11", holder.member_id, due_on=yesterday.replace(year=YEAR))
    rate(district, overdue, Grade.satisfied)
    rate(district, overdue, Grade.average)
    rate(district, overdue, Grade.dissatisfied, void_reason="刷评", voided_by=somebody(district), voided_at=_now(district))
    rate(district, overdue, Grade.satisfied, counts_from=_now(district) + timedelta(hours=1))
    told = wall(client, holder.code)
    assert told["totals"] == {"published": 6, "fulfilled": 2, "unfulfilled": 1, "exempted": 1, "overdue": 1, "withdrawn": 1}
    assert told["satisfaction"] == {"numerator": 1, "denominator": 2, "value": 0.5}


def _now(district: District) -> Any:
    with district.work() as work:
        return work.at


def test_a_wall_is_of_this_year_and_another_than_those_shown_is_not_found(
    district: District, client: TestClient, holder: Holder
) -> None:
    assert wall(client, holder.code, year=YEAR)["year"] == wall(client, holder.code, from_wechat=1)["year"] == YEAR
    assert client.get(f"/C/{holder.code}/wall", headers=JSON, params={"year": YEAR - 2}).status_code == 404
    page = client.get(f"/C/{holder.code}/wall", params={"year": YEAR - 2, "lang": "zh"})
    assert (page.status_code, "没有找到" in page.text) == (404, True)


def test_an_address_of_a_page_that_cannot_be_one_is_no_page_and_a_program_is_told_what_is_wrong_with_it(
    district: District, app: FastAPI, client: TestClient, holder: Holder
) -> None:
    walked = 0
    for path, item in document()["paths"].items():
        told = item.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if "text/html" not in told or item["get"].get("security"):
            continue
        named = [
            one
            for one in map(partial(resolved, document()), item["get"].get("parameters", ()))
            if one["name"] not in ("code", "lang", "large")
        ]
        good = {"code": holder.code} | {one["name"]: str(uuid4()) for one in named}
        for one in named:
            kind = [one["schema"], *one["schema"].get("anyOf", [])]
            if not any(form.get("format") == "uuid" or form.get("type") == "integer" for form in kind):
                continue
            is_in_path, wrong = one["in"] == "path", {one["name"]: "abc"}
            address = path.format(**good | wrong if is_in_path else good)
            query = {} if is_in_path else wrong
            page = client.get(address, params=query | {"lang": "zh"}, headers={"Accept": "text/html"})
            assert page.status_code == 404 and "没有这个网页" in page.text, address
            if "application/json" in told:
                problem = client.get(address, params=query, headers=JSON)
                assert problem.status_code == 422, address
                assert [fault["field"] for fault in problem.json()["errors"]] == [f"{one['in']}.{one['name']}"]
            walked += 1
    assert walked >= 5
    # What decides only how a page looks is passed over: other programs write such words into addresses, too.
    assert client.get(f"/C/{holder.code}/wall?lang=zh_CN&large=yes").status_code == 200


def test_what_was_done_has_a_page_of_its_own_with_its_pictures_once_it_is_published(
    district: District, client: TestClient, holder: Holder
) -> None:
    key, other = keep_pledge(district, "B11", holder.member_id), keep_pledge(district, "B11")
    entry, hidden = tell(district, key, "装好了", percent=60), tell(district, key, "还没有公开", published=False)
    address = f"/C/{holder.code}/pledges/{key}/progress"
    told = client.get(f"{address}/{entry}", headers=JSON).json()
    assert (told["note"], told["percent"], told["pictures"], told["display_name"]) == ("装好了", 60, [], "王秀兰")
    page = client.get(f"{address}/{entry}?lang=zh").text
    assert "装好了" in page and f'href="/C/{holder.code}/pledges/{key}?lang=zh"' in page
    for path in (f"{address}/{hidden}", f"/C/{holder.code}/pledges/{other}/progress/{entry}", f"{address}/{uuid4()}"):
        assert client.get(path, headers=JSON).status_code == 404


def test_groups_stand_on_their_branchs_wall_and_names_are_shown_by_its_policy_with_its_publications(
    district: District, client: TestClient, holder: Holder
) -> None:
    with district.work() as work:
        work.get_one(Organization, district.ids["B11"]).name_display = NameDisplay.masked
    district.add_group("G")
    by = somebody(district)
    with district.work() as work:
        work.add(
            Publication(organization_id=district.ids["B11"], quarter=f"{YEAR}-Q1", published_at=work.at, published_by=by, lines=[])
        )
    in_group = hold(district.house, district.ids["G"], "丁一二")
    key = keep_pledge(district, "G", in_group.member_id)
    told = wall(client, in_group.code)
    assert told["organization"] == wall(client, holder.code)["organization"]
    assert [(one["display_name"], one["pledges"][0]["id"]) for one in told["members"]] == [("丁**", str(key))]
    assert [one["quarter"] for one in told["publications"]] == [f"{YEAR}-Q1"]


def test_a_pledges_page_tells_its_texts_its_published_progress_its_tally_and_words_that_were_read(
    district: District, client: TestClient, holder: Holder
) -> None:
    key = keep_pledge(district, "B11", holder.member_id)
    tell(district, key, "给王阿婆家装好了。", percent=40)
    tell(district, key, "还没有公开", published=False)
    tell(district, key, "写错了", withdrawn_reason="写错了")
    for _ in range(2):
        rate(district, key, Grade.satisfied)
    told = client.get(f"/C/{holder.code}/pledges/{key}", headers=JSON).json()
    assert [(one["note"], one["percent"], one["pictures"]) for one in told["progress"]] == [("给王阿婆家装好了。", 40, [])]
    assert [one["no"] for one in told["texts"]] == [1]
    assert told["tally"]["masses"]["satisfied"] == 2 and told["tally"]["peers"] is None
    assert (told["display_name"], told["last_progress"]["note"]) == ("王秀兰", "给王阿婆家装好了。")
    assert told["evaluation"]["already"] is False and told["evaluation"]["period"].startswith(f"{YEAR}-Q")
    page = client.get(f"/C/{holder.code}/pledges/{key}?lang=zh&large=1")
    assert page.headers["Referrer-Policy"] == "same-origin" and page.headers["Cache-Control"] == "no-store"
    assert "给王阿婆家装好了。" in page.text and "还没有公开" not in page.text and "写错了" not in page.text
    assert f'action="/C/{holder.code}/pledges/{key}/evaluations?lang=zh&amp;large=1' in page.text


def test_a_pledge_of_another_branch_is_not_found_by_this_code_but_the_holders_own_is(
    district: District, client: TestClient, holder: Holder
) -> None:
    other = hold(district.house, district.ids["B12"], "丁一")
    elsewhere, own = keep_pledge(district, "B12", other.member_id), keep_pledge(district, "B12", holder.member_id)
    assert client.get(f"/C/{holder.code}/pledges/{elsewhere}", headers=JSON).status_code == 404
    assert client.get(f"/C/{holder.code}/pledges/{own}", headers=JSON).status_code == 200


def test_a_picture_is_shown_once_its_progress_is_published_and_never_by_another_pledge(
    district: District, client: TestClient, holder: Holder
) -> None:
    key, other = keep_pledge(district, "B11", holder.member_id), keep_pledge(district, "B11", holder.member_id)
    entry = tell(district, key, "装好了", published=False)
    content = BytesIO()
    Image.new("RGB", (40, 30), "#7a96b4").save(content, "JPEG")
    by = somebody(district)
    district.house.storage.put("pledge/1", BytesIO(content.getvalue()), "image/jpeg")
    with district.work() as work:
        file = StoredFile(
            organization_id=district.ids["B11"],
            purpose=FilePurpose.attachment,
            state=FileState.ready,
            storage_key="pledge/1",
            media_type="image/jpeg",
            size=len(content.getvalue()),
            digest=sha256(content.getvalue()).hexdigest(),
            uploaded_by=by,
            attached_kind="pledge_progress",
            attached_id=entry,
        )
        work.add(file)
        work.flush()
        picture = f"/C/{holder.code}/pledges/{key}/pictures/{file.id}"
        astray = f"/C/{holder.code}/pledges/{other}/pictures/{file.id}"
    assert client.get(picture).status_code == 404
    with district.work() as work:
        work.get_one(PledgeProgress, entry).published_on = work.today
    shown = client.get(picture)
    assert (shown.status_code, shown.headers["Content-Type"], shown.content) == (200, "image/jpeg", content.getvalue())
    assert shown.headers["Content-Disposition"] == "inline"
    assert client.get(picture, headers={"If-None-Match": shown.headers["ETag"]}).status_code == 304
    assert client.get(astray).status_code == 404
    told = client.get(f"/C/{holder.code}/pledges/{key}", headers=JSON).json()
    assert told["progress"][0]["pictures"] == [picture]
    assert picture in client.get(f"/C/{holder.code}/pledges/{key}").text


KEY = "k" * 22


def send(client: TestClient, code: str, pledge_id: UUID, headers: dict[str, str] | None = None, **form: str) -> Any:
    values = {"grade": "satisfied", "key": KEY} | form
    address = f"/C/{code}/pledges/{pledge_id}/evaluations"
    return client.post(address, data=values, headers=headers or JSON, follow_redirects=False)


def test_a_resident_rates_a_pledge_once_a_quarter_and_device_and_the_same_form_is_answered_alike(
    district: District, client: TestClient, holder: Holder
) -> None:
    key = keep_pledge(district, "B11", holder.member_id)
    made = send(client, holder.code, key, words="扶手装得牢。")
    told = made.json()
    assert made.status_code == 201 and (told["grade"], told["words_state"]) == ("satisfied", "held")
    cookie = made.headers["Set-Cookie"]
    assert "lx_device=" in cookie and all(part in cookie for part in ("HttpOnly", "Path=/", "SameSite=lax", "Secure"))
    # The answer was lost, and the cookie with it.
    client.cookies.clear()
    again = send(client, holder.code, key, words="扶手装得牢。")
    assert (again.status_code, again.json(), again.headers["Set-Cookie"]) == (201, told, cookie)
    with district.work() as work:
        assert len(work.exec(select(Evaluation)).all()) == 1
    device = {"Cookie": cookie.partition(";")[0]}
    second = send(client, holder.code, key, JSON | device, key="j" * 22)
    assert (second.status_code, second.json()["code"]) == (409, "already_evaluated")
    view = client.get(f"/C/{holder.code}/pledges/{key}", headers=JSON | device).json()
    assert view["evaluation"]["already"] is True and view["tally"]["masses"]["waiting"] == 1 and view["words"] == []
    client.cookies.clear()
    assert client.get(f"/C/{holder.code}/pledges/{key}", headers=JSON).json()["evaluation"]["already"] is False


def test_a_browser_is_led_back_to_the_pledge_and_shown_the_form_again_with_faults_at_the_field(
    district: District, client: TestClient, holder: Holder
) -> None:
    key = keep_pledge(district, "B11", holder.member_id)
    page = {"Accept": "text/html"}
    wrong = send(client, holder.code, key, page, grade="", words="看" * 201)
    assert wrong.status_code == 422 and "看看看" in wrong.text and "多了 1 个" in wrong.text and "Set-Cookie" not in wrong.headers
    assert 'id="grade-wrong"' in wrong.text and 'id="words-wrong"' in wrong.text
    identity = send(client, holder.code, key, page, words="我是 990101199001010019")
    taken = send(client, holder.code, key, page)
    assert identity.status_code == 422 and 'id="words-wrong"' in identity.text
    assert (taken.status_code, taken.headers["Location"]) == (303, f"/C/{holder.code}/pledges/{key}")
    client.cookies.clear()
    client.cookies.set("lx_device", taken.headers["Set-Cookie"].partition("=")[2].partition(";")[0])
    seen = client.get(f"/C/{holder.code}/pledges/{key}?lang=zh")
    assert "已收到您的评价" in seen.text and "<form" not in seen.text
    again = send(client, holder.code, key, page, key="j" * 22)
    assert again.status_code == 409 and "这一次没有计入" in again.text


def test_a_rating_that_cannot_be_taken_is_refused_by_name(district: District, client: TestClient, holder: Holder) -> None:
    key = keep_pledge(district, "B11", holder.member_id)
    hidden = keep_pledge(district, "B11", holder.member_id, visibility=PledgeVisibility.branch)
    assert send(client, holder.code, hidden).status_code == 404
    assert send(client, "D7K2M9Q4R8T3V6X", key).status_code == 404
    assert send(client, holder.code, key, JSON | {"Origin": "https://elsewhere.example"}).status_code == 403
    wrong = send(client, holder.code, key, grade="good", key="short").json()
    assert {(one["field"], one["rule"]) for one in wrong["errors"]} == {
        ("body.grade", "enum"), ("body.key", "string_pattern_mismatch"),
    }  # fmt: skip
    for number in range(20):
        client.cookies.clear()
        assert send(client, holder.code, key, key=f"{number:022}").status_code == 201
    client.cookies.clear()
    much = send(client, holder.code, key)
    assert (much.status_code, much.json()["code"]) == (429, "too_many_evaluations") and "Retry-After" in much.headers
    page = send(client, holder.code, key, {"Accept": "text/html"}, words="修好了")
    assert page.status_code == 429 and "修好了" in page.text and "都还在这一页上" in page.text and "tel:" in page.text


def test_of_much_on_a_wall_its_own_and_the_oldest_are_named_and_all_is_counted(
    district: District, client: TestClient, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_ON_WALL", 3)
    monkeypatch.setattr(service, "MOST_TEXTS", 1)
    first, second, third = (keep_pledge(district, "B11", holder.member_id) for _ in range(3))
    own = keep_pledge(district, "B11")
    district.add_group()
    group = keep_pledge(district, "G", state=PledgeState.fulfilled)
    assert on_wall(client, holder.code) == {str(key) for key in (own, group, first)}
    assert wall(client, holder.code)["totals"] == dict.fromkeys(rules.Totals._fields, 0) | {"published": 5, "fulfilled": 1}
    page = client.get(f"/C/{holder.code}/wall", headers={"Accept": "text/html"}).text
    assert "另有2项承诺未列出。" in page
    for key in (second, third):
        assert client.get(f"/C/{holder.code}/pledges/{key}", headers=JSON).status_code == 200
    with district.work() as work:
        text = work.exec(select(PledgeText).where(PledgeText.pledge_id == own)).one()
        work.add(PledgeText(**text.model_dump(exclude={"id", "no", "version"}), no=2))
    told = client.get(f"/C/{holder.code}/pledges/{own}", headers=JSON).json()
    assert [one["no"] for one in told["texts"]] == [2]
