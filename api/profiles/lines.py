"""How a pledge is told strangers in one line: on the card, the wall, its own page, and in what a quarter made public."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.schemas import Shown, example
from models.enums import PledgeCategory, PledgeKind, PledgeState

EXAMPLE = {
    "id": "019ac3f0-5b7e-7c1e-9d53-0242ac120002",
    "kind": "annual",
    "category": "service",
    "content": "年底前给 6 户独居老人装好扶手",
    "measure": "6 户都装好，老人签字确认",
    "due_on": "2026-12-20",
    "percent": 66,
    "state": "published",
    "is_overdue": False,
    "outcome_reason": None,
    "last_progress": {"happened_on": "2026-11-18", "note": "给王阿婆家装好了。"},
    "settled_on": None,
}


class LastProgress(Shown):
    happened_on: date = Field(examples=["2026-11-18"])
    note: str = Field(examples=["给王阿婆家装好了。"])


class PledgeLine(Shown):
    """A pledge that is public and was published."""

    model_config = Shown.model_config | example(**EXAMPLE)

    id: UUID
    kind: PledgeKind
    category: PledgeCategory
    content: str
    measure: str
    due_on: date
    percent: int
    state: PledgeState | Literal["archived"] = Field(description="`archived` from 1 April after its year")
    is_overdue: bool = Field(description="published, nothing claimed, and past its day")
    outcome_reason: str | None = Field(description="why it is exempted or unfulfilled")
    last_progress: LastProgress | None = Field(description="the last that was published")
    settled_on: date | None = Field(description="the day on which it was decided what has become of it")
