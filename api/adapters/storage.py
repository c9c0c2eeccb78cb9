"""Where the bytes of photos and attachments lie: a folder of this machine, or any store that speaks the S3 protocol.

Rooms see the `Storage` protocol alone. An object is written once under a random key and never changed.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import BinaryIO, Protocol

import structlog

from api.errors import Unavailable

KEY = re.compile(r"[a-z0-9_-][a-z0-9._-]*(/[a-z0-9_-][a-z0-9._-]*)*")
LONGEST_KEY = 200
RETRY_AFTER = 5

log = structlog.get_logger("liangxian")


class NoSuchObject(LookupError):
    """The storage has nothing under this key."""


@dataclass(frozen=True)
class StoredObject:
    """An object as a listing tells it."""

    key: str
    size: int
    modified_at: datetime


@dataclass(frozen=True)
class UploadForm:
    """How a client brings an object straight into the store: a multipart POST of these fields and then `file`."""

    url: str
    fields: Mapping[str, str]


class Storage(Protocol):
    """Keeps objects by key. Raises `Unavailable` while the store cannot be reached, `NoSuchObject` for a key that is not there.

    A key has the characters a-z, 0-9, `.`, `_`, `-` in parts divided by `/`, and no part begins with a point; any other raises
    `ValueError`: keys are made by us, never by a client.
    """

    def put(self, key: str, content: BinaryIO, media_type: str) -> None:
        """Store an object: wholly or not at all."""

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Read an object from its beginning; it need not be able to seek."""

    def size(self, key: str) -> int | None:
        """The size in bytes, None where there is no such object."""

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""

    def objects(self, folder: str = "") -> Iterator[StoredObject]:
        """Every object, or those whose keys begin with a folder and `/`, in no particular order and without holding them all in
        memory. What others have put there under a name that is no key is passed over: nothing of ours bears such a one."""

    def upload_form(self, key: str, media_type: str, max_bytes: int, lifetime: timedelta) -> UploadForm | None:
        """A form by which a client may bring the object itself; None where the store takes none and we must carry it."""

    def check(self) -> None:
        """Raise `Unavailable` unless objects can be written and read."""


def is_key(name: str) -> bool:
    """Whether an object may bear a name."""
    return len(name) <= LONGEST_KEY and KEY.fullmatch(name) is not None


def checked(key: str) -> str:
    """The key itself. Raises `ValueError` for one that could leave the place where objects lie."""
    if not is_key(key):
        raise ValueError("this is no key of an object")
    return key


def probe(storage: Storage) -> None:
    """Write, read and remove a small object. Raises `Unavailable` where that cannot be done."""
    key, content = f"check/{secrets.token_hex(8)}", secrets.token_bytes(16)
    storage.put(key, BytesIO(content), "application/octet-stream")
    try:
        with storage.open(key) as source:
            found = source.read()
    except NoSuchObject:
        found = b""
    storage.delete(key)
    if found != content:
        log.error("storage_forgets")
        raise Unavailable(retry_after=RETRY_AFTER)
