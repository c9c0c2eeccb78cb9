"""Objects as files below one folder of this machine."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import structlog

from api.adapters.storage import KEY, RETRY_AFTER, NoSuchObject, StoredObject, UploadForm, checked, probe
from api.errors import Unavailable

UNFINISHED = ".unfinished"
CUT_SHORT_SECONDS = 24 * 3600
BLOCK = 1 << 20

log = structlog.get_logger("liangxian")


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

    def objects(self, folder: str = "") -> Iterator[StoredObject]:
        """As the protocol says; what a crash left half written a day ago is cleared away on the way."""
        for place, folders, names in os.walk(self.root / folder):
            unfinished = place == str(self.root / UNFINISHED)
            folders.sort()
            for name in names:
                path = Path(place, name)
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
