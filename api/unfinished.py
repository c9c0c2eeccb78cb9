"""Files that are written under another name first, by commands that may be ended or killed."""

import os
import re
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import BinaryIO, Final

UNFINISHED: Final = ".part"
"""Behind the name of a file that is being written."""
DAY_SECONDS: Final = 86_400
CHANCE: Final = "[a-z0-9_]{8}"
"""What `tempfile` puts into a name."""
_LEFT: Final = re.compile(rf"\..+\.{CHANCE}{re.escape(UNFINISHED)}(-journal|-wal|-shm)?")


class Ended(BaseException):
    """Somebody ends this program by a signal."""

    def __init__(self, number: int) -> None:
        self.number = number


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let a signal that would end the program at once raise `Ended` in the block, so that it clears up, and end it behind that."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)
    try:
        yield
    except Ended as ended:
        signal.signal(ended.number, signal.SIG_DFL)
        signal.raise_signal(ended.number)


def _end(number: int, _: FrameType | None) -> None:
    # Whoever is impatient does not interrupt the clearing up.
    signal.signal(number, signal.SIG_IGN)
    raise Ended(number)


@contextmanager
def unfinished(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A new file beside a path, private, and gone with the block unless it bears another name by then."""
    clear_unfinished(path.parent)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=UNFINISHED, dir=path.parent)
    try:
        with open(handle, "wb") as file:
            yield file, Path(name)
    finally:
        with suppress(OSError):
            os.unlink(name)


def clear_unfinished(folder: Path) -> None:
    """Delete what killed commands left in a folder a day ago or earlier: it may tell of whom an erasure has forgotten since."""
    for left in folder.glob(f".*{UNFINISHED}*"):
        with suppress(OSError):
            if _LEFT.fullmatch(left.name) and is_of_a_day_ago(left.lstat()):
                left.unlink()


def is_of_a_day_ago(status: os.stat_result) -> bool:
    """Whether nobody can be writing there any more."""
    return status.st_mtime < time.time() - DAY_SECONDS
