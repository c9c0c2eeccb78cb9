"""What was kept for as long as the models say is forgotten: what has a span of its own, and, three years after a membership has
ended, everything about whoever belonged to it; of whom all is forgotten, also what is written about him afterwards. Audit entries
stay.

An erasure is for good, and each restoration repeats it. So nobody is erased with time by what his rows alone say, which whoever
writes into the database may have set: the audit trail must tell that he left, and hold as a whole, since no line tells that he has
not come back.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from time import sleep
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import Table

from api.access.scope import Lock, hold
from api.adapters.cipher import Cipher
from api.adapters.storage import Storage
from api.audit.checkpoints import highest_noted
from api.audit.service import last_genuine, verify
from api.database import Database, Origin, Work
from api.errors import Unavailable
from api.files.service import remove_files
from api.pieces import in_pieces
from api.privacy import queries
from api.privacy.erasing import erase, noted_among
from api.privacy.paths import FILES, Span, goes, is_name, lasting, of_persons, spans
from api.privacy.rules import LeavingUntold, TrailBroken
from api.row_keys import Key
from models.base import metadata
from models.erasure_enums import ErasureGround
from models.member import Member

log = structlog.get_logger("liangxian")

AT_ONCE: Final = 200
PAUSE_SECONDS: Final = 0.1
"""Between two pieces: on SQLite, whoever waits to write looks ten times a second whether he may."""


def forget_personal_data(
    database: Database, storage: Storage, cipher: Cipher, audit_key: bytes, now: datetime, *, dry_run: bool = False
) -> Counter[str]:
    """Forget what is due at a moment, a piece at a time, so that others write in between. One audit entry tells how many rows of
    each table were changed or deleted, which is returned, and one of each member that he was erased; a dry run tells the same and
    only reads. What fails about one row, or of one kind, keeps none of the others; the last of it is raised at the end,
    `LeavingUntold` and `TrailBroken` among it, `Unavailable` at once.
    """
    if dry_run:
        with database.reading(Origin("retention", now)) as work:
            return _foretell(work)
    done: Counter[str] = Counter()
    chores: list[Callable[[], None]] = [partial(_forget_span, database, span, now, done) for span in spans()]
    chores.append(partial(_forget_members, database, storage, cipher, audit_key, now, done))
    chores += [partial(_forget_written_since, database, table, now, done) for table in of_persons()]
    chores.append(partial(_forget_files_since, database, now, done))
    chores.append(partial(forget_names, database, now))
    failure: Exception | None = None
    try:
        for chore in chores:
            try:
                chore()
            except Unavailable:
                raise
            except Exception as error:
                failure = error
    finally:
        if +done:
            with database.writing(Origin("retention", now)) as work:
                work.record_batch("forget_personal_data", "retention", rows=dict(sorted((+done).items())))
    if failure is not None:
        raise failure
    return +done


def _forget_span(database: Database, span: Span, now: datetime, done: Counter[str]) -> None:
    def forget(work: Work, keys: Sequence[Any]) -> Counter[str]:
        gone: Counter[str] = Counter()
        if span.of_row and "id" in span.table.columns:
            files = queries.files_on(work, span.table, [key for (key,) in keys])
            remove_files(work, files)
            gone[FILES.name] += len(files)
        columns = None if goes(span.table) else span.columns
        gone[span.table.name] += queries.erase(work, span.table, queries.among(span.table, keys), columns)
        return gone

    for gone in in_pieces(database, ("retention", now), lambda work, *few: queries.next_due(work, span, *few), forget, AT_ONCE):
        done.update(gone)
        sleep(PAUSE_SECONDS)


def _forget_members(
    database: Database, storage: Storage, cipher: Cipher, audit_key: bytes, now: datetime, done: Counter[str]
) -> None:
    """Forget whoever is long gone; of those whose rows say that they were erased, who was not. Where the trail does not hold as a
    whole, also against what was noted of it, nobody. What has failed about one of them keeps none of the others; the last
    of it is raised."""
    failure: Exception | None = None
    # Before the trail, which only grows: what is noted now must be in it.
    noted = highest_noted(storage, audit_key)
    with database.reading(Origin("retention", now)) as work:
        due, untold = list[Key](), list[Key]()
        for one in _long_gone(work, cipher):
            (untold if _is_untold(work, audit_key, one) else due).append(one)
        # In the same transaction: nobody puts a line back between the two.
        broken = verify(work, audit_key, noted)[1] if due else None
    for begin in range(0, len(untold), AT_ONCE):
        log.error("leaving_untold", members=[key.said() for key in untold[begin : begin + AT_ONCE]])
        failure = LeavingUntold({"count": len(untold)})
    if broken is not None:
        log.error("trail_broken", **broken.facts, count=len(due))
        raise TrailBroken({"seq": broken.seq, "count": len(due)})
    for one in due:
        try:
            key = one.id()
            with database.writing(Origin("retention", now)) as work:
                forgotten = _forget_member(work, key, cipher)
            done.update(forgotten)
        except Exception as error:
            failure = error
        sleep(PAUSE_SECONDS)
    if failure is not None:
        raise failure


def _long_gone(work: Work, cipher: Cipher) -> Iterator[Key]:
    """Whoever is long gone by his row and was not erased."""
    for is_marked in (False, True):
        after: Key | None = None
        while keys := queries.next_long_gone(work, after, AT_ONCE, is_marked=is_marked):
            erased = noted_among(work, cipher, keys) if is_marked else frozenset()
            yield from (key for key in keys if key not in erased)
            after = keys[-1]


def _is_untold(work: Work, audit_key: bytes, key: Key) -> bool:
    """Whether the audit trail knows nothing of a member's leaving that was written down as long ago as he is to be kept, and that
    was not taken back. What is no key is told of by whoever does something about it."""
    try:
        member_id = key.id()
    except ValueError:
        return False
    line = last_genuine(work, audit_key, ("leave_member", "restore_member"), member_id)
    return line is None or line.action != "leave_member" or line.at >= work.at - queries.kept_of_members()


def _forget_member(work: Work, key: UUID, cipher: Cipher) -> Counter[str]:
    member = hold(work, Member, key, Lock.alone)
    # He may have come back since he was looked for.
    if member is None or not queries.is_long_gone(work, key):
        return Counter()
    done = erase(work, member, ErasureGround.kept_long_enough, cipher)
    work.record("erase_data", member, ground=ErasureGround.kept_long_enough, rows=dict(sorted(done.items())))
    return done


def _forget_written_since(database: Database, table: Table, now: datetime, done: Counter[str]) -> None:
    """Forget what was written about members after they were erased, such as why a plate was withdrawn or an appeal refused, and
    what was somebody else's while they were."""

    def forget(work: Work, keys: Sequence[Any]) -> Counter[str]:
        files = queries.files_on(work, table, [key for (key,) in keys]) if goes(table) and "id" in table.columns else ()
        gone = Counter({table.name: queries.erase(work, table, queries.among(table, keys), lasting(table))})
        # Behind the rows, one of which may refer to what hangs on it.
        remove_files(work, files)
        return gone + Counter({FILES.name: len(files)})

    for gone in in_pieces(
        database, ("retention", now), lambda work, *few: queries.next_written_since(work, table, *few), forget, AT_ONCE
    ):
        done.update(gone)
        sleep(PAUSE_SECONDS)


def _forget_files_since(database: Database, now: datetime, done: Counter[str]) -> None:
    """The same of files that hang on rows which stay."""

    def forget(work: Work, keys: Sequence[Any]) -> int:
        remove_files(work, [key for (key,) in keys])
        return len(keys)

    for gone in in_pieces(database, ("retention", now), queries.next_files_since, forget, AT_ONCE):
        done[FILES.name] += gone
        sleep(PAUSE_SECONDS)


def forget_names(database: Database, now: datetime) -> None:
    """Take the user names from the accounts of members who were erased. What has failed about one of them, such as that somebody
    bears what he is to be called, keeps none of the others; the last of it is raised."""
    table = metadata.tables["account"]
    names = tuple(column for column in table.columns if is_name(column))

    def forget(work: Work, keys: Sequence[Any]) -> None:
        queries.erase(work, table, queries.among(table, keys), names)

    for _ in in_pieces(database, ("retention", now), queries.next_named, forget, 1):
        pass


def _foretell(work: Work) -> Counter[str]:
    told: Counter[str] = Counter()
    for span in spans():
        told[span.table.name] += queries.count_due(work, span)
    for table in of_persons():
        told[table.name] += queries.count_of_long_gone(work, table) + queries.count_written_since(work, table)
    told[FILES.name] += queries.count_files_due(work)
    return +told
