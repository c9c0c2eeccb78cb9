"""What waits about complaints: those that are still to be looked into."""

from typing import Final

from sqlmodel import col

from api.access.permissions import Permission
from api.complaints import queries
from api.complaints.rules import look_into_by
from api.complaints.words import KINDS
from api.database import Work
from api.days import day_of
from api.errors import Text
from api.todo.service import Item, Source
from models.complaint import Complaint


def _to_close(work: Work, complaint: Complaint, name: str | None, venue: str | None, further: int) -> Item:
    kind = KINDS[complaint.kind]
    due_on = look_into_by(day_of(complaint.created_at, work.zone))
    if venue is not None:
        text = Text(
            f"有人举报阵地“{venue}”的牌：{kind.zh}。请核实后办结。",
            f"The sign of the venue {venue} was reported: {kind.en}. Please look into it and close it.",
        )
    elif name is None:
        text = Text(
            f"有人举报一个查不到的编号：{kind.zh}。请核实后办结。",
            f"A code that is not ours was reported: {kind.en}. Please look into it and close it.",
        )
    else:
        text = Text(
            f"有人举报{name}的身份卡：{kind.zh}。请核实后办结。",
            f"The card of {name} was reported: {kind.en}. Please look into it and close it.",
        )
    if further:
        text = Text(f"{text.zh}（同日另有 {further} 份）", f"{text.en} ({further} more of the same day)")
    return Item(complaint.id, complaint.organization_id, text, complaint.created_at, due_on)


COMPLAINTS: Final = Source(
    "complaint",
    Complaint,
    Permission.complaint_decide,
    lambda work, access: queries.waiting(work, access),
    _to_close,
    (col(Complaint.id),),
)
