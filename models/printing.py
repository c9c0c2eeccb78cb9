from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import SQLModel

from models.base import Keep, OwnedRecord, Personal, column, plain, words
from models.print_enums import LeftOutReason, PrintKind, PrintLayout


class PrintBatch(OwnedRecord, table=True):
    """Plates of one kind that were chosen to be printed together; what is drawn of them is what is true when it is asked for.

    `made` is how many plates were made for it. `reprint_of` is the batch whose plates it prints again, and `reason` why.
    """

    __tablename__ = "print_batch"
    __table_args__ = (CheckConstraint("(reprint_of IS NULL) = (reason IS NULL)", name="a_reprint_has_a_reason"),)

    kind: PrintKind = plain(sa_type=words(PrintKind))
    layout: PrintLayout = plain(sa_type=words(PrintLayout))
    emblem: bool = plain()
    count: int = plain()
    made: int = plain(default=0)
    reprint_of: UUID | None = plain(default=None, foreign_key="print_batch.id", index=True)
    reason: str | None = plain(default=None, max_length=200)
    created_by: UUID | None = plain(default=None, foreign_key="account.id")


class PrintItem(SQLModel, table=True):
    """One of the plates of a batch, counted from 1: a member's, or the sign of a venue."""

    __tablename__ = "print_item"
    __table_args__ = (CheckConstraint("(plate_id IS NULL) <> (venue_id IS NULL)", name="one_thing"),)

    batch_id: UUID = plain(foreign_key="print_batch.id", primary_key=True)
    position: int = plain(primary_key=True)
    plate_id: UUID | None = plain(default=None, whose="plate", foreign_key="plate.id", index=True)
    venue_id: UUID | None = plain(default=None, foreign_key="venue.id", index=True)


class PrintLeftOut(SQLModel, table=True):
    """Somebody, or a venue, of whom a batch has nothing, in the order in which the batch was chosen. `characters` are those of his
    plate that no font has."""

    __tablename__ = "print_left_out"
    __table_args__ = (CheckConstraint("(member_id IS NULL) <> (venue_id IS NULL)", name="one_thing"),)

    batch_id: UUID = plain(foreign_key="print_batch.id", primary_key=True)
    position: int = plain(primary_key=True)
    member_id: UUID | None = plain(default=None, whose="member", foreign_key="member.id", index=True)
    venue_id: UUID | None = plain(default=None, foreign_key="venue.id", index=True)
    reason: LeftOutReason = plain(sa_type=words(LeftOutReason))
    characters: str | None = column(Personal.basic, Keep.membership, default=None, max_length=100)
