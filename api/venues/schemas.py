from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from api.adapters.typed_text import legible
from api.codes.reading import address
from api.language import Language
from api.schemas import UNSENT, Edited, Line, Medium, Phone, Reason, RecordShown, Short, Shown, Written, example, without_default
from api.uploads import FIRST_ROWS, MOST_ROWS_TOLD, RowChanges, RowFault, RowsImported
from api.venues.nearby import Near
from api.venues.positions import Datum
from api.venues.rules import LONGEST_HOURS, hours_said
from api.venues.service import Told
from api.venues.view import HOURS, LON_LAT, SAID, URL, Coordinates, PointShown
from models.enums import VenueKind

ID = "0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e"
MOST_SERVICES = 20
POINT = {"type": "Point", "coordinates": LON_LAT}

# How long it may be is looked at where it is read, so that all that is wrong with it is one refusal.
OpeningHours = Annotated[
    str,
    StringConstraints(strip_whitespace=True),
    AfterValidator(legible),
    Field(
        description="a subset of OSM's `opening_hours`: `24/7`, or rules joined by `; `, a later one replacing an earlier",
        examples=[HOURS],
        json_schema_extra={"minLength": 1, "maxLength": LONGEST_HOURS},
    ),
]
Services = Annotated[list[Short], Field(max_length=MOST_SERVICES, examples=[["代办", "饮水"]])]


class PointWrite(Written):
    """A GeoJSON Point, in WGS-84 unless it says otherwise."""

    type: Literal["Point"]
    coordinates: Coordinates
    # Without its default in the document, or it would stand in that of an edit too.
    datum: Datum = Field(
        default=Datum.wgs84,
        description="`wgs84` where it is not told; `gcj02`, such as 高德 and 腾讯 show, is converted once",
        json_schema_extra=without_default,
    )


class VenueWrite(Written):
    model_config = Written.model_config | example(
        organization_id=ID,
        kind="service_center",
        name="石桥村党群服务中心",
        address="石桥村12号",
        position=POINT,
        opening_hours=HOURS,
        services=["代办", "饮水"],
        phone="0574-00001234",
    )

    organization_id: UUID
    kind: VenueKind
    name: Medium
    parent_id: UUID | None = Field(default=None, description="the venue that it stands in, which may be another organisation's")
    address: Line | None = None
    position: PointWrite | None = None
    opening_hours: OpeningHours | None = None
    services: Services = Field(default=[])
    phone: Phone | None = Field(default=None, description="without one, the organisation's is told")
    contact_member_id: UUID | None = Field(default=None, description="who looks after it; never public")
    is_public: bool = True


class VenueEdit(Edited):
    """What is not sent stays as it is. A venue's kind stays."""

    model_config = Written.model_config | example(opening_hours="24/7", services=["代办"])

    organization_id: UUID = UNSENT
    name: Medium = UNSENT
    parent_id: UUID | None = None
    address: Line | None = None
    position: PointWrite | None = None
    opening_hours: OpeningHours | None = None
    services: Services = UNSENT
    phone: Phone | None = None
    contact_member_id: UUID | None = None
    is_public: bool = UNSENT


class VenueBecause(Written):
    model_config = Written.model_config | example(reason="整体搬迁")

    reason: Reason


class VenueShown(RecordShown):
    id: UUID
    organization_id: UUID
    organization_name: str = Field(examples=["石桥村第一党支部"])
    kind: VenueKind
    name: str = Field(examples=["石桥村党群服务中心"])
    parent_id: UUID | None
    parent_name: str | None = Field(examples=[None])
    address: str | None = Field(examples=["石桥村12号"])
    position: PointShown | None
    opening_hours: str | None = Field(examples=[HOURS])
    opening_hours_text: str | None = Field(description="the same in words", examples=[SAID])
    services: list[str] = Field(examples=[["代办", "饮水"]])
    phone: str | None = Field(description="its own; strangers are told the organisation's without one", examples=["0574-00001234"])
    contact_member_id: UUID | None
    contact_member_name: str | None = Field(examples=["王秀兰"])
    is_public: bool
    closed_on: date | None
    state_reason: str | None = Field(description="why it was closed or opened again", examples=[None])
    code: str = Field(examples=["V7K2M9Q4R8T3V6X"])
    url: str = Field(description="what its QR code holds", examples=[URL])

    @classmethod
    def of(cls, told: Told, base_url: str, language: Language) -> Self:
        hours = told.venue.opening_hours
        more = {
            "position": PointShown.of(told.position),
            "opening_hours_text": hours_said(hours, language) if hours else None,
            "parent_name": told.parent_name,
            "url": address(base_url, told.venue.code),
        }
        return cls.model_validate({**told.fields, **more})


class NearProperties(Shown):
    name: str = Field(examples=["石桥村党群服务中心"])
    kind: VenueKind
    organization: str = Field(examples=["石桥村第一党支部"])
    address: str | None = Field(examples=["石桥村12号"])
    phone: str | None = Field(examples=["0574-00001234"])
    opening_hours: str | None = Field(examples=[HOURS])
    opening_hours_text: str | None = Field(description="the same in words", examples=[SAID])
    services: list[str] = Field(examples=[["代办", "饮水"]])
    distance_m: int = Field(description="from where was asked, in metres", examples=[420])
    url: str = Field(examples=[URL])


class Feature(Shown):
    type: Literal["Feature"] = "Feature"
    id: UUID
    geometry: PointShown
    properties: NearProperties


class FeatureCollection(Shown):
    """Venues as GeoJSON (RFC 7946), the nearest first."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[Feature]

    @classmethod
    def of(cls, found: list[Near], base_url: str, language: Language) -> Self:
        return cls(features=[_feature(near, base_url, language) for near in found])


def _feature(near: Near, base_url: str, language: Language) -> Feature:
    venue = near.venue
    told: Mapping[str, Any] = {
        **venue.model_dump(include={"name", "kind", "address", "opening_hours", "services"}),
        "opening_hours_text": hours_said(venue.opening_hours, language) if venue.opening_hours else None,
        "organization": near.organization,
        "phone": near.phone,
        "distance_m": near.distance_m,
        "url": address(base_url, venue.code),
    }
    return Feature(
        id=venue.id,
        geometry=PointShown(coordinates=list(near.position.coordinates)),
        properties=NearProperties.model_validate(told),
    )


class VenuesImported(RowsImported):
    """What became of the venues of a file, or would have in a dry run."""

    warnings_count: int = Field(description="how much there is that is worth a look", examples=[0])
    warnings: list[RowFault] = Field(
        description=f"what is worth a look about rows that are taken: {FIRST_ROWS}", max_length=MOST_ROWS_TOLD
    )
    changes_count: int = Field(description="how many rows change something", examples=[1])
    changes: list[RowChanges] = Field(description=f"what each updated row changes: {FIRST_ROWS}", max_length=MOST_ROWS_TOLD)
