"""What is old is forgotten a piece at a time, also by the way of a request, which pays for no crowd that came before it."""

from typing import Any, Final

from sqlalchemy import inspect, tuple_
from sqlmodel import SQLModel, delete, select

from api.access.scope import Lock, locking
from api.database import Work

PIECE: Final = 500
"""Rows."""


def forget_some(work: Work, model: type[SQLModel], old: Any) -> int:
    """Delete rows that are old by a condition: a piece of them at the most, and none that somebody else holds. Returns how many."""
    key = inspect(model).primary_key
    some = work.execute(locking(work, select(*key).where(old).limit(PIECE), model, lock=Lock.alone, waits=False)).all()
    if some:
        work.execute(delete(model).where(tuple_(*key).in_(map(tuple, some))))
    return len(some)
