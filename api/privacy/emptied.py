"""What stands in place of a value that was erased, and whether one was."""

from typing import Any, Final

from sqlalchemy import JSON, Boolean, Column, Date, Enum, LargeBinary, String, and_, case, cast, literal, null
from sqlmodel.sql.sqltypes import AutoString

from api.privacy.paths import becomes
from models.base import NO_DAY, Erased, Personal

PSEUDONYM: Final = "已删除"
"""What stands in place of words; in place of a user name, of which there is one, with the account's key behind it."""


def tells(column: Column[Any]) -> Any:
    """The condition that a value has not been erased."""
    if becomes(column) is Erased.emptied:
        return column.is_not(None)
    if isinstance(column.type, JSON):
        return cast(column, String) != "[]"
    if column.unique:
        # What only begins like one may be a name that somebody has chosen.
        return column != erased(column)
    return and_(column.is_not(None), column != blank(column))


def erased(column: Column[Any]) -> Any:
    """What a value is to be written as."""
    if becomes(column) is Erased.emptied:
        return null()
    if column.unique:
        return literal(f"{PSEUDONYM}-") + cast(column.table.c.id, String)
    written = literal(blank(column), column.type)
    return case((column.is_(None), null()), else_=written) if column.nullable else written


def blank(column: Column[Any]) -> Any:
    """What is told of nobody by a column that is not emptied. Raises `TypeError` where there is nothing of the kind."""
    kind = column.type
    if isinstance(kind, JSON):
        return []
    if isinstance(kind, LargeBinary):
        return b""
    if isinstance(kind, Date):
        return NO_DAY
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, String | AutoString) and not isinstance(kind, Enum):
        return "" if column.info["personal"] is Personal.sensitive else PSEUDONYM
    raise TypeError(f"nothing can stand in place of {column}: it stays, or may be null")
