from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index

from models.base import Keep, OwnedRecord, Personal, Whose, column, plain


class Publication(OwnedRecord, table=True):
    """The pledges of an organisation as it has made them public for a quarter (一季一公示), such as 2026-Q3, kept as they stood."""

    __table_args__ = (Index("uq_publication_quarter", "organization_id", "quarter", unique=True),)

    quarter: str = plain(max_length=7)
    published_at: datetime = plain()
    published_by: UUID = plain(foreign_key="account.id")
    lines: list[dict[str, Any]] = column(Personal.basic, Keep.membership, whose=Whose.nobody, ended="published_at", sa_type=JSON)
