from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text

from models.base import Decided, Keep, OwnedRecord, Personal, column, open_until_decided, plain, words
from models.enums import RequestState

OPEN = text("state = 'open'")
UNDECIDED = text("state IN ('open', 'lapsed')")
ACCEPTED = text("state = 'accepted'")
"""The conditions of partial indexes. A query has to hold the very same words, or they are not used."""


class Transfer(Decided, OwnedRecord, table=True):
    """The move of a member (组织关系转接) from the branch that lets go, its owner, to the one that is to take in by `due_on`."""

    __table_args__ = (
        Index(
            "uq_transfer_open",
            "member_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_transfer_open", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_transfer_undecided", "id", sqlite_where=UNDECIDED, postgresql_where=UNDECIDED),
        Index("ix_transfer_accepted", "decided_at", sqlite_where=ACCEPTED, postgresql_where=ACCEPTED),
        CheckConstraint("organization_id <> to_organization_id", name="leads_elsewhere"),
        open_until_decided(),
    )

    member_id: UUID = plain(whose="member", foreign_key="member.id", index=True)
    to_organization_id: UUID = plain(foreign_key="organization.id", index=True)
    reason: str = column(Personal.basic, Keep.membership, max_length=200)
    due_on: date = plain()
    state: RequestState = plain(default=RequestState.open, sa_type=words(RequestState))
    requested_by: UUID = plain(foreign_key="account.id")
