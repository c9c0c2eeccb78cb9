from uuid import UUID

from sqlalchemy import Index, text

from models.base import Decided, Erased, Keep, OwnedRecord, Personal, column, open_until_decided, plain, sealed, words
from models.enums import RequestState

OPEN = text("state = 'open'")
"""The condition of partial indexes. A query has to hold the very same words, or they are not used."""


class CorrectionRequest(Decided, OwnedRecord, table=True):
    """What a member says is wrong in his record, and what his branch decided. `changes_sealed` is a JSON object of the fields."""

    __tablename__ = "correction_request"
    __table_args__ = (
        Index(
            "uq_correction_request_open",
            "member_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_correction_request_open", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        open_until_decided(),
    )

    member_id: UUID = plain(whose="member", ended="decided_at", erased=Erased.row, foreign_key="member.id", index=True)
    changes_sealed: bytes = column(Personal.sensitive, Keep.membership, sa_type=sealed())
    note: str | None = column(Personal.basic, Keep.membership, default=None, max_length=200)
    state: RequestState = plain(default=RequestState.open, sa_type=words(RequestState))
