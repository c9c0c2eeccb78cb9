"""Which venues are near: a box by an index, the distances by arithmetic, no extension of either engine."""

from collections.abc import Sequence
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
    work: Work,
    center: Position,
    *,
    radius: float,
    limit: int,
    kind: VenueKind | None = None,
    but: UUID | None = None,
    but_in: UUID | None = None,
) -> list[Near]:
    """The open public venues within `radius` metres, the nearest first, `limit` at the most; without one of them, and without
    those that stand in one."""
    found: Sequence[tuple[float, UUID, Position]] = ()
    for reach in reaches(radius):
        placed = queries.within(work, box_around(center, reach), center, limit, kind=kind, but=but, but_in=but_in)
        by_distance = ((distance(center, at), key, at) for key, at in ((one.id, Position(one.lat, one.lon)) for one in placed))
        found = sorted(one for one in by_distance if one[0] <= reach)
        # Whatever lies further out is further than all of these.
        if len(found) >= limit:
            break
    beside = queries.beside(work, [key for _, key, _ in found])
    return [
        Near(one.venue, position, round(metres), one.organization, one.venue.phone or one.phone.number)
        for metres, key, position in found
        if (one := beside.get(key)) is not None
    ]
