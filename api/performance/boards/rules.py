"""The arithmetic of a board: exact fractions from counts to index, rounded once, where they are shown (contract, section 2)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import nsmallest
from typing import Final, NamedTuple

from api.performance.periods.rules import QUARTERS, PeriodKind, code_before, kind_of
from api.performance.rules import rounded
from models.performance_enums import IndicatorDirection, IndicatorUnit, Pillar

WEAKEST: Final = 10
"""How many branches a board names."""
_PERCENT: Final = IndicatorUnit.percent
_DOWN: Final = IndicatorDirection.down
_DECIMALS_OF_ATTAINMENT: Final = 3


class Aim(NamedTuple):
    """An indicator as it counts in a period; its target is in its unit."""

    code: str
    pillar: Pillar
    name: str
    unit: IndicatorUnit
    weight: int
    target: int
    direction: IndicatorDirection


Counts = tuple[int, int]
"""What there is of an indicator: a numerator and its denominator, which is 0 of a count."""
Counted = Mapping[str, Counts]
"""What an organisation has with everything below it, by the indicator's code; of what it has nothing, it is left out."""


@dataclass(frozen=True)
class Branch:
    """A branch by its key, in hexadecimal digits."""

    key: str
    name: str
    counted: Counted


@dataclass(frozen=True)
class Weak:
    """A branch among the weakest, with the indicator that takes most from its index; None where every target is met."""

    branch: Branch
    index: Fraction
    reason: Aim | None


def share(aim: Aim, counts: Counts | None) -> Fraction | None:
    """The value of an indicator in its unit; None where there is nothing to measure."""
    if counts is None or _attained(aim.unit, aim.target, aim.direction, counts) is None:
        return None
    numerator, denominator = counts
    return Fraction(100 * numerator, denominator) if aim.unit is _PERCENT else Fraction(numerator)


def attainment(aim: Aim, counts: Counts | None) -> Fraction | None:
    """How far the target is met, from 0 to 1; None where there is nothing to measure."""
    attained = _attained(aim.unit, aim.target, aim.direction, counts) if counts else None
    return Fraction(*attained) if attained else None


def index(aims: Iterable[Aim], counted: Counted) -> Fraction | None:
    """The weighted mean of what is attained, of 100; None where nothing that has a weight is measured."""
    weights, top, bottom = 0, 0, 1
    for code, _, _, unit, weight, target, direction in aims:
        if weight and code in counted and (attained := _attained(unit, target, direction, counted[code])):
            # As whole numbers: the boards of a district add thousands of them, and a Fraction is reduced at each step.
            numerator, denominator = attained
            top, bottom = top * denominator + weight * numerator * bottom, bottom * denominator
            weights += weight
    return Fraction(100 * top, bottom * weights) if weights else None


def of_pillar(aims: Iterable[Aim], pillar: Pillar) -> list[Aim]:
    return [aim for aim in aims if aim.pillar is pillar]


def reason(aims: Iterable[Aim], counted: Counted) -> Aim | None:
    """The indicator whose weight and distance from its target take most from the index, the first of several; None where every
    target is met."""
    found, most, of = None, 0, 1
    for aim in aims:
        if aim.code in counted and (attained := _attained(aim.unit, aim.target, aim.direction, counted[aim.code])):
            numerator, denominator = attained
            lost = aim.weight * (denominator - numerator)
            if lost * of > most * denominator:
                found, most, of = aim, lost, denominator
    return found


def weakest(aims: Sequence[Aim], branches: Iterable[Branch]) -> list[Weak]:
    """The branches of the lowest index as it is shown, those of one index by their names; one of which nothing is measured is
    none of them."""
    measured = [(branch, found) for branch in branches if (found := index(aims, branch.counted)) is not None]
    first = nsmallest(WEAKEST, measured, key=lambda one: (rounded(one[1]), one[0].name, one[0].key))
    return [Weak(branch, found, reason(aims, branch.counted)) for branch, found in first]


def movement(now: Fraction | None, before: Fraction | None) -> Fraction | None:
    """By how much an index has changed; None where one of the two is not known."""
    return None if now is None or before is None else now - before


def shown_attainment(value: Fraction) -> float:
    """What is attained, of 1, with three decimals, half up: so in per cent it has one, as all that is shown."""
    return rounded(value, _DECIMALS_OF_ATTAINMENT)


def trend(period: str) -> list[str]:
    """The quarters that a trend shows, the last at the end: a quarter with the three before it, or those of a year."""
    last = period if kind_of(period) is PeriodKind.quarter else f"{period}-Q{QUARTERS}"
    found = [last]
    for _ in range(QUARTERS - 1):
        found.insert(0, code_before(found[0]))
    return found


def _attained(unit: IndicatorUnit, target: int, direction: IndicatorDirection, counts: Counts) -> tuple[int, int] | None:
    """What is attained as a numerator and its denominator, not reduced. A count is measured wherever it was counted: it has no
    denominator that could be 0."""
    reached, of = counts
    if unit is _PERCENT:
        if not of:
            return None
        reached, target = 100 * reached, target * of
    if direction is _DOWN:
        reached, target = target, reached
    return (reached, target) if reached < target else (1, 1)
