"""What becomes of venues when their organisation closes, or whoever looks after one leaves or moves."""

from typing import Final
from uuid import UUID

from api.database import Work
from api.errors import Unavailable
from api.venues import queries
from models.member import Member
from models.organization import Organization
from models.venue import Venue

ORGANIZATION_CLOSED: Final = "organization_closed"


def close_venues_of_organization(work: Work, organization: Organization) -> None:
    """Close the venues of an organisation that closes. One that goes on is given to another organisation and opened again. Raises
    `Unavailable` while somebody works on one."""
    # The organisation is held alone by now. Whoever holds a venue, for a member who leaves, may wait for one who waits for it.
    venues = queries.open_of(work, organization.id)
    if len(venues) < queries.count_open_of(work, organization.id):
        raise Unavailable(retry_after=1)
    for venue in venues:
        venue.closed_on, venue.state_reason = work.today, ORGANIZATION_CLOSED
        work.record("close_venue", venue)
    work.flush()


def remove_contacts_of_moved_organization(work: Work, organization: Organization, left: frozenset[UUID]) -> None:
    """Nobody who belongs to an organisation that moves, or below it, looks after a venue of what it has `left` or of what is below
    that. Raises `Unavailable` while somebody works on one."""
    keys = queries.with_contact_from(work, organization, left)
    venues = queries.hold_free(work, keys)
    if len(venues) < len(keys):
        raise Unavailable(retry_after=1)
    for venue in venues:
        _remove_contact(work, venue)
    work.flush()


def remove_contact_of_venues(work: Work, member: Member, _: UUID | None = None) -> None:
    """Nobody who has left, or belongs elsewhere now, looks after a venue of before."""
    for venue in queries.with_contact(work, member.id):
        _remove_contact(work, venue)
    work.flush()


def _remove_contact(work: Work, venue: Venue) -> None:
    venue.contact_member_id = None
    work.record("edit_venue", venue, fields=["contact_member_id"])
