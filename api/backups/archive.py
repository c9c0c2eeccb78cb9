"""The archive: one plain tar, which any tar reads, but which is read here only where each byte is one that we would have written.

Its members are `database`, `files/<key>` for each stored object, `erasures`, and last `manifest.json`. A header must equal, byte
for byte, the one that we write for that name and size; padding and end are zeros. So no other name, kind, owner or time can stand
in it.
"""

import os
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from io import SEEK_CUR, SEEK_END, BufferedReader, BytesIO, RawIOBase
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from api.adapters.storage import KEY
from api.backups.rules import AlreadyThere, CannotWrite, Damaged, NotAnArchive, Truncated
from api.unfinished import unfinished

BLOCK = 512
CHUNK = 1 << 20
DATABASE = "database"
ERASURES = "erasures"
FILES = "files/"
MANIFEST = "manifest.json"
MOST_MEMBERS = 2_000_000
"""More than a manifest has room for: who writes more wants to fill the memory."""
_NAME = re.compile(rf"{DATABASE}|{ERASURES}|{re.escape(MANIFEST)}|{FILES}{KEY.pattern}")


def digest_of(source: BinaryIO, progress: Callable[[int], None] = lambda _: None) -> str:
    """The hexadecimal SHA-256 of all that a source gives."""
    digest = sha256()
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        progress(len(chunk))
    return digest.hexdigest()


class OtherSize(Exception):
    """A source gave more or fewer bytes than it was said to have."""


class Writer:
    """Writes members one after the other into an open file."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._names: set[str] = set()

    def add(self, name: str, source: BinaryIO, size: int) -> str:
        """Copy `size` bytes as a member and return their SHA-256. Raises `CannotWrite` for a name that would not be read, or that
        is there already; and `OtherSize`, after which the archive is spoilt."""
        if name in self._names or not _NAME.fullmatch(name):
            raise CannotWrite(why=name)
        self._names.add(name)
        self._write(_header(name, size))
        digest, copied = sha256(), 0
        while chunk := source.read(min(CHUNK, size - copied + 1)):
            copied += len(chunk)
            if copied > size:
                break
            digest.update(chunk)
            self._write(chunk)
        if copied != size:
            raise OtherSize
        self._write(bytes(-size % BLOCK))
        return digest.hexdigest()

    def finish(self) -> None:
        self._write(bytes(2 * BLOCK))

    def _write(self, content: bytes) -> None:
        try:
            self._target.write(content)
        except OSError as error:
            # Not as an OSError, which a storage that is being read from would take for its own.
            raise CannotWrite(why=error.strerror or error) from error


class Archive:
    """An archive that is read. Opening it checks its structure, not its content. Raises `NotAnArchive`, `Truncated`, `Damaged`.

    Each byte is read once to be checked, and again to be used. Who may write where the archive lies may do so in between: so
    nothing is given out of a member whose digest is known (`believe`) before all of it was copied from there and is that.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("rb")
        self._size = os.fstat(self._file.fileno()).st_size
        self._places: dict[str, tuple[int, int]] = {}
        self._digests: dict[str, str] = {}
        try:
            self._scan()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    @property
    def size(self) -> int:
        """The size of the whole file in bytes."""
        return self._size

    def sizes(self) -> dict[str, int]:
        """The size of each member, in their order."""
        return {name: size for name, (_, size) in self._places.items()}

    def believe(self, digests: Mapping[str, str]) -> None:
        """Hold whatever is read from now on of these members against their SHA-256."""
        self._digests.update(digests)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Read a member from its beginning; it may be read anew and in any order. One at a time. Raises `Damaged`."""
        if name not in self._digests:
            yield self._there(name)
            return
        # In memory: what is read so was uploaded once, and is no larger than that may be.
        copy = BytesIO()
        self._copy(name, copy)
        copy.seek(0)
        yield copy

    def digest(self, name: str, progress: Callable[[int], None] = lambda _: None) -> str:
        """The SHA-256 of a member. `progress` is told how many bytes have just been read. Raises `Truncated`, `Damaged`."""
        source = self._there(name)
        digest = digest_of(source, progress)
        if source.tell() != self._places[name][1]:
            raise Truncated
        self._check(name, digest)
        return digest

    def extract(self, name: str, target: Path) -> None:
        """Write a member into a new file that only its owner may read, or into an empty one that is there. Raises `Damaged`, when
        the file is not to be used."""
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as file:
            self._copy(name, file)
            file.flush()
            os.fsync(file.fileno())

    def _there(self, name: str) -> BinaryIO:
        return cast(BinaryIO, BufferedReader(_Slice(self._file, *self._places[name]), CHUNK))

    def _copy(self, name: str, target: BinaryIO) -> None:
        source, digest = self._there(name), sha256()
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            target.write(chunk)
        self._check(name, digest.hexdigest())

    def _check(self, name: str, digest: str) -> None:
        if self._digests.get(name, digest) != digest:
            raise Damaged(where=name)

    def _scan(self) -> None:
        offset = 0
        while (block := self._at(offset, BLOCK)) != bytes(BLOCK) or offset == 0:
            name, size = self._read_header(block, offset)
            is_misplaced = (offset == 0) != (name == DATABASE) or MANIFEST in self._places or name in self._places
            if is_misplaced or len(self._places) == MOST_MEMBERS:
                raise Damaged(where=f"{offset}")
            self._places[name] = (offset + BLOCK, size)
            padding = -size % BLOCK
            offset += BLOCK + size + padding
            if offset > self._size:
                raise Truncated
            if self._at(offset - padding, padding) != bytes(padding):
                raise Damaged(where=f"{offset - padding}")
        if MANIFEST not in self._places:
            raise Damaged(where=MANIFEST)
        end = self._at(offset, 2 * BLOCK)
        if end != bytes(2 * BLOCK) or self._size != offset + 2 * BLOCK:
            raise Damaged(where=f"{offset}")

    def _read_header(self, block: bytes, offset: int) -> tuple[str, int]:
        try:
            info = tarfile.TarInfo.frombuf(block, "ascii", "strict")
            genuine = info.size >= 0 and _NAME.fullmatch(info.name) is not None and _header(info.name, info.size) == block
        except (tarfile.TarError, ValueError):
            genuine = False
        if not genuine:
            raise NotAnArchive if offset == 0 else Damaged(where=f"{offset}")
        return info.name, info.size

    def _at(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        found = self._file.read(size)
        if len(found) < size:
            raise NotAnArchive if offset == 0 else Truncated
        return found


class _Slice(RawIOBase):
    """A part of an open file as a file of its own."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file, self._start, self._size, self._position = file, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        base = {SEEK_CUR: self._position, SEEK_END: self._size}.get(whence, 0)
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        self._file.seek(self._start + self._position)
        found = self._file.read(max(0, min(len(buffer), self._size - self._position)))
        buffer[: len(found)] = found
        self._position += len(found)
        return len(found)


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """A file that appears under its name only once it is written and on the disk; private. Raises `AlreadyThere`.

    Nobody is told the name that it bears meanwhile: who else may write in that folder may have given it to something else.
    """
    if path.exists():
        raise AlreadyThere(path=path)
    with unfinished(path) as (file, waiting):
        yield file
        file.flush()
        os.fsync(file.fileno())
        move_into_place(waiting, path)


def move_into_place(waiting: Path, path: Path) -> None:
    """Give a finished file its name, for good. Raises `AlreadyThere`."""
    if path.exists():
        raise AlreadyThere(path=path)
    waiting.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.GNU_FORMAT)
