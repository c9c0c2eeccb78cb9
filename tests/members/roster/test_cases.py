"""Small files of the kinds that offices and their programs really make, which a simpler reading gets wrong."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlmodel import select

from api.database import Work
from models.enums import DatePrecision, Role
from models.member import Member
from models.organization import Organization
from tests.adapters.workbooks import saved
from tests.conftest import Caller, District
from tests.members.rosters import mark, send

CASES = Path(__file__).parents[2] / "data" / "cases"
BRANCH = "上塘村第一党支部"
DAY, MONTH = DatePrecision.day, DatePrecision.month
FIRST_OF_JULY = (date(1998, 7, 1), DAY)


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.town_officer, "T1")


def sent(officer: Caller, name: str, **query: Any) -> dict[str, Any]:
    answer = send(officer, (CASES / name).read_bytes(), **query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def joined(work: Work) -> dict[str, tuple[date, DatePrecision]]:
    return {member.full_name: (member.joined_on, member.joined_precision) for member in work.exec(select(Member)).all()}


def rejected(told: dict[str, Any]) -> list[tuple[int, str]]:
    return [(row["row"], row["rule"]) for row in told["rejected"]]


@pytest.mark.parametrize(
    ("name", "expected"),
    {
        "real-sheetjs.xlsx": {"钱表一": FIRST_OF_JULY, "钱表二": (date(2001, 1, 1), DAY)},
        "real-xlsxwriter.xlsx": {"钱表三": FIRST_OF_JULY, "钱表四": (date(1998, 7, 1), MONTH)},
        "strict.xlsx": {"测试壬": FIRST_OF_JULY},
        "isoz.xlsx": {"测试己": FIRST_OF_JULY, "测试庚": FIRST_OF_JULY, "测试辛": FIRST_OF_JULY},
        "date1904-general.xlsx": {"周一九": FIRST_OF_JULY},
        "e-year.xlsx": {"测试辛": (date(1998, 7, 1), MONTH)},
        "semicolon-commas.csv": {"张三": FIRST_OF_JULY},
    }.items(),
)
def test_each_day_is_as_exact_as_it_is_known(
    officer: Caller, work: Work, name: str, expected: dict[str, tuple[date, DatePrecision]]
) -> None:
    assert sent(officer, name)["rejected"] == []
    assert joined(work) == expected


def test_day_00_is_a_month_with_a_hint_and_no_birth_of_an_identity_number(officer: Caller, work: Work) -> None:
    told = sent(officer, "day00.xlsx", on_error="skip")
    assert rejected(told) == [(2, "id_birth_date")]
    assert [(hint["row"], hint["cell"], hint["rule"]) for hint in told["warnings"]] == [(3, "C3", "day_unknown")]
    assert joined(work) == {"冯试九": (date(1998, 7, 1), MONTH)}


@pytest.mark.parametrize("name", ["october.xlsx", "october-from-libreoffice.csv"])
def test_october_that_may_be_january_is_refused_and_the_doubt_is_named(officer: Caller, work: Work, name: str) -> None:
    told = sent(officer, name, on_error="skip")
    assert rejected(told) == [(2, "month_doubtful")]
    assert "1月还是10月" in told["rejected"][0]["detail"]
    assert joined(work) == {"冯试七": (date(1998, 11, 1), MONTH)}


def test_a_sheet_a_branch_is_read_whole_and_each_row_names_its_sheet(officer: Caller, work: Work) -> None:
    told = sent(officer, "two-sheets.xlsx")
    assert (told["rows"], told["created"]) == (3, 3)
    assert [(sheet["sheet"], sheet["rows"]) for sheet in told["sheets"]] == [("上塘一支部", 1), ("上塘二支部", 2)]
    assert joined(work).keys() == {"测试乙", "测试丙", "测试丁"}


def test_a_sheet_of_instructions_is_passed_over_and_named(officer: Caller) -> None:
    told = sent(officer, "instructions-first.xlsx")
    assert (told["created"], [sheet["sheet"] for sheet in told["sheets"]]) == (1, ["花名册"])
    assert [(left["sheet"], left["reason"]) for left in told["left_out"]] == [("填表说明", "no_names")]


def test_an_error_of_the_spreadsheet_is_a_fault_of_its_cell(officer: Caller) -> None:
    told = sent(officer, "na.xlsx", on_error="skip")
    (row,) = told["rejected"]
    faults = [row, *row["also"]]
    assert [(fault["cell"], fault["rule"]) for fault in faults] == [("I2", "cell_error"), ("J2", "cell_error")]
    text = f"姓名,入党时间,所在党支部,备注\n张三,1998-07-01,{BRANCH},#N/A\n李四,1998-07-01,{BRANCH},#1\n"
    answer = send(officer, text.encode(), on_error="skip").json()
    assert rejected(answer) == [(2, "cell_error")]


def test_rows_that_are_hidden_are_taken_and_told(officer: Caller, work: Work) -> None:
    told = sent(officer, "hidden-rows.xlsx")
    assert (told["created"], told["sheets"][0]["hidden_rows"]) == (3, 1)
    assert [(hint["sheet"], hint["row"], hint["rule"]) for hint in told["warnings"]] == [("花名册", 3, "hidden_row")]


def test_what_an_import_changes_is_named_and_that_it_would_undo_a_correction(
    district: District, officer: Caller, work: Work
) -> None:
    with district.work() as before:
        before.get_one(Organization, district.ids["B12"]).name = "石桥村第二党支部"
    old = (CASES / "over.xlsx").read_bytes()
    assert sent(officer, "over.xlsx")["created"] == 1
    (member,) = work.exec(select(Member)).all()
    work.rollback()
    etag = officer.get(f"/v1/members/{member.id}").headers["etag"]
    corrected = {"mobile": "19933334444", "party_post": "deputy_secretary", "job_title": "会计"}
    answer = officer.patch(f"/v1/members/{member.id}", json=corrected, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text
    for query in ({"dry_run": True}, {}):
        told = send(officer, old, **query).json()
        assert told["changes"] == [{"sheet": "Sheet", "row": 2, "columns": ["联系电话", "党内职务"]}]
        assert [(hint["cell"], hint["rule"]) for hint in told["warnings"]] == [
            ("F2", "undoes_correction"),
            ("G2", "undoes_correction"),
        ]
    told = send(officer, old).json()
    assert (told["unchanged"], told["changes"], told["warnings"]) == (1, [], [])


def test_what_an_import_itself_has_written_is_no_correction(officer: Caller) -> None:
    def of(mobile: str) -> bytes:
        return f"姓名,入党时间,所在党支部,联系电话\n张三,1998-07-01,{BRANCH},{mobile}\n".encode()

    for mobile in ("19911112222", "19933334444", "19911112222"):
        told = send(officer, of(mobile)).json()
    assert (told["updated"], told["warnings"]) == (1, [])
    assert told["changes"] == [{"sheet": None, "row": 2, "columns": ["联系电话"]}]


def test_the_later_of_two_who_are_one_person_names_the_sheet_of_the_earlier(officer: Caller) -> None:
    book = openpyxl.Workbook()
    for page in (book.worksheets[0], book.create_sheet("二")):
        page.append(["姓名", "出生日期", "入党时间", "所在党支部"])
        page.append(["张三", "1970-01-01", "1998-07-01", BRANCH])
    (row,) = send(officer, saved(book), on_error="skip").json()["rejected"]
    assert (row["sheet"], row["row"], row["rule"]) == ("二", 2, "duplicate_person")
    assert "与工作表“Sheet”第2行是同一个人" in row["detail"]


def test_sheets_without_a_column_of_branches_are_each_of_the_branch_that_they_are_called_by(officer: Caller, work: Work) -> None:
    book = openpyxl.Workbook()
    pages = (book.worksheets[0], book.create_sheet())
    for page, branch, name in zip(pages, (BRANCH, "上塘村第二党支部"), ("张三", "李四"), strict=True):
        page.title = branch
        page.append(["姓名", "入党时间"])
        page.append([name, "1998-07-01"])
    told = send(officer, saved(book)).json()
    assert [sheet["branch"] for sheet in told["sheets"]] == [BRANCH, "上塘村第二党支部"]
    assert told["branch"] is None
    assert len({member.organization_id for member in work.exec(select(Member)).all()}) == 2


def test_a_file_whose_only_roster_is_hidden_is_refused(officer: Caller) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["说明"])
    page = book.create_sheet("花名册")
    page.append(["姓名", "入党时间"])
    page.sheet_state = "hidden"
    assert send(officer, saved(book)).json()["code"] == "no_roster"


def test_the_marked_roster_accounts_for_the_whole_file(officer: Caller) -> None:
    def marked(name: str) -> Any:
        answer = mark(officer, (CASES / name).read_bytes())
        assert answer.status_code == 200, answer.text
        return openpyxl.load_workbook(io.BytesIO(answer.content))

    book = marked("two-sheets.xlsx")
    assert book.sheetnames == ["上塘一支部", "上塘二支部"]
    assert [page.cell(2, page.max_column - 1).value for page in book.worksheets] == ["将新增", "将新增"]
    book = marked("instructions-first.xlsx")
    assert book.sheetnames == ["花名册", "核对说明"]
    assert "填表说明" in book["核对说明"]["A1"].value
    page = marked("hidden-rows.xlsx").worksheets[0]
    assert page.cell(3, page.max_column - 1).value == "将新增，有提示"
    assert "隐藏" in page.cell(3, page.max_column).value
    again = mark(officer, mark(officer, (CASES / "instructions-first.xlsx").read_bytes()).content)
    assert openpyxl.load_workbook(io.BytesIO(again.content)).sheetnames == ["花名册"]


def test_a_gender_behind_a_name_is_a_hint_and_every_dot_the_middle_one(officer: Caller, work: Work) -> None:
    told = sent(officer, "names.xlsx", on_error="skip")
    assert [hint["row"] for hint in told["warnings"] if hint["rule"] == "name_with_more"] == [23]
    names = joined(work).keys()
    assert "张三女" not in names and {"阿里·木", "买买提·吐尔逊", "古丽·阿依木", "阿依古丽·玉素甫"} <= names


def hiding(*columns: str, row: int | None = None) -> bytes:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "花名册"
    page.append(["姓名", "入党时间", "所在党支部", "联系电话", "无关"])
    page.append(["张三", "1998-07-01", BRANCH, "19911112222", "一"])
    page.append(["李四", "1998-13-01", BRANCH, "19911112223", "二"])
    for column in columns:
        page.column_dimensions[column].hidden = True
    if row:
        page.row_dimensions[row].hidden = True
    return saved(book)


def test_columns_that_are_hidden_are_read_and_told(officer: Caller, work: Work) -> None:
    content = hiding("C", "D", "E")
    told = send(officer, content, on_error="skip").json()
    assert (told["created"], told["sheets"][0]["hidden_columns"]) == (1, ["所在党支部", "联系电话"])
    note = openpyxl.load_workbook(io.BytesIO(mark(officer, content).content))["核对说明"]["A1"].value
    assert note == "工作表“花名册”：有隐藏的列，已照常读取：所在党支部、联系电话。"
    assert send(officer, hiding()).json()["sheets"][0]["hidden_columns"] == []


def test_a_hidden_row_that_is_rejected_is_told_as_hidden(officer: Caller) -> None:
    content = hiding(row=3)
    told = send(officer, content, on_error="skip").json()
    assert rejected(told) == [(3, "joined_unreadable")]
    assert [(hint["sheet"], hint["row"], hint["rule"]) for hint in told["warnings"]] == [("花名册", 3, "hidden_row")]
    page = openpyxl.load_workbook(io.BytesIO(mark(officer, content).content)).worksheets[0]
    result, problems = (str(page.cell(3, page.max_column - back).value) for back in (1, 0))
    assert (result, ["看不懂入党日期" in problems, "隐藏" in problems]) == ("不能导入", [True, True])
    assert page["A3"].fill.fgColor.rgb != page["B3"].fill.fgColor.rgb
