"""What a score comes to, reckoned once more from the contract in plain Python, as one would on paper."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

NUMBERS = {
    "vanguard_ningbo": (80, 0, 20, 20),
    "vanguard_80_20": (80, 0, 20, 0),
    "pledge_50_30_20": (50, 30, 20, 0),
}
"""Base, pledges, most of a bonus, most of a deduction."""


@dataclass(frozen=True)
class Line:
    """A line of a ledger: its number, and that of the line that it reverses."""

    no: int
    section: str
    points: Fraction
    reverses: int | None = None


@dataclass(frozen=True)
class Reckoned:
    total: Fraction
    base: Fraction
    pledge: Fraction
    bonus: Fraction
    deduction: Fraction
    is_vetoed: bool


def reckon(scheme: str, lines: Iterable[Line], *, outcomes: Iterable[str], is_voluntary: bool) -> Reckoned:
    """`outcomes` are those of the annual pledges that were published and not withdrawn, an empty word where there is none yet."""
    base, pledge, bonus_cap, deduction_cap = NUMBERS[scheme]
    listed = list(lines)
    gone = {line.reverses for line in listed if line.reverses is not None}
    living = [line for line in listed if line.reverses is None and line.no not in gone]
    sums = {
        name: sum((line.points for line in living if line.section == name), Fraction(0)) for name in ("base", "bonus", "deduction")
    }
    told = list(outcomes)
    exempted, fulfilled = told.count("exempted"), told.count("fulfilled")
    owed = 0 if is_voluntary else max(0, 2 - exempted)
    due = max(owed, len(told) - exempted)
    part = Fraction(pledge) if due == 0 else Fraction(pledge) * fulfilled / due
    left = max(Fraction(0), base - sums["base"])
    bonus, deduction = min(Fraction(bonus_cap), sums["bonus"]), min(Fraction(deduction_cap), sums["deduction"])
    is_vetoed = any(line.section == "veto" for line in living)
    total = Fraction(0) if is_vetoed else min(Fraction(100), max(Fraction(0), left + part + bonus - deduction))
    return Reckoned(total, left, part, bonus, deduction, is_vetoed)


def shown(exact: Fraction) -> float:
    """With one decimal, half up."""
    whole = Decimal(exact.numerator) / Decimal(exact.denominator)
    return float(whole.quantize(Decimal("0.1"), ROUND_HALF_UP))
