from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import union_all
from sqlmodel import and_, col, exists, literal, or_, select

from api.access.permissions import BRANCHES
from api.access.scope import Access, Lock, locking
from api.database import Work
from api.performance.periods.rules import spans_before
from models.enums import Role
from models.indicator import Indicator, IndicatorEntry, Period
from models.organization import Organization
from models.performance_enums import FigureName, PeriodState


def in_order() -> Any:
    """All indicators, in the order in which they were made."""
    return select(Indicator).order_by(col(Indicator.created_at), col(Indicator.id))


def by_code(work: Work, code: str, lock: Lock = Lock.for_change) -> Indicator | None:
    """An indicator, held where the work writes."""
    return work.exec(locking(work, select(Indicator).where(col(Indicator.code) == code), Indicator, lock=lock)).first()


def entries(work: Work, access: Access, code: str, *, organization_id: UUID | None, period: str | None) -> Any:
    """What was entered of an indicator within reach, the newest first; what is None narrows nothing. Raises `NotFound`."""
    found = access.listed(work, IndicatorEntry, organization_id=organization_id, indicator=code, period=period)
    return found.order_by(col(IndicatorEntry.id).desc())


def not_entered(work: Work, access: Access) -> Any:
    """The branches that the caller is a secretary of and that have entered nothing for the last quarter or year that is over, as
    long as it is open, unless it was over before the indicator was made: the indicator, the branch with its name, the period and
    its last day."""
    reach = access.reach(work, frozenset({Role.secretary}))
    spans = spans_before(work.today)
    over = [select(literal(one.code).label("code"), literal(one.ends_on.isoformat()).label("ends_on")) for one in spans]
    span = union_all(*over).subquery("waiting")
    was_there = or_(
        *(
            and_(span.c.code == one.code, col(Indicator.created_at) < work.begin_of(one.ends_on + timedelta(days=1)))
            for one in spans
        )
    )
    has_closed = exists().where(col(Period.code) == span.c.code, col(Period.state) != PeriodState.open)
    has_entered = exists().where(
        col(IndicatorEntry.period) == span.c.code,
        col(IndicatorEntry.indicator) == col(Indicator.code),
        col(IndicatorEntry.organization_id) == col(Organization.id),
    )
    columns: tuple[Any, ...] = (Indicator, col(Organization.id), col(Organization.name), span.c.code, span.c.ends_on)
    query: Any = select(*columns).select_from(Indicator).join(Organization, reach.holds(Organization)).join(span, ~has_closed)
    return query.where(
        col(Indicator.figure) == FigureName.entered,
        col(Indicator.is_active),
        was_there,
        col(Organization.kind).in_(BRANCHES),
        col(Organization.closed_on).is_(None),
        ~has_entered,
    )
