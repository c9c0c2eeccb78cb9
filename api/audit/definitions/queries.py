"""Whether the trail's tables, and what stands around them, are what the migrations make: otherwise what is written, and what is
read, is what somebody else lets through. All is asked by the server alone (`by_the_server_alone`)."""

from collections import Counter
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Table, inspect
from sqlalchemy.exc import CompileError
from sqlalchemy.types import TypeEngine

from api.adapters.postgresql import schema_of
from api.audit.definitions import postgresql, pragmas, sqlite
from api.database import Work
from models import metadata
from models.audit import AuditHead, AuditLine

TRAIL: Final[list[Table]] = [metadata.tables[str(kind.__tablename__)] for kind in (AuditLine, AuditHead)]


def stands(work: Work) -> bool:
    """Whether the trail has its tables, with all their columns."""
    connection = work.connection()
    there, schema = inspect(connection), schema_of(connection)
    return all(
        there.has_table(table.name, schema)
        and set(table.columns.keys()) <= {one["name"] for one in there.get_columns(table.name, schema)}
        for table in TRAIL
    )


def is_disguised(work: Work) -> bool:
    """Whether the trail's tables are anything but the two plain ones that the schema makes. What is read as the lines may otherwise
    be other rows than a table's: those of a view, of a module of SQLite's, or what rules, parts, heirs or row security make of it;
    a trigger of somebody else's may swallow what is written; and what looks for some lines may pass over others, by an index on
    SQLite that leaves them out, or by columns of other types, which are compared in another way."""
    connection = work.connection()
    if work.is_sqlite:
        if not sqlite.is_trail_plain(sqlite.defined(connection.exec_driver_sql(sqlite.READ))):
            return True
        return pragmas.damage(connection, str(AuditLine.__tablename__)) != []
    found = _types_found(connection)
    return not connection.exec_driver_sql(postgresql.PLAIN).scalar_one() or any(
        found.get(table.name) != _types_made(table, connection.dialect) for table in TRAIL
    )


def not_as_made(work: Work) -> list[str]:
    """What is otherwise than the schema makes it, each by its name: nothing where the trail's tables have the constraints, indices
    and triggers that the schema makes, in force, and no other, nothing refers to them, and the database has no trigger elsewhere,
    nor a table of ours that does something to a row by itself, has a column of another type or stands elsewhere, no index leaves a
    row out, and on PostgreSQL there is nothing at all that the schema does not make, but plain columns, indices and constraints and
    defaults that go by nothing but values. Otherwise what is written may be changed, removed or passed over, by whoever is let or
    by what something else that we write sets off."""
    connection = work.connection()
    if work.is_sqlite:
        schema = sqlite.defined(connection.exec_driver_sql(sqlite.READ))
        other, found, made = sqlite.not_plain(schema), sqlite.compared(schema), sqlite.made(TRAIL, connection.dialect)
    else:
        other = of_other_types(connection)
        found = [one for one in connection.exec_driver_sql(postgresql.FOUND).scalars() if one not in postgresql.TABLES]
        made = postgresql.made(TRAIL, connection.dialect)
    told = [*other, *_beyond(found, made), *(f"without {one}" for one in _beyond(made, found))]
    if told or not work.is_sqlite:
        # What has a name that is no text is told by now; no driver reads it.
        return told
    return [*pragmas.not_plain(connection), *pragmas.damage(connection)]


def _beyond(these: list[str], those: list[str]) -> list[str]:
    """What stands among these more often than among those, whatever the gaps between the words."""
    left = Counter(map(_without_gaps, those))
    left.subtract(map(_without_gaps, these))
    return [one for one in sorted(set(these)) if left[_without_gaps(one)] < 0]


def of_other_types(connection: Connection) -> list[str]:
    """Which columns of all our tables on PostgreSQL are not of the types that the program gave them: what is written into one of
    another type may be read as something else. Of an older schema some are not there yet, and others may have been added."""
    there = _types_found(connection)
    return [
        f"column {table.name} {name}"
        for table in metadata.tables.values()
        for name, kind in _types_made(table, connection.dialect).items()
        if there.get(table.name, {}).get(name, kind) != kind
    ]


def _types_made(table: Table, dialect: Dialect) -> dict[str, str]:
    return {column.name: column.type.compile(dialect) for column in table.columns}


def _types_found(connection: Connection) -> dict[str, dict[str, str]]:
    """By tables of our schema the types of their columns, each with its length, precision and collation."""
    found = inspect(connection).get_multi_columns(schema=schema_of(connection))
    return {name: {one["name"]: _said(one["type"], connection.dialect) for one in columns} for (_, name), columns in found.items()}


def _said(kind: TypeEngine[Any], dialect: Dialect) -> str:
    try:
        return kind.compile(dialect)
    except CompileError:
        # Somebody has made a type of his own.
        return ""


def _without_gaps(statement: str) -> str:
    return "".join(statement.split())
