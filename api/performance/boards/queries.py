from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import JSON
from sqlmodel import and_, col, func, or_, select, union

from api.access.permissions import BRANCHES
from api.access.scope import PATH_STEP, below, is_whole_district, within
from api.database import Work
from api.figures import Own
from models.indicator import IndicatorValue
from models.organization import Organization

CLOCKS: Final = timedelta(days=1)
"""So far a clock may have been set back since."""


def values(work: Work, organization_id: UUID, codes: Collection[str]) -> Sequence[Any]:
    """What an organisation has in some periods with everything below it: the period, the indicator, numerator, denominator
    and, of what was corrected, why. Each version is behind the one before."""
    whose = and_(col(IndicatorValue.organization_id) == organization_id, col(IndicatorValue.period).in_(codes))
    return _values(work, select(col(IndicatorValue.period)).where(whose))


def values_of(work: Work, organizations: Collection[UUID], code: str) -> Sequence[Any]:
    """The same of several organisations in one period, with the organisation instead of the period."""
    whose = and_(col(IndicatorValue.organization_id).in_(organizations), col(IndicatorValue.period) == code)
    return _values(work, select(col(IndicatorValue.organization_id)).where(whose))


def values_of_branches(
    work: Work, top: Organization, code: str, counted_at: datetime
) -> Iterator[tuple[str, dict[str, tuple[int, int]]]]:
    """What the branches that stand below an organisation, or stood there when a period was counted at a moment, have in it, by the
    indicator; each with the path at which it stood then. All of a branch is one row, since a district has thousands of values."""
    value = (IndicatorValue.indicator, IndicatorValue.version, IndicatorValue.numerator, IndicatorValue.denominator)
    if work.is_sqlite:
        together = func.json_group_array(func.json_array(*value), type_=JSON)
    else:
        together = func.json_agg(func.json_build_array(*value), type_=JSON)
    path = col(IndicatorValue.path)
    query = select(path, together, func.max(IndicatorValue.version)).where(col(IndicatorValue.period) == code)
    query = query.join(Organization, col(Organization.id) == col(IndicatorValue.organization_id))
    query = query.where(col(Organization.kind).in_(BRANCHES))
    if not is_whole_district(top.path):
        # Else SQLite would look through what all branches of the district had, for those few that stood below then.
        have_moved = select(Organization.id).where(col(Organization.moved_at) >= counted_at - CLOCKS)
        may_have_stood = union(below(top), have_moved)
        query = query.where(col(IndicatorValue.organization_id).in_(may_have_stood), or_(within(top), within(top, IndicatorValue)))
    for where, told, newest in work.exec(query.group_by(col(IndicatorValue.organization_id), path)):
        # What was corrected stands behind what it was.
        yield where, {indicator: (up, down) for indicator, _, up, down in (told if newest == 1 else sorted(told))}


def _values(work: Work, query: Any) -> Sequence[Any]:
    numbers = (col(IndicatorValue.numerator), col(IndicatorValue.denominator))
    what = (col(IndicatorValue.indicator), *numbers, col(IndicatorValue.reason))
    # In the order of the primary key.
    order = (
        col(IndicatorValue.period),
        col(IndicatorValue.organization_id),
        col(IndicatorValue.indicator),
        col(IndicatorValue.version),
    )
    found: Sequence[Any] = work.execute(query.add_columns(*what).order_by(*order)).all()
    return found


def branches(work: Work, top: Organization, at: datetime, on: date) -> dict[str, str]:
    """The names of the branches that stand below an organisation and were there at a moment, which lies on that day; by their keys
    in hexadecimal digits."""
    was_there = and_(
        col(Organization.created_at) <= at, or_(col(Organization.closed_on).is_(None), col(Organization.closed_on) > on)
    )
    query = select(Organization.path, Organization.name).where(within(top), col(Organization.kind).in_(BRANCHES), was_there)
    return {path[-PATH_STEP:-1]: name for path, name in work.exec(query)}


def summed(work: Work, top: Organization, own: Mapping[str, Own]) -> dict[str, tuple[int, int]]:
    """What an organisation has now with everything below it, of each of these figures that has anything, by one statement each."""
    found, inside = {}, below(top)
    for code, query in own.items():
        owner, *_ = query.selected_columns
        if rows := work.execute(query.where(owner.in_(inside))).all():
            found[code] = (sum(int(up) for _, up, _ in rows), sum(int(down) for *_, down in rows))
    return found
