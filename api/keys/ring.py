"""The key that signs now, and the key objects of all slots, made once a process."""

from functools import lru_cache
from uuid import UUID

from api.adapters.cipher import Cipher, Place
from api.adapters.jose import PrivateKey, PublicKey
from api.database import Work
from api.errors import Unavailable
from api.keys import queries
from api.keys.rules import SLOTS
from models.signing_key import SigningKey


class KeyRing:
    """Gives the key that signs now. A private key is opened once and kept; whether it still signs is read each time."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher
        self._opened: dict[UUID, PrivateKey] = {}

    def signing(self, work: Work) -> tuple[int, PrivateKey]:
        """The newest key that signs by now, with its slot. Raises `Unavailable` where there is none."""
        row = queries.newest_key(work)
        if row is None:
            raise Unavailable(retry_after=30)
        if row.id not in self._opened:
            self._opened[row.id] = PrivateKey.from_bytes(self._cipher.open(row.private_sealed, place_of(row)))
        return row.slot, self._opened[row.id]


@lru_cache(maxsize=SLOTS)
def public_key(slot: int, x: str, y: str) -> PublicKey:
    """The key object of a slot, made once."""
    return PublicKey.from_text(x, y)


def place_of(row: SigningKey) -> Place:
    """Where the private part of a key stands, which its seal is bound to."""
    return Place("signing_key", "private_sealed", str(row.id))
