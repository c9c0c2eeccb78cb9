"""What SQLite keeps as the text of a table, which is all that it goes by: nothing in it may do something to a row by itself.

What is compared is what each definition consists of, not the whole text: columns may have been added, and a database of an older
schema has other tables.
"""

import re
from typing import Final

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from api.audit.definitions.names import NAMES
from models import metadata

TRIGGERS: Final = tuple(
    f"CREATE TRIGGER audit_line_stays_{verb.lower()} BEFORE {verb} ON audit_line\n"
    "BEGIN SELECT RAISE(ABORT, 'an audit line is never changed'); END"
    for verb in ("UPDATE", "DELETE")
)
"""Those that the schema makes, as their statements stand there."""
PLAIN: Final = """
    SELECT count(*) = 2
        AND NOT EXISTS (
            SELECT 1 FROM sqlite_master
            WHERE type = 'trigger' AND lower(tbl_name) IN ('audit_line', 'audit_head') AND sql NOT IN (?, ?))
        AND NOT EXISTS (SELECT 1 FROM sqlite_master WHERE lower(substr(name, 1, 7)) = 'pragma_')
    FROM sqlite_master
    WHERE type = 'table' AND lower(name) IN ('audit_line', 'audit_head') AND sql LIKE 'CREATE TABLE %' AND rootpage > 0
"""
"""Whether both tables of the trail are there, and plain. Whatever is called as a pragma is would be read in its place."""
FOUND: Final = """
    SELECT coalesce(sql, name) FROM sqlite_master
    WHERE type = 'trigger' OR instr(lower(sql), 'conflict')
        OR instr(lower(coalesce(sql, '') || ' ' || name || ' ' || tbl_name), 'audit_line')
        OR instr(lower(coalesce(sql, '') || ' ' || name || ' ' || tbl_name), 'audit_head')
"""
"""Everything that is compared with what `made` tells, one text each. Nothing can refer to a table, or change it behind a view, that
does not name it. Triggers the schema makes on no other, and nowhere does it say what is to be done with a row that conflicts with
something, such as to pass over it."""
OURS: Final = """
    SELECT lower(name), sql FROM sqlite_master
    WHERE type IN ('table', 'view') AND lower(name) IN ({names})
""".format(names=", ".join(f"'{name}'" for name in NAMES))
"""Whatever bears the name of a table that the migrations make, and what it is made of, of which `is_plain` tells."""

_QUOTED: Final = r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'|`[^`]*`|\[[^\]]*\]?"
_PIECE: Final = re.compile(rf"{_QUOTED}|\w+|[^\w\s]")
_COMMENT: Final = re.compile(r"--|/\*")
_NAME: Final = r"(?:\"[^\"]+\"|\w+)"
_REFERENCE: Final = rf"REFERENCES {_NAME}(?: \(\))?"
_VALUE: Final = r"(?:[-+] )?(?:\d+(?: \. \d+)?|'(?:[^']|'')*'|\w+|\(\))"
_COLUMN: Final = re.compile(
    rf"(?P<name>{_NAME})(?: (?P<type>\w+)(?: PRECISION)?(?: \(\))?)??"
    rf"(?: (?:NOT NULL|NULL|DEFAULT {_VALUE}|CONSTRAINT {_NAME}|CHECK \(\)|{_REFERENCE}))*",
    re.IGNORECASE,
)
_CONSTRAINT: Final = re.compile(
    rf"(?:CONSTRAINT {_NAME} )?(?:(?:CHECK|UNIQUE|PRIMARY KEY) \(\)|FOREIGN KEY \(\) {_REFERENCE})", re.IGNORECASE
)
_BEGIN: Final = re.compile(r"CREATE TABLE (\"\w+\"|\w+)", re.IGNORECASE)


def made(tables: list[Table], dialect: Dialect) -> list[str]:
    """What the schema makes of the trail's tables, as `FOUND` tells it."""
    indices = [CreateIndex(index) for table in tables for index in table.indexes]
    return [*TRIGGERS, *(str(one.compile(dialect=dialect)) for kinds in (indices, map(CreateTable, tables)) for one in kinds)]


def is_plain(table: str, statement: object) -> bool:
    """Whether a table of that name is made of nothing but columns, of which ours are of no other type, and constraints that only
    refuse, as all that the migrations make do: no clause passes over a row or replaces it, no foreign key takes or changes any,
    and nothing is compared or reckoned otherwise than it stands there."""
    if not isinstance(statement, str) or _COMMENT.search(statement):
        return False
    begin, *definitions = _definitions(statement)
    named = _BEGIN.fullmatch(begin)
    return (
        named is not None
        and named[1].strip('"').lower() == table
        and definitions[-1:] in ([""], ["WITHOUT ROWID"])
        and all(_CONSTRAINT.fullmatch(one) or _is_plain_column(table, one) for one in definitions[:-1])
    )


def _is_plain_column(table: str, definition: str) -> bool:
    found = _COLUMN.fullmatch(definition)
    if found is None:
        return False
    wanted = _TYPES.get(table, {}).get(found["name"].strip('"').lower())
    return wanted is None or not found["type"] or wanted == found["type"].upper()


def _definitions(statement: str) -> list[str]:
    """What stands before the parenthesis, each definition within, and what stands behind it; pieces are parted by one blank, and
    what stands in further parentheses is left out."""
    parts: list[list[str]] = [[]]
    depth = 0
    for piece in _PIECE.findall(statement):
        depth -= piece == ")"
        if (piece, depth) in ((",", 1), ("(", 0), (")", 0)):
            parts.append([])
        elif depth <= 1 and piece != ")":
            parts[-1].append("()" if piece == "(" else piece)
        depth += piece == "("
    return [" ".join(part) for part in parts]


_TYPES: Final = {
    name: {column.name: column.type.compile(sqlite.dialect()).partition("(")[0] for column in table.columns}
    for name, table in metadata.tables.items()
}
