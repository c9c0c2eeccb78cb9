"""Clearing away what nobody needs: files that never came or belong to nothing, and objects that no row knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from api.adapters.storage import Storage
from api.database import Database, Origin, Work
from api.files import queries, rules
from api.files.brought import delete_object, discard
from api.files.service import remove_file
from models.file import StoredFile

CHUNK = 200


@dataclass(frozen=True)
class Swept:
    """How much was cleared away: files that never came, files that belong to nothing, objects of files that were removed, objects
    without a row."""

    awaited: int
    unused: int
    discarded: int
    orphans: int


def sweep_files(database: Database, storage: Storage, now: datetime) -> Swept:
    """Clear away what nobody needs, in small transactions and with few rows in memory. Raises `Unavailable`.

    The object of a file that was ready stays for another `LONGEST_BACKUP`. A crash in between leaves at most objects that the next
    sweep takes.
    """
    before = now - rules.LEFT_OVER
    return Swept(
        awaited=_awaited(database, storage, now),
        unused=_unused(database, now, before),
        discarded=_discarded(database, storage, now),
        orphans=_orphans(database, storage, now),
    )


def _awaited(database: Database, storage: Storage, now: datetime) -> int:
    done = 0
    while True:
        with database.writing(Origin("sweep", now)) as work:
            files = queries.overdue(work, now, CHUNK)
            for file in files:
                work.delete(file)
            _record(work, files, "awaited")
        discard(storage, [file.storage_key for file in files])
        done += len(files)
        if len(files) < CHUNK:
            return done


def _unused(database: Database, now: datetime, before: datetime) -> int:
    done = 0
    while True:
        with database.writing(Origin("sweep", now)) as work:
            files = queries.unused(work, before, CHUNK)
            for file in files:
                remove_file(work, file)
            _record(work, files, "unused")
        done += len(files)
        if len(files) < CHUNK:
            return done


def _discarded(database: Database, storage: Storage, now: datetime) -> int:
    done = 0
    with database.writing(Origin("sweep", now)) as work:
        queries.discard_at_last(work, now)
    while True:
        with database.reading(Origin("sweep", now)) as work:
            keys = [item.storage_key for item in queries.discarded(work, now - rules.LONGEST_BACKUP, CHUNK)]
        if not keys:
            return done
        for key in keys:
            delete_object(storage, key)
        with database.writing(Origin("sweep", now)) as work:
            queries.forget_discarded(work, keys)
        done += len(keys)


def _orphans(database: Database, storage: Storage, now: datetime) -> int:
    done = 0
    old = (item.key for item in storage.objects() if rules.is_of_a_file(item.key) and rules.may_be_swept(item.modified_at, now))
    while keys := list(islice(old, CHUNK)):
        with database.reading(Origin("sweep", now)) as work:
            known = queries.known_keys(work, keys)
        for key in keys:
            if key not in known:
                storage.delete(key)
                done += 1
    return done


def _record(work: Work, files: Sequence[StoredFile], why: str) -> None:
    if files:
        work.record_batch("sweep_files", "stored_file", why=why, files=len(files))
