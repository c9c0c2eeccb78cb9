from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text

from models.base import Erased, Keep, Personal, Record, column, plain

UNPUBLISHED = text("published_on IS NULL AND withdrawn_reason IS NULL")
"""The condition of a partial index. A query has to hold the very same words, or the index is not used."""


class PledgeProgress(Record, table=True):
    """What has been done for a pledge (践诺), with pictures that hang on it. Entries are added, published and withdrawn, and never
    changed otherwise. `published_on` is the day from which strangers read it."""

    __tablename__ = "pledge_progress"
    __table_args__ = (
        Index(None, "pledge_id", "published_on"),
        Index("ix_pledge_progress_unpublished", "pledge_id", sqlite_where=UNPUBLISHED, postgresql_where=UNPUBLISHED),
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent_in_range"),
    )

    pledge_id: UUID = plain(whose="pledge", foreign_key="pledge.id")
    happened_on: date = plain()
    note: str = column(Personal.basic, Keep.membership, max_length=500)
    percent: int | None = plain(default=None)
    published_on: date | None = plain(default=None)
    withdrawn_reason: str | None = column(Personal.basic, Keep.membership, erased=Erased.replaced, default=None, max_length=200)
