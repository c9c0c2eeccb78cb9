"""Sheets as other offices keep them: two lines of headings, branches by path or by their formal name, or none at all."""

import io
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from api.adapters.cells import Cell, CellValue, Row, Sheet
from api.adapters.tables import RejectedRow
from api.database import Work
from api.members.faults import RosterRule
from api.members.roster.branches import Branches, readings
from api.members.roster.reading import Roster, read_roster
from api.members.roster.rows import RosterEntry
from models.enums import DatePrecision, Gender, OrganizationKind, PartyPost, Role
from models.organization import Organization
from tests.conftest import Caller, District
from tests.fetched import sent_in_writing
from tests.members.rosters import counts, number, person, send, sheet

ON_ENGINES = ("sqlite",)
TODAY = date(2026, 10, 15)
ZONE = ZoneInfo("Asia/Shanghai")


def roster(*rows: Sequence[CellValue], title: str = "", is_of_one_branch: bool = False) -> Roster:
    lines = [Row(number, tuple(map(Cell, row))) for number, row in enumerate(rows, start=1) if row]
    return read_roster(Sheet(lambda: iter(lines), title=title), today=TODAY, zone=ZONE, is_of_one_branch=is_of_one_branch)


def entries(found: Roster) -> list[RosterEntry]:
    verdicts = [row.verdict() for row in found.rows()]
    assert not [verdict for verdict in verdicts if isinstance(verdict, RejectedRow)]
    return [verdict for verdict in verdicts if isinstance(verdict, RosterEntry)]


def titled(title: str, *rows: Sequence[object], above: Sequence[Sequence[object]] = ()) -> bytes:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = title
    for row in (*above, *rows):
        page.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.town_officer, "T1")


def test_the_template_of_dangjian_is_read() -> None:
    found = roster(
        ("党员信息表",),
        ("姓名", "电话号码", "职务", "组织", "类别", "性别", "学号/工号", "入党时间"),
        ("王秀兰", 13800138000, "书记", "上塘村第一党支部", "正式党员", "女", "20180315", "1995-07-01"),
    )
    (entry,) = entries(found)
    assert (entry.full_name, entry.mobile, entry.party_post, entry.branch_name, entry.gender) == (
        "王秀兰",
        "13800138000",
        PartyPost.secretary,
        "上塘村第一党支部",
        Gender.female,
    )


def test_the_template_of_smart_party_building_is_read() -> None:
    headings = (
        "用户名称 手机号码 用户性别 部门 出生年月 籍贯 民族 原有文化程度 现有文化程度 "
        "职称 党内职务 行政职务 参加工作时间 入党时间 转正时间 介绍人 身份证号 科室"
    )
    cells = (
        "王秀兰 13800138000 女 上塘村第一党支部 1968.03 浙江明湖 汉 高中 大专 "
        "无 组织委员 会计 1988.08 1995.07 1996.07 李建国 — 财务科"
    )
    (entry,) = entries(roster(headings.split(), cells.split()))
    assert (entry.education, entry.party_post, entry.job_title, entry.ethnicity) == (
        "大专",
        PartyPost.organization_commissioner,
        "会计",
        "汉族",
    )
    assert (entry.joined_on, entry.joined_precision) == (date(1995, 7, 1), DatePrecision.month)


def test_headings_in_two_lines_are_read_together() -> None:
    found = roster(
        ("上塘村党员登记表",),
        ("序号", "姓名", "身份证号", "党内情况", None, None, "所在党支部"),
        (None, None, None, "入党时间", "转正时间", "党内职务", None),
        (1, "王秀兰", number(2), "1995-07-01", "1996.07", "书记", "甲支部"),
    )
    (entry,) = entries(found)
    assert (entry.row, entry.joined_on, entry.confirmed_on) == (4, date(1995, 7, 1), date(1996, 7, 1))
    assert found.tables[0].header_row == 3
    assert found.tables[0].heading("joined_on") == "入党时间" and found.tables[0].heading("full_name") == "姓名"


def test_halves_of_a_heading_in_two_lines_make_one() -> None:
    found = roster(
        ("姓名", "入党", None, "转正", "所在"),
        (None, "时间", "介绍人", "时间", "支部"),
        ("王秀兰", "1995-07-01", "李建国", "1996-07-01", "甲支部"),
    )
    (entry,) = entries(found)
    assert (entry.joined_on, entry.confirmed_on, entry.branch_name) == (date(1995, 7, 1), date(1996, 7, 1), "甲支部")


def test_the_name_may_stand_in_the_lower_line() -> None:
    found = roster(
        ("所在党支部", "基本情况", None, "党内情况", None),
        (None, "姓名", "性别", "入党时间", "转正时间"),
        ("甲支部", "王秀兰", "女", "1995-07-01", "无"),
    )
    (entry,) = entries(found)
    assert (entry.full_name, entry.branch_name) == ("王秀兰", "甲支部")


def test_one_line_of_headings_stays_one_whatever_stands_above_and_below() -> None:
    for above, below in (
        (("党员", "花名册", None), None),
        (("单位", "云溪镇", "支部"), None),
        (None, (None, None, "必填")),
    ):
        rows = [row for row in (above, ("姓名", "入党时间", "支部"), below, ("王秀兰", "1995-07-01", "甲支部")) if row]
        found = roster(*rows)
        assert found.tables[0].header_row == rows.index(("姓名", "入党时间", "支部")) + 1


def test_two_lines_of_headings_repeated_for_print_are_no_people() -> None:
    lines = (("姓名", "党内情况", None, "支部"), (None, "入党时间", "转正时间", None))
    found = roster(*lines, ("王秀兰", "1995-07-01", None, "甲支部"), *lines, ("李建国", "1995-07-01", None, "甲支部"))
    assert [entry.full_name for entry in entries(found)] == ["王秀兰", "李建国"]


def test_a_line_that_only_counts_the_columns_is_nobody() -> None:
    found = roster(("姓名", "入党时间", "支部", "备注"), (1, 2, 3, 4), ("王秀兰", "1995-07-01", "甲支部", None))
    assert [entry.full_name for entry in entries(found)] == ["王秀兰"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("中共上塘村第一支部委员会", "上塘村第一党支部"),
        ("中共上塘村第一党支部委员会", "上塘村第一党支部"),
        ("中国共产党上塘村第一支部委员会", "上塘村第一党支部"),
        ("上塘村第一支部", "上塘村第一党支部"),
        ("上塘村 第一党支部", "上塘村第一党支部"),
        ("中共上塘村总支部委员会", "上塘村党总支"),
        ("上塘村总支", "上塘村党总支"),
        ("某局机关联合支部", "某局机关联合党支部"),
    ],
)
def test_the_formal_name_of_a_branch_means_the_branch(written: str, meant: str) -> None:
    found = list(readings(written))
    assert (meant, ()) in found and found[0] == (written, ())


def imported(caller: Caller, *branches: str) -> list[str]:
    """The rule that each row breaks, or its branch where it is taken."""
    rows = [person("王秀兰", order, branch) for order, branch in enumerate(branches, start=1)]
    answer = send(caller, sheet(*rows), on_error="skip").json()
    rejected = {row["row"]: row["rule"] for row in answer["rejected"]}
    return [rejected.get(row, "taken") for row in range(2, len(branches) + 2)]


def test_a_branch_is_found_by_its_path_and_never_below_another_unit(district: District, officer: Caller) -> None:
    with district.work() as work:
        work.get_one(Organization, district.ids["B12"]).name = "第二党支部"
    assert (
        imported(
            officer,
            "云溪镇/上塘村/第二党支部",
            "明湖区/云溪镇/上塘村/上塘村第一党支部",
            "云溪镇-上塘村-第一党支部",
            "中共云溪镇委员会/上塘村/第一支部",
            "鹿泉镇/南塘村/第二党支部",
            "云溪镇/下塘村/第二党支部",
            "云溪镇/上塘村/第三党支部",
        )
        == ["taken"] * 4 + ["unknown_branch"] * 3
    )


def test_what_stands_above_those_of_one_name_is_asked_for_once_however_many_they_are(district: District) -> None:
    sent = []
    for first, last in ((0, 3), (3, 33)):
        with district.work() as work:
            branches = {f"云溪镇/{n}号村/第一党支部": add_branch(work, district, n) for n in range(first, last)}
            work.flush()
        with sent_in_writing(district.house) as statements, district.work() as work:
            meant = Branches(work, None)
            meant.find({*branches, "鹿泉镇/0号村/第一党支部"})
            found = [meant[name] for name in branches]
        assert [one.id for one in found if isinstance(one, Organization)] == list(branches.values())
        assert meant["鹿泉镇/0号村/第一党支部"] is RosterRule.unknown_branch
        sent.append(len(statements))
    few, many = sent
    assert 0 < many <= few, sent


def add_branch(work: Work, district: District, number: int) -> UUID:
    """A village, and the branch in it that is called as in every other one."""
    above = work.get_one(Organization, district.ids["T1"])
    for code, name, kind in (("V", f"{number}号村", OrganizationKind.village), ("N", "第一党支部", OrganizationKind.branch)):
        one = Organization(code=f"{code}{number}x", name=name, kind=kind, parent_id=above.id, path="")
        one.path = f"{above.path}{one.id.hex}/"
        work.add(one)
        above = one
    return above.id


def test_a_path_out_of_reach_is_unknown(secretary: Caller) -> None:
    assert imported(secretary, "云溪镇/上塘村/上塘村第一党支部", "云溪镇/上塘村/上塘村第二党支部") == ["taken", "unknown_branch"]


BARE = (("姓名", "身份证号", "入党时间"), ("王秀兰", number(2), "1995-07-01"), ("李建国", number(1), "1995-07-01"))


def test_a_list_without_branches_is_refused_row_by_row(officer: Caller) -> None:
    answer = send(officer, titled("Sheet1", *BARE))
    assert answer.status_code == 422
    assert [(row["row"], row["cell"], row["column"], row["rule"]) for row in answer.json()["rejected"]] == [
        (2, None, "所在党支部", "branch_missing"),
        (3, None, "所在党支部", "branch_missing"),
    ]


def test_a_secretary_loads_his_own_list_into_a_chosen_branch(district: District, secretary: Caller) -> None:
    answer = send(secretary, titled("Sheet1", *BARE), organization_id=str(district.ids["B11"]))
    assert (answer.status_code, counts(answer), answer.json()["branch"]) == (200, (2, 0, 0, 0), "上塘村第一党支部")
    marked = secretary.post(
        "/v1/members/import/marked",
        params={"organization_id": str(district.ids["B11"])},
        files={"file": ("a.xlsx", titled("Sheet1", *BARE))},
    )
    assert marked.status_code == 200


def test_a_chosen_branch_must_be_within_reach_open_and_one_that_holds_members(
    district: District, secretary: Caller, officer: Caller
) -> None:
    content = titled("Sheet1", *BARE)

    def told(caller: Caller, code: str) -> tuple[int, Any]:
        answer = send(caller, content, organization_id=str(district.ids[code]))
        return answer.status_code, [(fault["field"], fault["rule"]) for fault in answer.json()["errors"]]

    assert told(secretary, "B12") == (404, [("query.organization_id", "not_found")])
    assert told(officer, "V1") == (422, [("query.organization_id", "holds_no_members")])
    with district.work() as work:
        work.get_one(Organization, district.ids["B12"]).closed_on = TODAY
    assert told(officer, "B12") == (422, [("query.organization_id", "closed_branch")])


def test_a_chosen_branch_is_only_for_rows_that_name_none(district: District, officer: Caller) -> None:
    rows = (
        ("姓名", "身份证号", "入党时间", "支部"),
        ("王秀兰", number(2), "1995-07-01", None),
        ("李建国", number(1), "1995-07-01", "上塘村第二党支部"),
        ("赵六", number(4), "1995-07-01", None),
    )
    assert counts(send(officer, sheet(*rows[1:], headings=rows[0]), organization_id=str(district.ids["B11"]))) == (3, 0, 0, 0)
    found = officer.get("/v1/members").json()["items"]
    assert {item["full_name"]: item["organization_name"] for item in found} == {
        "王秀兰": "上塘村第一党支部",
        "李建国": "上塘村第二党支部",
        "赵六": "上塘村第二党支部",
    }


@pytest.mark.parametrize(
    ("title", "above"),
    [
        ("上塘村第一党支部", []),
        ("Sheet1", [("上塘村第一党支部党员花名册",)]),
        ("Sheet1", [("中共上塘村第一支部委员会党员基本信息采集表（2026年）",)]),
        ("Sheet1", [("党员花名册",), ("填报单位：上塘村第一党支部", None, "填报日期：2026年10月8日")]),
        ("上塘村第一党支部", [("上塘村第一党支部党员名册",)]),
    ],
)
def test_without_a_column_for_it_the_branch_may_be_the_sheets_name_or_title(
    officer: Caller, title: str, above: list[tuple[object, ...]]
) -> None:
    answer = send(officer, titled(title, *BARE, above=above))
    assert (answer.status_code, counts(answer), answer.json()["branch"]) == (200, (2, 0, 0, 0), "上塘村第一党支部")


def test_a_title_that_names_two_branches_or_one_out_of_reach_names_none(secretary: Caller, officer: Caller) -> None:
    two = titled("上塘村第二党支部", *BARE, above=[("上塘村第一党支部党员花名册",)])
    beyond = titled("上塘村第二党支部", *BARE)
    for caller, content in ((officer, two), (secretary, beyond)):
        assert {row["rule"] for row in send(caller, content).json()["rejected"]} == {"branch_missing"}
        assert send(caller, content).json()["branch"] is None
