from collections.abc import Mapping
from uuid import UUID

from api.codes.reading import new_venue_code
from api.database import Work
from models.enums import VenueKind
from models.venue import Venue


def settle(work: Work, ids: Mapping[str, UUID]) -> dict[str, UUID]:
    venue = Venue(
        organization_id=ids["organization_id"],
        kind=VenueKind.red_base,
        name="上塘村红色基地",
        services=[],
        contact_member_id=ids["member_id"],
        code=new_venue_code(),
    )
    work.add(venue)
    work.flush()
    return {"venue_id": venue.id}
