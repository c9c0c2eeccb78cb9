"""Scan counts of an SQLite database, in a file of their own beside it.

Whoever writes makes everybody else who has the file open forget its pages, and counts are written every second: in the database
itself they would make each scan dearer by a third. Every connection has the file attached, so that the table is found by its name
as on PostgreSQL. Without the file there are no counts, and one is made.
"""

import sqlite3
from pathlib import Path
from typing import Final

COUNTS: Final = "counts"
"""What the attached file is called in statements."""

COLUMNS: Final = "hour, card_id, outcome, count"
_TABLE: Final = """CREATE TABLE IF NOT EXISTS {place}.scan_count (
    hour DATETIME NOT NULL,
    card_id CHAR(32) NOT NULL,
    outcome VARCHAR(32) NOT NULL,
    count INTEGER NOT NULL,
    CONSTRAINT pk_scan_count PRIMARY KEY (hour, card_id, outcome)
) WITHOUT ROWID"""


def file_of(database: Path) -> Path:
    """The file with the counts of a database."""
    return database.with_name(f"{database.name}-counts")


def attach(connection: sqlite3.Connection) -> None:
    """Give a connection to a database the counts beside it. What is written stays through a loss of power, as in the database."""
    (_, _, path), *_ = connection.execute("PRAGMA database_list")
    connection.execute(f"ATTACH ? AS {COUNTS}", (str(file_of(Path(path))) if path else ":memory:",))
    connection.execute(f"PRAGMA {COUNTS}.journal_mode=WAL")
    connection.execute(f"PRAGMA {COUNTS}.synchronous=FULL")
    connection.execute(_TABLE.format(place=COUNTS))


def gather(copy: sqlite3.Connection, source: Path) -> None:
    """Put the counts of a database into a copy of it, so that it is one file."""
    copy.execute(f"ATTACH ? AS {COUNTS}", (str(file_of(source)),))
    copy.execute(_TABLE.format(place="main"))
    copy.execute(f"INSERT OR IGNORE INTO main.scan_count ({COLUMNS}) SELECT {COLUMNS} FROM {COUNTS}.scan_count")
    copy.execute(f"DETACH {COUNTS}")


def part(copy: sqlite3.Connection) -> None:
    """Move the counts that were gathered in a copy into a file of their own again, where they have not been moved yet. What is no
    count, since somebody else has put it there, is left out: it is to keep nobody from the rest."""
    attach(copy)
    if copy.execute("SELECT 1 FROM main.sqlite_master WHERE name = 'scan_count' COLLATE NOCASE").fetchone():
        copy.execute(f"INSERT OR IGNORE INTO {COUNTS}.scan_count ({COLUMNS}) SELECT {COLUMNS} FROM main.scan_count")
        copy.execute("DROP TABLE main.scan_count")
    copy.execute(f"PRAGMA {COUNTS}.journal_mode=DELETE")
