"""The mark that a place bears while something is restored into it: by it the next restoration knows what one that was killed has
left there, and clears it away.

Whoever may write there could mark a living database, and have whoever is told to restore anew clear that away. So a mark counts
only by a code that nobody makes without AUDIT_KEY, and until the storage tells that a house was kept or a backup made since: one
that somebody has seen and kept is good for nothing once the database lives.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256


@dataclass(frozen=True)
class Mark:
    """That of a restoration which begins at a moment; since `lived_at`, if ever, the storage's installation lives."""

    key: bytes = field(repr=False)
    at: datetime
    lived_at: datetime | None

    @property
    def text(self) -> str:
        return f"{self.at.isoformat()} {self._code(self.at.isoformat())}"

    def is_genuine(self, found: str) -> bool:
        """Whether a mark that was found is that of a restoration after which nothing has lived."""
        moment, _, code = found.partition(" ")
        if not code.isascii() or not hmac.compare_digest(code, self._code(moment)):
            return False
        return self.lived_at is None or datetime.fromisoformat(moment) > self.lived_at

    def _code(self, moment: str) -> str:
        return hmac.new(self.key, f"restoring {moment}".encode(), sha256).hexdigest()
