"""How a dynamic code is signed and checked. It is a JWS (RFC 7515) whose header is not carried, but rebuilt from the key."""

from functools import lru_cache
from typing import Final

from api.adapters import jose
from api.adapters.jose import PrivateKey, PublicKey, base64url, compact, signing_input
from api.codes.reading import DynamicCode

LIFETIME: Final = 60
"""Seconds that a dynamic code is good for."""

TOLERANCE: Final = 30
"""Seconds by which the clocks of the server that signed and the one that checks may differ, either way."""

REFRESH_AFTER: Final = 40
"""Seconds after which a client asks for the next code, so that what it shows never lapses while it is being scanned."""


TYPE: Final = "lx+jws"
"""What a code says it is, so that nothing else that the same key signs is taken for one."""


def header(key: PublicKey) -> bytes:
    """The exact bytes of the protected header; a client that checks codes offline rebuilds the same ones."""
    return jose.header(TYPE, key)


def sign_code(
    *,
    credential_number: int,
    issued_at: int,
    status_list: int,
    status_index: int,
    key: PrivateKey,
    slot: int,
    lifetime: int = LIFETIME,
) -> DynamicCode:
    """Sign the code of a card as shown at `issued_at`, seconds since 1970. ValueError for a field that is out of its bounds."""
    blank = DynamicCode(credential_number, issued_at, lifetime, status_list, status_index, slot, bytes(64))
    return blank._replace(signature=key.sign(signing_input(header(key.public), blank.signed_bytes)))


def compact_form(code: DynamicCode, key: PublicKey) -> str:
    """The same code, with the same signature, as a compact JWS."""
    return compact(header(key), code.signed_bytes, code.signature)


def check_signature(code: DynamicCode, key: PublicKey) -> bool:
    """Whether `key`, the one in the code's slot, signed this code."""
    return key.verify(_beginning(key) + base64url(code.signed_bytes), code.signature)


@lru_cache(maxsize=256)
def _beginning(key: PublicKey) -> bytes:
    """What stands before the payload in what `key` signs: the same for all its codes."""
    return signing_input(header(key), b"")


def is_fresh(code: DynamicCode, now: float) -> bool:
    """Whether `now`, seconds since 1970, lies in the code's time; one from further ahead than the tolerance is not fresh either."""
    return not is_ahead(code, now) and now <= code.issued_at + code.lifetime + TOLERANCE


def is_ahead(code: DynamicCode, now: float) -> bool:
    """Whether a code is from further ahead of `now` than the tolerance: the reader's clock is slow, and the code is not old."""
    return now < code.issued_at - TOLERANCE
