"""Venues (阵地): where the Party's signs hang. Kept by the organisations that they belong to, closed and opened again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import col

from api.access.about import oneself_among, organizations_of
from api.access.names import named
from api.access.rules import AboutOneself, ForTheLevelAbove
from api.access.scope import Access, Lock, hold_one
from api.codes.reading import new_venue_code
from api.database import Work
from api.errors import FieldFault, Invalid, PreconditionFailed
from api.members.rules import BranchClosed, MemberHasLeft
from api.organizations.rules import PHONE_UNDIALLABLE, can_be_dialled
from api.pagination import Pages
from api.venues import queries, rules
from api.venues.positions import Datum, OutsideChina, Position, read_position
from api.venues.rules import BadParent, VenueRule
from api.venues.words import stands_in
from api.versions import Expected
from models.enums import MemberStatus, VenueKind
from models.member import Member
from models.organization import Organization
from models.venue import Venue


@dataclass(frozen=True)
class Told:
    """A venue with the names beside its keys."""

    venue: Venue
    fields: Mapping[str, Any]
    parent_name: str | None

    @property
    def position(self) -> Position | None:
        return position_of(self.venue)


def list_venues(
    work: Work, access: Access, pages: Pages, *, organization_id: UUID | None, kind: VenueKind | None, closed: bool
) -> tuple[list[Told], str | None]:
    """The venues within reach, by name; `closed` includes those that have been closed."""
    found = access.listed(work, Venue, organization_id=organization_id, kind=kind)
    if not closed:
        found = queries.open_only(found)
    venues, following = pages.read(work, found.order_by(col(Venue.name), col(Venue.id)))
    return _all_told(work, access, venues), following


def show_venue(work: Work, access: Access, venue_id: UUID) -> Told:
    return _told(work, access, access.get(work, Venue, venue_id))


def create_venue(work: Work, access: Access, *, organization_id: UUID, kind: VenueKind, content: Mapping[str, Any]) -> Told:
    """Add a venue of an organisation within reach. `content` holds the other fields as a body has them.

    Raises `NotFound`, also for a contact outside the caller's reach, `BranchClosed`, `TooManyVenues`, `MemberHasLeft`, `BadParent`,
    `OutsideChina`, `BadOpeningHours`, or `Invalid` for a telephone that cannot be dialled.
    """
    values = _read(content)
    _hold_open(work, access, organization_id)
    _check_contact(work, access, values.get("contact_member_id"))
    _check_parent(work, access, kind, values.get("parent_id"))
    venue = Venue(organization_id=organization_id, kind=kind, code=new_venue_code(), **values)
    work.add(venue)
    work.flush()
    work.record("create_venue", venue)
    return _told(work, access, venue)


def edit_venue(work: Work, access: Access, venue_id: UUID, changes: Mapping[str, Any], expected: Expected) -> Told:
    """Change what is kept of a venue; its kind stays, since what was checked there was checked by the kind. Raises as
    `create_venue` does, `ForTheLevelAbove` where it is the caller's own organisation that gives or gets it, or `AboutOneself` where
    the caller would take himself off as whoever looks after one of the district's, or come to do so."""
    values = _read(changes)
    known = access.get(work, Venue, venue_id, Lock.none)
    if "organization_id" in values and values["organization_id"] != known.organization_id:
        access.get(work, Organization, values["organization_id"], Lock.none)
        _check_whose(work, access, known, values)
        _hold_open(work, access, values["organization_id"])
    if values.get("contact_member_id") not in (None, known.contact_member_id):
        _check_contact(work, access, values["contact_member_id"])
    if "parent_id" in values and values["parent_id"] != known.parent_id:
        _check_parent(work, access, known.kind, values["parent_id"])
    venue = access.get(work, Venue, venue_id)
    _check_whose(work, access, venue, values)
    expected.check(venue)
    for name, value in values.items():
        setattr(venue, name, value)
    if changed := work.changes(venue):
        work.record("edit_venue", venue, fields=changed)
        work.flush()
    return _told(work, access, venue)


def close_venue(work: Work, access: Access, venue_id: UUID, reason: str, expected: Expected) -> Told:
    """Close a venue: its code says so from now on, and nobody finds it near. One that is closed already stays so."""
    venue = access.get(work, Venue, venue_id)
    expected.check(venue)
    if venue.closed_on is None:
        venue.closed_on, venue.state_reason = work.today, reason
        work.record("close_venue", venue)
        work.flush()
    return _told(work, access, venue)


def reopen_venue(work: Work, access: Access, venue_id: UUID, reason: str, expected: Expected) -> Told:
    """Open a closed venue again, with the code that it had. One that is open stays so. Raises `BranchClosed` where its
    organisation is closed."""
    owner_id = access.get(work, Venue, venue_id, Lock.none).organization_id
    owner = hold_one(work, Organization, owner_id, Lock.kept)
    venue = access.get(work, Venue, venue_id)
    expected.check(venue)
    if venue.organization_id != owner_id:
        raise PreconditionFailed
    if venue.closed_on is not None:
        if owner.closed_on is not None:
            raise BranchClosed
        venue.closed_on, venue.state_reason = None, reason
        work.record("reopen_venue", venue)
        work.flush()
    return _told(work, access, venue)


def position_of(venue: Venue) -> Position | None:
    return Position(venue.lat, venue.lon) if venue.lat is not None and venue.lon is not None else None


def _hold_open(work: Work, access: Access, organization_id: UUID) -> None:
    """Hold an organisation that is to have one more venue."""
    if access.get(work, Organization, organization_id).closed_on is not None:
        raise BranchClosed(keys=(organization_id,))
    rules.check_room(queries.count_of(work, organization_id))


def _check_whose(work: Work, access: Access, venue: Venue, values: Mapping[str, Any]) -> None:
    """Whether the caller may decide whose a venue is from now on. Of whom it is, is what `organizations_of` and the contact tell
    whoever inspects it: nobody gives away what is his own to inspect it, and takes it back."""
    former, new = venue.organization_id, values.get("organization_id", venue.organization_id)
    contacts = {venue.contact_member_id, values.get("contact_member_id", venue.contact_member_id)}
    if former != new and not organizations_of(work, access).isdisjoint({former, new}):
        raise ForTheLevelAbove(instead=rules.GIVEN_ABOVE)
    is_given = (former != new or len(contacts) > 1) and work.get_one(Organization, former).parent_id is None
    if is_given and oneself_among(work, access, {one for one in contacts if one is not None}):
        raise AboutOneself(instead=rules.GIVEN_BY_ANOTHER)


def _check_contact(work: Work, access: Access, member_id: UUID | None) -> None:
    if member_id is not None and access.get(work, Member, member_id).status is MemberStatus.left:
        raise MemberHasLeft(keys=(member_id,))


def _check_parent(work: Work, access: Access, kind: VenueKind, parent_id: UUID | None) -> None:
    """Whether a venue may stand in another one, whosever that is. Raises `BadParent`, alike for one that there is not and for one
    of others that is not public."""
    parent = queries.to_stand_in(work, access, parent_id) if parent_id is not None else None
    try:
        if parent_id is not None and parent is None:
            raise BadParent
        rules.check_parent(kind, parent.kind if parent else None)
    except BadParent:
        raise BadParent(faults=(FieldFault("body.parent_id", VenueRule.bad_parent, stands_in(kind)),)) from None


def _read(content: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of what a body says: its position as two of them."""
    values = dict(content)
    if values.get("phone") is not None and not can_be_dialled(values["phone"]):
        raise Invalid(faults=(FieldFault("body.phone", VenueRule.phone_undiallable, PHONE_UNDIALLABLE),))
    if (hours := values.get("opening_hours")) is not None:
        rules.check_hours(hours)
    if "position" in values:
        point = values.pop("position")
        try:
            position = None
            if point is not None:
                lon, lat = point["coordinates"]
                position = read_position(lon, lat, Datum(point["datum"]))
        except OutsideChina:
            raise OutsideChina.at("body.position") from None
        values["lat"], values["lon"] = position or (None, None)
    return values


def _told(work: Work, access: Access, venue: Venue) -> Told:
    return _all_told(work, access, [venue])[0]


def _all_told(work: Work, access: Access, venues: Sequence[Venue]) -> list[Told]:
    parents = queries.names(work, {venue.parent_id for venue in venues if venue.parent_id is not None})
    return [
        Told(venue, fields, parents.get(venue.parent_id) if venue.parent_id else None)
        for venue, fields in zip(venues, named(work, access, venues), strict=True)
    ]
