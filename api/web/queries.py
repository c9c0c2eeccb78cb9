from datetime import datetime

from sqlalchemy import inspect, tuple_
from sqlmodel import col, delete, select

from api.access.scope import locking
from api.database import Work
from models.idempotency import IdempotentRequest


def forget_old_requests(work: Work, before: datetime) -> None:
    """Forget which requests were carried out before then, passing over those that others are forgetting at this moment."""
    key = inspect(IdempotentRequest).primary_key
    old = select(*key).where(col(IdempotentRequest.created_at) < before)
    work.exec(delete(IdempotentRequest).where(tuple_(*key).in_(locking(work, old, IdempotentRequest, waits=False))))
