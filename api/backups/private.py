"""Folders in the temporary place, where a database lies as long as a command needs it as a file of its own."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISDIR
from typing import Final

from api.backups.archive import DATABASE
from api.unfinished import CHANCE, is_of_a_day_ago

SCRIPT: Final = "rows.sql"
_PREFIX: Final = "liangxian-"
_FOLDER: Final = re.compile(_PREFIX + CHANCE)
_INSIDE: Final = re.compile(rf"{re.escape(SCRIPT)}|{DATABASE}(-[a-z]+)*")
"""What such a folder holds: a script of rows, and a database with what SQLite and the scan counts keep beside it."""


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder for `DATABASE` and `SCRIPT`, gone with the block."""
    clear_private_folders()
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
        yield Path(folder)


def clear_private_folders() -> None:
    """Remove what killed commands have left a day ago or earlier: it may tell of whom an erasure has forgotten since."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            status = left.lstat()
            is_ours = S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and _FOLDER.fullmatch(left.name)
            if is_ours and is_of_a_day_ago(status):
                _remove(left)


def _remove(folder: Path) -> None:
    inside = list(folder.iterdir())
    # Somebody may have given a folder of his own such a name.
    if all(_INSIDE.fullmatch(one.name) for one in inside):
        for one in inside:
            one.unlink()
        folder.rmdir()
