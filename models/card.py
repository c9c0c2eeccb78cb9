from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import SQLModel

from models.base import Keep, OwnedRecord, Personal, Record, column, plain, words
from models.enums import CardState, PlateKind, ScanOutcome


class Card(OwnedRecord, table=True):
    """The identity card of a member, as his branch issued it.

    `credential_number` is 48 random bits that stand in dynamic codes; `status_list` and `status_index` are where its state will
    stand in the published lists. Neither is ever used again.
    """

    __table_args__ = (
        Index(
            "uq_card_living",
            "member_id",
            unique=True,
            sqlite_where=text("state IN ('valid', 'suspended')"),
            postgresql_where=text("state IN ('valid', 'suspended')"),
        ),
        UniqueConstraint("status_list", "status_index"),
        CheckConstraint("credential_number BETWEEN 0 AND 281474976710655", name="credential_number_is_48_bits"),
        CheckConstraint("status_list BETWEEN 0 AND 65535", name="status_list_is_16_bits"),
        CheckConstraint("status_index BETWEEN 0 AND 1048575", name="status_index_is_20_bits"),
    )

    member_id: UUID = plain(foreign_key="member.id", index=True)
    credential_number: int = plain(sa_type=BigInteger, unique=True)
    state: CardState = plain(default=CardState.valid, sa_type=words(CardState))
    state_reason: str | None = column(Personal.basic, Keep.membership, default=None, max_length=200)
    state_changed_at: datetime = plain()
    expires_on: date = plain()
    status_list: int = plain()
    status_index: int = plain()


class PlateBase(SQLModel):
    kind: PlateKind = plain(sa_type=words(PlateKind))
    code: str = plain(max_length=15, unique=True)


class Plate(PlateBase, OwnedRecord, table=True):
    """One printed thing with a code of its own, so that a lost one is withdrawn alone."""

    card_id: UUID = plain(foreign_key="card.id", index=True)
    withdrawn_at: datetime | None = plain(default=None)
    withdrawn_reason: str | None = column(Personal.basic, Keep.membership, default=None, max_length=200)


class SigningKey(Record, table=True):
    """An ES256 key that signs dynamic codes, known to codes by its slot and to the key set by its RFC 7638 thumbprint."""

    __tablename__ = "signing_key"
    __table_args__ = (CheckConstraint("slot BETWEEN 0 AND 255", name="slot_is_8_bits"),)

    slot: int = plain(unique=True)
    thumbprint: str = plain(max_length=43, unique=True)
    public_x: str = plain(max_length=43)
    public_y: str = plain(max_length=43)
    private_sealed: bytes = plain(sa_type=LargeBinary)
    signs_from: datetime = plain()
    withdrawn_at: datetime | None = plain(default=None)


class StatusCounter(SQLModel, table=True):
    """How many places in the status lists have been given out: one row, locked while a batch takes its share."""

    __tablename__ = "status_counter"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = plain(default=1, primary_key=True)
    allocated: int = plain(default=0, sa_type=BigInteger)


class ScanCount(SQLModel, table=True):
    """How often a card was checked in one hour, by what was answered; never when exactly, where, or by whom."""

    __tablename__ = "scan_count"

    card_id: UUID = plain(foreign_key="card.id", primary_key=True)
    hour: datetime = plain(primary_key=True)
    outcome: ScanOutcome = plain(sa_type=words(ScanOutcome), primary_key=True)
    count: int = plain(default=0)
