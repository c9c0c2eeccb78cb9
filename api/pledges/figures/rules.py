"""The figures of pledges: for each organisation a few whole numbers of its own, summed up the tree. Rates are never averaged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Final, NamedTuple

from models.enums import Grade

CONTENT: Final = frozenset({Grade.satisfied, Grade.fairly_satisfied})
"""The grades of those who are satisfied."""


class Ratio(NamedTuple):
    """A share as its two whole numbers, of which the first is not the larger."""

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        """The share with four decimals, half up; None of nothing."""
        if not self.denominator:
            return None
        return (20_000 * self.numerator + self.denominator) // (2 * self.denominator) / 10_000


@dataclass(frozen=True)
class Counts:
    """What is counted of one organisation, or of one and everything below it."""

    owing: int = 0
    """Members who owe pledges: full and probationary ones who are not exempt."""
    with_two: int = 0
    """Those of them with two annual pledges published."""
    texts: int = 0
    """Texts that are decided, or that have waited for as long as a decision may take."""
    texts_on_time: int = 0
    due: int = 0
    """Pledges published, not exempted, that are settled or past their day."""
    fulfilled: int = 0
    graded: int = 0
    """Grades of the masses that count."""
    content: int = 0
    """Those of them that are satisfied or fairly satisfied."""
    overdue: int = 0
    exempted: int = 0
    withdrawn: int = 0

    @property
    def pledge_rate(self) -> Ratio:
        return Ratio(self.with_two, self.owing)

    @property
    def review_on_time_rate(self) -> Ratio:
        return Ratio(self.texts_on_time, self.texts)

    @property
    def fulfillment_rate(self) -> Ratio:
        return Ratio(self.fulfilled, self.due)

    @property
    def satisfaction_rate(self) -> Ratio:
        return Ratio(self.content, self.graded)

    @property
    def below_two(self) -> int:
        return self.owing - self.with_two


_NAMES = tuple(field.name for field in fields(Counts))


def summed(counts: Iterable[Counts]) -> Counts:
    """Counts of several organisations taken together."""
    rows = [tuple(getattr(one, name) for name in _NAMES) for one in counts]
    return Counts(*map(sum, zip(*rows, strict=True)))


def by_child(top: str, own: Mapping[str, Counts]) -> dict[str, Counts]:
    """The counts of each child of an organisation together with everything below it, by the child's path. All are told by paths, of
    which each step is as long as any other."""
    found: dict[str, list[Counts]] = {}
    length = len(top) + len(top[: top.index("/") + 1])
    for path, counts in own.items():
        if path != top:
            found.setdefault(path[:length], []).append(counts)
    return {path: summed(counts) for path, counts in found.items()}
