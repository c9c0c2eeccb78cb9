"""The mark that a place bears while something is restored into it: by it the next restoration knows what one that was killed has
left there, and clears it away.

Whoever may write there could mark a living database, and have whoever is told to restore anew clear that away. So a mark counts
only by a code that nobody makes without AUDIT_KEY.
"""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256


@dataclass(frozen=True)
class Mark:
    """That of one archive, which is known by the digest of its manifest."""

    key: bytes = field(repr=False)
    digest: str

    @property
    def text(self) -> str:
        return f"{self.digest} {self._code(self.digest)}"

    def is_genuine(self, found: str) -> bool:
        """Whether somebody with the key has made the mark that was found, of whichever archive."""
        digest, _, code = found.partition(" ")
        return code.isascii() and hmac.compare_digest(code, self._code(digest))

    def _code(self, digest: str) -> str:
        return hmac.new(self.key, f"restoring {digest}".encode(), sha256).hexdigest()
