from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary
from sqlmodel import SQLModel

from models.base import plain


class StatusCounter(SQLModel, table=True):
    """How many places in the status lists have been given out: one row, locked while a batch takes its share."""

    __tablename__ = "status_counter"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = plain(default=1, primary_key=True)
    allocated: int = plain(default=0, sa_type=BigInteger)


class StatusList(SQLModel, table=True):
    """A published status list by its number, and the bytes that were signed last.

    `changes` counts the changes of state among its cards; the signed bytes tell of the first `signed_changes` of them. What the
    list says is derived from the cards at each signing, and stands nowhere else.
    """

    __tablename__ = "status_list"
    __table_args__ = (
        CheckConstraint("number BETWEEN 0 AND 65535", name="number_is_16_bits"),
        CheckConstraint("(token IS NULL) = (signed_at IS NULL)", name="signed_at_some_time"),
    )

    number: int = plain(primary_key=True, sa_column_kwargs={"autoincrement": False})
    changes: int = plain(default=0, sa_type=BigInteger)
    signed_changes: int = plain(default=0, sa_type=BigInteger)
    token: bytes | None = plain(default=None, sa_type=LargeBinary)
    key_slot: int | None = plain(default=None)
    signed_at: datetime | None = plain(default=None)
