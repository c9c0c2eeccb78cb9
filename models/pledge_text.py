from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text

from models.base import Keep, Personal, Record, column, plain, words
from models.enums import PledgeVisibility, TextDecision
from models.pledge import Voted, a_vote_is_whole

BASIC = Personal.basic
KEPT = Keep.membership

UNDECIDED = text("decision IS NULL")
UNPUBLISHED = text("decision = 'approved' AND published_at IS NULL")
"""The conditions of partial indexes. A query has to hold the same words, or the index is not used."""


class PledgeText(Voted, Record, table=True):
    """The text of a pledge as it was submitted for the `no`th time, and what was decided about it, with the vote if there was one.
    Texts are added, and never changed but by being decided and published."""

    __tablename__ = "pledge_text"
    __table_args__ = (
        Index("uq_pledge_text_no", "pledge_id", "no", unique=True),
        Index("ix_pledge_text_undecided", "pledge_id", sqlite_where=UNDECIDED, postgresql_where=UNDECIDED),
        Index("ix_pledge_text_unpublished", "pledge_id", sqlite_where=UNPUBLISHED, postgresql_where=UNPUBLISHED),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="a_decision_has_a_time"),
        CheckConstraint("published_at IS NULL OR decision = 'approved'", name="published_once_approved"),
        CheckConstraint("(published_at IS NULL) = (published_by IS NULL)", name="published_by_somebody"),
        a_vote_is_whole(),
    )

    pledge_id: UUID = plain(whose="pledge", foreign_key="pledge.id")
    no: int = plain()
    content: str = column(BASIC, KEPT, max_length=300)
    measure: str = column(BASIC, KEPT, max_length=200)
    due_on: date = plain()
    visibility: PledgeVisibility = plain(sa_type=words(PledgeVisibility))
    reason: str | None = column(BASIC, KEPT, default=None, max_length=200)
    submitted_at: datetime = plain()
    submitted_by: UUID = plain(foreign_key="account.id")
    decision: TextDecision | None = plain(default=None, sa_type=words(TextDecision))
    decided_at: datetime | None = plain(default=None)
    decided_by: UUID | None = plain(default=None, foreign_key="account.id")
    comment: str | None = column(BASIC, KEPT, default=None, max_length=200)
    secrecy_checked: bool = plain(default=False)
    published_at: datetime | None = plain(default=None)
    published_by: UUID | None = plain(default=None, foreign_key="account.id")
