"""By which schemes a year is scored, what a score comes to, when something may be entered, and who sees what
(`performance-records.md`, sections 4 and 6).

All of it is exact: points are counted in halves, shares are fractions. What is shown is rounded once, half up, to a tenth.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import ClassVar, Final

from api.errors import Conflict, FieldFault, Invalid, Rule, Text
from models.score_enums import ScoreScheme, ScoreSection

HIGHEST: Final = 100
"""No score is above this, nor below nought."""
OWED_PLEDGES: Final = 2
"""How many annual pledges a member owes a year, unless he makes them voluntarily."""

MOST_ENTRIES: Final = 500
"""Entries of one member and year, those that reverse others among them, from which on none is made but to take one back. All are
read to tell who sees which."""


class TooManyScoreEntries(Conflict):
    text: ClassVar[Text] = Text(
        f"这名党员这一年度已有 {MOST_ENTRIES} 条积分记录（含冲销记录），不能再录入。",
        f"This member has {MOST_ENTRIES} entries of this year already, those that reverse others among them, and cannot have more.",
    )


class SchemeInUse(Conflict):
    of_field: ClassVar[str | None] = "scheme"
    text: ClassVar[Text] = Text(
        "这一年度已有积分记录，不能再改积分办法。", "Scores of this year have entries already, so its scheme stays as it is."
    )


class YearOver(Conflict):
    of_field: ClassVar[str | None] = ""
    text: ClassVar[Text] = Text(
        "这一年度的积分已于次年3月31日截止，不能再改动。",
        "The scores of this year are settled: they were open until 31 March of the next.",
    )


class SectionNotInScheme(Conflict):
    of_field: ClassVar[str | None] = "section"
    text: ClassVar[Text] = Text("这一年度的积分办法没有这一项。", "The scheme of this year has no such section.")


class AlreadyReversed(Conflict):
    title: ClassVar[Text | None] = Text(
        "这条记录不能冲销，也不能申诉。", "This entry can be neither reversed nor appealed against."
    )
    text: ClassVar[Text] = Text("这条记录已经冲销。", "This entry has been reversed already.")


IS_A_REVERSAL: Final = Text("这是一条冲销记录，不能再冲销或申诉。", "This entry reverses another one, and stands.")
"""Said where `already_reversed` is about the second of the two."""


ENTERED_ABOVE: Final = Text("这条记录由上级录入，请由上级冲销。", "This entry was made by the level above, which reverses it.")
"""Said where `for_the_level_above` is about who has made the entry."""


class ScoreRule(Rule):
    """What stands against a field of an entry, or of the choice of a scheme."""

    far_off = "far_off"
    in_the_future = "in_the_future"
    in_another_year = "in_another_year"
    no_points = "no_points"


_FAULTS: Final[Mapping[ScoreRule, tuple[tuple[str, ...], Text]]] = {
    ScoreRule.far_off: (
        ("year",),
        Text("只能为今年、去年或明年选定积分办法。", "A scheme is chosen for this year, the last or the next."),
    ),
    ScoreRule.in_the_future: (("happened_on",), Text("日期不能晚于今天。", "The day must not lie in the future.")),
    ScoreRule.in_another_year: (
        ("happened_on", "year"),
        Text("日期不在这一年度内，请核对日期和年度。", "The day does not lie in that year: look at both."),
    ),
    ScoreRule.no_points: (
        ("points",),
        Text("分值至少0.5分，一票否决可以是0分。", "There must be at least half a point, or none for a veto."),
    ),
}


@dataclass(frozen=True)
class Scheme:
    """A scheme: what each part may come to, in points, and where that is from. `bonus` and `deduction` are the most that counts."""

    code: ScoreScheme
    name: str
    base: int
    pledge: int
    bonus: int
    deduction: int
    veto: bool
    source: str

    def has(self, section: ScoreSection) -> bool:
        most = {ScoreSection.base: self.base, ScoreSection.bonus: self.bonus, ScoreSection.deduction: self.deduction}
        return self.veto if section is ScoreSection.veto else most[section] > 0


DEFAULT: Final = ScoreScheme.pledge_50_30_20
SCHEMES: Final[Mapping[ScoreScheme, Scheme]] = {
    scheme.code: scheme
    for scheme in (
        Scheme(
            ScoreScheme.vanguard_ningbo,
            "锋领指数",
            base=80,
            pledge=0,
            bonus=20,
            deduction=20,
            veto=True,
            source="基本、加分、扣分、一票否决四部分：甬组通〔2014〕20号（据转载）。各部分分值未见公布，由支部自定；"
            "此处基本80分、加分20分依浙江先锋指数，扣分20分、一票否决清零依青海的做法，为本系统自定",
        ),
        Scheme(
            ScoreScheme.vanguard_80_20,
            "先锋指数",
            base=80,
            pledge=0,
            bonus=20,
            deduction=0,
            veto=False,
            source="浙组通〔2012〕63号（据转载）；加分不超过20分、总分在0至100分之间：龙泉2015年",
        ),
        Scheme(
            ScoreScheme.pledge_50_30_20,
            "承诺积分",
            base=50,
            pledge=30,
            bonus=20,
            deduction=0,
            veto=False,
            source="底线50分、承诺30分：遂昌2013年（suichang.gov.cn/art/2013/8/22/art_1229429309_1991091.html）；加分20分：龙泉2015年",
        ),
    )
}
"""The presets, with where each is from."""


@dataclass(frozen=True)
class Counted:
    """What the entries of a year that live, which are those that none reverses, come to: points of each section in halves."""

    base: int = 0
    bonus: int = 0
    deduction: int = 0
    vetoes: int = 0
    """How many there are."""


@dataclass(frozen=True)
class Pledged:
    """The annual pledges of a member and year that were published and not withdrawn. `counted` are those not exempted, of which
    some are `fulfilled`."""

    counted: int = 0
    fulfilled: int = 0
    exempted: int = 0
    is_voluntary: bool = False

    @property
    def owed(self) -> int:
        """How many he owes at the least: none voluntarily; one exempted is one that he need not keep."""
        return 0 if self.is_voluntary else max(0, OWED_PLEDGES - self.exempted)


@dataclass(frozen=True)
class Score:
    """What a member has come to in a year, exactly, as a whole and by parts. A veto leaves nothing of it."""

    base: Fraction
    pledge: Fraction
    bonus: Fraction
    deduction: Fraction
    is_vetoed: bool

    @property
    def total(self) -> Fraction:
        if self.is_vetoed:
            return Fraction(0)
        whole = self.base + self.pledge + self.bonus - self.deduction
        return min(max(whole, Fraction(0)), Fraction(HIGHEST))


def score_of(scheme: Scheme, counted: Counted, pledged: Pledged) -> Score:
    """What living entries and pledges come to by a scheme."""
    return Score(
        base=max(Fraction(0), scheme.base - Fraction(counted.base, 2)),
        pledge=_pledge_part(scheme, pledged),
        bonus=min(Fraction(scheme.bonus), Fraction(counted.bonus, 2)),
        deduction=min(Fraction(scheme.deduction), Fraction(counted.deduction, 2)),
        is_vetoed=counted.vetoes > 0,
    )


def _pledge_part(scheme: Scheme, pledged: Pledged) -> Fraction:
    """以亮诺促亮绩: the share of what is owed or made that is fulfilled, or all of it where there is nothing to fulfil."""
    due = max(pledged.owed, pledged.counted)
    return Fraction(scheme.pledge) if due == 0 else Fraction(scheme.pledge * pledged.fulfilled, due)


def halves(points: float) -> int:
    """How many halves are points that come in steps of a half."""
    return round(points * 2)


def check_year(year: int, today: date) -> None:
    """Raise `YearOver` after 31 March of the year that follows."""
    if today > date(year + 1, 3, 31):
        raise YearOver


def check_scheme_year(year: int, today: date) -> None:
    """Raise `Invalid` for a year later than the next."""
    _refuse([ScoreRule.far_off] if year > today.year + 1 else [])


def _refuse(broken: Iterable[ScoreRule]) -> None:
    named = [(rule, *_FAULTS[rule]) for rule in broken]
    faults = tuple(FieldFault(f"body.{field}", rule, text) for rule, fields, text in named for field in fields)
    if faults:
        raise Invalid(faults=faults)


def check_entry(scheme: Scheme, year: int, section: ScoreSection, half_points: int, happened_on: date, today: date) -> None:
    """Raise `SectionNotInScheme`; or `Invalid` for a day that is yet to come or not of the year, or for fewer points than a half,
    or than none for a veto."""
    if not scheme.has(section):
        raise SectionNotInScheme
    wrong = [
        (ScoreRule.in_the_future, happened_on > today),
        (ScoreRule.in_another_year, happened_on <= today and happened_on.year != year),
        (ScoreRule.no_points, half_points < (0 if section is ScoreSection.veto else 1)),
    ]
    _refuse(rule for rule, is_so in wrong if is_so)


def check_number(in_all: int) -> None:
    """Raise `TooManyScoreEntries` where a member has as many entries of a year as he may."""
    if in_all >= MOST_ENTRIES:
        raise TooManyScoreEntries


def check_living(*, is_reversed: bool, is_reversal: bool) -> None:
    """Raise `AlreadyReversed` for one of two entries of which one reverses the other."""
    if is_reversal:
        raise AlreadyReversed(instead=IS_A_REVERSAL)
    if is_reversed:
        raise AlreadyReversed


@dataclass(frozen=True)
class Sight:
    """How a caller stands to a member: what is told him of the member's score follows from it."""

    is_oneself: bool
    leads: bool
    """As a deputy or secretary whose reach the member lies in."""
    is_above: bool
    """As an officer whose reach he lies in."""
    is_about_writer: bool
    """The member writes scores in his branch himself."""
    may_judge: bool
    """The caller writes scores of him, which of one who writes scores only those above him do."""
    hears: bool
    """The caller hears his appeals, but against what he has entered himself."""

    @property
    def sees_all(self) -> bool:
        """An officer does so of those alone whose scores only the level above writes."""
        return self.is_oneself or self.leads or (self.is_above and self.is_about_writer and self.may_judge)

    def sees_appeal(self, *, entered_by_caller: bool) -> bool:
        """Officers see the appeals that are theirs to decide."""
        return self.is_oneself or self.leads or (self.hears and not entered_by_caller)

    def sees_entry(self, *, entered_by_caller: bool, is_appealed: bool) -> bool:
        """Officers see what they have entered, and what the appeals are against that are theirs to decide."""
        if self.sees_all:
            return True
        return self.is_above and (entered_by_caller or (is_appealed and self.sees_appeal(entered_by_caller=False)))

    def sees_evidence(self, *, entered_by_caller: bool) -> bool:
        """What a secretary brings with an appeal is not for the other secretaries of his branch."""
        if self.is_oneself or (self.hears and not entered_by_caller):
            return True
        return self.leads and not self.is_about_writer
