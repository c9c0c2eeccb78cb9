"""What becomes of honours when whose they are moves, leaves or comes back."""

from datetime import datetime
from uuid import UUID

from api.database import Work
from api.honors import queries
from api.honors.showing import show_honors_of_members
from models.member import Member


def hide_honors_of_member(work: Work, member: Member) -> None:
    """Let nothing of them be ready for a scan once a member has left; the records stay."""
    show_honors_of_members(work, [member.id])


def show_honors_of_member_again(work: Work, member: Member, _: datetime) -> None:
    """Let the honours of a member who has come back be told again."""
    show_honors_of_members(work, [member.id])


def move_honors_of_member(work: Work, member: Member, _: UUID) -> None:
    """Let the honours of a member follow him to his new branch, which keeps his records from now on."""
    for honor in queries.held_of_member(work, member.id):
        honor.organization_id = member.organization_id
        work.record("move_honor", honor)
    work.flush()
