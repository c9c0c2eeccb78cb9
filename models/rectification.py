from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text

from models.base import Keep, OwnedRecord, Personal, Record, Whose, column, plain, words
from models.enums import RectificationAction, RectificationState

UNCLAIMED = text("state IN ('open', 'returned')")
CLAIMED = text("state = 'claimed'")
UNCONFIRMED = text("state <> 'confirmed'")
"""The conditions of partial indexes. A query has to hold the very same words, or the index is not used."""


class Rectification(OwnedRecord, table=True):
    """A thing to be put right (整改) by the organisation that it belongs to, by the day `due_on`.

    `source_kind` and `source_id` are the table and the row by which it was found; `code`, `name` and `finding` say in the words
    of that source what is wrong. `claimed_by` and `claimed_at` are of the last claim.
    """

    __table_args__ = (
        Index("uq_rectification_source", "source_kind", "source_id", unique=True),
        Index("ix_rectification_unclaimed", "due_on", sqlite_where=UNCLAIMED, postgresql_where=UNCLAIMED),
        Index("ix_rectification_unclaimed_id", "id", sqlite_where=UNCLAIMED, postgresql_where=UNCLAIMED),
        Index("ix_rectification_unconfirmed", "state", "id", sqlite_where=UNCONFIRMED, postgresql_where=UNCONFIRMED),
        Index("ix_rectification_claimed", "organization_id", sqlite_where=CLAIMED, postgresql_where=CLAIMED),
        Index(None, "organization_id", "state"),
        # What was confirmed in a period, and, of what was not, what was due in it.
        Index(None, "confirmed_at", "due_on"),
        CheckConstraint("(claimed_by IS NULL) = (claimed_at IS NULL)", name="a_claim_has_a_time"),
        CheckConstraint("(state = 'confirmed') = (confirmed_at IS NOT NULL)", name="a_confirmation_has_a_time"),
        CheckConstraint("state <> 'claimed' OR claimed_at IS NOT NULL", name="claimed_by_somebody"),
    )

    # What was found may name a person, but nobody is found by it.
    venue_id: UUID = plain(foreign_key="venue.id", whose=Whose.nobody, ended="confirmed_at")
    inspection_id: UUID = plain(foreign_key="inspection.id", index=True)
    source_kind: str = plain(max_length=40)
    source_id: UUID = plain()
    code: str = plain(max_length=8)
    name: str = column(Personal.basic, Keep.membership, max_length=80)
    finding: str = column(Personal.basic, Keep.membership, max_length=200)
    state: RectificationState = plain(default=RectificationState.open, sa_type=words(RectificationState))
    due_on: date = plain()
    claimed_by: UUID | None = plain(default=None, foreign_key="account.id")
    claimed_at: datetime | None = plain(default=None)
    confirmed_at: datetime | None = plain(default=None)


class RectificationEvent(Record, table=True):
    """One step in the life of a thing to be put right, with its pictures. Steps are added and never changed."""

    __tablename__ = "rectification_event"

    rectification_id: UUID = plain(
        foreign_key="rectification.id",
        index=True,
        whose=Whose.nobody,
        ended="(SELECT confirmed_at FROM rectification WHERE rectification.id = rectification_id)",
    )
    action: RectificationAction = plain(sa_type=words(RectificationAction))
    at: datetime = plain()
    done_by: UUID = plain(foreign_key="account.id")
    note: str = column(Personal.basic, Keep.membership, max_length=200)
