from datetime import datetime
from uuid import UUID

from sqlalchemy import func, inspect, tuple_
from sqlmodel import col, delete, select

from api.access.scope import locking
from api.database import Work
from models.erasure import Erasure
from models.erasure_enums import ErasureGround
from models.idempotency import IdempotentRequest


def forget_old_requests(work: Work, before: datetime) -> None:
    """Forget which requests were carried out before then, passing over those that others are forgetting at this moment."""
    key = inspect(IdempotentRequest).primary_key
    old = select(*key).where(col(IdempotentRequest.created_at) < before)
    work.exec(delete(IdempotentRequest).where(tuple_(*key).in_(locking(work, old, IdempotentRequest, waits=False))))


def count_kept(work: Work, account_id: UUID) -> tuple[int, int]:
    """How many answers are kept of an account's requests, and how many bytes they have."""
    size = func.coalesce(func.sum(func.length(col(IdempotentRequest.body_sealed))), 0)
    number, of_all = work.exec(select(func.count(), size).where(col(IdempotentRequest.account_id) == account_id)).one()
    return number, int(of_all)


def somebody_erased_since(work: Work, moment: datetime) -> bool:
    """Whether somebody was erased since then, other than because he had been gone for so long."""
    erased = select(Erasure.id).where(col(Erasure.created_at) >= moment, col(Erasure.ground) != ErasureGround.kept_long_enough)
    return work.exec(erased.limit(1)).first() is not None
