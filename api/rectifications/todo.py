"""What waits about things to be put right: for who has to, for who checks it, and for who is above when the day has passed."""

from typing import Final

from sqlmodel import col

from api.access.permissions import Permission
from api.database import Work
from api.errors import Text
from api.rectifications import queries
from api.todo.service import Item, Source
from models.enums import RectificationState
from models.rectification import Rectification


def _to_put_right(work: Work, row: Rectification, venue: str) -> Item:
    if row.state is RectificationState.returned:
        text = Text(
            f"{venue}的“{row.name}”复查未通过，请重新整改。", f"“{row.name}” at {venue} did not pass: please put it right again."
        )
    else:
        text = Text(
            f"{venue}的“{row.name}”检查不合格，请整改。", f"“{row.name}” at {venue} failed its inspection: please put it right."
        )
    return Item(row.id, row.organization_id, text, row.created_at, row.due_on)


def _to_check(work: Work, row: Rectification, venue: str) -> Item:
    text = Text(f"{venue}的“{row.name}”已报整改，请复查。", f"“{row.name}” at {venue} is reported as put right: please check it.")
    return Item(row.id, row.organization_id, text, row.claimed_at or row.updated_at)


def _overdue(work: Work, row: Rectification, venue: str) -> Item:
    text = Text(f"{venue}的“{row.name}”逾期未整改，请督办。", f"“{row.name}” at {venue} is overdue: please see to it.")
    return Item(row.id, row.organization_id, text, row.created_at, row.due_on)


_BY_DAY: Final = (col(Rectification.due_on), col(Rectification.id))

RECTIFICATIONS: Final = (
    Source("rectification", Rectification, Permission.rectification_claim, queries.to_put_right, _to_put_right, _BY_DAY),
    Source(
        "rectification_recheck",
        Rectification,
        Permission.rectification_check,
        queries.to_check,
        _to_check,
        (col(Rectification.claimed_at), col(Rectification.id)),
    ),
    Source("rectification_overdue", Rectification, Permission.rectification_check, queries.overdue, _overdue, _BY_DAY),
)
