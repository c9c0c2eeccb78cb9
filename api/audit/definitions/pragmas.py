"""What SQLite itself says of its tables, by which no text need be read as it reads it.

The names of its functions are those of the main database: a table of one that is attached beside it would be taken for them.
"""

from typing import Final

from sqlalchemy import Connection
from sqlalchemy.dialects import sqlite

from api.audit.definitions.names import NAMES
from api.counted import COUNTS
from models import metadata

ANEW: Final = "PRAGMA writable_schema=RESET"
"""Have the connection go by what stands in the schema, as each that is opened from now on will, and not by what it has read before
somebody else wrote there."""
_NAMES: Final = ", ".join(repr(name) for name in NAMES)
_OURS: Final = f"one.schema = 'main' AND lower(one.name) IN ({_NAMES})"
_TABLES: Final = "main.pragma_table_list AS one"
FOREIGN_KEYS: Final = f"""
    SELECT DISTINCT one.name FROM {_TABLES}, main.pragma_foreign_key_list(one.name, 'main') AS other
    WHERE one.schema = 'main'
        AND NOT (other.on_update IN ('NO ACTION', 'RESTRICT') AND other.on_delete IN ('NO ACTION', 'RESTRICT'))
"""
"""The tables of which a foreign key takes or changes rows, whosever they are: somebody's may hang on ours, and ours on his."""
COLUMNS: Final = f"""
    SELECT lower(one.name), lower(other.name), upper(other.type), other.hidden = 0 AND (other.pk = 0 OR other."notnull")
    FROM {_TABLES}, main.pragma_table_xinfo(one.name, 'main') AS other WHERE {_OURS}
"""
"""Of tables of ours. None is reckoned, and none is missing of a key."""
INDICES: Final = f"""
    SELECT DISTINCT other.name FROM {_TABLES}, main.pragma_index_list(one.name, 'main') AS other,
        main.pragma_index_xinfo(other.name, 'main') AS part
    WHERE {_OURS} AND (part.cid = -2 OR part.coll <> 'BINARY')
"""
"""Those of tables of ours, also of their constraints, by which values are reckoned, or compared otherwise than they stand there."""

MOST_TOLD: Final = 100_000
"""Behind so many things that are wrong nothing is looked for."""
ELSEWHERE: Final = f"""
    SELECT one.schema || ' ' || one.name FROM {_TABLES} WHERE one.schema <> 'main' AND lower(one.name) IN ({_NAMES})
        AND (one.schema, lower(one.name)) <> ('{COUNTS}', 'scan_count')
"""
"""What bears the name of a table of ours in another file or in the session: where ours is missing it would be taken for it, and is
in no backup."""


def damage(connection: Connection, table: str = "") -> list[str]:
    """What is wrong with the rows of a table, or of any, each in SQLite's words: such as an index that leaves some out, whatever
    its definition says. Who looks through it does not see them. What a constraint would not let stand is no damage: PostgreSQL,
    whose rows they may be, understands some otherwise."""
    of = f"('{table}')" if table else f"({MOST_TOLD})"
    told = connection.exec_driver_sql(f"PRAGMA main.integrity_check{of}").scalars().all()
    found = [one for one in told if one != "ok" and not one.startswith("CHECK constraint failed in ")]
    return found or list(told[:1] if len(told) >= MOST_TOLD else [])


def not_plain(connection: Connection) -> list[str]:
    """What is otherwise than the migrations make any table, each by its name: a foreign key that takes or changes rows, anywhere;
    and of ours the columns and indices, and the place."""
    connection.exec_driver_sql(ANEW)
    columns = connection.exec_driver_sql(COLUMNS).all()
    return [
        *(f"foreign key of {name}" for name in connection.exec_driver_sql(FOREIGN_KEYS).scalars()),
        *(f"column {table} {name}" for table, name, kind, is_plain in columns if not is_plain or not _is_made(table, name, kind)),
        *(f"index {name}" for name in connection.exec_driver_sql(INDICES).scalars()),
        *connection.exec_driver_sql(ELSEWHERE).scalars(),
    ]


def _is_made(table: str, column: str, kind: str) -> bool:
    """Whether a column is of our type, if it is ours. Scan counts that were dumped stand in columns of none."""
    is_called, wanted = kind.partition("(")[0], _TYPES.get(table, {}).get(column)
    return wanted in (None, is_called) or (table, is_called) == ("scan_count", "")


_TYPES: Final = {
    name: {column.name: column.type.compile(sqlite.dialect()).partition("(")[0] for column in table.columns}
    for name, table in metadata.tables.items()
}
