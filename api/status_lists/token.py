"""A status list as it is published: a signed token (`application/statuslist+jwt`)."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from api.adapters.jose import InvalidToken, PrivateKey, PublicKey, from_base64url, read_signed, sign_compact, to_base64url
from api.foreign import read_json
from api.status_lists import encoding
from api.status_lists.rules import BITS, LIFETIME, SIZE, TTL

TYPE: Final = "statuslist+jwt"
MEDIA_TYPE: Final = f"application/{TYPE}"
PATH: Final = "/v1/status-lists"


@dataclass(frozen=True)
class ReadList:
    """A status list that one of our keys has signed."""

    address: str
    signed_at: datetime
    expires_at: datetime
    ttl: int
    """Seconds."""
    bits: int
    data: bytes

    def status(self, index: int) -> int:
        return encoding.status_at(self.data, index, self.bits)


def address(base_url: str, number: int) -> str:
    """Where a list is published, which is also what it says it is about."""
    return f"{base_url}{PATH}/{number}"


def number_of(address: str) -> int | None:
    """The number of the list that is published at an address; None where it is no list's."""
    found = re.search(rf"{PATH}/([0-9]{{1,5}})\Z", address)
    return int(found[1]) if found else None


def write(entries: Iterable[tuple[int, int]], number: int, *, base_url: str, at: datetime, key: PrivateKey) -> str:
    """Sign the list of that number as it stands `at` a moment."""
    issued = int(at.timestamp())
    claims = {
        "sub": address(base_url, number),
        "iat": issued,
        "exp": issued + int(LIFETIME.total_seconds()),
        "ttl": int(TTL.total_seconds()),
        "status_list": {
            "bits": BITS,
            "lst": to_base64url(encoding.compress(encoding.pack(entries, size=SIZE, bits=BITS))),
            "aggregation_uri": base_url + PATH,
        },
    }
    return sign_compact(json.dumps(claims, separators=(",", ":")).encode(), TYPE, key)


def read(token: str, keys: Iterable[PublicKey]) -> ReadList:
    """Check a list's signature and read it; whether its time has passed is for the reader to judge. Raises only InvalidToken."""
    try:
        claims = read_json(read_signed(token, TYPE, keys))
        body = claims["status_list"]
        data = encoding.expand(from_base64url(body["lst"]), longest=SIZE * BITS // 8)
        if body["bits"] != BITS or len(data) != SIZE * BITS // 8:
            raise InvalidToken
        return ReadList(
            str(claims["sub"]),
            datetime.fromtimestamp(claims["iat"], UTC),
            datetime.fromtimestamp(claims["exp"], UTC),
            int(claims["ttl"]),
            BITS,
            data,
        )
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        raise InvalidToken from None
