"""What is counted for the figures, each by one statement."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import and_, col, func, or_, select

from api.access.scope import Access
from api.database import Work
from api.figures import Own, Span, end_of_day, how_many, own_counts
from api.inspections.queries import counting
from models.base import OwnedRecord
from models.enums import CheckResult, Obligation, VenueKind
from models.inspection import Inspection, InspectionItem
from models.rectification import Rectification
from models.standard import Standard, StandardItem
from models.venue import Venue

Rows = Sequence[Any]

_COUNTED: Final[Mapping[str, tuple[type[OwnedRecord], Any]]] = {
    "sign_coverage": (Venue, Venue.kind),
    "sign_pass": (Inspection, Inspection.venue_kind),
    "rectification_on_time": (Rectification, Inspection.venue_kind),
}
"""Of what each figure counts, and where its kind of venue is told."""


def count_covered(span: Span, kinds: Collection[VenueKind]) -> Own:
    """By organisation: its venues of some kinds that were open at the end of a span and that others have inspected, without finding
    in the inspection finished last a failed mandatory item that was not confirmed as put right by then; and all of them."""
    end, newer = span.end, aliased(Inspection)
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
    venues: Any = select(Venue).outerjoin(Inspection, is_last).where(col(Venue.kind).in_(kinds), col(Venue.created_at) < end)
    venues = venues.where(or_(col(Venue.closed_on).is_(None), col(Venue.closed_on) > span.until))
    covered = how_many(and_(col(Inspection.id).is_not(None), ~_left_undone(end)))
    return own_counts(venues, col(Venue.organization_id), covered, func.count())


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


def count_passed(span: Span) -> Own:
    """By organisation of the venue: the items that have passed in inspections by others in a span, and those that passed or
    failed."""
    result = col(InspectionItem.result)
    items: Any = select(Inspection).join(InspectionItem, col(InspectionItem.inspection_id) == col(Inspection.id))
    items = counting(items, span.begin, span.end).where(result != CheckResult.not_applicable)
    return own_counts(items, col(Inspection.organization_id), how_many(result == CheckResult.passed), func.count())


def count_on_time(work: Work, span: Span) -> Own:
    """By organisation that has to put it right: what others have found that was confirmed in a span, and claimed last on a day by
    which it was due; and all that was confirmed in it, or due on one of its days that is past, and is not confirmed."""
    confirmed, due = col(Rectification.confirmed_at), col(Rectification.due_on)
    found: Any = select(Rectification).join(Inspection, col(Inspection.id) == col(Rectification.inspection_id))
    found = found.where(
        ~col(Inspection.by_own_organization),
        or_(
            and_(confirmed >= span.begin, confirmed < span.end),
            and_(confirmed.is_(None), due >= span.since, due <= span.until, due < span.on),
        ),
    )
    in_time = and_(confirmed.is_not(None), col(Rectification.claimed_at) < end_of_day(work, due, span.zone))
    return own_counts(found, col(Rectification.organization_id), how_many(in_time), func.count())


def counted_by_kind(work: Work, access: Access, organization_id: UUID | None, figure: str, counts: Own) -> Rows:
    """What is counted within reach, or of an organisation there and everything below it, by kind of venue besides: whose it is, of
    which kind, and the two numbers."""
    model, kind = _COUNTED[figure]
    counts = counts.add_columns(kind).group_by(kind).where(access.reach_below(work, organization_id).holds(model))
    return work.execute(counts).all()


def kinds_with_mandatory(items: Sequence[StandardItem]) -> frozenset[VenueKind]:
    """The kinds of venues for which something is mandatory."""
    return frozenset(VenueKind(kind) for item in items if item.obligation is Obligation.mandatory for kind in item.venue_kinds)


def _of_item() -> Any:
    return and_(
        col(Rectification.source_kind) == str(InspectionItem.__tablename__),
        col(Rectification.source_id) == col(InspectionItem.id),
    )
