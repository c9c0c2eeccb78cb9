"""The pictures of items, as files hang on these."""

from typing import Final
from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access
from api.database import Work
from api.errors import NotFound
from api.files.kinds import AttachmentKind
from models.list_edition import ListItem


def find_list_item(work: Work, access: Access, item_id: UUID) -> ListItem:
    """An item of any edition: who may write the lists may see all of them. Raises `NotFound`."""
    found = work.get(ListItem, item_id)
    if found is None:
        raise NotFound
    return found


FLOW_PICTURES: Final = AttachmentKind(ListItem, Permission.list_write, find_list_item)
"""To strangers they are shown by their digest, at an address of their own."""
