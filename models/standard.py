from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, text
from sqlmodel import SQLModel

from models.base import OwnedRecord, Record, ordered_text, plain, words
from models.enums import EmblemUse, Obligation, SignElement

DRAFT = text("published_at IS NULL")
STANDING = text("published_at IS NOT NULL AND withdrawn_at IS NULL")
"""The conditions of partial indexes. A query has to hold the very same words, or the index is not used."""


class Standard(OwnedRecord, table=True):
    """A numbered version of the district's signage standard (标识应用规范). Once published it is withdrawn, and otherwise never
    changed.

    `issuer` is the district's name as it was then. `token` names the version to whoever keeps a copy, and never another one.
    `is_default` tells that its items are those that are shipped, untouched.
    """

    __table_args__ = (
        Index("uq_standard_draft", "organization_id", unique=True, sqlite_where=DRAFT, postgresql_where=DRAFT),
        Index("ix_standard_standing", "number", sqlite_where=STANDING, postgresql_where=STANDING),
        CheckConstraint("(published_at IS NULL) = (effective_on IS NULL)", name="published_from_a_day_on"),
        CheckConstraint("withdrawn_at IS NULL OR published_at IS NOT NULL", name="withdrawn_once_published"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="withdrawn_has_a_reason"),
    )

    number: int = plain(unique=True)
    title: str = plain(max_length=80)
    issuer: str = plain(max_length=80)
    change_note: str = plain(max_length=200)
    is_default: bool = plain(default=False)
    effective_on: date | None = plain(default=None)
    published_at: datetime | None = plain(default=None)
    withdrawn_at: datetime | None = plain(default=None)
    withdrawn_reason: str | None = plain(default=None, max_length=200)
    token: str = plain(max_length=64, unique=True)


class ItemBase(SQLModel):
    """What an item says. All lengths are millimetres; `sizes`, `basis` and `pictures` hold what JSON holds of them."""

    code: str = plain(sa_type=ordered_text(8))
    name: str = plain(max_length=80)
    venue_kinds: list[str] = plain(sa_type=JSON)
    element: SignElement = plain(sa_type=words(SignElement))
    obligation: Obligation = plain(sa_type=words(Obligation))
    sizes: list[dict[str, int]] = plain(sa_type=JSON)
    tolerance_mm: int = plain(default=0)
    proportional: bool = plain(default=False)
    emblem: EmblemUse = plain(sa_type=words(EmblemUse))
    emblem_max_mm: int | None = plain(default=None)
    emblem_article: str | None = plain(default=None, max_length=200)
    bottom_min_mm: int | None = plain(default=None)
    bottom_max_mm: int | None = plain(default=None)
    colours: str | None = plain(default=None, max_length=200)
    material: str | None = plain(default=None, max_length=200)
    position: str | None = plain(default=None, max_length=200)
    note: str | None = plain(default=None, max_length=200)
    text_template: str | None = plain(default=None, max_length=200)
    basis: list[dict[str, str]] = plain(sa_type=JSON)
    pictures: list[dict[str, Any]] = plain(sa_type=JSON)


class StandardItem(ItemBase, Record, table=True):
    """One item (标识项) of one version; the next version has a copy of it, and its `code` stays.

    The files of its pictures hang on the item for which they were brought; copies name the same files.
    """

    __tablename__ = "standard_item"
    __table_args__ = (
        Index("uq_standard_item_code", "standard_id", "code", unique=True),
        CheckConstraint("emblem = 'forbidden' OR emblem_article IS NOT NULL", name="an_emblem_has_an_article"),
        CheckConstraint("element <> 'household' OR emblem = 'forbidden'", name="no_emblem_at_home"),
        CheckConstraint("tolerance_mm BETWEEN 0 AND 500", name="tolerance_in_range"),
    )

    standard_id: UUID = plain(foreign_key="standard.id")
