from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, true
from sqlmodel import col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.scope import Reach, hold_one
from api.database import Work
from models.account import Account
from models.audit import AuditHead, AuditLine
from models.base import Record
from models.organization import Organization
from models.signing_key import SigningKey


def locked_head(work: Work) -> AuditHead:
    """The end of the chain, held against other writers until the commit."""
    return hold_one(work, AuditHead, 1)


def something_exists(work: Work, before: datetime | None = None) -> bool:
    """Whether there is an organisation, an account or a signing key, or was one before a moment; what is said to be made long after
    it was."""

    def is_older(kind: type[Record]) -> Any:
        made = col(kind.created_at)
        return true() if before is None else or_(made < before, made > before + timedelta(minutes=1))

    kinds = (Organization, Account, SigningKey)
    return any(work.exec(select(col(kind.id)).where(is_older(kind)).limit(1)).first() is not None for kind in kinds)


def holds(work: Work, seq: int, mac: str) -> bool:
    """Whether the line of that number bears that code; before the first one nothing is to be held."""
    return seq == 0 or work.exec(select(AuditLine.mac).where(col(AuditLine.seq) == seq)).first() == mac


def may_alter_lines(work: Work) -> bool:
    """Whether the role that we are to PostgreSQL may change or remove lines; SQLite knows no roles."""
    return not work.is_sqlite and bool(work.exec(select(func.has_table_privilege("audit_line", "UPDATE, DELETE, TRUNCATE"))).one())


def every_line(work: Work, size: int = 5000) -> Iterator[AuditLine]:
    """All lines in their order, `size` at a time, from the lowest number on that somebody has given one."""
    after: Any = true()
    while lines := work.exec(select(AuditLine).where(after).order_by(col(AuditLine.seq)).limit(size)).all():
        yield from lines
        after = col(AuditLine.seq) > lines[-1].seq
        work.expunge_all()


def lines_within(reach: Reach) -> SelectOfScalar[AuditLine]:
    """The lines about things of the organisations within reach."""
    return select(AuditLine).where(reach.covers(col(AuditLine.organization_id)))


def lines_about(work: Work, action: str, target_ids: Collection[UUID]) -> Sequence[AuditLine]:
    """The lines of one action about these things, in their order."""
    query = select(AuditLine).where(col(AuditLine.target_id).in_(target_ids), col(AuditLine.action) == action)
    return work.exec(query.order_by(col(AuditLine.seq))).all()
