"""The indicators of the district: the figures of the rooms, and what is entered by hand."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.access.scope import hold_root
from api.database import Work
from api.errors import Conflict, FieldFault, NotFound
from api.pagination import count
from api.performance.figures import is_available
from api.performance.indicators import queries, rules
from api.performance.indicators.rules import CODE_TAKEN, IndicatorRule
from api.versions import Expected
from models.indicator import Indicator
from models.performance_enums import FigureName


def list_indicators(work: Work) -> Sequence[Indicator]:
    """All of them, also those that do not count any more, in the order in which they were made."""
    found: Sequence[Indicator] = work.exec(queries.in_order()).all()
    return found


def create_indicator(work: Work, content: Mapping[str, Any]) -> Indicator:
    """Make an indicator that is entered by hand; `content` has its columns. Raises `Conflict` where its code is taken, or
    `TooManyIndicators`."""
    hold_root(work)
    if queries.by_code(work, content["code"]) is not None:
        raise Conflict(faults=(FieldFault("body.code", IndicatorRule.code_taken, CODE_TAKEN),), instead=CODE_TAKEN)
    if count(work, queries.in_order()) >= rules.MOST_INDICATORS:
        raise rules.TooManyIndicators
    indicator = Indicator(**content, figure=FigureName.entered)
    work.add(indicator)
    work.flush()
    work.record("create_indicator", indicator)
    return indicator


def edit_indicator(work: Work, code: str, changes: Mapping[str, Any], expected: Expected) -> Indicator:
    """Change how an indicator counts from now on: periods that are closed or closing have their own copy. Raises `NotFound`."""
    indicator = queries.by_code(work, code)
    if indicator is None:
        raise NotFound
    expected.check(indicator)
    changed = {name: value for name, value in changes.items() if getattr(indicator, name) != value}
    for name, value in changed.items():
        setattr(indicator, name, value)
    if changed:
        work.flush()
        work.record("edit_indicator", indicator, fields=sorted(changed))
    return indicator


def is_counted(indicator: Indicator) -> bool:
    """Whether there is something that counts it, or somebody who enters it."""
    return indicator.figure is FigureName.entered or is_available(indicator.figure)
