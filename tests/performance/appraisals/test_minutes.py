"""The minutes of a round as they are printed."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pypdfium2

from api.performance.appraisals import minutes as drawing_minutes
from api.performance.appraisals.drawing import Line, Minutes, draw
from api.performance.appraisals.rules import Votes
from api.turns import Turns
from models.appraisal_enums import AppraisalGrade
from models.enums import MemberStatus, Role
from tests.clock import district_day
from tests.conftest import District
from tests.outcomes import refused
from tests.papers import texts
from tests.performance.appraisals.kept import YEAR, begun, close, decide, meet, votes
from tests.pledges.kept import keep_member

ON_ENGINES = ("sqlite",)
SHORT = "全年缺席主题党日四次，下一年按时参加。"
FULL = Line("方秀兰", True, Votes(20, 7, 2, 0, 1), AppraisalGrade.qualified, None)
TOLD = Minutes(
    branch="上塘村第一党支部",
    year=2026,
    held_on=date(2026, 12, 20),
    present=30,
    most_excellent=10,
    closed_on=date(2026, 12, 22),
    remarks="程序符合要求。",
    lines=[FULL] * 30,
)
SIGNED = ("主持人（签字）", "记录人（签字）", "党组织（盖章）")


def test_they_tell_who_was_there_how_they_voted_what_was_decided_and_leave_lines_to_sign(district: District) -> None:
    secretary, officer = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.town_officer, "T1")
    keys = [keep_member(district, "B11", name) for name in ("丁一", "王二", "赵三")]
    keep_member(district, "B11", "周六", status=MemberStatus.probationary)
    url = begun(secretary, district)
    counts: list[dict[str, int]] = [{"excellent": 4}, {"qualified": 3, "abstained": 1}, {"basically_qualified": 4}]
    assert meet(secretary, url, 4, *(votes(key, **some) for key, some in zip(keys, counts, strict=True))).status_code == 200
    graded = ((keys[0], "excellent"), (keys[1], "qualified"), (keys[2], "basically_qualified", SHORT))
    assert decide(secretary, url, *graded).status_code == 200
    refused(officer.get(f"{url}/minutes"), 409, "appraisal_open")
    assert close(secretary, url, "程序符合要求。\n当场计票。").status_code == 200
    answer = officer.get(f"{url}/minutes")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/pdf", answer.text
    assert f"minutes-{YEAR}.pdf" in answer.headers["Content-Disposition"]
    (page,) = texts(answer.content)
    day = district_day()
    for said in (
        "民主评议会议记录",
        f"上塘村第一党支部{YEAR}年度",
        f"会议日期{day.year}年{day.month}月{day.day}日",
        "参加测评4人",
        "正式党员3人，预备党员1人",
        "不超过1人",
        "优秀1人，合格1人，基本合格1人，不合格0人",
        "1丁一40000优秀",
        "预备党员，参加评议，不评定等次",
        "3王二03001合格",
        "4赵三00400基本合格",
        f"赵三（基本合格）：{SHORT}",
        "程序符合要求。当场计票。",
        *SIGNED,
        "第1页，共1页",
    ):
        assert said in page, (said, page)
    refused(district.sign_in(Role.deputy, "B12").get(f"{url}/minutes"), 404, "not_found")


def test_each_page_names_the_branch_and_its_number_and_repeats_the_headings_and_the_last_is_signed() -> None:
    told = replace(TOLD, lines=[FULL] * 100, remarks="一" * 2000)
    drawn = draw(told, None)
    assert not drawn.missing
    pages = texts(drawn.pdf)
    with pypdfium2.PdfDocument(drawn.pdf) as document:
        assert {tuple(map(round, page.get_size())) for page in document} == {(595, 842)}
    assert len(pages) > 3
    for number, page in enumerate(pages, start=1):
        assert page.count("上塘村第一党支部") == 1 + (number == 1)
        assert f"第{number}页，共{len(pages)}页" in page
        assert ("序号姓名优秀合格基本合格不合格弃权评定等次" in page) == ("方秀兰" in page)
        assert all((said in page) == (number == len(pages)) for said in SIGNED)
    whole = "".join(pages)
    rows = re.findall(r"(\d+)方秀兰207201合格", whole)
    assert [int(row) for row in rows] == list(range(1, 101)) and whole.count("一" * 30) > 60


def test_signatures_never_stand_on_a_page_by_themselves() -> None:
    for number in (14, 15, 16):
        *_, last = texts(draw(replace(TOLD, lines=[FULL] * number), None).pdf)
        assert "程序符合要求。" in last and all(said in last for said in SIGNED), number


def test_what_nobody_wrote_down_and_what_no_font_has_is_told() -> None:
    lines = [replace(FULL, name="陈𠮷", votes=None), replace(FULL, is_graded=False, grade=None)]
    drawn = draw(replace(TOLD, held_on=None, present=None, remarks=None, lines=lines), None)
    (page,) = texts(drawn.pdf)
    assert drawn.missing == {"𠮷"} and "请手写" in page
    assert "会议日期未登记" in page and "参加测评未登记" in page and "1陈〓—————合格" in page and "其他事项无。" in page


def test_they_are_drawn_once_the_transaction_that_reads_them_is_over(district: District, monkeypatch: Any) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    url = begun(secretary, district)
    assert close(secretary, url).status_code == 200
    engine, idle = district.house.database.engine, list[int]()

    def drawn(*asked: Any) -> Any:
        idle.append(engine.pool.checkedout())  # type: ignore[attr-defined]
        return draw(*asked)

    monkeypatch.setattr(drawing_minutes, "draw", drawn)
    assert secretary.get(f"{url}/minutes").status_code == 200
    assert idle == [0]
    monkeypatch.setattr(drawing_minutes, "_turns", Turns(0))
    monkeypatch.setattr(drawing_minutes, "WAIT_SECONDS", 0.01)
    busy = secretary.get(f"{url}/minutes")
    refused(busy, 503, "unavailable")
    assert busy.headers["Retry-After"] == "5"
