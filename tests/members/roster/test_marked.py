"""The roster given back as a workbook: as it was sent, with what is wrong beside each row, and safe to open."""

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from sqlmodel import select

from api.database import Work
from api.members.roster import marked
from models.audit import AuditLine
from models.enums import Role
from models.member import Member
from tests.conftest import Caller, District
from tests.members.rosters import HEADINGS, mark, number, person, send, sheet

ON_ENGINES = ("sqlite",)
ROSTERS = Path(__file__).parents[2] / "data" / "rosters"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAYLOADS = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    "   =1+1",
    '=HYPERLINK("http://example.invalid","x")',
    "http://example.invalid/x",
    "=DDE(server;topic;item)",
)


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


def opened(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    return openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]


def beside(page: Any) -> dict[int, tuple[str, str]]:
    """The two last columns by row."""
    last = page.max_column
    return {row: (page.cell(row, last - 1).value, page.cell(row, last).value or "") for row in range(1, page.max_row + 1)}


def test_who_may_not_import_gets_no_marked_roster(district: District) -> None:
    content = sheet(person("王秀兰", 2))
    assert district.client.post("/v1/members/import/marked", files={"file": ("a.xlsx", content)}).status_code == 401
    assert mark(district.sign_in(Role.deputy, "B11"), content).status_code == 403


def test_what_is_no_roster_is_refused_and_not_marked(secretary: Caller) -> None:
    assert mark(secretary, b"%PDF-1.7").json()["code"] == "not_a_spreadsheet"
    assert mark(secretary, sheet(("a", "b"), headings=("村", "数量"))).json()["code"] == "no_roster"


def test_what_has_more_cells_than_may_be_given_back_is_refused_before_it_is_judged(
    secretary: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marked, "MOST_CELLS", 2 * len(HEADINGS))
    assert mark(secretary, sheet(person("王秀兰", 2))).status_code == 200
    assert mark(secretary, sheet(person("王秀兰", 2), person("李建国", 1))).json()["code"] == "spreadsheet_too_large"


def test_each_row_is_told_what_would_become_of_it_and_nothing_is_stored(district: District, secretary: Caller, work: Work) -> None:
    send(secretary, sheet(person("王秀兰", 2), person("李建国", 1)))
    work.rollback()
    before = len(work.exec(select(AuditLine)).all())
    work.rollback()
    rows = (
        person("王秀兰", 2),
        person("李建国", 1, mobile="13900139000"),
        person("赵六", 4),
        person("钱七", 5, "无名党支部", mobile="138"),
        person("孙八", 6, joined="1984-07-01", confirmed="1985-07-01"),
    )
    page = opened(mark(secretary, sheet(*rows)))
    assert beside(page) == {
        1: ("结果", "问题"),
        2: ("未变", ""),
        3: ("将更新：联系电话", ""),
        4: ("将新增", ""),
        5: (
            "不能导入",
            "E5 所在支部：您管理的组织中没有这个党支部，请核对名称。\nF5 联系电话：电话号码位数不够：手机号为11位，座机请带区号。",
        ),
        6: ("将新增，有提示", "C6 入党时间：入党时未满18岁，请核对出生日期和入党日期。"),
    }
    work.rollback()
    assert len(work.exec(select(AuditLine)).all()) == before
    assert len(work.exec(select(Member)).all()) == 2


def test_a_repeated_person_is_told_where_the_first_one_stands(secretary: Caller) -> None:
    again = ("李建国", number(2), "1995-07-01", None, "上塘村第一党支部", None, None)
    page = opened(mark(secretary, sheet(person("王秀兰", 2), again)))
    assert beside(page)[3] == ("不能导入", "B3 身份证号：与第2行的身份证号相同，请核对。")


def test_cells_stand_where_they_stood_and_stay_what_they_were(secretary: Caller) -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "名册"
    page["A1"] = "上塘村党员花名册"
    page.append([])
    page.append(["序号", *HEADINGS, "积分"])
    page.append([1, "王秀兰", number(2), datetime(1995, 7, 1), datetime(1996, 7, 1), "上塘村第一党支部", 13800138000, "1号", 2.5])
    page["E4"].number_format = 'yyyy"年"m"月"'
    page.append([])
    page.append(["合计", "1人"])
    page["B8"] = 990101197902096930
    file = io.BytesIO()
    book.save(file)
    found = opened(mark(secretary, file.getvalue()))
    assert found.title == "名册" and found.freeze_panes == "A4"
    assert found["A1"].value == "上塘村党员花名册"
    assert [cell.value for cell in found[3]] == ["序号", *HEADINGS, "积分", "结果", "问题"]
    assert [cell.value for cell in found[4]][:9] == [
        1,
        "王秀兰",
        number(2),
        datetime(1995, 7, 1),
        datetime(1996, 7, 1),
        "上塘村第一党支部",
        13800138000,
        "1号",
        2.5,
    ]
    assert found["C4"].data_type == "s" and found["C4"].number_format == "@"
    assert found["D4"].is_date and found["D4"].number_format == "yyyy-mm-dd" and found["E4"].number_format == "yyyy-mm"
    assert (found["A6"].value, found["J6"].value, found["B8"].value) == ("合计", None, float(990101197902096930))
    assert found["B8"].number_format == "0"
    assert found.column_dimensions["K"].width > found.column_dimensions["A"].width


def test_rows_and_cells_at_fault_are_seen_at_once(secretary: Caller) -> None:
    page = opened(mark(secretary, sheet(person("王秀兰", 2), person("李建国", 1, mobile="138"))))
    colours = {cell.coordinate: cell.fill.start_color.rgb for cell in page[3]}
    assert colours["F3"] != colours["A3"] == colours["I3"]
    assert {cell.fill.fill_type for cell in page[3]} == {"solid"} and {cell.fill.fill_type for cell in page[2]} == {None}


def test_a_marked_roster_can_be_sent_again_and_is_marked_in_the_same_place(secretary: Caller) -> None:
    once = mark(secretary, sheet(person("王秀兰", 2), person("李建国", 1, mobile="138"))).content
    assert send(secretary, once, on_error="skip").json()["created"] == 1
    page = opened(mark(secretary, once))
    assert [cell.value for cell in page[1]] == [*HEADINGS, "结果", "问题"]
    assert beside(page)[2] == ("未变", "")


def test_it_is_told_in_english_to_who_asks_so(secretary: Caller) -> None:
    page = opened(mark(secretary, sheet(person("王秀兰", 2), person("李建国", 1, mobile="138")), language="en"))
    told = beside(page)
    assert told[1] == ("Result", "Problems") and told[2] == ("to be added", "")
    assert told[3] == (
        "cannot be imported",
        "F3 联系电话: The telephone number is too short: a mobile has 11 digits; a landline needs its area code.",
    )


def test_it_comes_as_a_file_with_a_name_in_the_readers_language(secretary: Caller) -> None:
    for language, name in (("zh", "花名册-核对结果.xlsx"), ("en", "roster-checked.xlsx")):
        headers = mark(secretary, sheet(person("王秀兰", 2)), language=language).headers
        assert headers["content-type"] == WORKBOOK
        kind, plain, extended = headers["content-disposition"].split("; ")
        assert (kind, plain) == ("attachment", 'filename="roster.xlsx"')
        assert unquote(extended.removeprefix("filename*=UTF-8''")) == name
        assert headers["content-disposition"].isascii()


def rows_of_payloads(*, as_formulas: bool) -> bytes:
    """A payload in every text cell of a row: the headings, known columns, an unknown one, and the rows above them."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    headings = [*HEADINGS, "备注", "=1+1", "未知"]
    for values in ([payload.replace("\r", " ") for payload in PAYLOADS], headings, *([payload] * 10 for payload in PAYLOADS)):
        page.append([value.replace("\r", " ") if as_formulas else value for value in values])
    if not as_formulas:
        for row in page:
            for cell in row:
                cell.data_type = "s"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("as_formulas", [True, False], ids=["formulas", "texts"])
def test_nothing_that_came_in_goes_out_as_a_formula_or_a_link(secretary: Caller, as_formulas: bool) -> None:
    content = rows_of_payloads(as_formulas=as_formulas)
    answer = mark(secretary, content)
    page = opened(answer)
    cells = [cell for row in page for cell in row if cell.value is not None]
    texts = [cell.value for cell in cells if isinstance(cell.value, str)]
    for payload in PAYLOADS:
        assert texts.count(payload.strip()) >= 10, payload
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet_xml = parts["xl/worksheets/sheet1.xml"]
    assert b"<f>" not in sheet_xml and b"<f " not in sheet_xml and b"hyperlink" not in sheet_xml
    assert not any("external" in name.lower() or "_rels/sheet" in name for name in parts)


def test_a_text_file_is_given_back_as_a_workbook_of_texts(secretary: Caller) -> None:
    text = "姓名,入党时间,支部,备注\n王秀兰,1995-07-01,上塘村第一党支部,=1+1\n李建国,1995-07-01,上塘村第一党支部,-2\n"
    page = opened(mark(secretary, text.encode("gbk")))
    assert [cell.value for cell in page[2]][:4] == ["王秀兰", "1995-07-01", "上塘村第一党支部", "=1+1"]
    assert {cell.data_type for row in page for cell in row if cell.value is not None} == {"s"}
    assert [told[0] for told in beside(page).values()] == ["结果", "不能导入", "将新增"]


def test_characters_that_no_workbook_can_hold_are_left_out(secretary: Caller) -> None:
    text = "姓名,入党时间,支部,备注\n王秀兰,1995-07-01,上塘村第一党支部,甲\x01\x1b\ufffe乙\n"
    page = opened(mark(secretary, text.encode()))
    assert page["D2"].value == "甲乙"


def test_the_office_roster_comes_back_with_each_known_fault(district: District) -> None:
    officer = district.sign_in(Role.town_officer, "T1")
    page = opened(mark(officer, (ROSTERS / "roster-office.xlsx").read_bytes()))
    told = beside(page)
    assert told[3] == ("结果", "问题")
    assert "K12 手机号码：" in told[12][1] and "G18 公民身份号码：" in told[18][1] and told[12][0] == "不能导入"
    assert page["A1"].value == "云溪镇党员花名册"
