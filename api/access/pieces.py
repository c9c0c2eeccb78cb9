"""What is old is forgotten a piece at a time, also by the way of a request, which pays for no crowd that came before it."""

from typing import Any, Final

from sqlalchemy import inspect, tuple_
from sqlmodel import SQLModel, delete, select

from api.access.scope import Lock, locking
from api.database import Work

PIECE: Final = 500
"""Rows."""


def forget_some(work: Work, model: type[SQLModel], old: Any) -> int:
    """Delete rows that are old by a condition: a piece of them at the most, and none that somebody else holds. Returns how many.

    Their keys are not read: somebody may have written there what no type can be made of.
    """
    key = inspect(model).primary_key
    some = locking(work, select(*key).where(old).limit(PIECE), model, lock=Lock.alone, waits=False)
    # Within the statement PostgreSQL may look for them again for each row, but not for what stands before it; of a statement that
    # begins otherwise than with its verb, SQLite's driver does not tell how many rows it has changed.
    which: Any = some if work.is_sqlite else select(*some.cte("some").c)
    done: Any = work.execute(delete(model).where(tuple_(*key).in_(which)).execution_options(synchronize_session=False))
    return int(done.rowcount)
