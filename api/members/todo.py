"""What waits about members: those whose year of probation is over, each to be confirmed, or to leave."""

from typing import Final

from sqlmodel import col

from api.access.permissions import Permission
from api.database import Work
from api.errors import Text
from api.members import queries
from api.members.rules import Dated, joined_by, probation_ends
from api.todo.service import Item, Source
from models.member import Member


def _to_confirm(work: Work, member: Member) -> Item:
    due_on = probation_ends(Dated(member.joined_on, member.joined_precision))
    text = Text(
        f"{member.full_name}的预备期已满一年，请办理转正。",
        f"The year of probation of {member.full_name} is over: please confirm the full membership.",
    )
    return Item(member.id, member.organization_id, text, work.begin_of(due_on), due_on)


PROBATIONS: Final = Source(
    "probation_over",
    Member,
    Permission.member_write,
    lambda work, access: queries.on_probation_since(work, access, joined_by(work.today)),
    _to_confirm,
    (col(Member.joined_on), col(Member.id)),
)
