"""The pictures of progress, as files hang on it."""

from typing import Final
from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access
from api.database import Work
from api.errors import NotFound
from api.files.kinds import AttachmentKind
from api.pledges import queries
from api.pledges.holding import seen_one
from models.pledge_progress import PledgeProgress


def find_progress(work: Work, access: Access, progress_id: UUID) -> PledgeProgress:
    """An entry of progress of a pledge that the caller may see. Raises `NotFound`, also once it is withdrawn."""
    entry = queries.progress_entries(work, [progress_id]).get(progress_id)
    if entry is None or entry.withdrawn_reason is not None:
        raise NotFound
    seen_one(work, access, entry.pledge_id)
    return entry


PICTURES: Final = AttachmentKind(PledgeProgress, Permission.pledge_review, find_progress)
