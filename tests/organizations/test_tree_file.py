import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from api.adapters.sheets import open_sheets
from api.adapters.tables import RejectedRow, fold
from api.organizations.tree_file import COLUMNS, KINDS, NoTree, TreeRow, read_tree
from models.enums import OrganizationKind

TREE = Path(__file__).parents[1] / "data" / "rosters" / "organizations.csv"
HEADINGS = "编码,名称,类型,上级编码\n"


def read(text: str) -> list[TreeRow | RejectedRow]:
    return list(read_tree(*open_sheets(io.BytesIO(text.encode()))).rows)


def rejection(line: str) -> RejectedRow:
    (found,) = read(HEADINGS + line)
    assert isinstance(found, RejectedRow), found
    return found


def shown(row: TreeRow | RejectedRow) -> tuple[object, ...]:
    assert isinstance(row, TreeRow), row
    return (row.number, row.code, row.name, row.kind, row.parent_code)


def test_the_sample_tree_is_read_whole() -> None:
    with TREE.open("rb") as source:
        rows = [shown(row) for row in read_tree(*open_sheets(source)).rows]
    assert len(rows) == 14
    assert rows[0] == (2, "LX", "明湖区", OrganizationKind.district, None)
    assert rows[3] == (5, "LX-01-01-1", "上塘村第一党支部", OrganizationKind.branch, "LX-01-01")


def test_a_workbook_with_a_title_and_other_words_is_read_alike() -> None:
    book = Workbook()
    for row in (
        ("明湖区党组织一览表",),
        ("序号", "上级组织编码", "组织 名称", "组织类型（必填）", "组织编码"),
        (1, "LX", "云溪镇", "镇", "LX-01"),
        (),
        ("合计", None, "1"),
    ):
        book.worksheets[0].append(row)
    file = io.BytesIO()
    book.save(file)
    assert [shown(row) for row in read_tree(*open_sheets(file)).rows] == [(3, "LX-01", "云溪镇", OrganizationKind.town, "LX")]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("区", "district"),
        ("镇", "town"),
        ("街道", "town"),
        ("部门", "department"),
        ("村", "village"),
        ("社区", "community"),
        ("企业", "enterprise"),
        ("党总支", "general_branch"),
        ("党支部", "branch"),
        ("联合党支部", "joint_branch"),
        ("党小组", "group"),
        ("党 支 部", "branch"),
        ("Branch", "branch"),
    ],
)
def test_kinds_are_read_in_chinese_and_as_stored(word: str, kind: str) -> None:
    parent = "" if kind == "district" else "LX"
    assert shown(read(f"{HEADINGS}LX-1,某组织,{word},{parent}\n")[0])[3] == kind


def test_every_kind_has_a_word() -> None:
    assert set(KINDS.values()) == set(OrganizationKind)
    assert all(word == fold(word) for words in COLUMNS.values() for word in words)


@pytest.mark.parametrize(
    ("line", "column", "rule"),
    [
        (",某支部,党支部,LX", "编码", "missing"),
        ("LX-1,,党支部,LX", "名称", "missing"),
        ("LX-1,某支部,,LX", "类型", "missing"),
        ("LX-1,某支部,党委办,LX", "类型", "unknown_kind"),
        ("LX-1,某支部,党支部,", "上级编码", "parent_missing"),
        ("LX-1,某支部,党支部,LX-1", "上级编码", "parent_is_itself"),
        ("LX,某区,区,ZJ", "上级编码", "parent_needless"),
        ("=1+1,某支部,党支部,LX", "编码", "formula"),
        ("LX-1,#REF!,党支部,LX", "名称", "cell_error"),
        ("LX-1,某支部,党支部,=A1", "上级编码", "formula"),
        ("LX-1,支部990101 19680315 0028,党支部,LX", "名称", "identity_number"),
        (f"{'L' * 41},某支部,党支部,LX", "编码", "too_long"),
        (f"LX-1,{'某' * 81},党支部,LX", "名称", "too_long"),
    ],
)
def test_a_row_that_cannot_be_an_organisation_is_rejected_by_its_column(line: str, column: str, rule: str) -> None:
    found = rejection(line)
    assert (found.row, found.column, found.rule, found.also) == (2, column, rule, ())


def test_several_faults_stand_in_the_order_of_the_columns() -> None:
    found = rejection(",,党委办,")
    assert [found.column, *(fault.field for fault in found.also)] == ["编码", "名称", "类型"]


def test_the_later_of_two_rows_with_one_code_is_rejected() -> None:
    first, second = read(HEADINGS + "LX-1,甲支部,党支部,LX\nLX-1,乙支部,党支部,LX\n")
    assert isinstance(first, TreeRow) and isinstance(second, RejectedRow)
    assert (second.column, second.rule) == ("编码", "duplicate_code")
    assert second.text == ("编码与第2行相同。", "The code equals that of row 2.")


def test_a_row_knows_its_headings_for_faults_found_later() -> None:
    (row,) = read("组织编码,名称,类型,上级代码\nLX-1,甲支部,党支部,LX\n")
    assert isinstance(row, TreeRow)
    assert row.table.heading("parent_code") == "上级代码"


@pytest.mark.parametrize("heading", ["服务电话", "联系电话", "电话", "服务 电话（公开）"])
@pytest.mark.parametrize(
    ("typed", "read_as"), [("0574-00001234", "0574-00001234"), ("１２３４５", "12345"), ("", None), ("无", None)]
)
def test_a_column_of_telephones_may_stand_there(heading: str, typed: str, read_as: str | None) -> None:
    (row,) = read(f"编码,名称,类型,上级编码,{heading}\nLX-1,甲支部,党支部,LX,{typed}\n")
    assert isinstance(row, TreeRow), row
    assert row.service_phone == read_as


@pytest.mark.parametrize("missing", ["编码", "名称", "类型", "上级编码"])
def test_a_sheet_without_one_of_the_four_columns_is_refused_by_its_name(missing: str) -> None:
    headings = [heading for heading in HEADINGS.strip().split(",") if heading != missing]
    with pytest.raises(NoTree) as refusal:
        read(",".join(headings) + "\n1,2,3\n")
    assert f"“{missing}”" in refusal.value.sentence().zh


@given(st.lists(st.lists(st.text('LX1-=区党支部,"\n\0 无', max_size=8), min_size=4, max_size=4), max_size=5))
def test_no_rows_raise(rows: list[list[str]]) -> None:
    text = HEADINGS + "LX,区,区,\n" + "\n".join(",".join(row).replace("\0", "") for row in rows)
    assert read(text)
