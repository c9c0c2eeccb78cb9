"""A roster of members (花名册): from the rows of a sheet to entries, each with what is wrong with it."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo
from hashlib import blake2b
from typing import TypeVar

from api.adapters.cells import Sheet
from api.adapters.tables import CellFault, RejectedRow, Table, TableRow, find_table, said
from api.adapters.typed_text import narrow
from api.errors import FieldFault, Invalid, Text
from api.members.faults import RosterRule, RosterWarning
from api.members.roster.columns import COLUMNS, LIMITS
from api.members.roster.dates import Calendar, read_date
from api.members.rules import (
    ADULT,
    EDUCATIONS,
    Dated,
    NationalId,
    age_at,
    check_dates,
    check_identity,
    clean_name,
    likely_status,
    read_ethnicity,
    read_flag,
    read_gender,
    read_mobile,
    read_national_id,
    read_party_post,
    read_status,
)
from models.enums import DatePrecision, Gender, MemberStatus, PartyPost

_HEADED = re.compile(r"^(?:填报单位|填表单位|单位名称|单位|党支部名称|支部名称|党支部|支部|党组织名称|党组织)[::]")
_TITLE = re.compile(
    r"(?:在册)?(?:党员)?(?:基本)?(?:信息|情况)?(?:花名册|名册|名单|信息表|情况表|登记表|统计表|采集表|汇总表|台账)?(?:[(（].*[)）])?$"
)

_Value = TypeVar("_Value")


class NoRoster(Invalid):
    title = Text("表格中缺少必需的列。", "The sheet lacks a column that is needed.")
    text = Text(
        "没有找到“{column}”一列。请检查前10行中是否有表头，以及是否选对了表格。",
        "There is no column {column}. Is there a row of headings among the first ten, and is this the right sheet?",
    )


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """One person as a row states them. The branch is still a name: who knows the tree resolves it. It is empty where the row
    leaves it to the branch that the whole roster is of."""

    row: int
    full_name: str
    joined_on: date
    joined_precision: DatePrecision
    status: MemberStatus
    branch_name: str
    national_id: str | None = field(default=None, repr=False)
    gender: Gender | None = None
    ethnicity: str | None = None
    birth_date: date | None = field(default=None, repr=False)
    birth_precision: DatePrecision = DatePrecision.day
    education: str | None = None
    native_place: str | None = None
    confirmed_on: date | None = None
    confirmed_precision: DatePrecision = DatePrecision.day
    party_post: PartyPost | None = None
    job_title: str | None = None
    employer: str | None = None
    mobile: str | None = field(default=None, repr=False)
    home_address: str | None = field(default=None, repr=False)
    is_mobile: bool = False
    is_out_of_contact: bool = False
    remark: str | None = field(default=None, repr=False)
    warnings: tuple[FieldFault, ...] = ()


@dataclass(frozen=True)
class RosterRow:
    """What was read of a row: an entry if nothing is wrong with it. `branch_name` is there in any case, if it could be read, and
    empty as the entry's."""

    number: int
    branch_name: str | None
    entry: RosterEntry | None
    faults: tuple[CellFault, ...]
    table: Table = field(repr=False)

    def verdict(self, *found: RosterRule) -> RosterEntry | RejectedRow:
        """The entry, or why it is rejected; `found` is what the row alone could not tell, such as `unknown_branch`."""
        if self.entry and not found:
            return self.entry
        return self.table.reject(self.number, [*self.faults, *map(_fault, found)])


def _fault(remark: RosterRule | RosterWarning) -> CellFault:
    return CellFault(remark.field, remark.value, remark.text)


@dataclass(frozen=True)
class Roster:
    """A sheet that holds people. With `is_of_one_branch`, a row without a branch is not at fault: it belongs to the branch that
    the whole roster is of."""

    table: Table
    today: date
    zone: tzinfo
    is_of_one_branch: bool = False

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings as they stand in the sheet."""
        return self.table.headings

    def heading(self, column: str) -> str:
        """What the sheet calls a column, or its usual word where the sheet has none."""
        return self.table.heading(column)

    def branch_hints(self) -> tuple[str, ...]:
        """Where no column tells the branch: what the sheet is headed and called, each of which may be its name."""
        if "branch_name" in self.table.places:
            return ()
        texts = (narrow(text).replace(" ", "") for text in (*self.table.above, self.table.sheet.title))
        return tuple(dict.fromkeys(name for text in texts if (name := _TITLE.sub("", _HEADED.sub("", text)))))

    def branch_names(self) -> Collection[str] | None:
        """What the rows and the sheet call their branches; None where that is only known once all rows are read."""
        return None

    def rows(self) -> Iterator[RosterRow]:
        """Stream the people, from the first on each time. A branch that stands once (a merged cell) holds for the rows below it;
        below a branch that cannot be read nobody's branch is known.

        The later of two rows with one identity number, or with one name and birth where one of them has no number, is at fault;
        a row counts as the earlier one as soon as these could be read, whatever else is wrong with it.
        """
        branch = "" if self.is_of_one_branch else None
        people = _People()
        for row in self.table.rows():
            reader = _RowReader(self.table, row, self.today, self.zone)
            branch = reader.words("branch_name") or (None if reader.is_at_fault("branch_name") else branch)
            if set(row.cells) <= {"branch_name"}:
                continue
            yield reader.read(branch, people)


def read_roster(sheet: Sheet, *, today: date, zone: tzinfo, is_of_one_branch: bool = False) -> Roster:
    """Find the roster in a sheet. `today` is the district's calendar day, and `zone` where its days begin; with `is_of_one_branch`
    rows need not name a branch, nor where the sheet itself may be headed or called by its name.

    Raises NoRoster where no row of headings has a column for names, or where it has none for the date of joining, without which
    nobody could be entered.
    """
    table = find_table(sheet, COLUMNS, key="full_name")
    if table is None:
        raise NoRoster({"column": COLUMNS["full_name"][0]})
    if "joined_on" not in table.places:
        raise NoRoster({"column": COLUMNS["joined_on"][0]})
    roster = Roster(table, today, zone)
    return replace(roster, is_of_one_branch=is_of_one_branch or bool(roster.branch_hints()))


class _People:
    """Who has been seen, as digests: a roster of 100,000 needs a few megabytes, and no identity number stays in memory."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._people: dict[bytes, int] = {}
        self._unnumbered: dict[bytes, int] = {}

    def repeated(
        self, row: int, name: str | None, identity: NationalId | None, birth: Dated | None
    ) -> tuple[RosterRule, int] | None:
        """Note a person, and tell whether they were there before, and in which row."""
        number = _digest(identity.number) if identity else None
        person = _digest(f"{name}|{birth.day}|{birth.precision}") if name and birth else None
        found = None
        if number and number in self._numbers:
            found = RosterRule.duplicate_id, self._numbers[number]
        elif person and person in (before := self._unnumbered if number else self._people):
            found = RosterRule.duplicate_person, before[person]
        if number:
            self._numbers.setdefault(number, row)
        if person:
            self._people.setdefault(person, row)
            if not number:
                self._unnumbered.setdefault(person, row)
        return found


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()


class _RowReader:
    """Reads one row column by column and keeps what is wrong with it."""

    def __init__(self, table: Table, row: TableRow, today: date, zone: tzinfo) -> None:
        self.table, self.row, self.today = table, row, today
        self.calendar = Calendar(zone, table.sheet.day_zero)
        self.faults: list[CellFault] = []
        self.warnings: list[FieldFault] = []

    def read(self, branch: str | None, people: _People) -> RosterRow:
        """Read the whole row; `branch` is the name that holds for it."""
        name = self.take("full_name", clean_name, missing=RosterRule.name_missing)
        identity = self.take("national_id", lambda text: read_national_id(text, today=self.today))
        gender = self.take("gender", read_gender)
        birth = self.day("birth_date", RosterRule.birth_unreadable)
        joined = self.day("joined_on", RosterRule.joined_unreadable, missing=RosterRule.joined_missing)
        confirmed = self.day("confirmed_on", RosterRule.confirmed_unreadable)
        mobile = self.take("mobile", read_mobile)
        status = self.take("status", read_status)
        if branch is None and not self.is_at_fault("branch_name"):
            self.fail(RosterRule.branch_missing)

        broken = list(check_identity(identity, gender, birth))
        if identity:
            gender, birth = gender or identity.gender, birth or Dated(identity.birth_date)
        broken += check_dates(birth, joined, confirmed, today=self.today)
        for rule in broken:
            self.fail(rule)
        if repeated := people.repeated(self.row.number, name, identity, birth):
            self.fail(repeated[0], row=repeated[1])
        if birth and joined and age_at(birth, joined) < ADULT:
            self.warn(RosterWarning.joined_under_age)

        party_post, job_title = self.posts()
        ethnicity, education = self.ethnicity(), self.education()
        native_place, employer = self.words("native_place"), self.words("employer")
        home_address, remark = self.words("home_address"), self.words("remark")
        is_mobile, is_out_of_contact = (self.take("is_mobile", read_flag), self.take("is_out_of_contact", read_flag))

        entry = None
        if name and joined and branch is not None and not self.faults:
            entry = RosterEntry(
                row=self.row.number,
                full_name=name,
                national_id=identity.number if identity else None,
                gender=gender,
                ethnicity=ethnicity,
                birth_date=birth.day if birth else None,
                birth_precision=birth.precision if birth else DatePrecision.day,
                education=education,
                native_place=native_place,
                joined_on=joined.day,
                joined_precision=joined.precision,
                confirmed_on=confirmed.day if confirmed else None,
                confirmed_precision=confirmed.precision if confirmed else DatePrecision.day,
                status=status or likely_status(joined, confirmed, today=self.today),
                branch_name=branch,
                party_post=party_post,
                job_title=job_title,
                employer=employer,
                mobile=mobile,
                home_address=home_address,
                is_mobile=bool(is_mobile),
                is_out_of_contact=bool(is_out_of_contact),
                remark=remark,
                warnings=tuple(self.warnings),
            )
        return RosterRow(self.row.number, branch, entry, tuple(self.faults), self.table)

    def posts(self) -> tuple[PartyPost | None, str | None]:
        """The post in the party and the job; a post that is not one of the party's is rather a job."""
        job = self.words("job_title")
        text = self.words("party_post")
        post = read_party_post(text) if text else None
        if isinstance(post, RosterWarning):
            self.warn(post)
            return None, job or text
        return post, job

    def ethnicity(self) -> str | None:
        text = self.words("ethnicity")
        if text is None:
            return None
        name, warning = read_ethnicity(text)
        if warning:
            self.warn(warning)
        return name

    def education(self) -> str | None:
        text = self.words("education")
        if text and text not in EDUCATIONS:
            self.warn(RosterWarning.unknown_education)
        return text

    def words(self, column: str) -> str | None:
        """A column's text, if it is not too long for what keeps it."""
        text, limit = self._text(column), LIMITS[column]
        if text and len(text) > limit:
            self.fail(RosterRule.too_long, at=column, limit=limit)
            return None
        return text

    def take(self, column: str, read: Callable[[str], _Value | RosterRule], *, missing: RosterRule | None = None) -> _Value | None:
        """What `read` makes of a column's text; None where it is empty or at fault."""
        text = self._text(column)
        if text is None:
            self._miss(column, missing)
            return None
        value = read(text)
        if isinstance(value, RosterRule):
            self.fail(value, at=column)
            return None
        return value

    def day(self, column: str, unreadable: RosterRule, *, missing: RosterRule | None = None) -> Dated | None:
        if self._text(column) is None:
            self._miss(column, missing)
            return None
        found = read_date(self.row.cell(column).value, self.calendar)
        if found.day is None:
            self.fail(found.doubt or unreadable, at=column)
        elif found.hint:
            self.warn(found.hint, at=column)
        return found.day

    def is_at_fault(self, column: str) -> bool:
        return any(fault.column == column for fault in self.faults)

    def fail(self, rule: RosterRule, *, at: str = "", **params: object) -> None:
        text = rule.text.fill(**params) if params else rule.text
        self.faults.append(CellFault(at or rule.field, rule.value, text))

    def warn(self, warning: RosterWarning, *, at: str = "") -> None:
        self.warnings.append(self.table.tell(self.row.number, CellFault(at or warning.field, warning.value, warning.text)))

    def _text(self, column: str) -> str | None:
        cell = self.row.cell(column)
        if cell.is_formula:
            self.fail(RosterRule.formula, at=column)
            return None
        return said(cell)

    def _miss(self, column: str, missing: RosterRule | None) -> None:
        if missing and not self.is_at_fault(column):
            self.fail(missing)
