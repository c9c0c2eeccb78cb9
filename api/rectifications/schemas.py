from datetime import date
from typing import Self
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.rectifications.rules import MOST_STEPS_TOLD
from api.rectifications.service import Told
from api.schemas import ACTOR_NAME, Day, Line, Reason, RecordShown, Shown, Written, example
from models.enums import RectificationAction, RectificationState

MOST_PHOTOS = 9


class RectificationClaim(Written):
    model_config = Written.model_config | example(note="已更换为标准门牌，照片附后。", photo_ids=[])

    note: Line
    photo_ids: list[UUID] = Field(default=[], max_length=MOST_PHOTOS, description="pictures that one has brought oneself")


class RectificationReturn(Written):
    model_config = Written.model_config | example(reason="门牌仍歪斜，请重新安装。", due_on="2026-12-20")

    reason: Reason
    due_on: Day | None = Field(
        default=None,
        description="until when it has to be put right, earlier or later than before; in three days at the earliest, to which an "
        "earlier one is moved, as the answer tells; without one the day stays, though it may have passed",
    )


class RectificationEventShown(Shown):
    action: RectificationAction
    at: AwareDatetime
    account_id: UUID
    account_name: str | None = ACTOR_NAME
    note: str = Field(examples=["已更换为标准门牌，照片附后。"])
    photo_ids: list[UUID] = Field(examples=[[]])


class RectificationShown(RecordShown):
    id: UUID
    inspection_id: UUID
    venue_id: UUID
    organization_id: UUID = Field(description="who has to put it right")
    organization_name: str = Field(examples=["石桥村第一党支部"])
    code: str = Field(description="the item of the standard", examples=["RD-01"])
    name: str = Field(examples=["党内功能室门牌"])
    finding: str = Field(examples=["门牌缺党徽"])
    state: RectificationState
    due_on: date
    is_overdue: bool
    escalated_to: UUID | None = Field(
        description="the organisation above that an overdue one has come to: the nearest town or department for seven days, then "
        "the district"
    )
    escalated_to_name: str | None = Field(examples=["东城街道党工委"])
    claimed_by: UUID | None
    claimed_by_name: str | None = ACTOR_NAME
    claimed_at: AwareDatetime | None
    confirmed_at: AwareDatetime | None
    event_count: int = Field(description="how many steps it has seen", examples=[1])
    events: list[RectificationEventShown] = Field(
        description=f"the newest {MOST_STEPS_TOLD} of them, the oldest first", max_length=MOST_STEPS_TOLD
    )

    @classmethod
    def of(cls, told: Told) -> Self:
        return cls.model_validate(told.fields)
