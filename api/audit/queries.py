from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, true
from sqlmodel import col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.scope import Reach, hold_one
from api.database import Work
from models.account import Account
from models.audit import AuditHead, AuditLine
from models.base import Record, metadata
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


_ODD_ON_SQLITE: Final = "SELECT count(*) FROM sqlite_master WHERE name = 'audit_line' AND type <> 'table'"
_ODD_ON_POSTGRESQL: Final = """
    SELECT count(*) FROM pg_class t WHERE t.oid = 'audit_line'::regclass AND (
        t.relkind <> 'r' OR t.relrowsecurity OR t.relispartition
        OR EXISTS (SELECT FROM pg_rewrite WHERE ev_class = t.oid)
        OR EXISTS (SELECT FROM pg_inherits WHERE t.oid IN (inhrelid, inhparent)))
"""


def is_disguised(work: Work) -> bool:
    """Whether what is read as the lines may be other rows than those of one table: those of a view, or what rules, parts, heirs or
    row security make of it."""
    return bool(work.connection().exec_driver_sql(_ODD_ON_SQLITE if work.is_sqlite else _ODD_ON_POSTGRESQL).scalar_one())


def first_line_at(work: Work) -> datetime | None:
    """When the first line that there is was written."""
    return work.exec(select(AuditLine.at).order_by(col(AuditLine.seq)).limit(1)).first()


def every_line(work: Work, size: int = 5000) -> Iterator[Any]:
    """All lines in their order, `size` at a time in memory, from the lowest number on that somebody has given one. On PostgreSQL
    they are read without any index, which may be broken, or made to leave lines out; on SQLite the key is the table's own order."""
    if not work.is_sqlite:
        for name, value in (("seqscan", "on"), ("indexscan", "off"), ("indexonlyscan", "off"), ("bitmapscan", "off")):
            work.connection().exec_driver_sql(f"SET LOCAL enable_{name} = {value}")
    # Rows, not entities: a session would keep each of them.
    lines = metadata.tables[str(AuditLine.__tablename__)]
    with work.execute(lines.select().order_by(lines.c.seq), execution_options={"yield_per": size}) as found:
        yield from found


def lines_within(reach: Reach) -> SelectOfScalar[AuditLine]:
    """The lines about things of the organisations within reach."""
    return select(AuditLine).where(reach.covers(col(AuditLine.organization_id)))


def lines_about(work: Work, action: str, target_ids: Collection[UUID]) -> Sequence[AuditLine]:
    """The lines of one action about these things, in their order."""
    query = select(AuditLine).where(col(AuditLine.target_id).in_(target_ids), col(AuditLine.action) == action)
    return work.exec(query.order_by(col(AuditLine.seq))).all()
