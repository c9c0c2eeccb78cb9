"""Whether the trail's tables, and what stands around them, are what the migrations make: otherwise what is written, and what is
read, is what somebody else lets through."""

from typing import Final

from sqlalchemy import Connection, Table, inspect
from sqlalchemy.exc import CompileError

from api.audit.definitions import postgresql, sqlite
from api.database import Work
from models import metadata
from models.audit import AuditHead, AuditLine

TRAIL: Final[list[Table]] = [metadata.tables[str(kind.__tablename__)] for kind in (AuditLine, AuditHead)]


def see_ours(work: Work) -> None:
    """Have names mean what is the server's own, then what is of our schema, until the end of the transaction, whatever somebody has
    set for the session or put into its temporary schema."""
    if not work.is_sqlite:
        work.connection().exec_driver_sql("SET LOCAL search_path = pg_catalog, public, pg_temp")


def stands(work: Work) -> bool:
    """Whether the trail has its tables, with all their columns."""
    there = inspect(work.connection())
    return all(
        there.has_table(table.name) and set(table.columns.keys()) <= {one["name"] for one in there.get_columns(table.name)}
        for table in TRAIL
    )


def is_disguised(work: Work) -> bool:
    """Whether the trail's tables are anything but the two plain ones that the schema makes. What is read as the lines may otherwise
    be other rows than a table's: those of a view, of a module of SQLite's, or what rules, parts, heirs or row security make of it;
    a trigger of somebody else's may swallow what is written; and what looks for some lines may pass over others, by an index on
    SQLite that leaves them out, or by columns of other types, which are compared in another way."""
    connection = work.connection()
    if work.is_sqlite:
        return not connection.exec_driver_sql(sqlite.PLAIN, sqlite.TRIGGERS).scalar_one() or connection.exec_driver_sql(
            "PRAGMA main.integrity_check('audit_line')"
        ).scalars().all() != ["ok"]
    return not connection.exec_driver_sql(postgresql.PLAIN).scalar_one() or not all(
        _has_its_types(connection, table) for table in TRAIL
    )


def is_as_made(work: Work) -> bool:
    """Whether the trail's tables have the constraints, indices and triggers that the schema makes, in force, and no other, nothing
    refers to them, and the database has no trigger elsewhere, nor a table of ours that does something to a row by itself, and on
    PostgreSQL nothing at all that the schema does not make, but plain indices and constraints and defaults that go by nothing but
    values. Otherwise what is written may be changed, removed or passed over, by whoever is let or by what something else that we
    write sets off."""
    connection = work.connection()
    if work.is_sqlite:
        if not all(sqlite.is_plain(name, statement) for name, statement in connection.exec_driver_sql(sqlite.OURS)):
            return False
        found, made = connection.exec_driver_sql(sqlite.FOUND).scalars().all(), sqlite.made(TRAIL, connection.dialect)
    else:
        found = [one for one in connection.exec_driver_sql(postgresql.FOUND).scalars() if one not in postgresql.TABLES]
        made = postgresql.made(TRAIL, connection.dialect)
    return sorted(map(_without_gaps, found)) == sorted(map(_without_gaps, made))


def _has_its_types(connection: Connection, table: Table) -> bool:
    """Whether the columns of a table are those that the program gave it, and of their types."""
    dialect = connection.dialect
    try:
        found = {one["name"]: one["type"].compile(dialect) for one in inspect(connection).get_columns(table.name)}
    except CompileError:
        return False
    return found == {column.name: column.type.compile(dialect) for column in table.columns}


def _without_gaps(statement: str) -> str:
    return "".join(statement.split())
