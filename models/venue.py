from datetime import date
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, text
from sqlmodel import SQLModel

from models.base import OwnedRecord, ordered_text, plain, words
from models.enums import VenueKind

PLACED = text("lat IS NOT NULL")


class VenueBase(SQLModel):
    kind: VenueKind = plain(sa_type=words(VenueKind))
    name: str = plain(sa_type=ordered_text(80))
    address: str | None = plain(default=None, max_length=200)
    opening_hours: str | None = plain(default=None, max_length=120)
    services: list[str] = plain(sa_type=JSON)
    phone: str | None = plain(default=None, max_length=40)
    is_public: bool = plain(default=True)


class Venue(VenueBase, OwnedRecord, table=True):
    """A place (阵地) where the Party's signs hang. What stands in it is public, but for `contact_member_id` and `state_reason`.

    `lat` and `lon` are millionths of a degree in WGS-84. `code` stands on its sign and opens what is public of it. `state_reason`
    is why it was closed or opened again.
    """

    __table_args__ = (
        CheckConstraint("(lat IS NULL) = (lon IS NULL)", name="a_position_is_whole"),
        CheckConstraint("lat BETWEEN 3000000 AND 54000000", name="lat_in_china"),
        CheckConstraint("lon BETWEEN 73000000 AND 136000000", name="lon_in_china"),
        Index(None, "name", "id"),
        Index(None, "lat", "lon"),
        # Lists of a kind are not to be read by it, which SQLite would do: they ask for no place.
        Index("ix_venue_kind_lat_lon", "kind", "lat", "lon", sqlite_where=PLACED, postgresql_where=PLACED),
        Index(
            "ix_venue_parent_id",
            "parent_id",
            sqlite_where=text("parent_id IS NOT NULL"),
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
        Index(
            "ix_venue_contact_member_id",
            "contact_member_id",
            sqlite_where=text("contact_member_id IS NOT NULL"),
            postgresql_where=text("contact_member_id IS NOT NULL"),
        ),
    )

    parent_id: UUID | None = plain(default=None, foreign_key="venue.id")
    lat: int | None = plain(default=None)
    lon: int | None = plain(default=None)
    contact_member_id: UUID | None = plain(default=None, foreign_key="member.id")
    closed_on: date | None = plain(default=None)
    state_reason: str | None = plain(default=None, max_length=200)
    code: str = plain(max_length=15, unique=True)
