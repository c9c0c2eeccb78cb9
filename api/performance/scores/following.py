"""What becomes of scores when whose they are moves; when he leaves they stay, and an open appeal is decided all the same."""

from uuid import UUID

from api.database import Work
from api.organizations.service import branch_or_itself
from api.performance.scores import queries
from models.member import Member


def move_scores_of_member(work: Work, member: Member, _: UUID) -> None:
    """Let a member's entries and appeals follow him to his new branch, which keeps his records from now on, and above which his
    open appeals are heard."""
    branch = branch_or_itself(work, member.organization_id)
    entries = queries.held_entries(work, member.id)
    moved = [*entries, *queries.held_appeals(work, [one.id for one in entries])]
    moved = [one for one in moved if one.organization_id != branch.id]
    for one in moved:
        one.organization_id = branch.id
    if moved:
        work.flush_batch()
        work.record("move_scores", member, rows=len(moved))
