from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import SQLModel

from models.base import Record, ordered_text, plain, words
from models.enums import NameDisplay, OrganizationKind

WITHOUT_PHONE = text("service_phone IS NULL AND closed_on IS NULL")
"""The condition of a partial index."""


class OrganizationBase(SQLModel):
    code: str = plain(max_length=40, unique=True)
    name: str = plain(max_length=80, sa_type=ordered_text(80), index=True)
    kind: OrganizationKind = plain(sa_type=words(OrganizationKind))
    service_phone: str | None = plain(default=None, max_length=40)
    name_display: NameDisplay = plain(default=NameDisplay.full, sa_type=words(NameDisplay))
    term_ends_on: date | None = plain(default=None)


class Organization(OrganizationBase, Record, table=True):
    """A place in the tree of the district's party organisations.

    `path` is the chain of keys from the root down to this one, each 32 hexadecimal digits and a slash, so that everything
    below it is one range of an index. Only the root has no parent. `moved_at` is when its path changed last.
    """

    __table_args__ = (
        CheckConstraint("(parent_id IS NULL) = (kind = 'district')", name="only_the_district_is_root"),
        Index("ix_organization_without_phone", "id", sqlite_where=WITHOUT_PHONE, postgresql_where=WITHOUT_PHONE),
    )

    parent_id: UUID | None = plain(default=None, foreign_key="organization.id", index=True)
    path: str = plain(sa_type=ordered_text(330), unique=True)
    closed_on: date | None = plain(default=None)
    moved_at: datetime | None = plain(default=None, index=True)
