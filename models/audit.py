from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, Integer
from sqlmodel import SQLModel

from models.base import Erased, Personal, column, plain


class AuditLine(SQLModel, table=True):
    """Who did what to which thing. Written once: triggers refuse to change or remove it, and each `mac` covers the one before.

    So it stays whole; whoever is erased stands in it by the key of his account alone.
    """

    __tablename__ = "audit_line"
    __table_args__ = (Index(None, "actor_id", "seq"),)

    seq: int = plain(sa_type=BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: datetime = plain()
    actor_id: UUID | None = column(Personal.basic, whose="account", erased=Erased.stays, default=None)
    action: str = plain(max_length=60)
    target_kind: str = plain(max_length=40)
    target_id: UUID | None = plain(default=None, index=True)
    organization_id: UUID | None = plain(default=None, index=True)
    request_id: str = plain(max_length=64)
    details: dict[str, object] = plain(sa_type=JSON, default_factory=dict)
    mac: str = plain(max_length=64)


class AuditHead(SQLModel, table=True):
    """The end of the chain: one row, locked while lines are added. Its keyed `seal` shows when lines were cut off at the end."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = plain(default=1, primary_key=True)
    seq: int = plain(default=0, sa_type=BigInteger)
    mac: str = plain(max_length=64)
    seal: str = plain(default="", max_length=64)
