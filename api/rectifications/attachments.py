"""The pictures of what was put right, as files hang on the steps."""

from typing import Final
from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access, Lock
from api.database import Work
from api.errors import NotFound
from api.files.kinds import AttachmentKind
from api.rectifications import queries
from models.rectification import Rectification, RectificationEvent


def find_event(work: Work, access: Access, event_id: UUID) -> RectificationEvent:
    """A step of a thing within reach. Raises `NotFound`."""
    event = queries.event(work, event_id)
    if event is None:
        raise NotFound
    access.get(work, Rectification, event.rectification_id, Lock.none)
    return event


PICTURES: Final = AttachmentKind(RectificationEvent, Permission.inspection_read, find_event)
