"""Personal data at rest: sealed fields, and keyed digests by which a sealed value is still found.

Everything sees the `Cipher` protocol alone, so that one with other algorithms (SM4, SM3) may take the place of this one.
"""

import hmac
import os
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORMAT: Final = 1
_NONCE: Final = 12
_TAG: Final = 16
_KEY: Final = 32


class Place(NamedTuple):
    """Where a sealed value stands. Moved to another row, column or table, it does not open."""

    table: str
    column: str
    row: UUID | str


class CannotOpen(Exception):
    """A sealed value that was altered or moved, or whose key is not known. Which of them is not told, nor anything of the value."""


class Cipher(Protocol):
    """Seals and digests."""

    def seal(self, plain: bytes, place: Place) -> bytes:
        """Encrypt under the current key; twice the same value gives two different texts."""

    def open(self, sealed: bytes, place: Place) -> bytes:
        """Give the value back. Raises only CannotOpen."""

    def seal_text(self, plain: str, place: Place) -> bytes: ...

    def open_text(self, sealed: bytes, place: Place) -> str: ...

    def is_current(self, sealed: bytes) -> bool:
        """Whether the current key sealed it; if not, it waits to be sealed anew before its key can go."""

    def digest(self, kind: str, value: str) -> str:
        """64 hexadecimal characters by which equal values of one `kind` are found, and nothing is learnt without the key."""


class AesGcmCipher(Cipher):
    """AES-256-GCM with random nonces of 96 bits, and HMAC-SHA-256.

    One key may seal 2^32 values (NIST SP 800-38D, section 8.3): well above what a district holds, yet a reason to rotate.
    """

    def __init__(self, keys: Mapping[str, bytes], *, current: str, digest_key: bytes) -> None:
        """Take keys of 32 bytes by their ids (1 to 32 ASCII characters), the id of the one that seals, and a key for digests.

        Raises ValueError for keys that are of another length, or serve twice.
        """
        if current not in keys:
            raise ValueError("the current key is not among the keys")
        if not all(key_id.isascii() and 0 < len(key_id) <= 32 for key_id in keys):
            raise ValueError("the id of a key has 1 to 32 ASCII characters")
        secrets = [*keys.values(), digest_key]
        if any(len(secret) != _KEY for secret in secrets) or len(set(secrets)) != len(secrets):
            raise ValueError("each key has 32 bytes of its own")
        self._keys = {_prefix(key_id): AESGCM(key) for key_id, key in keys.items()}
        self._current = _prefix(current)
        self._digests = hmac.new(digest_key, digestmod=sha256)

    def seal(self, plain: bytes, place: Place) -> bytes:
        nonce = os.urandom(_NONCE)
        return self._current + nonce + self._keys[self._current].encrypt(nonce, plain, _bound_to(place))

    def open(self, sealed: bytes, place: Place) -> bytes:
        prefix = _prefix_of(sealed)
        key = self._keys.get(prefix)
        nonce, text = sealed[len(prefix) : len(prefix) + _NONCE], sealed[len(prefix) + _NONCE :]
        if key is None or len(text) < _TAG:
            raise CannotOpen
        try:
            return key.decrypt(nonce, text, _bound_to(place))
        except InvalidTag:
            raise CannotOpen from None

    def seal_text(self, plain: str, place: Place) -> bytes:
        return self.seal(plain.encode(), place)

    def open_text(self, sealed: bytes, place: Place) -> str:
        try:
            return self.open(sealed, place).decode()
        except UnicodeDecodeError:
            raise CannotOpen from None

    def is_current(self, sealed: bytes) -> bool:
        return _prefix_of(sealed) == self._current

    def digest(self, kind: str, value: str) -> str:
        # To copy what has taken in the key costs less than to take it in again.
        mac = self._digests.copy()
        mac.update(_joined(kind, value))
        return mac.hexdigest()


def _prefix(key_id: str) -> bytes:
    return bytes([_FORMAT, len(key_id)]) + key_id.encode()


def _prefix_of(sealed: bytes) -> bytes:
    return sealed[: 2 + sealed[1]] if len(sealed) > 1 else b""


def _bound_to(place: Place) -> bytes:
    return _joined(place.table, place.column, str(place.row))


def _joined(*parts: str) -> bytes:
    """Texts behind their lengths, so that no two lists of texts give the same bytes."""
    return b"".join(len(part).to_bytes(4) + part for part in (text.encode() for text in parts))
