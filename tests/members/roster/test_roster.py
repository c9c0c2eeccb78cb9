import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_2

from api.adapters.sheets import Cell, CellValue, NotASpreadsheet, Row, Sheet
from api.adapters.tables import LONGEST_SAID, RejectedRow, fold
from api.adapters.worksheets import DAY_ZERO
from api.errors import Refusal
from api.members.faults import RosterRule
from api.members.roster.columns import COLUMNS
from api.members.roster.reading import NoRoster, read_roster
from api.members.roster.rows import RosterEntry
from models.enums import DatePrecision, Gender, MemberStatus, PartyPost
from tests.sheets import open_sheet

ROSTERS = Path(__file__).parents[2] / "data" / "rosters"
EXPECTED = json.loads((ROSTERS / "expected.json").read_text(encoding="utf-8"))
TODAY = date(2026, 10, 15)
ZONE = ZoneInfo("Asia/Shanghai")
HEADINGS = ("姓名", "身份证号", "性别", "出生日期", "入党时间", "转正时间", "所在党支部", "联系电话")
FORMULA = Cell("=A1", is_formula=True)


def sheet(*rows: tuple[CellValue | Cell, ...], first: int = 1) -> Sheet:
    """A sheet of these rows; None is a blank one."""
    numbered = [
        Row(number, tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in row))
        for number, row in enumerate(rows, start=first)
        if row
    ]
    return Sheet(lambda: iter(numbered), day_zero=DAY_ZERO)


def verdicts(*rows: tuple[CellValue | Cell, ...]) -> list[RosterEntry | RejectedRow]:
    return [row.verdict() for row in read_roster(sheet(*rows), today=TODAY, zone=ZONE).rows()]


def entry(**cells: CellValue | Cell) -> RosterEntry:
    found = verdict(**cells)
    assert isinstance(found, RosterEntry), found
    return found


def rejection(**cells: CellValue | Cell) -> RejectedRow:
    found = verdict(**cells)
    assert isinstance(found, RejectedRow), found
    return found


def verdict(**cells: CellValue | Cell) -> RosterEntry | RejectedRow:
    """What comes of one row that is right but for the cells given, under the usual heading of each column."""
    row: Mapping[str, CellValue | Cell] = {
        "full_name": "张三",
        "joined_on": "1998-07-01",
        "branch_name": "上塘村第一党支部",
    } | cells
    (found,) = verdicts(tuple(COLUMNS[column][0] for column in row), tuple(row.values()))
    return found


def numbered(born: str, sequence: int) -> str:
    digits = f"990101{born}{sequence:03d}"
    return digits + mod_11_2.calc_check_digit(digits)


def branches() -> set[str]:
    lines = (ROSTERS / "organizations.csv").read_text(encoding="utf-8-sig").splitlines()
    return {line.split(",")[1] for line in lines[1:]}


def judged(name: str) -> list[RosterEntry | RejectedRow]:
    """A sample roster as the import judges it, with the branches of the sample tree."""
    known = branches()
    with (ROSTERS / name).open("rb") as source:
        return [
            row.verdict(*([RosterRule.unknown_branch] if row.branch_name and row.branch_name not in known else []))
            for row in read_roster(open_sheet(source), today=TODAY, zone=ZONE).rows()
        ]


@pytest.mark.parametrize("sample", [sample for sample in EXPECTED if "people" in sample], ids=lambda sample: str(sample["file"]))
def test_each_sample_roster_is_read_as_expected(sample: dict[str, Any]) -> None:
    found = judged(sample["file"])
    rejected = [row for row in found if isinstance(row, RejectedRow)]
    assert len(found) == sample["people"]
    assert len(found) - len(rejected) == sample["accepted"]
    assert [{"row": row.row, "column": row.column, "because": row.rule} for row in rejected] == sample["rejected"]


def test_what_is_no_roster_is_refused_each_in_its_own_way() -> None:
    with (ROSTERS / "roster-not-a-sheet.xlsx").open("rb") as source, pytest.raises(NotASpreadsheet):
        open_sheet(source)
    with (ROSTERS / "roster-wrong-sheet.xlsx").open("rb") as source, pytest.raises(NoRoster) as refusal:
        read_roster(open_sheet(source), today=TODAY, zone=ZONE)
    assert "姓名" in refusal.value.sentence().zh


def test_the_office_roster_keeps_how_exactly_each_date_is_known() -> None:
    found = {row.row: row for row in judged("roster-office.xlsx") if isinstance(row, RosterEntry)}
    assert (found[8].joined_on, found[8].joined_precision) == (date(2005, 3, 1), DatePrecision.month)
    assert (found[8].birth_date, found[8].birth_precision) == (date(1959, 9, 26), DatePrecision.day)
    assert (found[6].joined_on, found[6].joined_precision) == (date(2001, 6, 18), DatePrecision.day)
    assert (found[4].confirmed_on, found[4].status, found[4].mobile, found[4].education) == (None, MemberStatus.full, None, "初中")
    assert (found[5].mobile, found[5].education) == ("19955080560", None)
    assert (found[30].full_name, found[16].national_id) == ("贺立兰", "990101196305061655")
    assert (found[10].branch_name, found[40].branch_name) == ("上塘村第一党支部", "石桥村第二党支部")
    assert found[17].ethnicity == "汉族"


def test_the_clean_roster_is_read_in_every_column() -> None:
    first, *_, other = judged("roster-clean.xlsx")[:8]
    assert first == RosterEntry(
        place=2,
        full_name="谢燕",
        national_id="990101195705237432",
        gender=Gender.male,
        ethnicity="汉族",
        birth_date=date(1957, 5, 23),
        education="高中",
        joined_on=date(1977, 6, 1),
        joined_precision=DatePrecision.day,
        confirmed_on=date(1978, 6, 2),
        status=MemberStatus.full,
        branch_name="上塘村第一党支部",
        party_post=PartyPost.secretary,
        mobile="19995720869",
    )
    assert isinstance(other, RosterEntry)
    assert (other.status, other.confirmed_on) == (MemberStatus.probationary, None)


@pytest.mark.parametrize(
    "heading", ["姓名", " 姓 名 ", "姓\n名", "姓名（必填）", "*姓名:", "【1】姓名", "姓名(与身份证一致)", "党员姓名", "姓\u3000名"]
)
def test_a_heading_is_known_in_any_dress(heading: str) -> None:
    roster = read_roster(sheet((heading, "入党时间"), ("张三", "1998-07-01")), today=TODAY, zone=ZONE)
    assert roster.tables[0].heading("full_name") == heading.strip()
    assert roster.tables[0].headings == (heading.strip(), "入党时间")


def test_every_known_word_for_a_column_can_be_met() -> None:
    assert all(word == fold(word) for words in COLUMNS.values() for word in words)


def test_the_headings_stand_within_the_first_ten_rows() -> None:
    above = [("云溪镇党员花名册",), ("填报单位：云溪镇", "姓名")] + [()] * 7
    assert len(verdicts(*above, HEADINGS, ("张三", None, None, None, "1998.07", None, "支部"))) == 1
    with pytest.raises(NoRoster):
        verdicts(*above, (), HEADINGS, ("张三",))


def test_a_roster_without_names_or_days_of_joining_is_refused_by_the_missing_column() -> None:
    for headings, missing in ((("性别", "入党时间"), "姓名"), (("姓名", "性别"), "入党时间")):
        with pytest.raises(NoRoster) as refusal:
            verdicts(headings, ("张三", "男"))
        assert f"“{missing}”" in refusal.value.sentence().zh


def test_of_two_headings_for_one_column_the_more_exact_is_taken() -> None:
    (found,) = verdicts(
        ("姓名", "入党时间", "部门", "职务", "党内职务", "所在党支部"), ("张三", "199807", "财务科", "会计", "书记", "甲支部")
    )
    assert isinstance(found, RosterEntry)
    assert (found.branch_name, found.party_post, found.job_title) == ("甲支部", PartyPost.secretary, "会计")


def test_of_two_columns_with_one_heading_the_first_is_taken() -> None:
    (found,) = verdicts(("姓名", "入党时间", "所在支部", "姓 名"), ("张三", "1998.07", "甲支部", "李四"))
    assert isinstance(found, RosterEntry)
    assert found.full_name == "张三"


def test_rows_that_are_no_people_are_passed_over() -> None:
    headings = ("序号", "姓名", "入党时间", "所在支部")
    found = verdicts(
        headings,
        (1, "张三", "1998.07", "甲支部"),
        (2, None, None, None),
        (3, "无", "—", "/"),
        (),
        headings,
        (None, None, None, "乙支部"),
        (4, "李四", "1998.07", None),
        ("合 计", "2人"),
        ("总计：2", None, "1998.07"),
        ("注：以上均为在册党员", None, None, "x"),
        ("填表人：王五", None, "审核人：赵六"),
    )
    assert [(row.full_name, row.branch_name) for row in found if isinstance(row, RosterEntry)] == [
        ("张三", "甲支部"),
        ("李四", "乙支部"),
    ]
    assert len(found) == 2


def test_a_branch_that_stands_once_holds_for_the_rows_below_it() -> None:
    people = [
        ("张三", "1998.07", None),
        ("李四", "1998.07", "甲支部"),
        (),
        ("王五", "1998.07", None),
        ("赵六", "1998.07", "乙支部"),
    ]
    first, *others = verdicts(("姓名", "入党时间", "所在支部"), *people)
    assert isinstance(first, RejectedRow)
    assert (first.rule, first.column) == ("branch_missing", "所在支部")
    assert [row.branch_name for row in others if isinstance(row, RosterEntry)] == ["甲支部", "甲支部", "乙支部"]


@pytest.mark.parametrize(("unreadable", "rule"), [(FORMULA, "formula"), (Cell("支" * 200), "too_long")])
@pytest.mark.parametrize("is_of_one_branch", [False, True])
def test_below_a_branch_that_cannot_be_read_nobody_is_put_into_the_one_before(
    unreadable: Cell, rule: str, is_of_one_branch: bool
) -> None:
    people: list[tuple[CellValue | Cell, ...]] = [
        ("张三", "1998.07", "甲支部"),
        ("李四", "1998.07", unreadable),
        ("王五", "1998.07", None),
        ("赵六", "1998.07", "乙支部"),
        (None, None, unreadable),
        ("孙七", "1998.07", None),
    ]
    roster = read_roster(
        sheet(("姓名", "入党时间", "所在支部"), *people), today=TODAY, zone=ZONE, is_of_one_branch=is_of_one_branch
    )
    found = [row.verdict() for row in roster.rows()]
    told = [row.branch_name if isinstance(row, RosterEntry) else row.rule for row in found]
    assert told == ["甲支部", rule, "branch_missing", "乙支部", "branch_missing"]


def test_where_the_sheet_has_no_column_the_fault_names_its_usual_heading() -> None:
    (found,) = verdicts(("姓名", "入党时间"), ("张三", "1998-07-01"))
    assert isinstance(found, RejectedRow)
    assert (found.column, found.rule) == ("所在党支部", "branch_missing")


def test_the_first_fault_is_told_and_the_others_stand_beside_it() -> None:
    roster = read_roster(
        sheet(
            HEADINGS,
            ("张3", "3.3E+17", "?", "近来", "八十年代", "后来", "甲支部", "123"),
        ),
        today=TODAY,
        zone=ZONE,
    )
    (row,) = roster.rows()
    found = row.verdict(RosterRule.unknown_branch)
    assert isinstance(found, RejectedRow)
    assert (found.row, found.column, found.rule) == (2, "姓名", "name_unreadable")
    assert [(fault.field, fault.rule) for fault in found.also] == [
        ("身份证号", "id_lost_digits"),
        ("性别", "gender_unreadable"),
        ("出生日期", "birth_unreadable"),
        ("入党时间", "joined_unreadable"),
        ("转正时间", "confirmed_unreadable"),
        ("所在党支部", "unknown_branch"),
        ("联系电话", "phone_short"),
    ]


def test_a_fault_found_elsewhere_rejects_a_row_that_is_right_in_itself() -> None:
    (row,) = read_roster(sheet(HEADINGS, ("张三", None, None, None, "1998.07", None, "甲支部")), today=TODAY, zone=ZONE).rows()
    assert isinstance(row.verdict(), RosterEntry)
    found = row.verdict(RosterRule.closed_branch, RosterRule.id_elsewhere)
    assert isinstance(found, RejectedRow)
    assert (found.rule, [fault.rule for fault in found.also]) == ("id_elsewhere", ["closed_branch"])


@pytest.mark.parametrize(
    "column", ["full_name", "national_id", "birth_date", "joined_on", "branch_name", "mobile", "status", "remark", "is_mobile"]
)
def test_a_formula_is_never_read(column: str) -> None:
    found = rejection(**{column: FORMULA})
    assert (found.column, found.rule) == (COLUMNS[column][0], "formula")
    assert found.also == ()


def test_a_formula_in_a_column_that_is_not_read_does_no_harm() -> None:
    (found,) = verdicts(("序号", "姓名", "入党时间", "支部"), (FORMULA, "张三", "1998.07", "甲支部"))
    assert isinstance(found, RosterEntry)


@pytest.mark.parametrize("nothing", ["无", "—", "——", "-", "/", "／", " ", "暂无", None])
def test_words_and_strokes_for_nothing_are_empty(nothing: str | None) -> None:
    found = entry(national_id=nothing, confirmed_on=nothing, mobile=nothing, education=nothing, gender=nothing, status=nothing)
    assert (found.national_id, found.confirmed_on, found.mobile, found.education, found.gender) == (None,) * 5
    assert found.status is MemberStatus.full
    assert rejection(full_name=nothing).rule == "name_missing" and rejection(joined_on=nothing).rule == "joined_missing"


@pytest.mark.parametrize("number", [3.3e17, 990101197902096930, 990101197902096000, 10**400, 9.90101197902097e17])
def test_an_identity_number_kept_as_a_number_has_lost_its_last_digits(number: int | float) -> None:
    assert rejection(national_id=number).rule == "id_lost_digits"


def test_telephone_numbers_kept_as_numbers_are_read() -> None:
    assert entry(mobile=19955080560).mobile == entry(mobile=19955080560.0).mobile == "19955080560"


@pytest.mark.parametrize("value", [datetime(1998, 7, 1), 35977, 35977.0, 19980701, "1998年7月1日"])
def test_days_are_read_whatever_the_cell_holds(value: CellValue) -> None:
    assert (entry(joined_on=value).joined_on, entry(joined_on=value).joined_precision) == (date(1998, 7, 1), DatePrecision.day)


def test_gender_and_birth_come_from_the_identity_number_where_the_sheet_is_silent() -> None:
    found = entry(national_id=numbered("19790209", 693))
    assert (found.gender, found.birth_date, found.birth_precision) == (Gender.male, date(1979, 2, 9), DatePrecision.day)
    assert rejection(national_id=numbered("19790209", 693), joined_on="1978-07-01").rule == "joined_before_birth"


def test_a_text_that_its_column_cannot_hold_is_rejected_with_the_limit() -> None:
    found = rejection(native_place="浙" * 81)
    assert (found.column, found.rule) == ("籍贯", "too_long")
    assert "80" in found.text.zh and "80" in found.text.en
    assert entry(native_place="浙" * 80).native_place == "浙" * 80


@pytest.mark.parametrize("column", ["full_name", "joined_on", "mobile", "native_place"])
def test_of_a_cell_longer_than_anybody_reads_it_is_told_that_it_is_too_long(column: str) -> None:
    """Though what anybody would read of it is blank: nothing behind it may be lost."""
    found = rejection(**{column: "张三" + " " * LONGEST_SAID + "李四"})
    assert (found.column, found.rule) == (COLUMNS[column][0], "too_long")


def test_texts_lose_what_nobody_sees() -> None:
    assert entry(home_address="上塘村\x00 \u202e12号\n东").home_address == "上塘村 12号 东"


def test_what_is_merely_unusual_is_taken_with_a_warning() -> None:
    found = entry(party_post="第一书记", ethnicity="穿青人", education="私塾", birth_date="1985-01-01", joined_on="1999-07-01")
    assert (found.party_post, found.job_title, found.ethnicity, found.education) == (None, "第一书记", "穿青人", "私塾")
    assert {(warning.field, warning.rule) for warning in found.warnings} == {
        ("入党时间", "joined_under_age"),
        ("党内职务", "unknown_party_post"),
        ("民族", "unknown_ethnicity"),
        ("学历", "unknown_education"),
    }
    assert entry(party_post="第一书记", job_title="村医").job_title == "村医"
    assert entry(party_post="书记", ethnicity="汉", education="高中", birth_date="1980-01-01").warnings == ()


def test_flags_are_read() -> None:
    found = entry(is_mobile="是", is_out_of_contact=True)
    assert (found.is_mobile, found.is_out_of_contact) == (True, True)
    found = entry(is_mobile="否", is_out_of_contact=None)
    assert (found.is_mobile, found.is_out_of_contact) == (False, False)
    assert rejection(is_mobile="外出").rule == "flag_unreadable"


def rules(*people: tuple[str, str | None, str | None, str | None]) -> list[str | None]:
    """The rule that each row breaks; a person is a name, an identity number, a birth and a telephone number."""
    found = verdicts(
        ("姓名", "身份证号", "出生日期", "联系电话", "入党时间", "所在支部"),
        *(((*person, "2020.07", "甲支部")) for person in people),
    )
    return [row.rule if isinstance(row, RejectedRow) else None for row in found]


def test_the_later_row_with_an_identity_number_is_rejected() -> None:
    number, other = numbered("19790209", 693), numbered("19790209", 695)
    assert rules(("张三", number, None, None), ("李四", number, None, None), ("张三", other, None, None)) == [
        None,
        "duplicate_id",
        None,
    ]


def test_an_identity_number_counts_as_seen_once_it_could_be_read() -> None:
    number = numbered("19790209", 693)
    broken = number[:-1] + ("0" if number[-1] != "0" else "1")
    assert rules(("张三", number, None, "123"), ("李四", number, None, None)) == ["phone_short", "duplicate_id"]
    assert rules(("张三", broken, None, None), ("李四", number, None, None)) == ["id_checksum", None]


def test_without_an_identity_number_name_and_birth_tell_people_apart() -> None:
    assert rules(("张三", None, "1979.02", None), ("张 三", None, "197902", None)) == [None, "duplicate_person"]
    assert rules(("张三", None, "1979.02", None), ("张三", None, "1979.03", None)) == [None, None]
    assert rules(("张三", None, None, None), ("张三", None, None, None)) == [None, None]
    number = numbered("19790209", 693)
    assert rules(("张三", number, None, None), ("张三", None, "1979-02-09", None)) == [None, "duplicate_person"]
    assert rules(("张三", None, "1979-02-09", None), ("张三", number, None, None)) == [None, "duplicate_person"]


def test_a_roster_can_be_read_twice_without_calling_everyone_a_duplicate() -> None:
    roster = read_roster(
        sheet(HEADINGS, ("张三", numbered("19790209", 693), None, None, "1998.07", None, "甲支部")), today=TODAY, zone=ZONE
    )
    for _ in range(2):
        assert [type(row.verdict()) for row in roster.rows()] == [RosterEntry]


def test_no_sentence_and_no_representation_repeats_a_personal_value() -> None:
    values = {
        "national_id": numbered("19790209", 693),
        "mobile": "19955080560",
        "home_address": "上塘村12号",
        "birth_date": "1979-02-09",
    }
    shown = repr(entry(**values))
    assert not any(value in shown for value in values.values())
    found = rejection(full_name="张3", national_id="990101194803221320", mobile="1990012", birth_date="往年", joined_on="1979年春")
    told = str([found.text, *(fault.text for fault in found.also)])
    assert len(found.also) == 4
    assert not any(value in told for value in ("张3", "990101194803221320", "1990012", "往年", "1979年春"))


_VALUES = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.timedeltas(),
)


@given(st.lists(st.tuples(*[st.builds(Cell, _VALUES, st.booleans())] * len(HEADINGS)), max_size=4))
def test_no_cells_raise_and_every_row_is_an_entry_or_rejected(people: list[tuple[Cell, ...]]) -> None:
    for found in verdicts(HEADINGS, *people):
        assert isinstance(found, RosterEntry | RejectedRow)


@given(st.lists(st.lists(st.builds(Cell, _VALUES), max_size=5).map(tuple), max_size=12))
def test_no_sheet_raises_anything_but_a_refusal(rows: list[tuple[Cell, ...]]) -> None:
    try:
        verdicts(*rows)
    except Refusal:
        return
