"""A roster of members (花名册): from the rows of a sheet to entries, each with what is wrong with it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import TypeVar

from api.adapters.sheets import Sheet
from api.adapters.tables import CellFault, RejectedRow, Table, TableRow, find_table, said
from api.errors import FieldFault, Invalid, Text
from api.members.faults import RosterRule, RosterWarning
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
    read_date,
    read_ethnicity,
    read_flag,
    read_gender,
    read_mobile,
    read_national_id,
    read_party_post,
    read_status,
)
from models.enums import DatePrecision, Gender, MemberStatus, PartyPost

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "full_name": ("姓名", "党员姓名", "人员姓名", "用户名称", "名字"),
    "national_id": (
        "身份证号",
        "身份证号码",
        "公民身份号码",
        "公民身份证号码",
        "公民身份证号",
        "居民身份证号码",
        "居民身份证号",
        "身份号码",
        "身份证",
        "证件号码",
        "证件号",
    ),
    "gender": ("性别", "用户性别"),
    "birth_date": ("出生日期", "出生年月日", "出生年月", "出生时间", "生日"),
    "joined_on": (
        "入党时间",
        "入党日期",
        "加入党组织日期",
        "加入党组织时间",
        "入党年月日",
        "入党年月",
        "加入中国共产党日期",
        "加入中国共产党时间",
    ),
    "confirmed_on": ("转正时间", "转正日期", "转为正式党员日期", "转为正式党员时间", "转正年月日", "转正年月"),
    "branch_name": (
        "所在党支部",
        "所在支部",
        "所属党支部",
        "所属支部",
        "党支部名称",
        "支部名称",
        "党支部",
        "支部",
        "所在党组织",
        "所属党组织",
        "党组织名称",
        "党组织",
        "所在组织",
        "组织",
        "部门",
        "科室",
    ),
    "mobile": ("联系电话", "手机号码", "手机号", "手机", "移动电话", "联系手机", "电话号码", "联系方式", "电话"),
    "status": ("党员类别", "人员类别", "党员状态", "党员类型", "类别"),
    "ethnicity": ("民族",),
    "education": ("学历", "文化程度", "现有文化程度", "最高学历", "原有文化程度", "学历学位"),
    "native_place": ("籍贯",),
    "party_post": ("党内职务", "党内任职", "支部职务", "职务"),
    "job_title": ("行政职务", "职务", "工作单位及职务", "单位及职务", "工作岗位", "岗位"),
    "employer": ("工作单位", "单位", "单位名称"),
    "home_address": ("家庭住址", "现居住地", "家庭地址", "现住址", "居住地址", "住址"),
    "is_mobile": ("流动党员", "是否流动", "是否流动党员", "是否为流动党员"),
    "is_out_of_contact": ("失联", "是否失联", "失联党员", "是否失联党员", "是否为失联党员"),
    "remark": ("备注",),
}
"""The words for each column, narrow and bare, the usual one first. The faults of a row are told in the order of its columns."""

_LIMITS = {
    "branch_name": 80,
    "ethnicity": 20,
    "education": 20,
    "native_place": 80,
    "party_post": 80,
    "job_title": 80,
    "employer": 80,
    "home_address": 200,
    "remark": 500,
}

_Value = TypeVar("_Value")


class NoRoster(Invalid):
    text = Text(
        "没有找到“{column}”一列。请检查前10行中是否有表头，以及是否选对了表格。",
        "There is no column {column}. Is there a row of headings among the first ten, and is this the right sheet?",
    )


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """One person as a row states them. The branch is still a name: who knows the tree resolves it."""

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
    """What was read of a row: an entry if nothing is wrong with it. `branch_name` is there in any case, if it could be read."""

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
    table: Table
    today: date

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings as they stand in the sheet."""
        return self.table.headings

    def heading(self, column: str) -> str:
        """What the sheet calls a column, or its usual word where the sheet has none."""
        return self.table.heading(column)

    def rows(self) -> Iterator[RosterRow]:
        """Stream the people, from the first on each time. A branch that stands once (a merged cell) holds for the rows below it.

        The later of two rows with one identity number, or with one name and birth where one of them has no number, is at fault;
        a row counts as the earlier one as soon as these could be read, whatever else is wrong with it.
        """
        branch: str | None = None
        people = _People()
        for row in self.table.rows():
            reader = _RowReader(self.table, row, self.today)
            branch = reader.words("branch_name") or branch
            if set(row.cells) <= {"branch_name"}:
                continue
            yield reader.read(branch, people)


def read_roster(sheet: Sheet, *, today: date) -> Roster:
    """Find the roster in a sheet. `today` is the district's calendar day.

    Raises NoRoster where no row of headings has a column for names, or where it has none for the date of joining, without which
    nobody could be entered.
    """
    table = find_table(sheet, COLUMNS, key="full_name")
    if table is None:
        raise NoRoster({"column": COLUMNS["full_name"][0]})
    if "joined_on" not in table.places:
        raise NoRoster({"column": COLUMNS["joined_on"][0]})
    return Roster(table, today)


class _People:
    """Who has been seen, as digests: a roster of 100,000 needs a few megabytes, and no identity number stays in memory."""

    def __init__(self) -> None:
        self._numbers: set[bytes] = set()
        self._people: set[bytes] = set()
        self._unnumbered: set[bytes] = set()

    def repeated(self, name: str | None, identity: NationalId | None, birth: Dated | None) -> Iterator[RosterRule]:
        """Note a person, and tell whether they were there before."""
        number = _digest(identity.number) if identity else None
        person = _digest(f"{name}|{birth.day}|{birth.precision}") if name and birth else None
        if number and number in self._numbers:
            yield RosterRule.duplicate_id
        elif person and person in (self._unnumbered if number else self._people):
            yield RosterRule.duplicate_person
        if number:
            self._numbers.add(number)
        if person:
            self._people.add(person)
            if not number:
                self._unnumbered.add(person)


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()


class _RowReader:
    """Reads one row column by column and keeps what is wrong with it."""

    def __init__(self, table: Table, row: TableRow, today: date) -> None:
        self.table, self.row, self.today = table, row, today
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
        broken += people.repeated(name, identity, birth)
        for rule in broken:
            self.fail(rule)
        if birth and joined and age_at(birth, joined) < ADULT:
            self.warn(RosterWarning.joined_under_age)

        party_post, job_title = self.posts()
        ethnicity, education = self.ethnicity(), self.education()
        native_place, employer = self.words("native_place"), self.words("employer")
        home_address, remark = self.words("home_address"), self.words("remark")
        is_mobile, is_out_of_contact = (self.take("is_mobile", read_flag), self.take("is_out_of_contact", read_flag))

        entry = None
        if name and joined and branch and not self.faults:
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
        text, limit = self._text(column), _LIMITS[column]
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
        day = read_date(self.row.cell(column).value)
        if day is None:
            self.fail(unreadable)
        return day

    def is_at_fault(self, column: str) -> bool:
        return any(fault.column == column for fault in self.faults)

    def fail(self, rule: RosterRule, *, at: str = "", **params: object) -> None:
        self.faults.append(CellFault(at or rule.field, rule.value, rule.text.fill(**params)))

    def warn(self, warning: RosterWarning) -> None:
        self.warnings.append(self.table.tell(_fault(warning)))

    def _text(self, column: str) -> str | None:
        cell = self.row.cell(column)
        if cell.is_formula:
            self.fail(RosterRule.formula, at=column)
            return None
        return said(cell)

    def _miss(self, column: str, missing: RosterRule | None) -> None:
        if missing and not self.is_at_fault(column):
            self.fail(missing)
