"""Venues as they stand in the table, and asked for: for the tests of this room."""

from typing import Any
from uuid import UUID

from api.codes.reading import new_venue_code
from models.enums import VenueKind
from models.venue import Venue
from tests.conftest import Caller, District

HERE = (29_816_700, 121_550_000)
"""Latitude and longitude in millionths of a degree."""


def keep_venue(district: District, code: str = "B11", *, at: tuple[int, int] | None = HERE, **content: Any) -> Venue:
    """A venue of the organisation of that code, by itself a red base that is open and public."""
    with district.work() as work:
        lat, lon = at or (None, None)
        values: dict[str, Any] = {"kind": VenueKind.red_base, "name": "上塘村红色基地", "services": [], "lat": lat, "lon": lon}
        venue = Venue(organization_id=district.ids[code], code=new_venue_code(), **values | content)
        work.add(venue)
        work.flush()
        return venue


def create(caller: Caller, district: District, code: str = "B11", **content: Any) -> Any:
    body = {"organization_id": str(district.ids[code]), "kind": "service_center", "name": "上塘村党群服务中心", **content}
    return caller.post("/v1/venues", json=body)


def edit(caller: Caller, key: UUID | str, **changes: Any) -> Any:
    return caller.patch(f"/v1/venues/{key}", json=changes, headers={"If-Match": "*"})


def close(caller: Caller, key: UUID | str, **more: Any) -> Any:
    return caller.post(f"/v1/venues/{key}/close", json={"reason": "整体搬迁"}, **more)


def reopen(caller: Caller, key: UUID | str, **more: Any) -> Any:
    return caller.post(f"/v1/venues/{key}/reopen", json={"reason": "装修完工"}, **more)
