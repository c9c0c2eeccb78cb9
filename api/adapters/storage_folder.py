"""Objects as files below one folder of this machine.

Others may be able to write there, as on a share. So no link is followed below it, nothing is waited for, and only a regular file is
an object.
"""

import errno
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import BinaryIO

import structlog

from api.adapters.storage import RETRY_AFTER, NoSuchObject, StoredObject, UploadForm, checked, is_key, probe
from api.errors import Unavailable

UNFINISHED = ".unfinished"
CUT_SHORT_SECONDS = 24 * 3600
BLOCK = 1 << 20
TO_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
TO_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
TO_ENTER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
IRREGULAR = {errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENXIO}
"""What the system says of a link, of what is no folder where one is entered, of a folder, and of a socket."""

log = structlog.get_logger("liangxian")


class FolderStorage:
    """Objects as files below one folder, readable by their owner only."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, content: BinaryIO, media_type: str) -> None:
        *folders, name = checked(key).split("/")
        unfinished = secrets.token_hex(16)
        with _disk(), self._made([UNFINISHED]) as waiting, self._made(folders) as place:
            try:
                with os.fdopen(os.open(unfinished, TO_WRITE, 0o600, dir_fd=waiting), "wb") as file:
                    while block := content.read(BLOCK):
                        file.write(block)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(unfinished, name, src_dir_fd=waiting, dst_dir_fd=place)
            except BaseException:
                _unlink(unfinished, waiting)
                raise
            # Without this the file's name may be lost with the power, although its content is not.
            os.fsync(place)

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        *folders, name = checked(key).split("/")
        with _disk():
            with _told_if_irregular(key), self._found(folders) as place:
                descriptor = os.open(name, TO_READ, dir_fd=place)
            if not S_ISREG(os.fstat(descriptor).st_mode):
                os.close(descriptor)
                raise _irregular(key)
            with os.fdopen(descriptor, "rb") as file:
                yield file

    def size(self, key: str) -> int | None:
        *folders, name = checked(key).split("/")
        try:
            with _disk(), _told_if_irregular(key), self._found(folders) as place:
                status = os.stat(name, dir_fd=place, follow_symlinks=False)
        except NoSuchObject:
            return None
        return status.st_size if S_ISREG(status.st_mode) else None

    def delete(self, key: str) -> None:
        *folders, name = checked(key).split("/")
        with suppress(NoSuchObject), _disk(), _told_if_irregular(key), self._found(folders) as place:
            _unlink(name, place)

    def objects(self, folder: str = "") -> Iterator[StoredObject]:
        """As the protocol says, with whatever else bears the name of an object, which is none when it is opened; what a crash left
        half written a day ago is cleared away on the way."""
        if not folder:
            with suppress(NoSuchObject), _disk(), _told_if_irregular(UNFINISHED), self._found([UNFINISHED]) as waiting:
                _clear(waiting)
        with suppress(NoSuchObject), _disk(), self._found(folder.split("/") if folder else []) as place:
            yield from _walk(place, f"{folder}/" if folder else "")

    def upload_form(self, key: str, media_type: str, max_bytes: int, lifetime: timedelta) -> UploadForm | None:
        checked(key)
        return None

    def check(self) -> None:
        probe(self)

    @contextmanager
    def _found(self, folders: Sequence[str], *, make: bool = False) -> Iterator[int]:
        """A descriptor of a folder below the root, which may be a link itself."""
        place = os.open(self.root, TO_ENTER & ~os.O_NOFOLLOW)
        try:
            for name in folders:
                if make:
                    _make(name, place)
                place, former = os.open(name, TO_ENTER, dir_fd=place), place
                os.close(former)
            yield place
        finally:
            os.close(place)

    @contextmanager
    def _made(self, folders: Sequence[str]) -> Iterator[int]:
        """The same, made where it is missing."""
        _make_folder(self.root)
        with self._found(folders, make=True) as place:
            yield place


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


@contextmanager
def _told_if_irregular(key: str) -> Iterator[None]:
    """Tell in the log what lies in the place of an object that is looked for, or of its folders. It is as if nothing did."""
    try:
        yield
    except OSError as error:
        if error.errno not in IRREGULAR:
            raise
        raise _irregular(key) from error


def _irregular(key: str) -> NoSuchObject:
    log.error("object_irregular", key=key)
    return NoSuchObject()


def _walk(folder: int, path: str) -> Iterator[StoredObject]:
    """What lies below an open folder, whose keys begin with a path."""
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries)
    for name in names:
        key = path + name
        if not is_key(key):
            continue
        with suppress(FileNotFoundError):
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if not S_ISDIR(status.st_mode):
                yield StoredObject(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))
                continue
            below = os.open(name, TO_ENTER, dir_fd=folder)
            try:
                yield from _walk(below, f"{key}/")
            finally:
                os.close(below)


def _clear(folder: int) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                if not S_ISDIR(status.st_mode) and status.st_mtime < time.time() - CUT_SHORT_SECONDS:
                    os.unlink(entry.name, dir_fd=folder)


def _unlink(name: str, folder: int) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def _make(name: str, folder: int) -> None:
    try:
        os.mkdir(name, 0o700, dir_fd=folder)
    except FileExistsError:
        return
    os.fsync(folder)


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
