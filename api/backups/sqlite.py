"""An SQLite database: copied while others write, and restored under another name first."""

import fcntl
import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from stat import S_ISREG

from sqlalchemy.engine import URL, make_url

from api import counted
from api.backups.archive import DATABASE, Archive, move_into_place
from api.backups.mark import Mark
from api.backups.rules import BeingRestored, DatabaseNotEmpty, NotMigrated, UnsoundDatabase
from api.schema import HalfRestored, mark_of
from api.unfinished import UNFINISHED

BUSY_SECONDS = 30
LONGEST_MARK = 1000
BESIDE = ("-wal", "-shm", "-journal", "-counts", "-counts-wal", "-counts-shm", "-counts-journal")
"""What is kept beside a database; left over from another one it would be taken for the new one's."""


def path_of(url: str) -> Path:
    """The file that a database's URL names."""
    return Path(make_url(url).database or "").resolve()


def url_of(path: Path) -> str:
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def copy(source: Path, target: Path) -> None:
    """Copy one state of the database into `target`, an empty file, and its scan counts; others go on writing. Raises `NotMigrated`,
    `UnsoundDatabase`, and `HalfRestored` where it was not restored to the end.

    The copy is one file that needs nothing beside it, and has been checked page by page.
    """
    if mark_of(source).exists():
        raise HalfRestored
    if not source.is_file():
        raise NotMigrated
    with closing(_connect(source)) as reading, closing(_connect(target)) as copied:
        # All pages in one step: one reading transaction, which in WAL mode neither waits for writers nor holds them off.
        reading.backup(copied, pages=-1)
        copied.execute("PRAGMA journal_mode=DELETE")
        if counted.file_of(source).is_file():
            counted.gather(copied, source)
        (found,) = copied.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise UnsoundDatabase(why=found)
        check_references(copied)


def part(copied: Path) -> None:
    """Make of a copied database what is served: with its scan counts in a file of their own. Raises a `sqlite3.Error`."""
    with closing(_connect(copied)) as connection:
        counted.part(connection)
        connection.execute("PRAGMA journal_mode=DELETE")


def check_references(connection: sqlite3.Connection) -> None:
    """Raise `UnsoundDatabase` where a row refers to one that is not there."""
    if (orphan := connection.execute("PRAGMA foreign_key_check").fetchone()) is not None:
        raise UnsoundDatabase(why=f"foreign key {orphan[0]} > {orphan[2]}")


class SqlitePlace:
    """Where a database file is to come to stand. `url` is that of the file as long as it bears another name.

    A file beside it marks the place from when it was found empty until all is in it: what a restoration that was killed has left is
    known by it, and cleared away by the next one. The mark's text stands in that file.
    """

    def __init__(self, url: str, mark: Mark) -> None:
        self._path, self._made = path_of(url), mark
        self._mark = mark_of(self._path)
        self._held: int | None = None
        self._waiting: Path | None = None
        self._is_moving = False
        self.stands = self.was_killed = False

    @property
    def url(self) -> str:
        assert self._waiting is not None
        return url_of(self._waiting)

    def claim(self) -> None:
        """Raise `DatabaseNotEmpty` where there is a file, or what SQLite keeps beside one; `BeingRestored`."""
        if not os.path.lexists(self._mark):
            self._check_empty()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # What somebody has put there may be another name of a file that is none of ours.
        if os.path.lexists(self._mark) and (not S_ISREG((found := self._mark.lstat()).st_mode) or found.st_nlink > 1):
            raise DatabaseNotEmpty(place=self._mark)
        held = os.open(self._mark, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            # Let go by the system when we are killed.
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(held).st_nlink == 0:
                raise BlockingIOError
        except OSError as error:
            os.close(held)
            raise BeingRestored from error
        try:
            self.was_killed = self._made.is_genuine(os.pread(held, LONGEST_MARK, 0).decode(errors="replace"))
            if self.was_killed:
                _remove([*_with_beside(self._path), *self._path.parent.glob(f".{self._path.name}.*{UNFINISHED}*")])
            self._check_empty()
        except BaseException:
            os.close(held)
            raise
        os.ftruncate(held, 0)
        os.pwrite(held, self._made.text.encode(), 0)
        os.fsync(held)
        self._held = held

    def take(self, archive: Archive) -> None:
        handle, name = tempfile.mkstemp(prefix=f".{self._path.name}.", suffix=UNFINISHED, dir=self._path.parent)
        os.close(handle)
        self._waiting = Path(name)
        archive.extract(DATABASE, self._waiting)

    def finish(self) -> None:
        """Give the file its name, now that nobody has it open and everything is in it, and its scan counts theirs."""
        assert self._waiting is not None
        part(self._waiting)
        counts = counted.file_of(self._waiting)
        counts.chmod(0o600)
        for path in (self._waiting, counts):
            with path.open("rb") as file:
                os.fsync(file.fileno())
        self._check_empty()
        self._is_moving = True
        move_into_place(counts, counted.file_of(self._path))
        move_into_place(self._waiting, self._path)
        self.stands = True

    def drop(self) -> None:
        """Remove what did not come to stand, and the mark."""
        if self._held is None:
            return
        if self._is_moving and not self.stands:
            _remove(_with_beside(self._path))
        if self._waiting is not None:
            _remove(_with_beside(self._waiting))
        _remove([self._mark])
        os.close(self._held)

    def _check_empty(self) -> None:
        for path in _with_beside(self._path):
            if path.exists():
                raise DatabaseNotEmpty(place=path)


def _remove(paths: list[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _with_beside(path: Path) -> list[Path]:
    return [path, *(path.with_name(path.name + ending) for ending in BESIDE)]


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path.as_uri() + "?mode=rw", uri=True, timeout=BUSY_SECONDS, isolation_level=None)
