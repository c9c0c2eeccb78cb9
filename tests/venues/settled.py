from collections.abc import Mapping
from uuid import UUID

from api.codes.reading import new_venue_code
from api.database import Work
from models.enums import VenueKind
from models.sign import Sign
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
    sign = Sign(venue_id=venue.id, code="SG-01", installed_on=work.today)
    work.add(sign)
    work.flush()
    return {"venue_id": venue.id, "sign_id": sign.id}
