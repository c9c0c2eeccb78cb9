from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from api.pledges.campaigns.service import Told
from api.pledges.schemas import CONTENT, MEASURE, Content, Measure
from api.schemas import Day, Line, RecordShown, Shown, Written, example
from models.enums import PledgeCategory

MOST_TEMPLATES = 10
TITLE = "“学雷锋·我承诺”"


class Template(Written):
    category: PledgeCategory
    content: Content
    measure: Measure
    due_on: Day


class CampaignWrite(Written):
    model_config = Written.model_config | example(
        organization_id="0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e",
        title=TITLE,
        due_on="2026-03-31",
        templates=[{"category": "service", "content": CONTENT, "measure": MEASURE, "due_on": "2026-12-31"}],
    )

    organization_id: UUID = Field(description="whose members, and those of everything below it, are called on")
    title: Annotated[Line, StringConstraints(max_length=40)] = Field(examples=[TITLE])
    due_on: Day = Field(description="the last day on which a pledge may be submitted for it; today or later")
    templates: list[Template] = Field(default=[], max_length=MOST_TEMPLATES, description="texts to begin from")


class TemplateShown(Shown):
    category: PledgeCategory
    content: str = Field(examples=[CONTENT])
    measure: str = Field(examples=[MEASURE])
    due_on: date


class CampaignShown(RecordShown):
    id: UUID
    organization_id: UUID
    organization_name: str = Field(examples=["石桥村第一党支部"])
    title: str = Field(examples=[TITLE])
    due_on: date
    templates: list[TemplateShown]
    is_over: bool = Field(description="its last day has passed")
    joined: int = Field(description="members who have submitted a pledge for it", examples=[12])
    eligible: int = Field(
        description="members whom it calls on: full and probationary ones of whom pledges are asked", examples=[31]
    )

    @classmethod
    def of(cls, told: Told) -> Self:
        return cls.model_validate(told.fields | {name: getattr(told, name) for name in ("is_over", "joined", "eligible")})
