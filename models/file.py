from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import SQLModel

from models.base import Erased, Keep, OwnedRecord, Personal, Whose, column, plain, words
from models.enums import FilePurpose, FileState

OF_STANDARDS = text("attached_kind = 'standard_item'")
"""The condition of a partial index. A query has to hold the very same words, or the index is not used."""


class StoredFile(OwnedRecord, table=True):
    """What is known of an object in the storage, brought by somebody of its organisation.

    `attached_kind` and `attached_id` are the table and the row that it hangs on, which decide who sees it. One that hangs on
    nothing is swept away after a day.
    """

    __tablename__ = "stored_file"
    __table_args__ = (
        Index(None, "attached_kind", "attached_id"),
        Index(None, "uploaded_by", "attached_kind"),
        Index(None, "state", "created_at"),
        Index("ix_stored_file_of_standards", "digest", sqlite_where=OF_STANDARDS, postgresql_where=OF_STANDARDS),
        CheckConstraint("(state = 'ready') = (digest IS NOT NULL)", name="ready_has_a_digest"),
        CheckConstraint("(attached_kind IS NULL) = (attached_id IS NULL)", name="attached_to_one_thing"),
    )

    purpose: FilePurpose = plain(sa_type=words(FilePurpose))
    state: FileState = plain(sa_type=words(FileState))
    storage_key: str = plain(max_length=80, unique=True)
    media_type: str = plain(max_length=40)
    size: int = plain(default=0)
    digest: str | None = column(Personal.basic, Keep.membership, default=None, max_length=64)
    width: int | None = plain(default=None)
    height: int | None = plain(default=None)
    uploaded_by: UUID = plain(foreign_key="account.id")
    awaited_until: datetime | None = plain(default=None)
    attached_kind: str | None = plain(default=None, max_length=40)
    attached_id: UUID | None = plain(whose=Whose.what_it_hangs_on, erased=Erased.row, default=None)


class DiscardedObject(SQLModel, table=True):
    """An object whose row is gone, until the sweep deletes it: a backup that began before may still have to read it."""

    __tablename__ = "discarded_object"

    storage_key: str = plain(max_length=80, primary_key=True)
    discarded_at: datetime = plain(index=True)
