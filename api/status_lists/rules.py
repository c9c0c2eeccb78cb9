"""What a status list says of a card, and when a list is signed anew (IETF Token Status List; `card-codes.md`)."""

from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from api.keys.rules import LONGEST_SIGNED
from models.enums import CardState

BITS: Final = 2
SIZE: Final = 1 << 20
"""Entries of a list."""

LIFETIME: Final = LONGEST_SIGNED
TTL: Final = timedelta(minutes=5)
"""After that long a reader fetches the list again, or says how old its knowledge is."""

RENEWED_BEFORE: Final = timedelta(hours=12)
"""A list that nothing has changed is signed anew when less than this is left of its lifetime."""

AT_MOST_EVERY: Final = timedelta(minutes=1)


class Status(IntEnum):
    """What an entry says. 3 is left to applications by the draft: here a card past its last day, which may be renewed."""

    valid = 0
    revoked = 1
    suspended = 2
    expired = 3


STATUSES: Final = {
    CardState.valid: Status.valid,
    CardState.suspended: Status.suspended,
    CardState.expired: Status.expired,
    CardState.revoked: Status.revoked,
    # Offline readers cannot be told where the holder is now: the former branch's card is no longer good, and that is all.
    CardState.transferred: Status.revoked,
}


def is_due(at: datetime, *, signed_at: datetime | None, has_changed: bool, is_lapsing: bool, signed_by_living_key: bool) -> bool:
    """Whether a list must be signed now: never before, by a key that was withdrawn, or, but at most once a minute, because an
    entry has changed, a card of it has lapsed, or the signed list will soon."""
    if signed_at is None or not signed_by_living_key:
        return True
    if at < signed_at + AT_MOST_EVERY:
        return False
    return has_changed or is_lapsing or at >= signed_at + LIFETIME - RENEWED_BEFORE
