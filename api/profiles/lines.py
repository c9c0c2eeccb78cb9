"""How pledges and honours are told strangers in a line each: on the card, the wall, a pledge's own page, and in what a quarter made
public."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from api.schemas import Shown, example
from models.enums import HonorLevel, PledgeCategory, PledgeKind, PledgeState

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


HONOR: Mapping[str, Any] = {
    "title": "2026年度实干之星",
    "level": "town",
    "awarded_by": "中共石桥镇委员会",
    "awarded_on": "2026-06-28",
}


class HonorLine(Shown):
    """An honour that is public, was not withdrawn, and is borne today."""

    model_config = Shown.model_config | example(**HONOR)

    title: str
    level: HonorLevel
    awarded_by: str
    awarded_on: date
