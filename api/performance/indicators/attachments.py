"""The pictures that show what was entered by hand, as files hang on it."""

from typing import Final
from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access, Lock
from api.database import Work
from api.files.kinds import AttachmentKind
from models.indicator import IndicatorEntry


def find_entry(work: Work, access: Access, entry_id: UUID) -> IndicatorEntry:
    """What was entered for an organisation within reach. Raises `NotFound`."""
    return access.get(work, IndicatorEntry, entry_id, Lock.none)


PICTURES: Final = AttachmentKind(IndicatorEntry, Permission.board_read, find_entry)
