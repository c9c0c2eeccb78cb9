from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import and_, col, func, or_, select

from api.access.permissions import BRANCHES
from api.access.scope import below, within
from api.database import Work
from api.figures import Own
from models.indicator import IndicatorValue
from models.organization import Organization


def values(work: Work, organization_id: UUID, codes: Collection[str]) -> Sequence[Any]:
    """What an organisation has in some periods with everything below it: the period, the indicator, numerator and denominator. Of
    what was corrected, each version is behind the one before."""
    whose = and_(col(IndicatorValue.organization_id) == organization_id, col(IndicatorValue.period).in_(codes))
    return _values(work, select(col(IndicatorValue.period)).where(whose))


def values_of(work: Work, organizations: Collection[UUID], code: str) -> Sequence[Any]:
    """The same of several organisations in one period, with the organisation instead of the period."""
    whose = and_(col(IndicatorValue.organization_id).in_(organizations), col(IndicatorValue.period) == code)
    return _values(work, select(col(IndicatorValue.organization_id)).where(whose))


def values_of_branches(work: Work, top: Organization, code: str) -> Sequence[Any]:
    """The same of the branches that stand below an organisation or stood there when it was counted, with the path at which each
    stood then, and its name."""
    query = select(col(IndicatorValue.organization_id), col(IndicatorValue.path), col(Organization.name))
    query = query.join(Organization, col(Organization.id) == col(IndicatorValue.organization_id))
    stands = or_(within(top), within(top, IndicatorValue))
    return _values(work, query.where(col(IndicatorValue.period) == code, col(Organization.kind).in_(BRANCHES), stands))


def _values(work: Work, query: Any) -> Sequence[Any]:
    what = (col(IndicatorValue.indicator), col(IndicatorValue.numerator), col(IndicatorValue.denominator))
    found: Sequence[Any] = work.execute(query.add_columns(*what).order_by(col(IndicatorValue.version))).all()
    return found


def branches(work: Work, top: Organization, at: datetime, on: date) -> dict[UUID, str]:
    """The names of the branches that stand below an organisation and were there at a moment, which lies on that day."""
    was_there = and_(
        col(Organization.created_at) <= at, or_(col(Organization.closed_on).is_(None), col(Organization.closed_on) > on)
    )
    query = select(Organization.id, Organization.name).where(within(top), col(Organization.kind).in_(BRANCHES), was_there)
    return dict(work.exec(query).all())


def summed(work: Work, top: Organization, own: Mapping[str, Own]) -> dict[str, tuple[int, int]]:
    """What an organisation has now with everything below it, of each of these figures that has anything, by one statement each."""
    found = {}
    for code, query in own.items():
        owner, *_ = query.selected_columns
        counted = query.where(owner.in_(below(top))).subquery()
        total = select(func.count(), func.sum(counted.c.numerator), func.sum(counted.c.denominator)).select_from(counted)
        rows, up, down = work.execute(total).one()
        if rows:
            found[code] = (int(up), int(down))
    return found
