"""How many signing keys there may be, and how long each is known."""

from datetime import datetime, timedelta
from typing import ClassVar, Final

from api.errors import Conflict, Text

SLOTS: Final = 256
"""A dynamic code names its key by one byte."""

LONGEST_SIGNED: Final = timedelta(hours=24)
"""Nothing that a key signs is good for longer: codes a minute, status lists and packs a day (`card-codes.md`)."""

KEPT: Final = LONGEST_SIGNED + timedelta(hours=1)
"""How long the key set names a key after another has taken over, so that all it signed can be checked until it lapses."""

LEAD: Final = timedelta(minutes=10)
"""How long a new key stands in the key set before it signs: readers keep the set for five minutes."""


class NoFreeSlot(Conflict):
    text: ClassVar[Text] = Text("签名密钥的位置已用完。", "All slots for signing keys are taken.")


class KeyWithdrawn(Conflict):
    text: ClassVar[Text] = Text("这个密钥已经停用。", "This key has been withdrawn already.")


def is_published(*, withdrawn_at: datetime | None, superseded_at: datetime | None, at: datetime) -> bool:
    """Whether the key set names a key: until it is withdrawn, or until all has lapsed that it signed before the next took over."""
    return withdrawn_at is None and (superseded_at is None or at < superseded_at + KEPT)
