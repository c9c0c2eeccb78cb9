import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import JSON, Integer, Text, Uuid, cast, column, insert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import aliased
from sqlmodel import and_, case, col, delete, func, literal, or_, select

from api.access.scope import Access, at_or_above, locking
from api.database import Work
from api.figures import Own
from api.performance.periods.rules import Span
from models.base import metadata
from models.indicator import Indicator, IndicatorEntry, IndicatorValue, Period
from models.organization import Organization
from models.performance_enums import IndicatorUnit, PeriodState

_PERIOD: Final = metadata.tables["period"]
_VALUE: Final = metadata.tables["indicator_value"]
_COUNTED: Final = (
    "period",
    "indicator",
    "version",
    "created_at",
    "organization_id",
    "path",
    "own_numerator",
    "own_denominator",
    "numerator",
    "denominator",
)


def rows(work: Work, codes: Collection[str]) -> dict[str, Period]:
    """Those of these periods that have a row."""
    return {one.code: one for one in work.exec(select(Period).where(col(Period.code).in_(codes))).all()}


def held(work: Work, code: str) -> Period | None:
    """The row of a period, held; None where it has none."""
    return work.exec(locking(work, select(Period).where(col(Period.code) == code), Period)).first()


def begun(work: Work, span: Span) -> Period:
    """The row of a period, held, that may have had none before."""
    found = held(work, span.code)
    if found is not None:
        return found
    row = Period(**span._asdict(), created_at=work.at, updated_at=work.at)
    adding: Any = sqlite_insert if work.is_sqlite else postgresql_insert
    work.connection().execute(adding(_PERIOD).values(row.model_dump()).on_conflict_do_nothing(index_elements=["code"]))
    query = locking(work, select(Period).where(col(Period.code) == span.code), Period)
    return work.exec(query).one()


def next_unfinished(work: Work, without: Collection[str]) -> str | None:
    """The code of a period of which something is left to count and that nobody is counting: one that is being closed, or else
    whichever has waited longest."""
    waits = select(Period.code).where(*_left(work), col(Period.code).not_in(without))
    is_closing = case((col(Period.state) == PeriodState.closing, 0), else_=1)
    return work.exec(waits.order_by(is_closing, col(Period.as_of), col(Period.code)).limit(1)).first()


def take_unfinished(work: Work, code: str) -> Period | None:
    """The row of such a period, held; None where somebody else was a moment quicker."""
    query = select(Period).where(col(Period.code) == code, *_left(work))
    return work.exec(locking(work, query, Period, waits=False)).first()


def _left(work: Work) -> tuple[Any, ...]:
    return (
        or_(col(Period.done) < col(Period.of), col(Period.state) == PeriodState.closing),
        or_(col(Period.leased_until).is_(None), col(Period.leased_until) < work.at),
    )


def open_before(work: Work, span: Span, first: date) -> Sequence[Span]:
    """The periods that ended before one begins, on a `first` day or later, and are open, of those that have a row."""
    is_over = and_(col(Period.ends_on) < span.starts_on, col(Period.ends_on) >= first)
    query = select(Period).where(col(Period.state) == PeriodState.open, is_over)
    return [Span(one.code, one.starts_on, one.ends_on) for one in work.exec(query).all()]


def active_indicators(work: Work) -> Sequence[Indicator]:
    """The indicators that count from now on, in the order in which they were made."""
    return work.exec(select(Indicator).where(col(Indicator.is_active)).order_by(col(Indicator.created_at), col(Indicator.id))).all()


def entered(code: str, indicator: str, at: datetime) -> Own:
    """What was entered last of an indicator for a period until a moment, by organisation."""
    newer = aliased(IndicatorEntry)
    is_later = or_(
        newer.created_at > col(IndicatorEntry.created_at),
        and_(newer.created_at == col(IndicatorEntry.created_at), newer.id > col(IndicatorEntry.id)),
    )
    later = select(newer.id).where(
        newer.period == code,
        newer.indicator == indicator,
        newer.organization_id == col(IndicatorEntry.organization_id),
        newer.created_at <= at,
        is_later,
    )
    denominator: Any = func.coalesce(col(IndicatorEntry.denominator), 0).label("denominator")
    query: Any = select(col(IndicatorEntry.organization_id), col(IndicatorEntry.numerator), denominator)
    found: Own = query.where(
        col(IndicatorEntry.period) == code,
        col(IndicatorEntry.indicator) == indicator,
        col(IndicatorEntry.created_at) <= at,
        ~later.exists(),
    )
    return found


def forget_others(work: Work, code: str, indicators: Collection[str]) -> None:
    """Forget the provisional values of a period that are of none of these indicators."""
    work.execute(delete(IndicatorValue).where(col(IndicatorValue.period) == code, col(IndicatorValue.indicator).not_in(indicators)))


def forget_values(work: Work, code: str, indicator: str) -> None:
    """Forget the provisional values of an indicator in a period."""
    work.execute(delete(IndicatorValue).where(col(IndicatorValue.period) == code, col(IndicatorValue.indicator) == indicator))


def roll_up(work: Work, code: str, indicator: str, own: Iterable[Iterable[Any]]) -> None:
    """Store what every organisation has of an indicator in a period, of its own and with everything below it in the tree. `own` are
    the keys of organisations, each with its numerator and denominator."""
    told = literal(json.dumps([[key.hex, int(first), int(second)] for key, first, second in own]), Text)
    each = func.json_each(told) if work.is_sqlite else func.json_array_elements(cast(told, JSON))
    counted: Any = each.table_valued(column("value", JSON)).c.value
    numerator, denominator = counted[1].as_integer(), counted[2].as_integer()
    below, above = aliased(Organization), aliased(Organization)
    is_own = above.id == below.id
    columns: tuple[Any, ...] = (
        literal(code, Text),
        literal(indicator, Text),
        literal(1, Integer),
        literal(work.at, _VALUE.c.created_at.type),
        above.id,
        above.path,
        func.sum(case((is_own, numerator), else_=0)),
        func.sum(case((is_own, denominator), else_=0)),
        func.sum(numerator),
        func.sum(denominator),
    )
    what: Any = select(*columns).select_from(counted.table).join(below, below.id == cast(counted[0].as_string(), Uuid))
    what = what.join(above, at_or_above(below, above)).group_by(above.id, above.path)
    work.execute(insert(IndicatorValue).from_select(_COUNTED, what))


def newest(work: Work, code: str, indicator: str, organizations: Collection[UUID]) -> dict[UUID, IndicatorValue]:
    """The newest versions of the values of an indicator in a period, by organisation."""
    query = select(IndicatorValue).where(
        col(IndicatorValue.period) == code,
        col(IndicatorValue.indicator) == indicator,
        col(IndicatorValue.organization_id).in_(organizations),
    )
    return {one.organization_id: one for one in work.exec(query.order_by(col(IndicatorValue.version))).all()}


def values(
    work: Work, access: Access, code: str, organization_id: UUID | None, indicator: str | None
) -> Sequence[tuple[IndicatorValue, IndicatorUnit, str]]:
    """All versions of the values of a period within reach, the newest first, each with its unit and whose it is by name."""
    query: Any = select(IndicatorValue, col(Indicator.unit), Organization.name)
    query = query.join(Indicator, col(Indicator.code) == col(IndicatorValue.indicator))
    query = query.join(Organization, col(Organization.id) == col(IndicatorValue.organization_id))
    reach, owner = access.reach(work), col(IndicatorValue.organization_id)
    # Of one it is asked whether it lies there; of many which do, or SQLite would walk all values of the period.
    query = query.where(col(IndicatorValue.period) == code, reach.holds(Organization) if organization_id else reach.covers(owner))
    if organization_id is not None:
        query = query.where(owner == organization_id)
    if indicator is not None:
        query = query.where(col(IndicatorValue.indicator) == indicator)
    order = (col(IndicatorValue.created_at).desc(), col(IndicatorValue.version).desc())
    found: Sequence[Any] = work.exec(query.order_by(*order, col(IndicatorValue.path), col(IndicatorValue.indicator))).all()
    return found
