"""How the filters of a list are asked for, so that SQLite finds them by an index, and by the right one."""

from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, inspect
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op
from sqlmodel import col

from api.database import Work
from models.base import Record

LAST_CHARACTER = "\U0010ffff"


def has_value(work: Work, model: type[Record], name: str, value: Any, *, among_few: bool) -> Any:
    """The condition that a row has this value in the column of that name; `among_few` where other conditions leave few rows."""
    column = col(getattr(model, name))
    return (passed_over(work, column) if among_few and not isinstance(value, UUID) else column) == _word(model, name, value)


def passed_over(work: Work, column: Any) -> Any:
    """The column, so that SQLite does not begin with those that have a value in it. Since it does not know how many these are, it
    would look for the few among all of them, wherever an index has them in the order of the list."""
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type) if work.is_sqlite else column


def begins_with(column: Any, words: str) -> Any:
    """The condition that an ordered text begins with these words, as a range that an index walks on both engines."""
    return and_(column >= words, column < words + LAST_CHARACTER)


def _word(model: type[Record], name: str, value: Any) -> Any:
    """A value to be compared with a column; a stored word stands in the statement itself, since SQLite finds a partial index only
    so."""
    if not isinstance(value, Enum):
        return value
    return bindparam(None, value, type_=inspect(model).columns[name].type, literal_execute=True)
