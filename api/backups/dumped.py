"""What a dump of PostgreSQL holds, read without a server: each of its rows put into an SQLite database of the same revision."""

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from api.backups.queries import OURS
from api.backups.sqlite import check_references, url_of
from api.schema import migrate
from models import metadata

_BEGIN: Final = re.compile(r'COPY public\."?(\w+)"? \((.*)\) FROM stdin;')
_COLUMN: Final = re.compile('"(?:[^"]|"")*"|[^", ]+')
_ANY: Final = re.compile(r"COPY .* FROM stdin;")
_END: Final = "\\."
_ESCAPED: Final = re.compile(r"\\(.)")
_MEANT: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def load(rows: Path, target: Path, revision: str) -> None:
    """Put the rows that pg_restore has written as a script (`--data-only`) into a new SQLite database at that revision: those of
    the tables and columns that the schema knows, by whatever names others stand beside them.

    Raises a `sqlite3.Error` or `ValueError` where they are no such rows, and `UnsoundDatabase` where one refers to another that is
    not there: with it no server would take the dump.
    """
    migrate(url_of(target), revision)
    with closing(sqlite3.connect(target, isolation_level=None)) as connection, rows.open(encoding="utf-8", newline="\n") as script:
        connection.execute("PRAGMA synchronous=OFF")
        # PostgreSQL has let the rows stand, and compares days beyond the year 9999 otherwise, which here are texts.
        connection.execute("PRAGMA ignore_check_constraints=ON")
        connection.execute("BEGIN")
        for line in script:
            if (begun := _BEGIN.fullmatch(line.rstrip("\n"))) is not None:
                table, columns = begun[1], [name.strip('"').replace('""', '"') for name in _COLUMN.findall(begun[2])]
                _fill(connection, table, columns, _lines(script))
            elif _ANY.fullmatch(line.rstrip("\n")):
                # Of another schema, or no name of ours: whatever stands in its rows is none of our tables.
                for _ in _lines(script):
                    pass
        connection.execute("COMMIT")
        check_references(connection)


def _lines(script: Iterator[str]) -> Iterator[list[str]]:
    for line in script:
        if (row := line.rstrip("\n")) == _END:
            return
        yield row.split("\t")
    raise ValueError("the dump ends within a table")


def _fill(connection: sqlite3.Connection, table: str, columns: Sequence[str], rows: Iterator[list[str]]) -> None:
    if table not in OURS:
        for _ in rows:
            pass
        return
    kinds = {name: kind for _, name, kind, *_ in connection.execute(f'PRAGMA main.table_info("{table}")')}
    # SQLite takes a name in other letters for the same.
    known = kinds.keys() or metadata.tables[table].columns.keys()
    ours = [place for place, name in enumerate(columns) if name in known]
    width, columns = len(columns), [columns[place] for place in ours]
    named = ", ".join(f'"{name}"' for name in columns)
    if not kinds:
        # Scan counts, which SQLite keeps in a file of their own.
        connection.execute(f'CREATE TABLE main."{table}" ({named})')
    # What the migrations put there is in the dump too.
    connection.execute(f'DELETE FROM main."{table}"')
    reads = [_READ.get(kinds.get(name, ""), str) for name in columns]
    marks = ", ".join("?" * len(columns))
    values = ([_value(row[place], read) for place, read in zip(ours, reads, strict=True)] for row in _whole(rows, width))
    connection.executemany(f'INSERT INTO main."{table}" ({named}) VALUES ({marks})', values)


def _whole(rows: Iterator[list[str]], width: int) -> Iterator[list[str]]:
    for row in rows:
        if len(row) != width:
            raise ValueError("a row has other columns than it is said to have")
        yield row


def _value(text: str, read: Callable[[str], Any]) -> Any:
    if text == "\\N":
        return None
    return read(_ESCAPED.sub(lambda found: _MEANT.get(found[1], found[1]), text) if "\\" in text else text)


def _moment(text: str) -> str:
    try:
        return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    except (ValueError, OverflowError):
        # PostgreSQL knows moments that we do not, such as infinity: whoever reads the row tells so.
        return text


_READ: Final[dict[str, Callable[[str], Any]]] = {
    "CHAR(32)": lambda text: text.replace("-", ""),
    "DATETIME": _moment,
    "BOOLEAN": lambda text: int(text == "t"),
    "BLOB": lambda text: bytes.fromhex(text.removeprefix("\\x")),
    "INTEGER": int,
    "BIGINT": int,
}
"""How SQLite holds what PostgreSQL writes, by the kinds that SQLite's columns say they have; the others are texts on both."""
