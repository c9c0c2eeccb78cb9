from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.scope import Access, Lock, hold_organizations, locking
from api.database import Work
from models.inspection import Inspection, InspectionItem
from models.organization import Organization
from models.venue import Venue

Found = SelectOfScalar[Inspection]


def venues(work: Work, access: Access, keys: Collection[UUID], lock: Lock) -> dict[UUID, Venue]:
    """Those of some venues that lie within reach, locked where the work writes."""
    query = access.select(work, Venue).where(col(Venue.id).in_(keys)).order_by(col(Venue.id))
    return {venue.id: venue for venue in work.exec(locking(work, query, Venue, lock=lock)).all()}


def hold_organizations_of(work: Work, organization_ids: Collection[UUID]) -> None:
    """Hold the organisations that are to be named."""
    hold_organizations(work, col(Organization.id).in_(organization_ids), Lock.kept)


def of_clients(work: Work, account_id: UUID, client_ids: Collection[UUID]) -> Sequence[Inspection]:
    """What an account has sent under some keys of its phone, held where the work writes."""
    query = select(Inspection).where(col(Inspection.inspected_by) == account_id, col(Inspection.client_id).in_(client_ids))
    return work.exec(locking(work, query.order_by(col(Inspection.id)), Inspection)).all()


def hold_items(work: Work, account_id: UUID, client_ids: Collection[UUID]) -> None:
    """Hold what an account has sent of some inspections, before any picture is: a document may leave out what one before it had."""
    query = select(InspectionItem).join(Inspection, col(Inspection.id) == col(InspectionItem.inspection_id))
    query = query.where(col(Inspection.inspected_by) == account_id, col(Inspection.client_id).in_(client_ids))
    work.exec(locking(work, query.order_by(col(InspectionItem.id)), InspectionItem, lock=Lock.alone)).all()


def items(work: Work, inspection_ids: Collection[UUID]) -> Sequence[InspectionItem]:
    """What some inspections say, each by the codes."""
    query = select(InspectionItem).where(col(InspectionItem.inspection_id).in_(inspection_ids))
    return work.exec(query.order_by(col(InspectionItem.code), col(InspectionItem.id))).all()


def visible(found: Found, account_id: UUID) -> Found:
    """Without the drafts of others."""
    return found.where(or_(col(Inspection.final), col(Inspection.inspected_by) == account_id))


def finished(found: Found, begin: datetime | None, end: datetime | None) -> Found:
    """Those that were finished from one moment on and before another; what has not been finished is in no period."""
    if begin is not None:
        found = found.where(col(Inspection.finished_at) >= begin)
    if end is not None:
        found = found.where(col(Inspection.finished_at) < end)
    return found


def counting(found: Any, begin: datetime, end: datetime) -> Any:
    """Those that count: final, made by others than the venue's own, and finished in a period."""
    return finished(found.where(col(Inspection.final), ~col(Inspection.by_own_organization)), begin, end)


def newest_first(found: Found) -> Found:
    return found.order_by(col(Inspection.id).desc())
