"""The board of an organisation: of a branch counted when it is asked for while the period is open, else from what is stored."""

from collections.abc import Collection, Mapping, Sequence
from typing import IO, Any, Final
from uuid import UUID

from api.access.names import organization_names
from api.access.permissions import BRANCHES
from api.access.scope import PATH_STEP, Access, Lock, below
from api.database import Work
from api.days import day_of
from api.performance.boards import queries, rules, workbook
from api.performance.boards.rules import Aim, Branch, Counts
from api.performance.boards.view import (
    NOTHING,
    BoardView,
    CoverageView,
    Measured,
    TodoView,
    WeakView,
    coverage_of,
    gap_of,
    pillars_of,
    quarter_of,
    shown,
    weak_of,
)
from api.performance.periods import queries as period_queries
from api.performance.periods.counting import own_counts
from api.performance.periods.rules import Span, code_before, span_of, spans_on
from api.performance.words import standing_words
from api.todo.service import Source, count_todo
from models.enums import OrganizationKind
from models.indicator import Period
from models.organization import Organization
from models.performance_enums import IndicatorDirection, IndicatorUnit, PeriodState, Pillar

LIVE: Final = BRANCHES | {OrganizationKind.group}
"""Whose boards are counted when they are asked for; a group stands within a branch."""


def show_board(work: Work, access: Access, organization_id: UUID, period: str | None, sources: Sequence[Source]) -> BoardView:
    """The board of an organisation within reach, of a quarter (`2026-Q3`) or a year (`2026`), by default of the quarter of today.

    What is not measured is None and no 0. `sources` are what may wait for the caller at a branch. Raises `NotFound`.
    """
    top = access.get(work, Organization, organization_id, Lock.none)
    asked = span_of(period, "query.period") if period else spans_on(work.today)[0]
    known = period_queries.rows(work, {asked.code, code_before(asked.code), *rules.trend(asked.code)})
    stored = _stored(work, top, known)
    row, row_before = known.get(asked.code), known.get(code_before(asked.code))
    state = row.state if row else PeriodState.open
    as_of = row.as_of if row else None
    is_above = top.kind not in LIVE
    if state is PeriodState.open and not is_above:
        stored[asked.code], as_of = _counted_now(work, top, asked), work.at
    now, earlier = (stored.get(code, NOTHING) for code in (asked.code, code_before(asked.code)))
    coverage, weakest = _branches(work, top, row, row_before) if is_above else (None, [])
    return BoardView(
        organization_id=top.id,
        organization_name=top.name,
        kind=top.kind,
        period=asked.code,
        state=state,
        is_corrected=now.is_corrected,
        standing=standing_words(state, is_over=asked.ends_on < work.today, is_corrected=now.is_corrected),
        as_of=as_of,
        index=shown(now.index),
        index_before=shown(earlier.index),
        pillars=pillars_of(now, earlier),
        trend=[quarter_of(code, stored.get(code, NOTHING)) for code in rules.trend(asked.code)],
        coverage=coverage,
        weakest=weakest,
        todo=None if is_above else _todo(work, access, top, sources),
        gap=gap_of(now),
    )


def write_board(
    work: Work, access: Access, organization_id: UUID, period: str | None, sources: Sequence[Source], target: IO[bytes]
) -> BoardView:
    """Write the board as a workbook. Returns what stands in it. Raises `NotFound`."""
    board = show_board(work, access, organization_id, period, sources)
    workbook.write(board, target, work.zone)
    return board


def aims_of(period: Period | None) -> list[Aim]:
    """The indicators by which the values of a period were counted last; none where they never were."""
    return [
        Aim(
            one["code"],
            Pillar(one["pillar"]),
            one["name"],
            IndicatorUnit(one["unit"]),
            one["weight"],
            one["target"],
            IndicatorDirection(one["direction"]),
        )
        for one in (period.indicators if period else None) or ()
    ]


def _stored(work: Work, top: Organization, known: Mapping[str, Period]) -> dict[str, Measured]:
    """What is stored of an organisation, by the period; of what was corrected, what it was corrected to."""
    counted: dict[str, dict[str, Counts]] = {code: {} for code in known}
    corrected = set()
    for code, indicator, numerator, denominator, reason in queries.values(work, top.id, known):
        counted[code][indicator] = (numerator, denominator)
        if reason is not None:
            corrected.add(code)
    return {code: Measured(aims_of(period), counted[code], code in corrected) for code, period in known.items()}


def _counted_now(work: Work, top: Organization, span: Span) -> Measured:
    """What an organisation has at this moment of a period, by the indicators that count now."""
    indicators = period_queries.active_indicators(work)
    own = {one.code: own_counts(work, span, one.code, one.figure, work.at, inside=below(top)) for one in indicators}
    known = {code: query for code, query in own.items() if query is not None}
    aims = [Aim(**one.model_dump(include=set(Aim._fields))) for one in indicators]
    return Measured(aims, queries.summed(work, top, known))


def _branches(work: Work, top: Organization, period: Period | None, earlier: Period | None) -> tuple[CoverageView, list[WeakView]]:
    """How far the branches below an organisation are reached, and the weakest of them, by what is stored of a period.

    A branch with values belongs where it stood when they were counted, so that a closed period stays as it was; one without any,
    where it stands.
    """
    fixed = period.as_of if period and period.state is not PeriodState.open else None
    at = fixed or work.at
    names = queries.branches(work, top, at, day_of(at, work.zone))
    counted = {}
    stored = queries.values_of_branches(work, top, period.code, period.as_of) if period and period.as_of else ()
    for path, values in stored:
        if path.startswith(top.path):
            counted[_key(path)] = values
        else:
            names.pop(_key(path), None)
    if fixed and (gone := counted.keys() - names.keys()):
        names |= {key.hex: name for key, name in organization_names(work, map(UUID, gone)).items()}
    aims, then = aims_of(period), aims_of(earlier)
    branches = [Branch(key, name, counted.get(key, {})) for key, name in names.items()]
    weakest = rules.weakest(aims, branches)
    before: dict[str, dict[str, Counts]] = {one.branch.key: {} for one in weakest}
    for key, indicator, numerator, denominator, _ in _values_of(work, before, earlier):
        before[key.hex][indicator] = numerator, denominator
    return coverage_of(aims, branches), [weak_of(one, Measured(then, before[one.branch.key])) for one in weakest]


def _values_of(work: Work, keys: Collection[str], period: Period | None) -> Sequence[Any]:
    return queries.values_of(work, [UUID(key) for key in keys], period.code) if period and keys else ()


def _key(path: str) -> str:
    """The key of an organisation, as it ends its path."""
    return path[-PATH_STEP:-1]


def _todo(work: Work, access: Access, top: Organization, sources: Sequence[Source]) -> TodoView:
    counts = count_todo(work, access.about(top), sources)
    return TodoView(sum(counts.values()), counts)
