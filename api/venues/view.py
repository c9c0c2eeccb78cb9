"""What is public of a venue, as answers tell it: beside a scan, and near somebody."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field

from api.codes.reading import address
from api.language import Language
from api.schemas import Shown
from api.venues.positions import Position
from api.venues.rules import Linked, PublicVenue, hours_said
from models.enums import VenueKind

HOURS = "Mo-Fr 08:30-11:30,14:00-17:00; Sa,Su off"
SAID = "周一至周五 08:30–11:30、14:00–17:00；周六、周日 不开放"
URL = "HTTPS://LX.EXAMPLE.GOV.CN/C/V7K2M9Q4R8T3V6X"
LON_LAT = [121.55, 29.8167]

Degrees = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Coordinates = Annotated[
    list[Degrees], Field(min_length=2, max_length=2, description="longitude, then latitude, in degrees", examples=[LON_LAT])
]


class PointShown(Shown):
    """A GeoJSON Point in WGS-84 (RFC 7946)."""

    type: Literal["Point"] = "Point"
    coordinates: Coordinates

    @classmethod
    def of(cls, position: Position | None) -> Self | None:
        return None if position is None else cls(coordinates=list(position.coordinates))


class LinkedShown(Shown):
    name: str = Field(examples=["石桥村党员活动室"])
    kind: VenueKind
    url: str = Field(examples=[URL])


class NearestShown(LinkedShown):
    distance_m: int = Field(examples=[420])


class HolderOfPost(Shown):
    display_name: str = Field(description="as the organisation lets strangers read it", examples=["方秀兰"])
    slot: str | None = Field(description="A or B, where two share a post", examples=["A"])


class OnDutyShown(Shown):
    title: str = Field(examples=["便民服务岗"])
    duties: list[str] = Field(examples=[["受理代办事项"]])
    holders: list[HolderOfPost] = Field(description="those who have it longest, twenty of A and of B at the most")
    holders_more: int = Field(description="how many hold it beyond these", examples=[0])


VENUE = {
    "name": "石桥村党群服务中心",
    "kind": "service_center",
    "organization": "石桥村第一党支部",
    "address": "石桥村12号",
    "position": {"type": "Point", "coordinates": LON_LAT},
    "opening_hours": HOURS,
    "opening_hours_text": SAID,
    "services": ["代办", "饮水"],
    "phone": "0574-00001234",
    "parent": None,
    "children": [{"name": "石桥村党员活动室", "kind": "activity_room", "url": URL}],
    "children_more": 0,
    "posts": [],
    "posts_more": 0,
    "nearest": [{"name": "云岭驿站", "kind": "station", "url": URL, "distance_m": 420}],
}
"""An example."""


class PublicVenueShown(Shown):
    """All that a stranger learns of a venue; of a closed one not when it is open, nor who and what is there."""

    name: str = Field(examples=["石桥村党群服务中心"])
    kind: VenueKind
    organization: str = Field(examples=["石桥村第一党支部"])
    address: str | None = Field(examples=["石桥村12号"])
    position: PointShown | None
    opening_hours: str | None = Field(examples=[HOURS])
    opening_hours_text: str | None = Field(description="the same in words", examples=[SAID])
    services: list[str] = Field(examples=[["代办", "饮水"]])
    phone: str | None = Field(description="its own, or else its organisation's", examples=["0574-00001234"])
    parent: LinkedShown | None
    children: list[LinkedShown] = Field(description="the venues in it; of more than fifty its own organisation's first")
    children_more: int = Field(description="how many there are in it beyond these, counted to 1,000", examples=[0])
    posts: list[OnDutyShown] = Field(description="the public posts in it; of more than twenty its own organisation's first")
    posts_more: int = Field(description="how many there are in it beyond these, counted to 1,000", examples=[0])
    nearest: list[NearestShown] = Field(description="others within 5 km but its `children`, five at most")

    @classmethod
    def of(cls, venue: PublicVenue, base_url: str, language: Language) -> Self:
        hours = venue.opening_hours
        return cls(
            name=venue.name,
            kind=venue.kind,
            organization=venue.organization,
            address=venue.address,
            position=PointShown.of(venue.position),
            opening_hours=hours,
            opening_hours_text=hours_said(hours, language) if hours else None,
            services=list(venue.services),
            phone=venue.phone,
            parent=_linked([venue.parent], base_url)[0] if venue.parent else None,
            children=_linked(venue.children, base_url),
            children_more=venue.children_more,
            posts=[OnDutyShown.model_validate(post) for post in venue.posts],
            posts_more=venue.posts_more,
            nearest=[
                NearestShown(name=one.name, kind=one.kind, url=address(base_url, one.code), distance_m=one.distance_m or 0)
                for one in venue.nearest
            ],
        )


def _linked(venues: Sequence[Linked], base_url: str) -> list[LinkedShown]:
    return [LinkedShown(name=one.name, kind=one.kind, url=address(base_url, one.code)) for one in venues]
