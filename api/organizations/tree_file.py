"""A tree of organisations from a sheet: one row each, with its own code and that of the organisation above it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from api.adapters.sheets import Sheet
from api.adapters.table_rows import RowReader
from api.adapters.tables import RejectedRow, Table
from api.adapters.typed_text import is_shown_well, narrow
from api.errors import Invalid, Rule, Text
from api.organizations.rules import PHONE_UNDIALLABLE, PHONE_UNREADABLE, can_be_dialled
from api.uploads import LACKS_COLUMN, LACKS_THIS_COLUMN, LeftOut, LeftOutBecause, SheetDone, read_rows, tables_with
from api.written import IDENTITY_NUMBER, holds_identity_number
from models.enums import OrganizationKind

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "code": ("编码", "组织编码", "组织代码", "党组织编码", "党组织代码", "代码", "编号", "code"),
    "name": ("名称", "组织名称", "党组织名称", "党组织", "组织", "name"),
    "kind": ("类型", "组织类型", "党组织类型", "类别", "组织类别", "党组织类别", "kind"),
    "parent_code": ("上级编码", "上级组织编码", "上级组织代码", "上级党组织编码", "上级代码", "父级编码", "parentcode"),
    "service_phone": ("服务电话", "联系电话", "电话", "服务热线", "servicephone", "phone"),
}
"""The words for each column, narrow and bare, the usual one first. The faults of a row are told in the order of its columns."""

NEEDED = ("code", "name", "kind", "parent_code")

KINDS: Mapping[str, OrganizationKind] = {
    "区": OrganizationKind.district,
    "镇": OrganizationKind.town,
    "乡": OrganizationKind.town,
    "街道": OrganizationKind.town,
    "镇街": OrganizationKind.town,
    "部门": OrganizationKind.department,
    "机关": OrganizationKind.department,
    "村": OrganizationKind.village,
    "行政村": OrganizationKind.village,
    "社区": OrganizationKind.community,
    "企业": OrganizationKind.enterprise,
    "党总支": OrganizationKind.general_branch,
    "总支": OrganizationKind.general_branch,
    "党支部": OrganizationKind.branch,
    "支部": OrganizationKind.branch,
    "联合党支部": OrganizationKind.joint_branch,
    "联合支部": OrganizationKind.joint_branch,
    "党小组": OrganizationKind.group,
    "小组": OrganizationKind.group,
} | {kind.value: kind for kind in OrganizationKind}

MAX_CODE = 40
MAX_NAME = 80
MAX_PHONE = 40

_PHONE = re.compile(r"[0-9+() -]{3,}")


class TreeRule(Rule):
    """What keeps a row from being taken."""

    name_unreadable = "name_unreadable"
    identity_number = "identity_number"
    duplicate_code = "duplicate_code"
    unknown_kind = "unknown_kind"
    parent_missing = "parent_missing"
    parent_needless = "parent_needless"
    parent_is_itself = "parent_is_itself"
    phone_unreadable = "phone_unreadable"
    phone_undiallable = "phone_undiallable"


_TEXTS = {
    TreeRule.name_unreadable: Text(
        "名称里没有能看见的字，或一个字上叠了太多符号。", "Nothing of this name is seen, or too many marks stand on one letter."
    ),
    TreeRule.identity_number: IDENTITY_NUMBER,
    TreeRule.duplicate_code: Text("编码与{sheet}第{earlier}行相同。", "The code equals that of row {earlier}{of_sheet}."),
    TreeRule.unknown_kind: Text(
        "类型请填：区、镇、街道、部门、村、社区、企业、党总支、党支部、联合党支部、党小组。",
        f"The kind is one of: {', '.join(OrganizationKind)}.",
    ),
    TreeRule.parent_missing: Text("除区以外都要填写上级编码。", "All but the district need the code of the organisation above."),
    TreeRule.parent_needless: Text("区没有上级，请清空上级编码。", "A district has nothing above it; leave this empty."),
    TreeRule.parent_is_itself: Text("上级编码不能是自己的编码。", "An organisation cannot stand above itself."),
    TreeRule.phone_unreadable: PHONE_UNREADABLE,
    TreeRule.phone_undiallable: PHONE_UNDIALLABLE,
}


class NoTree(Invalid):
    title = LACKS_COLUMN
    text = LACKS_THIS_COLUMN


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One organisation as a row states it. Whether its parent exists and may stand above it is asked of the tree."""

    number: int
    code: str
    name: str
    kind: OrganizationKind
    parent_code: str | None
    service_phone: str | None
    table: Table = field(repr=False, compare=False)


@dataclass(frozen=True)
class Tree:
    """The organisations of a file, in the order of its sheets and rows; which sheets were read, and which were not."""

    rows: tuple[TreeRow | RejectedRow, ...]
    sheets: tuple[SheetDone, ...]
    left_out: tuple[LeftOut, ...] = ()


def read_tree(*sheets: Sheet) -> Tree:
    """Read the tree from the sheets of a file: all visible ones that have a row of headings with columns for codes, names, kinds
    and the codes above; one for telephones need not be there. Of two rows with one code the later is rejected.

    Raises NoTree where no sheet has these columns; it names one that is missing from the sheet that has most of them.
    """
    tables, left_out, lacking = tables_with(NEEDED, COLUMNS, sheets, key="code", because=LeftOutBecause.no_tree)
    if lacking is not None:
        raise NoTree({"column": lacking})
    codes: dict[str, tuple[str, int]] = {}
    return Tree(*read_rows(tables, lambda _, table, row: _TreeReader(table, row).read(codes)), left_out)


class _TreeReader(RowReader):
    def read(self, codes: dict[str, tuple[str, int]]) -> TreeRow | RejectedRow:
        """Read the whole row; `codes` are those of the rows before it with their sheets and numbers, and get its own."""
        code = self.text("code", MAX_CODE, required=True)
        name = self.text("name", MAX_NAME, required=True)
        if name is not None and not is_shown_well(name):
            self.refuse("name", TreeRule.name_unreadable)
        elif name is not None and holds_identity_number(name):
            self.refuse("name", TreeRule.identity_number)
        kind = self.kind()
        parent_code = self.text("parent_code", MAX_CODE)
        service_phone = self.phone()
        if code in codes:
            sheet, earlier = codes[code]
            elsewhere = "" if sheet == self.table.sheet.title else sheet
            self.refuse(
                "code",
                TreeRule.duplicate_code,
                earlier=earlier,
                sheet=elsewhere and f"工作表“{elsewhere}”",
                of_sheet=elsewhere and f" of sheet “{elsewhere}”",
            )
        if kind is OrganizationKind.district and parent_code:
            self.refuse("parent_code", TreeRule.parent_needless)
        if kind and kind is not OrganizationKind.district and not parent_code and not self.faults:
            self.refuse("parent_code", TreeRule.parent_missing)
        if code and code == parent_code:
            self.refuse("parent_code", TreeRule.parent_is_itself)
        if code:
            codes.setdefault(code, (self.table.sheet.title, self.row.number))
        if code and name and kind and not self.faults:
            return TreeRow(self.row.number, code, name, kind, parent_code, service_phone, self.table)
        return self.table.reject(self.row.number, self.faults)

    def kind(self) -> OrganizationKind | None:
        word = self.text("kind", MAX_NAME, required=True)
        if word is None:
            return None
        kind = KINDS.get(narrow(word).replace(" ", "").lower())
        if kind is None:
            self.refuse("kind", TreeRule.unknown_kind)
        return kind

    def phone(self) -> str | None:
        number = narrow(self.text("service_phone", MAX_PHONE) or "")
        if number and not _PHONE.fullmatch(number):
            self.refuse("service_phone", TreeRule.phone_unreadable)
        elif number and not can_be_dialled(number):
            self.refuse("service_phone", TreeRule.phone_undiallable)
        return number or None

    def refuse(self, column: str, rule: TreeRule, **params: object) -> None:
        self.fail(column, rule, _TEXTS[rule].fill(**params))


def parents_first(rows: Iterable[TreeRow]) -> Iterator[TreeRow]:
    """The rows in an order in which each parent of the file comes before what stands below it; rows in a circle come last."""
    below: dict[str | None, list[TreeRow]] = {}
    codes = set()
    for row in rows:
        below.setdefault(row.parent_code, []).append(row)
        codes.add(row.code)
    ready = [row for parent, group in below.items() if parent not in codes for row in group]
    seen = set()
    while ready:
        row = ready.pop(0)
        if row.code not in seen:
            seen.add(row.code)
            yield row
            ready.extend(below.get(row.code, ()))
    yield from (row for group in below.values() for row in group if row.code not in seen)
