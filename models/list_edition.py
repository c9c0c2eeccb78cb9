from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, text
from sqlmodel import SQLModel

from models.base import OwnedRecord, Record, plain, words
from models.list_enums import ListKind

DRAFT = text("published_at IS NULL")
"""The condition of a partial index. A query has to hold the very same words, or the index is not used."""


class ListEdition(OwnedRecord, table=True):
    """A numbered edition of one of the district's three lists (三清单). Once published it is never changed, and that of its kind
    with the highest number holds.

    `token` names the edition to whoever keeps a copy, and never another one.
    """

    __tablename__ = "list_edition"
    __table_args__ = (
        Index("uq_list_edition_draft", "kind", unique=True, sqlite_where=DRAFT, postgresql_where=DRAFT),
        Index("uq_list_edition_number", "kind", "number", unique=True),
    )

    kind: ListKind = plain(sa_type=words(ListKind))
    number: int = plain()
    title: str = plain(max_length=80)
    change_note: str = plain(max_length=200)
    published_at: datetime | None = plain(default=None)
    token: str = plain(max_length=64, unique=True)


class ListItemBase(SQLModel):
    """What an item says. `applies_to`, `flow` and `flow_picture` hold what JSON holds of them."""

    number: int = plain()
    title: str = plain(max_length=80)
    text: str = plain(max_length=2000)
    applies_to: list[str] = plain(sa_type=JSON)
    flow: list[dict[str, Any]] = plain(sa_type=JSON)
    flow_picture: dict[str, Any] | None = plain(default=None, sa_type=JSON(none_as_null=True))


class ListItem(ListItemBase, Record, table=True):
    """One item (事项) of one edition; the next edition has a copy of it, and its `number` stays: duties are linked to it by that.

    The file of its picture hangs on the item for which it was brought; copies name the same file.
    """

    __tablename__ = "list_item"
    __table_args__ = (
        Index("uq_list_item_number", "edition_id", "number", unique=True),
        CheckConstraint("number BETWEEN 1 AND 500", name="number_in_range"),
    )

    edition_id: UUID = plain(foreign_key="list_edition.id")
