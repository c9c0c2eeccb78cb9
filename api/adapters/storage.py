"""Where the bytes of photos and attachments lie: a folder of this machine, or any store that speaks the S3 protocol.

Rooms see the `Storage` protocol alone. An object is written once under a random key and never changed.
"""

import os
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

import structlog
from sqlalchemy.engine import make_url

from api.errors import Unavailable
from api.settings import Settings

KEY = re.compile(r"[a-z0-9_-][a-z0-9._-]*(/[a-z0-9_-][a-z0-9._-]*)*")
LONGEST_KEY = 200
RETRY_AFTER = 5
UNFINISHED = ".unfinished"
CUT_SHORT_SECONDS = 24 * 3600
BLOCK = 1 << 20

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

    def objects(self) -> Iterator[StoredObject]:
        """Every object, in no particular order and without holding them all in memory."""

    def upload_form(self, key: str, media_type: str, max_bytes: int, lifetime: timedelta) -> UploadForm | None:
        """A form by which a client may bring the object itself; None where the store takes none and we must carry it."""

    def check(self) -> None:
        """Raise `Unavailable` unless objects can be written and read."""


def open_storage(settings: Settings) -> Storage:
    """The storage that the settings name. Nothing is written or asked before it is used."""
    if settings.storage_url is None:
        return FolderStorage(Path(make_url(settings.database_url).database or "").resolve().parent / "files")
    url = urlsplit(settings.storage_url)
    if url.scheme == "file":
        return FolderStorage(Path(unquote(url.path)))
    # Only those who use S3 pay the time that its library takes to load.
    from api.adapters.storage_s3 import S3Storage

    assert settings.storage_access_key and settings.storage_secret_key
    options: dict[str, Any] = dict(parse_qsl(url.query))
    return S3Storage(
        bucket=url.netloc,
        prefix=url.path.strip("/"),
        access_key=settings.storage_access_key.get_secret_value(),
        secret_key=settings.storage_secret_key.get_secret_value(),
        **options,
    )


def checked(key: str) -> str:
    """The key itself. Raises `ValueError` for one that could leave the place where objects lie."""
    if len(key) > LONGEST_KEY or not KEY.fullmatch(key):
        raise ValueError("this is no key of an object")
    return key


def probe(storage: Storage) -> None:
    """Write, read and remove a small object. Raises `Unavailable` where that cannot be done."""
    from io import BytesIO

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


class FolderStorage:
    """Objects as files below one folder, readable by their owner only."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, content: BinaryIO, media_type: str) -> None:
        target = self.root / checked(key)
        with _disk():
            unfinished = self.root / UNFINISHED / secrets.token_hex(16)
            _make_folder(unfinished.parent)
            _make_folder(target.parent)
            try:
                with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    while block := content.read(BLOCK):
                        file.write(block)
                    file.flush()
                    os.fsync(file.fileno())
                unfinished.replace(target)
            except BaseException:
                unfinished.unlink(missing_ok=True)
                raise
            # Without this the file's name may be lost with the power, although its content is not.
            _sync_folder(target.parent)

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        path = self.root / checked(key)
        with _disk(), path.open("rb") as file:
            yield file

    def size(self, key: str) -> int | None:
        try:
            with _disk():
                return (self.root / checked(key)).stat().st_size
        except NoSuchObject:
            return None

    def delete(self, key: str) -> None:
        with _disk():
            (self.root / checked(key)).unlink(missing_ok=True)

    def objects(self) -> Iterator[StoredObject]:
        """Every object; what a crash left half written a day ago is cleared away on the way."""
        for folder, folders, names in os.walk(self.root):
            unfinished = folder == str(self.root / UNFINISHED)
            folders.sort()
            for name in names:
                path = Path(folder, name)
                with suppress(NoSuchObject), _disk():
                    status = path.stat()
                    if unfinished:
                        if status.st_mtime < time.time() - CUT_SHORT_SECONDS:
                            path.unlink(missing_ok=True)
                        continue
                    key = path.relative_to(self.root).as_posix()
                    if KEY.fullmatch(key):
                        yield StoredObject(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))

    def upload_form(self, key: str, media_type: str, max_bytes: int, lifetime: timedelta) -> UploadForm | None:
        checked(key)
        return None

    def check(self) -> None:
        probe(self)


@contextmanager
def _disk() -> Iterator[None]:
    """Tell failures of the disk as the protocol tells them."""
    try:
        yield
    except FileNotFoundError as error:
        raise NoSuchObject from error
    except OSError as error:
        log.error("storage_failed", error=type(error).__name__, errno=error.errno)
        raise Unavailable(retry_after=RETRY_AFTER) from error


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
