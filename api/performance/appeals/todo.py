"""What waits about appeals: for whoever writes scores above the branch, and has not made the entry himself."""

from collections.abc import Mapping
from typing import Final

from sqlmodel import col

from api.access.permissions import Permission
from api.database import Work
from api.errors import Text
from api.performance.appeals import queries
from api.todo.service import Item, Source
from models.appeal import Appeal
from models.score_enums import ScoreSection

_SECTIONS: Final[Mapping[ScoreSection, Text]] = {
    ScoreSection.base: Text("基本分", "an entry in the base"),
    ScoreSection.bonus: Text("加分", "a bonus"),
    ScoreSection.deduction: Text("扣分", "a deduction"),
    ScoreSection.veto: Text("一票否决", "a veto"),
}


def _to_hear(work: Work, appeal: Appeal, name: str, section: ScoreSection) -> Item:
    what = _SECTIONS[section]
    text = Text(
        f"{name}对一条{what.zh}记录提出申诉，请裁定。", f"{name} appeals against {what.en} of the score: please hear and decide."
    )
    return Item(appeal.id, appeal.organization_id, text, appeal.created_at)


APPEALS: Final = Source("appeal", Appeal, Permission.score_write, queries.waiting, _to_hear, (col(Appeal.id),))
