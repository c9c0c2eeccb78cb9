"""Rosters made up at random, whose truth is known: what each row holds, and which cell is at fault."""

import csv
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import openpyxl
from stdnum.iso7064 import mod_11_2

from api.adapters.cells import letters
from api.members.roster.columns import COLUMNS
from models.enums import DatePrecision, Gender

BRANCHES = ("上塘村第一党支部", "上塘村第二党支部", "南塘村第一党支部", "南塘村第二党支部")
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国云龘"
NOTHING = (None, "无", "—", "/", "／", " ", "暂无")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass
class Person:
    """One person of a roster, as it should be read; `written` are the cells as they stand, `fault` the one that was injected."""

    name: str
    born: date
    birth_precision: DatePrecision
    gender: Gender
    joined: date
    joined_precision: DatePrecision
    confirmed: date | None
    confirmed_precision: DatePrecision
    branch: str
    number: str | None
    mobile: str | None
    written: dict[str, Any] = field(default_factory=dict)
    fault: tuple[str, str] | None = None
    row: int = 0


@dataclass
class Generated:
    """A file and what must come of it: the people in their order, with the addresses of the injected faults."""

    content: bytes
    is_workbook: bool
    people: list[Person]
    places: dict[str, int]
    headings: dict[str, str]

    @property
    def faults(self) -> list[tuple[int, str, str, str]]:
        """Row, cell, heading and rule of each."""
        return [
            (person.row, f"{letters(self.places[column])}{person.row}", self.headings[column], rule)
            for person in self.people
            if person.fault
            for column, rule in [person.fault]
        ]


def national_id(born: date, gender: Gender, order: int) -> str:
    digits = f"990101{born:%Y%m%d}{order % 499 * 2 + (gender is Gender.male):03d}"
    return digits + mod_11_2.calc_check_digit(digits)


class Maker:
    """Makes one roster from one source of chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.is_workbook = chance.random() < 0.5
        self.encoding = chance.choice(["utf-8", "utf-8-sig", "gb18030"])
        self.people: list[Person] = []
        columns = ["full_name", "national_id", "gender", "birth_date", "joined_on", "confirmed_on", "branch_name", "mobile"]
        chance.shuffle(columns)
        self.columns = columns
        # A word of several columns would make two headings ask for one place.
        self.headings = {column: self.dressed(chance.choice(_own_words(column))) for column in columns}
        self.fills_down = chance.random() < 0.5

    def make(self) -> Generated:
        chance = self.chance
        for order in range(chance.randint(1, 14)):
            self.people.append(self.person(order))
        if self.fills_down:
            self.people.sort(key=lambda person: person.branch)
        self.inject()
        width = len(self.columns) + 1
        lines: list[list[Any]] = [[] for _ in range(chance.randint(0, 5))]
        for line in lines:
            if chance.random() < 0.6:
                line[:] = ["某某镇党员花名册"] if chance.random() < 0.5 else ["填报单位：某某镇", None, "填报日期：2026年"]
        lines.append(["序号", *(self.headings[column] for column in self.columns)])
        before: str | None = None
        for order, person in enumerate(self.people, start=1):
            if chance.random() < 0.1:
                lines.append([None] * width)
            cells = dict(person.written)
            if self.fills_down and person.branch == before and person.fault != ("branch_name", "unknown_branch"):
                cells["branch_name"] = None
            before = person.branch if not (person.fault and person.fault[0] == "branch_name") else None
            lines.append([order, *(cells[column] for column in self.columns)])
            person.row = len(lines)
        if chance.random() < 0.4:
            lines.append(["合 计", f"{len(self.people)}人"])
        if chance.random() < 0.2:
            lines.append(["填表人：某某", None, "审核人：某某"])
        content = self.workbook(lines) if self.is_workbook else self.text(lines)
        places = {column: place for place, column in enumerate(self.columns, start=1)}
        headings = {column: heading.strip() for column, heading in self.headings.items()}
        return Generated(content, self.is_workbook, self.people, places, headings)

    def person(self, order: int) -> Person:
        chance = self.chance
        born = date(chance.randint(1935, 1995), chance.randint(1, 12), chance.randint(1, 28))
        joined = date(born.year + chance.randint(20, 28), chance.randint(1, 12), chance.randint(1, 28))
        confirmed = date(joined.year + 1, joined.month, joined.day) if chance.random() < 0.7 else None
        # Every name is its own, so that nobody is taken for another but where that is meant.
        name = chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, 2)) + GIVEN[order]
        gender = chance.choice(list(Gender))
        number = national_id(born, gender, chance.randrange(499)) if chance.random() < 0.7 else None
        mobile = f"1{chance.choice('3578')}{chance.randrange(10**9):09d}" if chance.random() < 0.7 else None
        month, day = DatePrecision.month, DatePrecision.day
        person = Person(name, born, day, gender, joined, day, confirmed, day, chance.choice(BRANCHES), number, mobile)
        person.written = {
            "full_name": self.spaced(name),
            "national_id": self.number(number),
            "gender": "男" if gender is Gender.male else "女",
            "branch_name": person.branch,
            "mobile": self.phone(mobile),
        }
        person.written["birth_date"], precision = self.day(born)
        person.birth_precision = precision
        person.born = born.replace(day=1) if precision is month else born
        person.written["joined_on"], person.joined_precision = self.day(joined)
        person.joined = joined.replace(day=1) if person.joined_precision is month else joined
        if confirmed:
            person.written["confirmed_on"], person.confirmed_precision = self.day(confirmed)
            person.confirmed = confirmed.replace(day=1) if person.confirmed_precision is month else confirmed
        else:
            person.written["confirmed_on"] = chance.choice(NOTHING)
        return person

    def inject(self) -> None:
        """Give some people one fault each; the repeated ones come behind, as the rules ask of the later row."""
        chance = self.chance
        kinds: list[Callable[[Person], tuple[str, str] | None]] = [
            self.without_name,
            self.with_digits_lost,
            self.with_wrong_check,
            self.with_wrong_gender,
            self.with_wrong_birth,
            self.with_short_phone,
            self.joined_some_time,
            self.joined_in_future,
            self.confirmed_too_early,
            self.in_unknown_branch,
            self.with_formula,
        ]
        for person in self.people:
            if chance.random() < 0.3:
                person.fault = chance.choice(kinds)(person)
        if chance.random() < 0.4:
            self.repeat(lambda person: person.number is not None, "national_id", "duplicate_id")
        if chance.random() < 0.4:
            self.repeat(lambda person: person.number is None, "full_name", "duplicate_person")

    def repeat(self, suits: Callable[[Person], bool], column: str, rule: str) -> None:
        first = next((person for person in self.people if suits(person) and not person.fault), None)
        if first:
            last = self.people[-1].branch if self.fills_down else first.branch
            again = replace(first, written={**first.written, "branch_name": last}, branch=last, fault=(column, rule))
            if rule == "duplicate_id":
                again.written["full_name"] = "另一人"
            self.people.append(again)

    def without_name(self, person: Person) -> tuple[str, str]:
        person.written["full_name"] = self.chance.choice(NOTHING)
        return "full_name", "name_missing"

    def with_digits_lost(self, person: Person) -> tuple[str, str]:
        as_number = 990101196803150000 if self.is_workbook else "9.90101E+17"
        person.written["national_id"] = as_number
        return "national_id", "id_lost_digits"

    def with_wrong_check(self, person: Person) -> tuple[str, str]:
        number = national_id(person.born, person.gender, 7)
        person.written["national_id"] = number[:-1] + next(c for c in "123456789" if c != number[-1])
        return "national_id", "id_checksum"

    def with_wrong_gender(self, person: Person) -> tuple[str, str] | None:
        if person.number is None:
            return None
        person.written["gender"] = "女" if person.gender is Gender.male else "男"
        return "gender", "gender_contradicts_id"

    def with_wrong_birth(self, person: Person) -> tuple[str, str] | None:
        if person.number is None:
            return None
        person.written["birth_date"] = f"{person.born.year - 1}-{person.born.month:02d}"
        return "birth_date", "birth_contradicts_id"

    def with_short_phone(self, person: Person) -> tuple[str, str]:
        person.written["mobile"] = self.chance.choice(["1380013800", "1234567"])
        return "mobile", "phone_short"

    def joined_some_time(self, person: Person) -> tuple[str, str]:
        person.written["joined_on"] = self.chance.choice(["1979年春", "八十年代", "1985-13-01", "不详"])
        return "joined_on", "joined_unreadable"

    def joined_in_future(self, person: Person) -> tuple[str, str]:
        person.written["joined_on"], person.written["confirmed_on"] = "2098-07-01", None
        return "joined_on", "joined_future"

    def confirmed_too_early(self, person: Person) -> tuple[str, str]:
        person.written["confirmed_on"] = f"{person.joined.year - 1}.05"
        return "confirmed_on", "confirmed_before_joined"

    def in_unknown_branch(self, person: Person) -> tuple[str, str]:
        person.written["branch_name"] = "某处没有的党支部"
        return "branch_name", "unknown_branch"

    def with_formula(self, person: Person) -> tuple[str, str]:
        column = self.chance.choice(["full_name", "mobile", "joined_on"])
        person.written[column] = "=A1"
        return column, "formula"

    def dressed(self, heading: str) -> str:
        dress = self.chance.choice(["{}", "{}", "{}（必填）", "*{}", " {}", "{}："])
        spaced = " ".join(heading) if self.chance.random() < 0.2 else heading
        return dress.format(spaced)

    def spaced(self, name: str) -> str:
        return self.chance.choice([name, name, "\u3000".join(name[:2]) + name[2:], f" {name} ", " ".join(name)])

    def number(self, number: str | None) -> Any:
        if number is None:
            return self.chance.choice(NOTHING)
        return self.chance.choice([number, number, number.translate(WIDE), f" {number}", f"\t{number}", number.lower()])

    def phone(self, mobile: str | None) -> Any:
        if mobile is None:
            return self.chance.choice(NOTHING)
        forms: list[Any] = [mobile, mobile.translate(WIDE), f"{mobile[:3]} {mobile[3:7]} {mobile[7:]}", f"+86 {mobile}"]
        return self.chance.choice([*forms, int(mobile)] if self.is_workbook else forms)

    def day(self, day: date) -> tuple[Any, DatePrecision]:
        """A day in one of the forms that offices write, and how exactly that form tells it."""
        of_a_day: list[Any] = [
            f"{day:%Y-%m-%d}",
            f"{day.year}/{day.month}/{day.day}",
            f"{day:%Y%m%d}",
            f"{day.year}年{day.month}月{day.day}日",
            f"{day:%Y.%m.%d}".translate(WIDE),
        ]
        of_a_month: list[Any] = [f"{day:%Y.%m}", f"{day:%Y%m}", f"{day.year}年{day.month}月"]
        if self.is_workbook:
            of_a_day += [datetime(day.year, day.month, day.day), (day - date(1899, 12, 30)).days, int(f"{day:%Y%m%d}")]
        if self.chance.random() < 0.4:
            return self.chance.choice(of_a_month), DatePrecision.month
        return self.chance.choice(of_a_day), DatePrecision.day

    def workbook(self, lines: Sequence[Sequence[Any]]) -> bytes:
        book = openpyxl.Workbook()
        page = book.worksheets[0]
        if self.chance.random() < 0.3:
            page.title, page.sheet_state = "旧表", "hidden"
            page.append(["姓名", "入党时间", "支部"])
            page.append(["不该读到", "1990-01-01", BRANCHES[0]])
            page = book.create_sheet("名册")
        if self.chance.random() < 0.3:
            book.create_sheet("空表", 0)
        for number, line in enumerate(lines, start=1):
            for place, value in enumerate(line, start=1):
                if value is not None:
                    page.cell(number, place, value)
        if lines[0] and len(lines[0]) == 1:
            page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=5)
        file = io.BytesIO()
        book.save(file)
        return file.getvalue()

    def text(self, lines: Sequence[Sequence[Any]]) -> bytes:
        file = io.StringIO()
        writer = csv.writer(file, delimiter=self.chance.choice([",", "\t", ";"]), lineterminator=self.chance.choice(["\n", "\r\n"]))
        width = max(map(len, lines))
        for line in lines:
            writer.writerow([*line, *[None] * (width - len(line))])
        return file.getvalue().encode(self.encoding)


def _own_words(column: str) -> list[str]:
    others = {word for name, words in COLUMNS.items() if name != column for word in words}
    return [word for word in COLUMNS[column] if word not in others]


def roster_of(seed: int) -> Generated:
    """The roster of a seed; the same each time."""
    return Maker(random.Random(seed)).make()
