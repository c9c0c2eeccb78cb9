"""Who stands in his own row as erased or not, against what is written down of erasures.

An erasure is known by a digest of the member's key, and a key is a column like any other: whoever writes rows may have given it to
somebody else while an officer erased him. Then each restoration would erase whoever bears it now, and leave the other.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import structlog

from api.adapters.cipher import Cipher
from api.adapters.storage import Storage
from api.audit.service import genuinely_done
from api.database import Database, Origin, Work
from api.privacy import queries
from api.privacy.erasing import noted_among
from api.privacy.notes import Noted, lost_erasures, write_down_lost
from api.privacy.rules import ErasuresLost, MembersContradicted
from api.row_keys import Key

log = structlog.get_logger("liangxian")

AT_ONCE: Final = 500
ERASING: Final = ("erase_data", "replay_erasure")
"""By which lines the audit trail tells of an erasure."""


def contradicting(work: Work, cipher: Cipher, audit_key: bytes, elsewhere: Collection[str] = ()) -> Iterator[Key]:
    """The members whose rows do not say that they were erased, and an erasure is written down by their digests, in the database or
    among those `elsewhere`, or is told by the audit trail; then those whose rows say so, and none is written down in the database.
    What is no key has no digest, and is always told."""
    for is_marked in (False, True):
        after: Key | None = None
        while keys := queries.next_members(work, after, AT_ONCE, is_marked=is_marked):
            erased = noted_among(work, cipher, keys, () if is_marked else elsewhere)
            if not is_marked:
                # Before the storage is told of it, whoever writes rows can take back all else that tells of an erasure.
                erased |= _told_by_the_trail(work, audit_key, keys)
            yield from (key for key in keys if (key in erased) is not is_marked or not key.is_one)
            after = keys[-1]


def _told_by_the_trail(work: Work, audit_key: bytes, keys: Sequence[Key]) -> frozenset[Key]:
    ids = {one.id(): one for one in keys if one.is_one}
    return frozenset(ids[one] for one in genuinely_done(work, audit_key, ERASING, ids))


class Contradicted(NamedTuple):
    """What does not agree with what is written down of erasures."""

    members: Sequence[str] = ()
    """What stands in place of the keys of members whose rows say otherwise."""
    lost: Collection[Noted] = ()
    """What the storage tells and the database has lost."""
    forged: Sequence[str] = ()
    """The names of what lies there and nobody here has signed."""


def contradicted(database: Database, storage: Storage, cipher: Cipher, audit_key: bytes, now: datetime) -> Contradicted:
    """Hold members against erasures, and the database's erasures against the storage's. Raises `Unavailable`."""
    lost, forged = lost_erasures(database, storage, audit_key, now)
    with database.reading(Origin("erasures", now)) as work:
        return Contradicted([one.said() for one in contradicting(work, cipher, audit_key, lost)], lost.values(), forged)


def check_members(database: Database, storage: Storage, cipher: Cipher, audit_key: bytes, now: datetime) -> int:
    """Raise `MembersContradicted`, once the log has named them, where there are any, or `ErasuresLost`, once those are written down
    anew that the storage tells and the database has lost; else 0 is returned."""
    found, lost, _ = contradicted(database, storage, cipher, audit_key, now)
    for begin in range(0, len(found), AT_ONCE):
        log.error("members_contradicted", members=found[begin : begin + AT_ONCE])
    if lost:
        log.error("erasures_lost", count=len(lost))
        write_down_lost(database, lost, now)
    if found:
        raise MembersContradicted({"count": len(found)})
    if lost:
        raise ErasuresLost({"count": len(lost)})
    return 0
