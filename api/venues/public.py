"""What the code of a venue opens: only public facts, and so one code for ever."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from anyio import CapacityLimiter, to_thread

from api.database import Database, Origin, Work
from api.posts.rules import MOST_COUNTED
from api.posts.showing import PostInVenue, posts_in_venue
from api.profiles.words import SLOTS
from api.venues import queries
from api.venues.nearby import NEAREST_BESIDE, RADIUS_BESIDE, Near, find_venues_near
from api.venues.positions import Position
from api.venues.rules import MOST_INSIDE, Holder, Linked, OnDuty, PublicVenue
from api.venues.service import position_of
from models.venue import Venue

AT_ONCE: Final = CapacityLimiter(8)
"""So many venues are read at one time: a crowd before one holds up others who ask for venues, and no card."""


class VenueReader:
    """Reads venues for the scan door, in a thread, since its own one statement knows cards alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_code(self, code: str, at: datetime) -> PublicVenue | None:
        """What is public of the venue of a code; None for an unknown one, and for one that is not public. Raises `Unavailable`."""
        return await to_thread.run_sync(self._read, code, at, limiter=AT_ONCE)

    def _read(self, code: str, at: datetime) -> PublicVenue | None:
        with self._database.reading(Origin("venue-scan", at)) as work:
            return show_public_venue(work, code)


def show_public_venue(work: Work, code: str) -> PublicVenue | None:
    """What is public of the venue of a code; None for an unknown one, and for one that is not public."""
    key = queries.with_code(work, code)
    found = queries.beside(work, [key]).get(key) if key else None
    if found is None or not found.venue.is_public:
        return None
    venue, position = found.venue, position_of(found.venue)
    is_open = venue.closed_on is None
    children, children_more = _inside(work, venue) if is_open else ((), 0)
    posts, posts_more = posts_in_venue(work, venue.id, venue.organization_id) if is_open else ((), 0)
    near = _near(work, venue, position) if position else []
    return PublicVenue(
        id=venue.id,
        organization_id=venue.organization_id,
        code=venue.code,
        is_open=is_open,
        name=venue.name,
        kind=venue.kind,
        organization=found.organization,
        address=venue.address,
        position=position,
        opening_hours=venue.opening_hours if is_open else None,
        services=venue.services if is_open else (),
        phone=venue.phone or found.phone.number,
        phone_of=None if venue.phone else found.phone.of,
        organization_phone=found.phone.number,
        organization_phone_of=found.phone.of,
        parent=_parent(work, venue.parent_id) if is_open else None,
        children=[_linked(one) for one in children],
        children_more=children_more,
        posts=[_on_duty(one) for one in posts],
        posts_more=posts_more,
        nearest=[_linked(one.venue, one.distance_m) for one in near],
    )


def _inside(work: Work, venue: Venue) -> tuple[Sequence[Venue], int]:
    """The venues in a venue that are named, and how many there are beyond these."""
    found = queries.children(work, venue, MOST_INSIDE)
    is_all = len(found) < MOST_INSIDE
    return found, 0 if is_all else queries.count_children(work, venue, beyond=MOST_INSIDE, most=MOST_COUNTED)


def _near(work: Work, venue: Venue, position: Position) -> list[Near]:
    # What is told as lying in it is not told as lying near.
    inside = venue.id if venue.closed_on is None else None
    return find_venues_near(work, position, radius=RADIUS_BESIDE, limit=NEAREST_BESIDE, but=venue.id, but_in=inside)


def _parent(work: Work, venue_id: UUID | None) -> Linked | None:
    parent = work.get(Venue, venue_id) if venue_id else None
    return _linked(parent) if parent and parent.is_public and parent.closed_on is None else None


def _on_duty(post: PostInVenue) -> OnDuty:
    """A post with who is on duty; whether as A or B is told where two share it."""
    is_shared = len({holder.slot for holder in post.holders}) > 1
    holders = [Holder(one.display_name, SLOTS[one.slot] if is_shared else None) for one in post.holders]
    return OnDuty(post.title, post.duties, holders, post.holders_more)


def _linked(venue: Venue, distance_m: int | None = None) -> Linked:
    return Linked(venue.name, venue.kind, venue.code, distance_m)
