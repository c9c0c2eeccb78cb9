"""Ratios that hold on any machine: two things measured in turn, round after round, and the median of the rounds' ratios."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from typing import Final, TypeVar

Thing = TypeVar("Thing")
Rounds = list[tuple[float, float]]
"""Microseconds of processor time, of the thing and of its yardstick, round after round."""

MICROSECONDS: Final = 1e6


@dataclass(frozen=True)
class Plan:
    """How much is measured. The short form proves that everything runs; its ratios are nobody's measure."""

    quick: bool = False
    engines: tuple[str, ...] = ("sqlite", "postgresql")

    def pick(self, whole: int, quick: int) -> int:
        return quick if self.quick else whole


@dataclass(frozen=True)
class Finding:
    """One ratio: `of` what, `against` what, from `n` rounds; `owed` is what it may be at most, None where nothing is promised.

    `us` and `against_us` are the medians behind it, in microseconds of processor time; they mean nothing on another machine.
    """

    name: str
    of: str
    against: str
    ratio: float
    owed: float | None
    n: int
    us: float
    against_us: float
    why: str = ""
    """Where nothing is promised: for what known reason it may be more than it should."""

    @property
    def is_kept(self) -> bool:
        return self.owed is None or self.ratio <= self.owed


def finding(name: str, of: str, against: str, rounds: Rounds, owed: float | None = None, *, why: str = "") -> Finding:
    """Sum up what the rounds have shown."""
    ratio = median(mine / its for mine, its in rounds)
    return Finding(name, of, against, ratio, owed, len(rounds), median(r[0] for r in rounds), median(r[1] for r in rounds), why)


def compare(subject: Callable[[], object], yardstick: Callable[[], object], *, rounds: int, each: int) -> Rounds:
    """Let two functions of this process run in turn; each round is of `each` calls, and begins with the other one."""
    measured = []
    for number in range(rounds + 1):
        order = (subject, yardstick) if number % 2 else (yardstick, subject)
        costs = {call: spent(call, each) for call in order}
        measured.append((costs[subject], costs[yardstick]))
    # The first round has warmed everything up.
    return measured[1:]


def spent(call: Callable[[], object], times: int) -> float:
    """Microseconds of processor time that a function of this process takes, of so many calls."""
    began = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - began) * MICROSECONDS / times


def feeding(call: Callable[[Thing], object], things: Iterable[Thing]) -> Callable[[], object]:
    """A function that gives `call` another thing each time."""
    waiting = iter(things)
    return lambda: call(next(waiting))
