"""What is counted for the figures, each by one statement."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import and_, col, func, or_, select

from api.access.scope import Access
from api.database import Work
from api.inspections.queries import counting
from models.enums import CheckResult, Obligation, VenueKind
from models.inspection import Inspection, InspectionItem
from models.rectification import Rectification
from models.standard import Standard, StandardItem
from models.venue import Venue

Rows = Sequence[Any]


def venues(work: Work, access: Access, organization_id: UUID | None, until: date, end: datetime) -> Rows:
    """The venues that were open at the end of a day: whose, of which kind, the inspection of others that was finished last, and
    whether a mandatory item had failed in it that was not confirmed as put right by then."""
    newer = aliased(Inspection)
    later = select(newer.id).where(
        newer.venue_id == col(Inspection.venue_id),
        col(newer.final),
        ~col(newer.by_own_organization),
        col(newer.finished_at) < end,
        or_(
            col(newer.finished_at) > col(Inspection.finished_at),
            and_(col(newer.finished_at) == col(Inspection.finished_at), col(newer.id) > col(Inspection.id)),
        ),
    )
    is_last = and_(
        col(Inspection.venue_id) == col(Venue.id),
        col(Inspection.final),
        ~col(Inspection.by_own_organization),
        col(Inspection.finished_at) < end,
        ~later.exists(),
    )
    query: Any = access.listed(work, Venue, organization_id=organization_id)
    query = query.where(col(Venue.created_at) < end, or_(col(Venue.closed_on).is_(None), col(Venue.closed_on) > until))
    columns = (col(Venue.organization_id), col(Venue.kind), col(Inspection.id), _left_undone(end))
    return work.execute(query.outerjoin(Inspection, is_last).with_only_columns(*columns)).all()


def _left_undone(end: datetime) -> Any:
    """The condition that a mandatory item failed in an inspection, and was not confirmed as put right before a moment."""
    query: Any = select(InspectionItem.id).join(Standard, col(Standard.number) == col(Inspection.standard_number))
    is_item = and_(col(StandardItem.standard_id) == col(Standard.id), col(StandardItem.code) == col(InspectionItem.code))
    query = query.join(StandardItem, is_item).outerjoin(Rectification, _of_item())
    confirmed = col(Rectification.confirmed_at)
    failed = query.where(
        col(InspectionItem.inspection_id) == col(Inspection.id),
        col(StandardItem.obligation) == Obligation.mandatory,
        col(InspectionItem.result) == CheckResult.failed,
        or_(confirmed.is_(None), confirmed >= end),
    )
    return failed.correlate(Inspection).exists()


def results(work: Work, access: Access, organization_id: UUID | None, begin: datetime, end: datetime) -> Rows:
    """How often others have found each result in a period: whose venue, of which kind, the result, the number."""
    query: Any = access.listed(work, Inspection, organization_id=organization_id)
    query = counting(query.join(InspectionItem, col(InspectionItem.inspection_id) == col(Inspection.id)), begin, end)
    by = (col(Inspection.organization_id), col(Inspection.venue_kind), col(InspectionItem.result))
    return work.execute(query.with_only_columns(*by, func.count()).group_by(*by)).all()


def rectifications(work: Work, access: Access, organization_id: UUID | None, begin: datetime, end: datetime, days: Any) -> Rows:
    """What others have found that was confirmed in a period, or should have been put right by one of its days and was not: whose,
    of which kind of venue, when it was confirmed and claimed last, and by when it was due."""
    first, last = days
    confirmed, due = col(Rectification.confirmed_at), col(Rectification.due_on)
    query: Any = access.listed(work, Rectification, organization_id=organization_id)
    query = query.join(Inspection, col(Inspection.id) == col(Rectification.inspection_id)).where(
        ~col(Inspection.by_own_organization),
        or_(
            and_(confirmed >= begin, confirmed < end),
            and_(confirmed.is_(None), due >= first, due <= last, due < work.today),
        ),
    )
    columns = (col(Rectification.organization_id), col(Inspection.venue_kind), confirmed, col(Rectification.claimed_at), due)
    return work.execute(query.with_only_columns(*columns)).all()


def kinds_with_mandatory(items: Sequence[StandardItem]) -> frozenset[VenueKind]:
    """The kinds of venues for which something is mandatory."""
    return frozenset(VenueKind(kind) for item in items if item.obligation is Obligation.mandatory for kind in item.venue_kinds)


def _of_item() -> Any:
    return and_(
        col(Rectification.source_kind) == str(InspectionItem.__tablename__),
        col(Rectification.source_id) == col(InspectionItem.id),
    )
