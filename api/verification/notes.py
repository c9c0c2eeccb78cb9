"""The note that a page about a code puts into its own links: when that code was scanned.

Whoever changes the language or the size, or goes back to an answer, has not scanned again: he is not counted again, nor told of a
living code, which is old by then, that it proves nothing.
"""

import hmac
import re
from datetime import UTC, datetime
from typing import Final

from api.adapters.cipher import Cipher
from api.verification.rules import NOTE_HOLDS_FOR, Seen

_DIGEST: Final = 32
_NOTE: Final = re.compile(f"([0-9]{{1,11}})\\.([0-9a-f]{{{_DIGEST}}})")


def write_note(cipher: Cipher, code: str, at: datetime) -> str:
    """The note that `code`, as it stands in the address, was scanned at that time."""
    seconds = int(at.timestamp())
    return f"{seconds}.{_digest(cipher, code, seconds)}"


def read_note(cipher: Cipher, note: str, code: str, now: datetime, *, is_ours: bool) -> Seen | None:
    """The scan of `code` that a note tells of; None where it is no note of ours about this code. `is_ours` says whether the link
    may have been followed on a page of ours."""
    written = _NOTE.fullmatch(note)
    if written is None or not hmac.compare_digest(written[2], _digest(cipher, code, int(written[1]))):
        return None
    at = datetime.fromtimestamp(int(written[1]), UTC)
    return Seen(at, is_ours and now - at <= NOTE_HOLDS_FOR)


def _digest(cipher: Cipher, code: str, seconds: int) -> str:
    return cipher.digest("scan seen", f"{seconds} {code}")[:_DIGEST]
