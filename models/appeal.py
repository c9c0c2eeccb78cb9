from uuid import UUID

from sqlalchemy import Index, text

from models.base import Decided, Keep, OwnedRecord, Personal, column, open_until_decided, plain, words
from models.score_enums import AppealState

OPEN = text("state = 'open'")
"""The condition of a partial index. A query has to hold the very same words, or the index is not used."""


class Appeal(Decided, OwnedRecord, table=True):
    """What a member says against an entry of his score (申诉), once for each. It moves with him from branch to branch."""

    __table_args__ = (
        open_until_decided(),
        Index("ix_appeal_open", "organization_id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_appeal_open_id", "id", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    entry_id: UUID = plain(whose="score_entry", foreign_key="score_entry.id", unique=True)
    reason: str = column(Personal.basic, Keep.membership, max_length=500)
    state: AppealState = plain(default=AppealState.open, sa_type=words(AppealState))
