from collections.abc import Collection, Sequence
from math import cos, radians, sin
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Double, literal
from sqlalchemy.orm import aliased
from sqlmodel import col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.phones import Phone, nearest_phone_named
from api.access.scope import Access, Lock, below, locking
from api.access.scope import within as lies_within
from api.database import Work
from api.venues.positions import MILLION, Box, Position
from models.enums import VenueKind
from models.member import Member
from models.organization import Organization
from models.venue import Venue


class Placed(NamedTuple):
    """A venue as its column of the index tells it."""

    id: UUID
    lat: int
    lon: int


class Beside(NamedTuple):
    """A venue with what its organisation says of it: its name, and the nearest telephone at or above it."""

    venue: Venue
    organization: str
    phone: Phone


def within(
    work: Work,
    box: Box,
    center: Position,
    most: int,
    *,
    kind: VenueKind | None = None,
    but: UUID | None = None,
    but_in: UUID | None = None,
) -> list[Placed]:
    """The open public venues in a box that are nearest to its center, `most` at the most; without one of them, and without those
    that stand in one."""
    query = select(Venue.id, Venue.lat, Venue.lon).where(
        col(Venue.lat).between(box.south, box.north),
        col(Venue.lon).between(box.west, box.east),
        col(Venue.closed_on).is_(None),
        col(Venue.is_public).is_(True),
    )
    if kind is not None:
        query = query.where(col(Venue.kind) == kind)
    if but is not None:
        query = query.where(col(Venue.id) != but)
    if but_in is not None:
        query = query.where(col(Venue.parent_id).is_distinct_from(but_in))
    query = query.order_by(_apart(center), col(Venue.id)).limit(most)
    return [Placed(key, lat, lon) for key, lat, lon in work.exec(query) if lat is not None and lon is not None]


def _apart(center: Position) -> Any:
    """What sorts venues as the haversine of their distance from a position does, to a billionth of it within tens of kilometres.
    Sines and cosines are series there, since SQLite may have none."""
    lat = radians(center.lat / MILLION)
    north = (col(Venue.lat) - center.lat) * literal(radians(1 / MILLION), Double())
    east = (col(Venue.lon) - center.lon) * literal(radians(1 / MILLION), Double())
    across = cos(lat) * (1 - north * north / 2) - sin(lat) * (north - north * north * north / 6)
    return _squared_chord(north) + cos(lat) * across * _squared_chord(east)


def _squared_chord(angle: Any) -> Any:
    return angle * angle * (1 - angle * angle / 12)


def beside(work: Work, keys: Collection[UUID]) -> dict[UUID, Beside]:
    query = select(Venue, Organization.name, nearest_phone_named(Organization))
    query = query.join(Organization, col(Organization.id) == col(Venue.organization_id)).where(col(Venue.id).in_(keys))
    return {venue.id: Beside(venue, name, Phone.read(phone)) for venue, name, phone in work.exec(query)}


def with_code(work: Work, code: str) -> UUID | None:
    return work.exec(select(Venue.id).where(col(Venue.code) == code)).first()


def names(work: Work, keys: Collection[UUID]) -> dict[UUID, str]:
    return dict(work.exec(select(Venue.id, Venue.name).where(col(Venue.id).in_(keys))).all())


def children(work: Work, venue: Venue, most: int) -> Sequence[Venue]:
    """The open public venues in a venue by name; of more than `most` those of its own organisation first."""
    is_of_others: Any = col(Venue.organization_id) != venue.organization_id
    query = _public_in(venue.id).order_by(is_of_others, col(Venue.name), col(Venue.id))
    return sorted(work.exec(query.limit(most)), key=lambda one: (one.name, one.id))


def count_children(work: Work, venue: Venue, *, beyond: int, most: int) -> int:
    """How many open public venues there are in a venue beyond so many, counted to `most`."""
    query = _public_in(venue.id).with_only_columns(col(Venue.id)).offset(beyond).limit(most)
    return work.exec(select(func.count()).select_from(query.subquery())).one()


def _public_in(venue_id: UUID) -> SelectOfScalar[Venue]:
    return open_only(select(Venue).where(col(Venue.parent_id) == venue_id, col(Venue.is_public).is_(True)))


def open_only(venues: SelectOfScalar[Venue]) -> SelectOfScalar[Venue]:
    return venues.where(col(Venue.closed_on).is_(None))


def open_of(work: Work, organization_id: UUID) -> Sequence[Venue]:
    """The open venues of an organisation, but for those that somebody else holds where the work writes."""
    query = open_only(select(Venue).where(col(Venue.organization_id) == organization_id)).order_by(col(Venue.id))
    return work.exec(locking(work, query, Venue, waits=False)).all()


def count_open_of(work: Work, organization_id: UUID) -> int:
    query = select(func.count()).select_from(Venue).where(col(Venue.organization_id) == organization_id)
    return work.exec(query.where(col(Venue.closed_on).is_(None))).one()


def count_of(work: Work, organization_id: UUID) -> int:
    """How many venues an organisation has, closed ones among them."""
    return work.exec(select(func.count()).select_from(Venue).where(col(Venue.organization_id) == organization_id)).one()


def with_contact(work: Work, member_id: UUID) -> Sequence[Venue]:
    """The venues whose contact a member is, held where the work writes."""
    query = select(Venue).where(col(Venue.contact_member_id) == member_id).order_by(col(Venue.id))
    return work.exec(locking(work, query, Venue)).all()


def with_contact_from(work: Work, organization: Organization, line: Collection[UUID]) -> Sequence[UUID]:
    """The venues of some organisations and of what is below these whose contact belongs to another organisation or below it;
    nothing is locked."""
    one, top = aliased(Organization), aliased(Organization)
    of_those = select(Member.id).where(col(Member.organization_id).in_(below(organization)))
    is_there = select(one.id).join(top, lies_within(top, one)).where(col(top.id).in_(line), one.id == Venue.organization_id)
    return work.exec(select(Venue.id).where(col(Venue.contact_member_id).in_(of_those), is_there.exists())).all()


def hold_free(work: Work, keys: Collection[UUID]) -> Sequence[Venue]:
    """Those of some venues that nobody else holds, held."""
    query = select(Venue).where(col(Venue.id).in_(keys)).order_by(col(Venue.id))
    return work.exec(locking(work, query, Venue, waits=False)).all()


def organizations_called(work: Work, access: Access, words: Collection[str]) -> Sequence[Organization]:
    """The organisations within reach that have one of these codes or names, held where the work writes."""
    query = access.select(work, Organization).where(or_(col(Organization.code).in_(words), col(Organization.name).in_(words)))
    return work.exec(locking(work, query.order_by(col(Organization.id)), Organization)).all()


def of_organizations(work: Work, keys: Collection[UUID]) -> Sequence[Venue]:
    """The venues of some organisations, held where the work writes."""
    query = select(Venue).where(col(Venue.organization_id).in_(keys)).order_by(col(Venue.id))
    return work.exec(locking(work, query, Venue)).all()


def called(work: Work, access: Access, word: str, kinds: Collection[VenueKind] | None = None) -> Sequence[Venue]:
    """Two at most of the venues of a name that others may stand in, as far as the caller learns of them; of these `kinds` only."""
    query = _standing(work, access).where(col(Venue.name) == word)
    if kinds is not None:
        query = query.where(col(Venue.kind).in_(kinds))
    return work.exec(query.order_by(col(Venue.id)).limit(2)).all()


def to_stand_in(work: Work, access: Access, venue_id: UUID) -> Venue | None:
    """A venue that another may stand in, held so that it stays where the work writes."""
    return work.exec(locking(work, _standing(work, access).where(col(Venue.id) == venue_id), Venue, lock=Lock.kept)).first()


def _standing(work: Work, access: Access) -> SelectOfScalar[Venue]:
    """The open venues of which the caller learns: the public ones, whosever they are, and those within his reach."""
    return open_only(select(Venue).where(or_(col(Venue.is_public), access.reach(work).holds(Venue))))
