from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import SQLModel

from models.base import Keep, OwnedRecord, Personal, column, plain, words
from models.enums import CardState, ExpiryBasis, PlateKind, ScanOutcome

LIVING = text("state IN ('valid', 'suspended')")
NOT_VALID = text("state <> 'valid'")
SUSPENDED = text("state = 'suspended'")
LOST = text("state = 'suspended' AND lost_reported_at IS NOT NULL")
"""The conditions of partial indexes. A query has to hold the very same words, or the index is not used."""


class Card(OwnedRecord, table=True):
    """The identity card of a member, as his branch issued it.

    `credential_number` is 48 random bits that stand in dynamic codes; `status_list` and `status_index` are where its state
    stands in the published lists. Neither is ever used again. `lost_reported_at` is when the holder said that he had lost it.
    """

    __table_args__ = (
        Index(
            "uq_card_living",
            "member_id",
            unique=True,
            sqlite_where=LIVING,
            postgresql_where=LIVING,
        ),
        Index(
            "ix_card_expiring",
            "expires_on",
            "id",
            sqlite_where=LIVING,
            postgresql_where=LIVING,
        ),
        Index(
            "ix_card_not_valid",
            "status_list",
            "status_index",
            "state",
            sqlite_where=NOT_VALID,
            postgresql_where=NOT_VALID,
        ),
        Index("ix_card_expiring_there", "organization_id", "expires_on", sqlite_where=LIVING, postgresql_where=LIVING),
        Index("ix_card_suspended", "id", sqlite_where=SUSPENDED, postgresql_where=SUSPENDED),
        Index("ix_card_suspended_there", "organization_id", "state", sqlite_where=SUSPENDED, postgresql_where=SUSPENDED),
        Index("ix_card_lost", "lost_reported_at", "id", sqlite_where=LOST, postgresql_where=LOST),
        UniqueConstraint("status_list", "status_index"),
        CheckConstraint("credential_number BETWEEN 0 AND 281474976710655", name="credential_number_is_48_bits"),
        CheckConstraint("status_list BETWEEN 0 AND 65535", name="status_list_is_16_bits"),
        CheckConstraint("status_index BETWEEN 0 AND 1048575", name="status_index_is_20_bits"),
    )

    member_id: UUID = plain(whose="member", foreign_key="member.id", index=True)
    credential_number: int = plain(sa_type=BigInteger, unique=True)
    state: CardState = plain(default=CardState.valid, sa_type=words(CardState))
    state_reason: str | None = column(Personal.basic, Keep.membership, default=None, max_length=200)
    state_changed_at: datetime = plain()
    expires_on: date = plain()
    expiry_basis: ExpiryBasis = plain(default=ExpiryBasis.validity, sa_type=words(ExpiryBasis))
    lost_reported_at: datetime | None = plain(default=None)
    status_list: int = plain()
    status_index: int = plain()


class PlateBase(SQLModel):
    kind: PlateKind = plain(sa_type=words(PlateKind))
    code: str = plain(max_length=15, unique=True)


class Plate(PlateBase, OwnedRecord, table=True):
    """One printed thing with a code of its own, so that a lost one is withdrawn alone."""

    card_id: UUID = plain(whose="card", foreign_key="card.id", index=True)
    lost_reported_at: datetime | None = plain(default=None, index=True)
    withdrawn_at: datetime | None = plain(default=None)
    withdrawn_reason: str | None = column(Personal.basic, Keep.membership, default=None, max_length=200)


class ScanCount(SQLModel, table=True):
    """How often a card was checked in one hour, by what was answered; never when exactly, where, or by whom.

    The hour comes first in its key, so that all counts of a second are written next to each other, and forgotten so. The index by
    card is PostgreSQL's alone, whose server writes it: SQLite has none, since each scan would cost a quarter more with it.
    """

    __tablename__ = "scan_count"
    __table_args__ = (Index(None, "card_id", "hour"),)

    hour: datetime = plain(primary_key=True)
    card_id: UUID = plain(whose="card", foreign_key="card.id", primary_key=True)
    outcome: ScanOutcome = plain(sa_type=words(ScanOutcome), primary_key=True)
    count: int = plain(default=0)
