"""The photos of signs, as files hang on them."""

from typing import Final
from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access, Lock
from api.database import Work
from api.errors import NotFound
from api.files.kinds import AttachmentKind
from models.sign import Sign
from models.venue import Venue


def find_sign(work: Work, access: Access, sign_id: UUID) -> Sign:
    """A sign at a venue that the caller may see. Raises `NotFound`."""
    sign = work.get(Sign, sign_id)
    if sign is None:
        raise NotFound
    access.get(work, Venue, sign.venue_id, Lock.none)
    return sign


PHOTOS: Final = AttachmentKind(Sign, Permission.venue_read, find_sign)
