"""The pictures of what an inspection says, as files hang on its items."""

from typing import Final
from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access, Lock
from api.database import Work
from api.errors import NotFound
from api.files.kinds import AttachmentKind
from models.inspection import Inspection, InspectionItem


def find_inspection(work: Work, access: Access, inspection_id: UUID) -> Inspection:
    """An inspection of a venue within reach; a draft is its inspector's alone. Raises `NotFound`."""
    inspection = access.get(work, Inspection, inspection_id, Lock.none)
    if not inspection.final and inspection.inspected_by != access.account_id:
        raise NotFound
    return inspection


def find_item(work: Work, access: Access, item_id: UUID) -> InspectionItem:
    """What an inspection that the caller may see says of one item. Raises `NotFound`."""
    item = work.get(InspectionItem, item_id)
    if item is None:
        raise NotFound
    find_inspection(work, access, item.inspection_id)
    return item


PICTURES: Final = AttachmentKind(InspectionItem, Permission.inspection_read, find_item)
