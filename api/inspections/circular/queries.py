"""What a circular lists, read by one statement, and of whom it tells."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import col, select

from api.access.scope import Access
from api.database import Work
from api.inspections import queries
from api.inspections.rules import Asked
from models.enums import RectificationState, VenueKind
from models.inspection import Inspection
from models.organization import Organization
from models.rectification import Rectification
from models.venue import Venue


class Found(NamedTuple):
    """An item that failed, with where that was, and what has become of it."""

    item_id: UUID
    organization_name: str
    venue_id: UUID
    venue_name: str
    venue_kind: VenueKind
    finished_at: datetime
    unannounced: bool
    code: str
    name: str
    words: str
    responsible_name: str
    due_on: date
    state: RectificationState


def findings(work: Work, access: Access, asked: Asked, begin: datetime, end: datetime, limit: int) -> list[Found]:
    """What others have found in a period, by organisation, venue, time and code; so many at the most."""
    owner, responsible = aliased(Organization), aliased(Organization)
    query: Any = access.listed(work, Inspection, organization_id=asked.organization_id, venue_kind=asked.venue_kind)
    query = queries.counting(query, begin, end)
    # What has to be put right is opened for each item that failed, and for nothing else.
    query = query.join(Rectification, col(Rectification.inspection_id) == col(Inspection.id))
    query = query.join(Venue, col(Venue.id) == col(Inspection.venue_id)).join(owner, owner.id == col(Inspection.organization_id))
    query = query.join(responsible, responsible.id == col(Rectification.organization_id))
    ordered = (owner.path, Venue.name, Venue.id, Inspection.finished_at, Inspection.id, Rectification.code)
    columns = (
        col(Rectification.source_id),
        owner.name,
        col(Venue.id),
        col(Venue.name),
        col(Inspection.venue_kind),
        col(Inspection.finished_at),
        col(Inspection.unannounced),
        col(Rectification.code),
        col(Rectification.name),
        col(Rectification.finding),
        responsible.name,
        col(Rectification.due_on),
        col(Rectification.state),
    )
    return [Found(*row) for row in work.execute(query.order_by(*ordered).limit(limit).with_only_columns(*columns))]


def tops(work: Work, access: Access, organization_id: UUID | None) -> Sequence[tuple[UUID, str]]:
    """The organisation that is asked for, or those that the caller's reach begins at: their keys and names."""
    query = select(Organization.id, Organization.name).order_by(col(Organization.path))
    if organization_id is not None:
        return work.exec(query.where(col(Organization.id) == organization_id)).all()
    return work.exec(query.where(col(Organization.path).in_(access.reach(work).tops))).all()


def below(work: Work, keys: Collection[UUID]) -> frozenset[UUID]:
    """The organisations right below some."""
    return frozenset(work.exec(select(Organization.id).where(col(Organization.parent_id).in_(keys))).all())
