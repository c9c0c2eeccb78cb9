from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.scope import Reach, hold_one
from api.database import Work
from models.audit import AuditHead, AuditLine


def locked_head(work: Work) -> AuditHead:
    """The end of the chain, held against other writers until the commit."""
    return hold_one(work, AuditHead, 1)


def every_line(work: Work, size: int = 5000) -> Iterator[AuditLine]:
    """All lines in their order, `size` at a time."""
    seq = 0
    while lines := work.exec(select(AuditLine).where(col(AuditLine.seq) > seq).order_by(col(AuditLine.seq)).limit(size)).all():
        yield from lines
        seq = lines[-1].seq
        work.expunge_all()


def lines_within(reach: Reach) -> SelectOfScalar[AuditLine]:
    """The lines about things of the organisations within reach."""
    return select(AuditLine).where(reach.covers(col(AuditLine.organization_id)))


def lines_about(work: Work, action: str, target_ids: Collection[UUID]) -> Sequence[AuditLine]:
    """The lines of one action about these things, in their order."""
    query = select(AuditLine).where(col(AuditLine.target_id).in_(target_ids), col(AuditLine.action) == action)
    return work.exec(query.order_by(col(AuditLine.seq))).all()
