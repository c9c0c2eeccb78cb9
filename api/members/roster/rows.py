"""One person of a roster: from the cells of a row to an entry, with what is wrong with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, tzinfo
from hashlib import blake2b
from typing import TypeVar

from api.adapters.tables import CellFault, RejectedRow, Table, TableRow, is_error, is_too_long, said
from api.adapters.typed_text import is_shown_well
from api.errors import FieldFault
from api.members.faults import RosterRule, RosterWarning
from api.members.names import MAX_NAME, clean_name
from api.members.roster.columns import LIMITS
from api.members.roster.dates import Calendar, read_date
from api.members.rules import (
    ADULT,
    EDUCATIONS,
    Dated,
    NationalId,
    age_at,
    check_dates,
    check_identity,
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

_Value = TypeVar("_Value")
_ROWS = 1 << 40


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """One person as a row states them. The branch is still a name: who knows the tree resolves it. It is empty where the row
    leaves it to the branch that the whole sheet is of; `place` is where the row stands in the whole file (`place_of`)."""

    place: int
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

    @property
    def row(self) -> int:
        """The number of its row in its sheet."""
        return self.place % _ROWS


@dataclass(frozen=True)
class RosterRow:
    """What was read of a row: an entry if nothing is wrong with it. `branch_name` is there in any case, if it could be read, and
    empty as the entry's."""

    place: int
    branch_name: str | None
    entry: RosterEntry | None
    faults: tuple[CellFault, ...]
    table: Table = field(repr=False)
    is_hidden: bool = False

    @property
    def number(self) -> int:
        return self.place % _ROWS

    @property
    def order(self) -> int:
        """The order of its table in the roster, from 0 on."""
        return self.place // _ROWS

    def verdict(self, *found: RosterRule) -> RosterEntry | RejectedRow:
        """The entry, or why it is rejected; `found` is what the row alone could not tell, such as `unknown_branch`."""
        if self.entry and not found:
            return self.entry
        return self.table.reject(self.number, [*self.faults, *map(_fault, found)])


def place_of(order: int, row: int) -> int:
    """Where a row stands in the whole file, as one number that rises: the order of its sheet, and its own number there."""
    return order * _ROWS + row


def told_place(place: int, near: int, titles: Sequence[str]) -> dict[str, object]:
    """How a sentence names a row: with its sheet where that is not the one of the row `near` it."""
    order, row = divmod(place, _ROWS)
    title = "" if order == near // _ROWS else titles[order]
    return {"row": row, "sheet": title and f"工作表“{title}”", "of_sheet": title and f" of sheet “{title}”"}


def _fault(remark: RosterRule | RosterWarning) -> CellFault:
    return CellFault(remark.field, remark.value, remark.text)


class People:
    """Who has been seen, as digests: a roster of 100,000 needs a few megabytes, and no identity number stays in memory."""

    def __init__(self, titles: Sequence[str]) -> None:
        self.titles = titles
        self._numbers: dict[bytes, int] = {}
        self._people: dict[bytes, int] = {}
        self._unnumbered: dict[bytes, int] = {}

    def repeated(
        self, place: int, name: str | None, identity: NationalId | None, birth: Dated | None
    ) -> tuple[RosterRule, int] | None:
        """Note a person, and tell whether they were there before, and at which place."""
        number = _digest(identity.number) if identity else None
        person = _digest(f"{name}|{birth.day}|{birth.precision}") if name and birth else None
        found = None
        if number and number in self._numbers:
            found = RosterRule.duplicate_id, self._numbers[number]
        elif person and person in (before := self._unnumbered if number else self._people):
            found = RosterRule.duplicate_person, before[person]
        if number:
            self._numbers.setdefault(number, place)
        if person:
            self._people.setdefault(person, place)
            if not number:
                self._unnumbered.setdefault(person, place)
        return found


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()


class RowReader:
    """Reads one row column by column and keeps what is wrong with it."""

    def __init__(self, table: Table, row: TableRow, place: int, today: date, zone: tzinfo) -> None:
        self.table, self.row, self.place, self.today = table, row, place, today
        self.calendar = Calendar(zone, table.sheet.day_zero)
        self.faults: list[CellFault] = []
        self.warnings: list[FieldFault] = []

    def read(self, branch: str | None, people: People) -> RosterRow:
        """Read the whole row; `branch` is the name that holds for it."""
        if self.row.is_hidden:
            self.warn(RosterWarning.hidden_row)
        name = self.take("full_name", clean_name, missing=RosterRule.name_missing)
        if name and name.endswith((" 男", " 女")):
            self.warn(RosterWarning.name_with_more)
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
        if repeated := people.repeated(self.place, name, identity, birth):
            self.fail(repeated[0], params=told_place(repeated[1], self.place, people.titles))
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
                place=self.place,
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
        return RosterRow(self.place, branch, entry, tuple(self.faults), self.table, self.row.is_hidden)

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
        """A column's text, if it is not too long for what keeps it and can stand on a page."""
        text, limit = self._text(column), LIMITS[column]
        if text and len(text) > limit:
            self.fail(RosterRule.too_long, at=column, params={"limit": limit})
            return None
        if text and not is_shown_well(text):
            self.fail(RosterRule.text_unreadable, at=column)
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

    def fail(self, rule: RosterRule, *, at: str = "", params: Mapping[str, object] | None = None) -> None:
        text = rule.text.fill(**params) if params else rule.text
        self.faults.append(CellFault(at or rule.field, rule.value, text))

    def warn(self, warning: RosterWarning, *, at: str = "") -> None:
        self.warnings.append(self.table.tell(self.row.number, CellFault(at or warning.field, warning.value, warning.text)))

    def _text(self, column: str) -> str | None:
        cell = self.row.cell(column)
        if cell.is_formula:
            self.fail(RosterRule.formula, at=column)
            return None
        if is_too_long(cell):
            self.fail(RosterRule.too_long, at=column, params={"limit": LIMITS.get(column, MAX_NAME)})
            return None
        text = said(cell)
        if text and is_error(text):
            self.fail(RosterRule.cell_error, at=column)
            return None
        return text

    def _miss(self, column: str, missing: RosterRule | None) -> None:
        if missing and not self.is_at_fault(column):
            self.fail(missing)
