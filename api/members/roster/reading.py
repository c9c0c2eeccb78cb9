"""A roster of members (花名册): the sheets of a file that hold people, row by row, and those that are left out."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, tzinfo

from api.adapters.cells import Sheet
from api.adapters.tables import Table, find_table
from api.adapters.typed_text import narrow
from api.errors import Invalid, Text
from api.members.roster.columns import COLUMNS
from api.members.roster.rows import People, RosterRow, RowReader, place_of
from api.uploads import LACKS_COLUMN, LACKS_THIS_COLUMN, LeftOut, LeftOutBecause

NOTES = Text("核对说明", "Notes")
"""What the sheet is called that a roster given back may have beside its own."""

_HEADED = re.compile(r"^(?:填报单位|填表单位|单位名称|单位|党支部名称|支部名称|党支部|支部|党组织名称|党组织)[::]")
_TITLE = re.compile(
    r"(?:在册)?(?:党员)?(?:基本)?(?:信息|情况)?(?:花名册|名册|名单|信息表|情况表|登记表|统计表|采集表|汇总表|台账)?$"
)


class NoRoster(Invalid):
    title = LACKS_COLUMN
    text = LACKS_THIS_COLUMN


@dataclass(frozen=True)
class Roster:
    """The sheets of a file that hold people, and those that do not. With `is_of_one_branch`, a row without a branch is not at
    fault: it belongs to the branch that the whole roster is of."""

    tables: tuple[Table, ...]
    today: date
    zone: tzinfo
    left_out: tuple[LeftOut, ...] = ()
    is_of_one_branch: bool = False

    @property
    def count(self) -> int | None:
        """How many filled rows the sheets have, if that is known before they are read."""
        counts = [table.sheet.count for table in self.tables]
        return None if None in counts else sum(count or 0 for count in counts)

    def branch_names(self) -> Collection[str] | None:
        """What the rows and the sheets call their branches; None where that is only known once all rows are read."""
        return None

    def rows(self) -> Iterator[RosterRow]:
        """Stream the people, from the first on each time. A branch that stands once (a merged cell) holds for the rows below it;
        below a branch that cannot be read nobody's branch is known.

        The later of two rows with one identity number, or with one name and birth where one of them has no number, is at fault;
        a row counts as the earlier one as soon as these could be read, whatever else is wrong with it.
        """
        people = People([table.sheet.title for table in self.tables])
        for order, table in enumerate(self.tables):
            branch = "" if self.is_of_one_branch or branch_hints(table) else None
            for row in table.rows():
                reader = RowReader(table, row, place_of(order, row.number), self.today, self.zone)
                branch = reader.words("branch_name") or (None if reader.is_at_fault("branch_name") else branch)
                if set(row.cells) <= {"branch_name"}:
                    continue
                yield reader.read(branch, people)


def read_roster(*sheets: Sheet, today: date, zone: tzinfo, is_of_one_branch: bool = False) -> Roster:
    """Find the roster in the sheets of a file: all visible ones that have a row of headings with a column for names and one for the
    date of joining, without which nobody could be entered. `today` is the district's calendar day, and `zone` where its days
    begin; with `is_of_one_branch` rows need not name a branch, nor where a sheet itself may be headed or called by its name.

    Raises NoRoster where no sheet has these columns.
    """
    tables, left_out = [], []
    for sheet in sheets:
        table = None if sheet.is_hidden else find_table(sheet, COLUMNS, key="full_name")
        if table and "joined_on" in table.places:
            tables.append(table)
        elif sheet.title not in NOTES:
            because = LeftOutBecause.no_joining if table else LeftOutBecause.no_names
            left_out.append(LeftOut(sheet.title, LeftOutBecause.hidden if sheet.is_hidden else because))
    if not tables:
        has_names = any(sheet.because is LeftOutBecause.no_joining for sheet in left_out)
        raise NoRoster({"column": COLUMNS["joined_on" if has_names else "full_name"][0]})
    return Roster(tuple(tables), today, zone, tuple(left_out), is_of_one_branch)


def branch_hints(table: Table) -> tuple[str, ...]:
    """Where no column tells the branch: what the sheet is headed and called, each of which may be its name."""
    if "branch_name" in table.places:
        return ()
    texts = (narrow(text).replace(" ", "") for text in (*table.above, table.sheet.title))
    return tuple(dict.fromkeys(name for text in texts if (name := _without_title(text))))


def _without_title(text: str) -> str:
    """What stands before the words for a roster, which may have a note in brackets behind them: （2024年）."""
    bare = _HEADED.sub("", text)
    return _TITLE.sub("", bare.partition("(")[0] if bare.endswith(")") else bare)
