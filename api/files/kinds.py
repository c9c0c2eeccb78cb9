"""What pictures hang on: each room with such a thing declares its kind, and `building.py` gathers them; this room knows none."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access
from api.database import Work
from models.base import Record
from models.enums import FilePurpose


@dataclass(frozen=True)
class AttachmentKind:
    """A kind of thing that pictures hang on, and the rule by which they are seen.

    Who has brought a picture attaches it, where the room lets him write the thing itself: the room calls `service.attach` then.
    """

    model: type[Record]
    permission: Permission
    """What whoever sees the pictures of such a thing holds. His roles hold `file_read` too, which the door asks for."""
    find: Callable[[Work, Access, UUID], object]
    """Loads one such thing for a caller, as far as that permission reaches. Raises `NotFound` where he may not see it."""
    purpose: FilePurpose = FilePurpose.attachment
    """How its pictures are drawn anew, by `adapters/pictures.py`: one that was brought for another purpose does not hang on it."""

    @property
    def name(self) -> str:
        return str(self.model.__tablename__)
