from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select

from api.access.scope import locking
from api.database import Work
from models.signing_key import SigningKey


def newest_key(work: Work) -> SigningKey | None:
    """The key that signs now: of those that were not withdrawn, the one whose turn came last."""
    query = select(SigningKey).where(col(SigningKey.withdrawn_at).is_(None), col(SigningKey.signs_from) <= work.at)
    return work.exec(query.order_by(col(SigningKey.signs_from).desc(), col(SigningKey.slot).desc()).limit(1)).first()


def lock(work: Work) -> None:
    """Let nobody else make a key until the transaction ends: locks of rows do not hold off new ones. SQLite has one writer."""
    if not work.is_sqlite:
        work.connection().exec_driver_sql("LOCK TABLE signing_key IN SHARE ROW EXCLUSIVE MODE")


def every_key(work: Work) -> Sequence[SigningKey]:
    """All keys that there have ever been, in the order in which they sign; locked where the work writes."""
    query = select(SigningKey).order_by(col(SigningKey.signs_from), col(SigningKey.slot))
    return work.exec(locking(work, query, SigningKey)).all()


def withdrawal_of(work: Work, slot: int) -> datetime | None:
    """When the key of a slot was withdrawn, if it was."""
    return work.exec(select(SigningKey.withdrawn_at).where(col(SigningKey.slot) == slot)).first()
