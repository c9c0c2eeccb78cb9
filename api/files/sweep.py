"""Clearing away what nobody needs: files that never came or belong to nothing, and objects that no row knows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from api.adapters.storage import Storage
from api.database import Database, Origin, Work
from api.files import queries, rules
from api.files.brought import delete_object, discard
from api.files.service import remove_files
from api.pieces import in_pieces

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
    """Clear away what nobody needs, in small transactions and with few rows in memory. What fails about one file, or of one kind,
    keeps none of the others; the last of it is raised. Raises `Unavailable`.

    The object of a file that was ready stays for another `LONGEST_BACKUP`. A crash in between leaves at most objects that the next
    sweep takes.
    """
    before = now - rules.LEFT_OVER
    parts: tuple[Callable[[], int], ...] = (
        lambda: _awaited(database, storage, now),
        lambda: _unused(database, now, before),
        lambda: _discarded(database, storage, now),
        lambda: _orphans(database, storage, now),
    )
    done, failure = [], None
    for part in parts:
        try:
            done.append(part())
        except Exception as error:
            failure = error
    if failure is not None:
        raise failure
    return Swept(*done)


def _awaited(database: Database, storage: Storage, now: datetime) -> int:
    def forget(work: Work, keys: Sequence[tuple[UUID]]) -> list[str]:
        files = [file for (file,) in keys]
        places = queries.places_of(work, files)
        queries.forget_files(work, files)
        _record(work, len(files), "awaited")
        return places

    done = 0
    for places in in_pieces(database, ("sweep", now), lambda work, *few: queries.overdue(work, now, *few), forget, CHUNK):
        discard(storage, places)
        done += len(places)
    return done


def _unused(database: Database, now: datetime, before: datetime) -> int:
    def forget(work: Work, keys: Sequence[tuple[UUID]]) -> int:
        files = [file for (file,) in keys]
        remove_files(work, files)
        _record(work, len(files), "unused")
        return len(files)

    return sum(in_pieces(database, ("sweep", now), lambda work, *few: queries.unused(work, before, *few), forget, CHUNK))


def _discarded(database: Database, storage: Storage, now: datetime) -> int:
    done = 0
    with database.writing(Origin("sweep", now)) as work:
        queries.discard_at_last(work, now)
    while True:
        with database.reading(Origin("sweep", now)) as work:
            found = queries.discarded(work, now - rules.LONGEST_BACKUP, CHUNK)
        if not found:
            return done
        for _, place in found:
            delete_object(storage, place)
        with database.writing(Origin("sweep", now)) as work:
            queries.forget_discarded(work, [key for key, _ in found])
        done += len(found)


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


def _record(work: Work, files: int, why: str) -> None:
    work.record_batch("sweep_files", "stored_file", why=why, files=files)
