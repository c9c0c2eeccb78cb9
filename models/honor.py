from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index

from models.base import Erased, Keep, OwnedRecord, Personal, column, plain, words
from models.enums import HonorLevel

BASIC, KEPT = Personal.basic, Keep.membership


class Honor(OwnedRecord, table=True):
    """An honour (荣誉) of a member, which goes with him from branch to branch; or, without `member_id`, an organisation's own.

    `valid_until` is the last day on which it is borne; without one it is for good. A withdrawn one stays in the records.
    """

    __table_args__ = (
        Index(None, "awarded_on", "id"),
        CheckConstraint("valid_until IS NULL OR valid_until >= awarded_on", name="ends_after_it_begins"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="withdrawn_has_a_reason"),
    )

    member_id: UUID | None = plain(default=None, whose="member", erased=Erased.row, foreign_key="member.id", index=True)
    title: str = column(BASIC, KEPT, max_length=80)
    awarded_by: str = column(BASIC, KEPT, max_length=80)
    level: HonorLevel = column(BASIC, KEPT, sa_type=words(HonorLevel))
    awarded_on: date = column(BASIC, KEPT)
    document_no: str | None = column(BASIC, KEPT, default=None, max_length=40)
    valid_until: date | None = column(BASIC, KEPT, default=None)
    is_public: bool = plain(default=True)
    withdrawn_at: datetime | None = plain(default=None)
    withdrawn_reason: str | None = column(BASIC, KEPT, default=None, max_length=200)
