"""Where the tests' files lie: in memory, where the machine has such a place. No test cuts the power, and a disk takes its time."""

import shutil
from pathlib import Path
from typing import Final

_PLACE: Final = Path("/dev/shm")
_ENOUGH: Final = 4 << 30
"""Bytes that must be free there, since several servers may run at once; a container has 64 MB by default."""


def memory() -> Path | None:
    """A folder in memory that has room enough; none where there is no such place."""
    return _PLACE if _PLACE.is_dir() and shutil.disk_usage(_PLACE).free > _ENOUGH else None
