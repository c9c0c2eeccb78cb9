"""What lies in the storage of a file, given out only where it is what was registered of it: others may be able to write there."""

from hashlib import sha256
from typing import NamedTuple

import structlog

from api.adapters.storage import NoSuchObject, Storage

log = structlog.get_logger("liangxian")


class Registered(NamedTuple):
    """What a row tells of an object: where it lies, its bytes, and their SHA-256 in hexadecimal."""

    key: str
    size: int
    digest: str


def read_registered(storage: Storage, registered: Registered) -> bytes | None:
    """The content of an object; None, and told in the log, where it is missing or another one. Raises `Unavailable`."""
    try:
        with storage.open(registered.key) as source:
            # One more, since a stream that ends in time may be of a longer object.
            content = source.read(registered.size + 1)
    except NoSuchObject:
        log.error("object_missing", key=registered.key)
        return None
    return content if is_registered(content, registered) else None


def is_registered(content: bytes, registered: Registered) -> bool:
    """Whether what was read is what was registered; where it is not, the log tells."""
    holds = len(content) == registered.size and sha256(content).hexdigest() == registered.digest
    if not holds:
        log.error("object_damaged", key=registered.key)
    return holds
