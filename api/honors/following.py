"""What becomes of honours when whose they are moves, leaves or comes back."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from api.database import Work
from api.honors import queries
from api.honors.showing import show_honors_of_members
from models.member import Member


def retell_honors_of_member(work: Work, member: Member, _: Collection[datetime] = ()) -> None:
    """Let nothing of them be ready for a scan once a member has left, and all again when he has come back; the records stay."""
    show_honors_of_members(work, [member.id])


def move_honors_of_member(work: Work, member: Member, _: UUID) -> None:
    """Let the honours of a member follow him to his new branch, which keeps his records from now on."""
    for honor in queries.held_of_member(work, member.id):
        honor.organization_id = member.organization_id
        work.record("move_honor", honor)
    work.flush()
