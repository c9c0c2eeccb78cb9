"""Where the bytes of photos and attachments lie: a folder of this machine, or any store that speaks the S3 protocol.

Rooms see the `Storage` protocol alone. An object is written once under a random key and never changed.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO, Protocol

from api.settings import Settings


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
    """Keeps objects by key. Raises `Unavailable` while the store cannot be reached, `NoSuchObject` for a key that is not there."""

    def put(self, key: str, content: BinaryIO, media_type: str) -> None:
        """Store an object: wholly or not at all."""

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Read an object from its beginning."""

    def size(self, key: str) -> int | None:
        """The size in bytes, None where there is no such object."""

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""

    def objects(self) -> Iterator[StoredObject]:
        """Every object."""

    def upload_form(self, key: str, media_type: str, max_bytes: int, lifetime: timedelta) -> UploadForm | None:
        """A form by which a client may bring the object itself; None where the store takes none and we must carry it."""

    def check(self) -> None:
        """Raise `Unavailable` unless objects can be written and read."""


def open_storage(settings: Settings) -> Storage:
    """The storage that the settings name."""
    raise NotImplementedError
