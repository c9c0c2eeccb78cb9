"""SQLite's files: its log of changes cut short, and nothing in them of former values."""

import sqlite3
from contextlib import closing
from typing import Any, Final

LOG_BYTES: Final = 16 << 20
"""To which the log is cut once it is begun anew: it grows for as long as those who read leave it no pause."""
CUT: Final = f"journal_size_limit={LOG_BYTES}"


def is_let_go_of(connection: Any, most_bytes: int | None) -> bool:
    """Empty the log, write the file anew unless it is larger than that, and empty the log again. Returns whether that was done; not
    where somebody still reads what was. Whoever leaves no pause is met before the file is written anew, all of which would else
    stand in the log."""
    with closing(connection.cursor()) as cursor:
        pages, size = (cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
        if not _empties_log(cursor):
            return False
        if most_bytes is not None and pages * size > most_bytes:
            return True
        cursor.execute("VACUUM")
        return _empties_log(cursor)


def _empties_log(cursor: sqlite3.Cursor) -> bool:
    return not cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
