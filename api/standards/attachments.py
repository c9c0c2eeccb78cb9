"""The pictures of the standard's items, as files hang on these."""

from typing import Final
from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access
from api.database import Work
from api.errors import NotFound
from api.files.kinds import AttachmentKind
from models.standard import StandardItem


def find_item(work: Work, access: Access, item_id: UUID) -> StandardItem:
    """An item of any version: who may write the standard may see all of it. Raises `NotFound`."""
    found = work.get(StandardItem, item_id)
    if found is None:
        raise NotFound
    return found


PICTURES: Final = AttachmentKind(StandardItem, Permission.standard_write, find_item)
"""To strangers they are shown by their digest, at an address of their own."""
