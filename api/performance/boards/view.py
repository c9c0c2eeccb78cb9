"""A board as it is shown, with its numbers rounded: the same ones as JSON, on the page and in the workbook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final
from uuid import UUID

from api.errors import Text
from api.performance.boards import rules
from api.performance.boards.rules import Aim, Branch, Counted
from api.performance.rules import rounded
from models.enums import OrganizationKind
from models.performance_enums import IndicatorDirection, IndicatorUnit, PeriodState, Pillar


@dataclass(frozen=True)
class Measured:
    """What an organisation has in a period, by the indicators of that period, and whether something of it was corrected."""

    aims: Sequence[Aim]
    counted: Counted
    is_corrected: bool = False

    @property
    def index(self) -> Fraction | None:
        return rules.index(self.aims, self.counted)

    def value(self, code: str) -> float | None:
        aim = next((one for one in self.aims if one.code == code), None)
        return None if aim is None else shown(rules.share(aim, self.counted.get(code)))


NOTHING: Final = Measured((), {})
NONE: Final = (0, 0)


@dataclass(frozen=True)
class IndicatorView:
    """An indicator with what there is of it; what is not measured is None, and `before` is its value in the period before."""

    code: str
    name: str
    unit: IndicatorUnit
    numerator: int | None
    denominator: int | None
    value: float | None
    target: int
    direction: IndicatorDirection
    weight: int
    attainment: float | None
    before: float | None


@dataclass(frozen=True)
class PillarView:
    pillar: Pillar
    index: float | None
    indicators: Sequence[IndicatorView]


@dataclass(frozen=True)
class PillarIndex:
    pillar: Pillar
    index: float | None


@dataclass(frozen=True)
class QuarterView:
    period: str
    index: float | None
    pillars: Sequence[PillarIndex]


@dataclass(frozen=True)
class CoverageView:
    """How many branches there are, and how many of them have at least one valid card, one member who has pledged, one venue with
    its signs; None where that is no indicator of the period."""

    branches: int
    with_cards: int | None
    with_pledges: int | None
    with_signs: int | None


@dataclass(frozen=True)
class ReasonView:
    """The indicator that takes most from an index, by its code."""

    indicator: str
    name: str
    unit: IndicatorUnit
    value: float
    target: int


@dataclass(frozen=True)
class WeakView:
    organization_id: UUID
    organization_name: str
    index: float
    movement: float | None
    reason: ReasonView | None


@dataclass(frozen=True)
class TodoView:
    total: int
    counts: Mapping[str, int]


@dataclass(frozen=True)
class BoardView:
    organization_id: UUID
    organization_name: str
    kind: OrganizationKind
    period: str
    state: PeriodState
    is_corrected: bool
    standing: Text
    as_of: datetime | None
    index: float | None
    index_before: float | None
    pillars: Sequence[PillarView]
    trend: Sequence[QuarterView]
    coverage: CoverageView | None
    weakest: Sequence[WeakView]
    todo: TodoView | None
    gap: ReasonView | None
    """What takes most from its index."""

    @property
    def movement(self) -> float | None:
        """By how much the index has changed as both are shown; None where one of the two is not known."""
        return None if self.index is None or self.index_before is None else round(self.index - self.index_before, 1)


def shown(value: Fraction | None) -> float | None:
    return None if value is None else rounded(value)


def pillars_of(now: Measured, earlier: Measured) -> list[PillarView]:
    """The four, each with its indicators."""
    return [
        PillarView(pillar, shown(rules.index(aims, now.counted)), [_indicator(aim, now.counted, earlier) for aim in aims])
        for pillar in Pillar
        for aims in [rules.of_pillar(now.aims, pillar)]
    ]


def _indicator(aim: Aim, counted: Counted, earlier: Measured) -> IndicatorView:
    counts = counted.get(aim.code)
    attained = rules.attainment(aim, counts)
    numerator, denominator = counts or (None, None)
    return IndicatorView(
        aim.code,
        aim.name,
        aim.unit,
        numerator,
        denominator,
        shown(rules.share(aim, counts)),
        aim.target,
        aim.direction,
        aim.weight,
        None if attained is None else rules.shown_attainment(attained),
        earlier.value(aim.code),
    )


def quarter_of(period: str, measured: Measured) -> QuarterView:
    indexes = [PillarIndex(one, shown(rules.index(rules.of_pillar(measured.aims, one), measured.counted))) for one in Pillar]
    return QuarterView(period, shown(measured.index), indexes)


def coverage_of(aims: Sequence[Aim], branches: Sequence[Branch]) -> CoverageView:
    known = {aim.code for aim in aims}

    def having(code: str) -> int | None:
        return sum(branch.counted.get(code, NONE)[0] > 0 for branch in branches) if code in known else None

    return CoverageView(len(branches), having("card_coverage"), having("pledge_rate"), having("sign_coverage"))


def weak_of(weak: rules.Weak, earlier: Measured) -> WeakView:
    branch, aim = weak.branch, weak.reason
    moved = rules.movement(weak.index, earlier.index)
    return WeakView(UUID(branch.key), branch.name, rounded(weak.index), shown(moved), _reason(aim, branch.counted))


def gap_of(measured: Measured) -> ReasonView | None:
    return _reason(rules.reason(measured.aims, measured.counted), measured.counted)


def _reason(aim: Aim | None, counted: Counted) -> ReasonView | None:
    value = shown(rules.share(aim, counted.get(aim.code))) if aim else None
    return ReasonView(aim.code, aim.name, aim.unit, value, aim.target) if aim and value is not None else None
