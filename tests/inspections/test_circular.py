import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from openpyxl import load_workbook
from sqlmodel import col, select

from api.inspections.circular import service, words
from api.turns import Turns
from models.enums import RectificationState, Role, VenueKind
from models.file import StoredFile
from models.venue import Venue
from tests.conftest import Caller, District
from tests.files.drawings import drawn
from tests.inspections.asking import URL, document, failing, final
from tests.outcomes import refused
from tests.papers import pictures, texts
from tests.rectifications.kept import add_failure, add_inspection, keep_rectification
from tests.standards.asking import TODAY, answered
from tests.venues.kept import keep_venue

ON_STORAGES = ("folder", "s3")
HEADINGS = [name for name, _ in words.FINDING_COLUMNS]


def workbook(caller: Caller, **asked: Any) -> Any:
    answer = caller.get(f"{URL}/circular.xlsx", params=asked)
    assert answer.status_code == 200, answer.text
    return load_workbook(io.BytesIO(answer.content))


def listed(caller: Caller, **asked: Any) -> list[dict[str, Any]]:
    headings, *rows = workbook(caller, **asked)["问题清单"].iter_rows()
    assert [cell.value for cell in headings] == HEADINGS
    assert all(cell.data_type == "s" for row in rows for cell in row if cell.value is not None)
    return [dict(zip(HEADINGS, (cell.value for cell in row), strict=True)) for row in rows]


def printed(caller: Caller, **asked: Any) -> Any:
    answer = caller.get(f"{URL}/circular.pdf", params=asked)
    assert (answer.status_code, answer.headers.get("Content-Type")) == (200, "application/pdf"), answer.text
    return answer


def photo(caller: Caller, size: tuple[int, int]) -> str:
    return str(answered(caller.post("/v1/files", files={"file": ("图.jpg", drawn("JPEG", size))}), 201)["id"])


def test_a_circular_tells_the_figures_and_each_item_that_failed_as_text(
    district: District, inspector: Caller, window: Venue
) -> None:
    formula = '=HYPERLINK("http://example.test","点这里")'
    asked = failing(note=formula, due_on=str(TODAY + timedelta(days=9)), responsible_id=str(district.ids["V1"]))
    answered(inspector.post(URL, json=final(inspector, window, asked, failing("WN-01"), unannounced=True)), 201)
    book = workbook(inspector)
    assert book.sheetnames == ["汇总", "问题清单"]
    rows = list(book["汇总"].iter_rows(values_only=True))
    assert (rows[0][0], rows[1][0]) == ("阵地标识检查通报", "云溪镇：全部阵地")
    assert rows[2][0] == f"{TODAY.year}年1月1日至{TODAY.year}年{TODAY.month}月{TODAY.day}日"
    assert list(rows[4]) == [name for name, _ in words.SUMMARY_COLUMNS]
    figures = answered(inspector.get(f"{URL}/figures"))
    told = {(row[0], row[1]): row[2:] for row in rows[5:] if row[2] is not None}
    passed = figures["totals"]["sign_pass"]
    share = words.percent(passed["numerator"], passed["denominator"])
    assert told["合计", None] == (0, 1, "0.0%", passed["numerator"], passed["denominator"], share, 0, 0, None)
    assert told["阵地类型", "服务窗口"] == told["合计", None] == told["党组织", "上塘村第一党支部"]
    assert len(told) == 2 + len(figures["by_organization"])
    first, second = listed(inspector)
    assert first == {
        "序号": "1",
        "党组织": "上塘村第一党支部",
        "阵地": "一号窗口",
        "阵地类型": "服务窗口",
        "检查日期": str(TODAY),
        "检查方式": "暗访",
        "项目编号": "DK-01",
        "项目": "桌牌",
        "问题": formula,
        "整改单位": "上塘村",
        "整改期限": str(TODAY + timedelta(days=9)),
        "整改状态": "待整改",
        "是否超期": None,
    }
    assert (second["项目编号"], second["整改单位"]) == ("WN-01", "上塘村第一党支部")
    assert passed["denominator"] - passed["numerator"] == 2, "there is a row for each item that the figures count as failed"


def test_a_circular_on_paper_shows_two_pictures_of_each_finding(
    district: District, inspector: Caller, window: Venue, storage_kind: str
) -> None:
    photos = [photo(inspector, size) for size in ((1600, 1200), (300, 400), (200, 200))]
    lost = photo(inspector, (90, 120))
    findings = (failing(photo_ids=photos), failing("WN-01", note="𠮷字缺失", photo_ids=[lost]), failing("PP-01"))
    answered(inspector.post(URL, json=final(inspector, window, *findings)), 201)
    with district.work() as work:
        key = work.exec(select(StoredFile.storage_key).where(col(StoredFile.id) == UUID(lost))).one()
    district.house.storage.delete(key)
    answer = printed(inspector)
    days = f"{TODAY.year}-01-01-{TODAY}"
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="circular-{days}.pdf"; filename*=UTF-8')
    assert answer.headers["X-Missing-Characters"] == "U+20BB7"
    (text,) = texts(answer.content)
    for said in ("阵地标识检查通报", "云溪镇：全部阵地", "标识覆盖率", "3个问题", "一号窗口（服务窗口）", "DK-01桌牌", "桌牌缺失"):
        assert said in text
    for said in ("〓字缺失", words.MISSING_SORTS, words.NO_PHOTO, "第1页，共1页"):
        assert said.replace(" ", "") in text
    assert pictures(answer.content) == [[(480, 360), (300, 400)]], "two, and no larger than they are printed"


@pytest.mark.engine("sqlite")
def test_a_circular_without_findings_says_so(inspector: Caller) -> None:
    (text,) = texts(printed(inspector).content)
    assert words.NO_FINDINGS in text and listed(inspector) == []


def test_a_circular_tells_of_what_others_have_found_in_the_period_within_reach(
    district: District, inspector: Caller, window: Venue
) -> None:
    secretary, deputy = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.deputy, "B12")
    other, hall = keep_venue(district, "B12", kind=VenueKind.window), keep_venue(district, kind=VenueKind.station, name="驿站")
    foreign = keep_venue(district, "B21", kind=VenueKind.window)
    far = district.sign_in(Role.town_officer, "T2")
    answered(secretary.post(URL, json=final(secretary, window, failing())), 201)
    answered(inspector.post(URL, json=document(window, failing())), 201)
    assert listed(inspector) == [], "neither what its own organisation has found nor a draft"
    for venue in (window, other):
        answered(inspector.post(URL, json=final(inspector, venue, failing())), 201)
    answered(inspector.post(URL, json=final(inspector, hall, failing("VC-01"))), 201)
    answered(far.post(URL, json=final(far, foreign, failing())), 201)

    def told(caller: Caller, **asked: Any) -> list[str]:
        return [row["阵地"] for row in listed(caller, **asked)]

    assert told(inspector) == ["一号窗口", "驿站", other.name]
    (text,) = texts(printed(deputy).content)
    assert "1个问题" in text and other.name in text and "一号窗口" not in text
    assert told(inspector, venue_kind="station") == ["驿站"] == told(secretary, venue_kind="station")
    assert told(deputy) == [other.name] == told(inspector, organization_id=str(district.ids["B12"]))
    tomorrow = TODAY + timedelta(days=2)
    assert told(inspector, since=str(tomorrow), until=str(tomorrow)) == [] == told(inspector, until=str(TODAY - timedelta(days=2)))
    for ending in ("xlsx", "pdf"):
        url = f"{URL}/circular.{ending}"
        refused(inspector.get(url, params={"organization_id": str(district.ids["B21"])}), 404, "not_found")
        refused(district.sign_in(Role.member, "B11").get(url), 403, "forbidden")
        refused(inspector.get(url, params={"since": "1899-12-31"}), 422, "invalid")


@pytest.mark.engine("sqlite")
def test_few_circulars_are_drawn_at_a_time(inspector: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(service, "_turns", Turns(1))
    with service._turns.take(1, retry_after=1):
        answer = inspector.get(f"{URL}/circular.pdf")
        refused(answer, 503, "unavailable")
        assert answer.headers["Retry-After"] == str(service.RETRY_AFTER)
    printed(inspector)


def test_a_circular_holds_two_hundred_findings(district: District) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    ids = {"organization_id": district.ids["B11"], "account_id": UUID(officer.account_id)}
    with district.work() as work:
        inspection = add_inspection(work, ids)
        for number in range(200):
            add_failure(work, inspection, f"DK-{number:03}")
    assert len(listed(officer)) == 200
    pages = texts(printed(officer).content)
    assert all(f"第{number}页，共{len(pages)}页" in text for number, text in enumerate(pages, start=1))
    assert all("一号窗口（服务窗口）" in text for text in pages), "the venue stands on each page again"
    assert [text.count("桌牌缺失") > 0 for text in pages] == [True] * len(pages)
    assert sum(text.count("桌牌缺失") for text in pages) == 200
    with district.work() as work:
        add_failure(work, inspection, "DK-200")
    for ending in ("xlsx", "pdf"):
        refused(officer.get(f"{URL}/circular.{ending}"), 422, "too_many_findings")


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize(
    ("state", "days", "said"),
    [
        (RectificationState.open, 0, ("待整改", None)),
        (RectificationState.returned, -1, ("退回重改", "已超期")),
        (RectificationState.claimed, -1, ("已整改，待复查", None)),
        (RectificationState.confirmed, -1, ("复查通过", None)),
    ],
)
def test_a_finding_is_told_with_what_has_become_of_it(
    district: District, state: RectificationState, days: int, said: tuple[str, str | None]
) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    told: dict[str, Any] = {"state": state, "due_on": TODAY + timedelta(days=days)}
    if state is not RectificationState.open:
        told |= {"claimed_by": UUID(officer.account_id), "claimed_at": datetime.now(UTC)}
    if state is RectificationState.confirmed:
        told["confirmed_at"] = datetime.now(UTC)
    keep_rectification(district, by=officer.account_id, **told)
    (row,) = listed(officer)
    assert (row["整改状态"], row["是否超期"]) == said
