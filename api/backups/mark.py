"""The mark that a place bears while something is restored into it: by it the next restoration knows what one that was killed has
left there, and clears it away.

Whoever may write there could mark a living database, and have whoever is told to restore anew clear that away. So a mark counts
only by a code that nobody makes without AUDIT_KEY, and as long as the storage has a note of that very restoration, which is removed
when it ends: one that somebody has seen, here or of a rehearsal, is good for nothing on a database that lives.
"""

import hmac
import secrets
from hashlib import sha256
from io import BytesIO
from typing import Final

from api.adapters.storage import Storage

FOLDER: Final = "restoring"
"""Where the notes lie in the storage; nothing sweeps there."""


class Mark:
    """That of one restoration, with a storage."""

    def __init__(self, storage: Storage, key: bytes) -> None:
        self._storage, self._key, self._number = storage, key, secrets.token_hex(16)

    @property
    def text(self) -> str:
        return f"{self._number} {self._code(self._number)}"

    def note(self) -> None:
        """Note that the restoration begins, before anything is marked. Raises `Unavailable`."""
        self._storage.put(f"{FOLDER}/{self._number}", BytesIO(b"begun"), "text/plain")

    def is_genuine(self, found: str) -> bool:
        """Whether a mark that was found is that of a restoration which has not ended. Raises `Unavailable`."""
        number, _, code = found.partition(" ")
        if not code.isascii() or not hmac.compare_digest(code, self._code(number)):
            return False
        return self._storage.size(f"{FOLDER}/{number}") is not None

    def end(self, *, stands: bool) -> None:
        """Remove the note, and where what was restored stands those of all that were killed before. Raises `Unavailable`."""
        notes = [one.key for one in self._storage.objects(FOLDER)] if stands else [f"{FOLDER}/{self._number}"]
        for note in notes:
            self._storage.delete(note)

    def _code(self, number: str) -> str:
        return hmac.new(self._key, f"restoring {number}".encode(), sha256).hexdigest()
