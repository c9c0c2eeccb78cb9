"""Which venues are near: a box by an index, the distances by arithmetic, no extension of either engine."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from api.database import Work
from api.venues import queries
from api.venues.positions import Position, box_around, distance, reaches
from models.enums import VenueKind
from models.venue import Venue

NEAREST_BESIDE: Final = 5
RADIUS_BESIDE: Final = 5_000
"""Metres within which the page of a venue names others."""


@dataclass(frozen=True)
class Near:
    """An open public venue with the metres to it, its organisation's name, and whom to call there."""

    venue: Venue
    position: Position
    distance_m: int
    organization: str
    phone: str | None


def find_venues_near(
    work: Work, center: Position, *, radius: float, limit: int, kind: VenueKind | None = None, without: Collection[UUID] = ()
) -> list[Near]:
    """The open public venues within `radius` metres, the nearest first, `limit` at the most; `without` leaves some out."""
    found = _nearest(work, center, radius, limit, kind, without)
    beside = queries.beside(work, [key for _, key, _ in found])
    return [
        Near(one.venue, position, round(metres), one.organization, one.venue.phone or one.phone.number)
        for metres, key, position in found
        if (one := beside.get(key)) is not None
    ]


def _nearest(
    work: Work, center: Position, radius: float, limit: int, kind: VenueKind | None, without: Collection[UUID]
) -> Sequence[tuple[float, UUID, Position]]:
    found: list[tuple[float, UUID, Position]] = []
    for reach in reaches(radius):
        placed = queries.within(work, box_around(center, reach), kind)
        by_distance = ((distance(center, at), key, at) for key, at in ((one.id, Position(one.lat, one.lon)) for one in placed))
        found = sorted(one for one in by_distance if one[0] <= reach and one[1] not in without)
        # Whatever lies further out is further than all of these.
        if len(found) >= limit:
            break
    return found[:limit]
