"""A database that came out of a backup is made to forget whoever was erased since."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from api.access.scope import Lock, hold_one
from api.adapters.cipher import Cipher
from api.database import Database, Origin
from api.errors import Unavailable
from api.privacy import queries
from api.privacy.erasing import digest_of, erase, let_leave, noted_among
from api.privacy.notes import AT_ONCE, Noted, write_down, written_down
from api.row_keys import Key
from models.member import Member


class Replayed(NamedTuple):
    """How many were erased again; by their keys those who could not be, with what has failed; and what stands in place of keys that
    cannot be read, of which nobody can tell whether they were erased."""

    done: int
    left: dict[UUID, Exception]
    unread: list[str]


def replay_erasures(database: Database, cipher: Cipher, noted: Collection[Noted], now: datetime) -> Replayed:
    """Erase again whoever of these is found, after he has left, also where his row says that he was erased and no erasure of him is
    written down. Each is done in transactions of his own, and what fails about one keeps none of the others from it; the others are
    left to `note_all_anew`, user names to `forget_names`. Raises `Unavailable`."""
    wanted = {one.person_digest: one for one in noted}
    done, left, unread = 0, dict[UUID, Exception](), list[str]()
    for found in _members(database, cipher, now) if wanted else ():
        try:
            key = found.id()
        except ValueError:
            unread.append(found.said())
            continue
        one = wanted.get(digest_of(cipher, key))
        if one is None:
            continue
        try:
            with database.writing(Origin("restore", now)) as work:
                let_leave(work, hold_one(work, Member, key))
            with database.writing(Origin("restore", now)) as work:
                member = hold_one(work, Member, key, Lock.alone)
                erase(work, member, one.ground, cipher, on=one.erased_on)
                work.record("replay_erasure", member, ground=one.ground)
        except Unavailable:
            raise
        except Exception as error:
            left[key] = error
        else:
            done += 1
    return Replayed(done, left, unread)


def _members(database: Database, cipher: Cipher, now: datetime) -> Iterator[Key]:
    """All members, but for those who were erased by what their rows say and by what is written down."""
    for is_marked in (False, True):
        after: Key | None = None
        while True:
            with database.reading(Origin("restore", now)) as work:
                keys = queries.next_members(work, after, AT_ONCE, is_marked=is_marked)
                erased = noted_among(work, cipher, keys) if is_marked else frozenset()
            yield from (key for key in keys if key not in erased)
            if len(keys) < AT_ONCE:
                break
            after = keys[-1]


def note_all_anew(database: Database, noted: Collection[Noted], now: datetime) -> None:
    """Write down those of these erasures that are not, since whom they are of may stand in a later backup; and let the storage be
    told of all again, whatever they are."""
    wanted = {one.person_digest: one for one in noted}
    with database.writing(Origin("restore", now)) as work:
        every = sorted(wanted)
        for digests in (every[begin : begin + AT_ONCE] for begin in range(0, len(every), AT_ONCE)):
            known = written_down(work, digests)
            for one in (wanted[digest] for digest in digests if digest not in known):
                write_down(work, one)
    with database.writing(Origin("restore", now)) as work:
        queries.forget_noted(work)
