"""Clearing away what nobody needs: files that never came or belong to nothing, and objects that no row knows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from api.adapters.storage import Storage
from api.database import Database, Origin, Work
from api.files import queries, rules
from api.files.service import discard
from models.enums import FilePurpose
from models.file import StoredFile

CHUNK = 200
OURS = tuple(f"{folder}/" for folder in (rules.INCOMING, "check", *FilePurpose))
"""Where this house puts objects. What else lies in the same storage is not ours to delete."""


@dataclass(frozen=True)
class Swept:
    """How much was cleared away: files that never came, files that belong to nothing, objects without a row."""

    awaited: int
    unused: int
    orphans: int


def sweep_files(database: Database, storage: Storage, now: datetime) -> Swept:
    """Clear away what nobody needs, in small transactions and with few rows in memory. Raises `Unavailable`.

    A crash in between leaves at most objects without a row, which the next sweep takes.
    """
    before = now - rules.LEFT_OVER
    return Swept(
        awaited=_rows(database, storage, now, "awaited", lambda work: queries.overdue(work, now, CHUNK)),
        unused=_rows(database, storage, now, "unused", lambda work: queries.unused(work, before, CHUNK)),
        orphans=_orphans(database, storage, now),
    )


def _rows(database: Database, storage: Storage, now: datetime, why: str, find: Callable[[Work], Sequence[StoredFile]]) -> int:
    done = 0
    while True:
        with database.writing(Origin("sweep", now)) as work:
            files = find(work)
            for file in files:
                work.delete(file)
            if files:
                work.record_batch("sweep_files", "stored_file", why=why, files=len(files))
        discard(storage, [file.storage_key for file in files])
        done += len(files)
        if len(files) < CHUNK:
            return done


def _orphans(database: Database, storage: Storage, now: datetime) -> int:
    done = 0
    old = (item.key for item in storage.objects() if item.key.startswith(OURS) and rules.may_be_swept(item.modified_at, now))
    while keys := list(islice(old, CHUNK)):
        with database.reading(Origin("sweep", now)) as work:
            known = queries.known_keys(work, keys)
        for key in keys:
            if key not in known:
                storage.delete(key)
                done += 1
    return done
