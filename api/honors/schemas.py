from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from api.schemas import UNSENT, Day, Edited, Line, Medium, RecordShown, Written, example
from models.enums import HonorLevel

DocumentNumber = Annotated[Line, StringConstraints(max_length=40)]

HONOR = {
    "title": "2026年度实干之星",
    "awarded_by": "中共石桥镇委员会",
    "level": "town",
    "awarded_on": "2026-06-28",
    "document_no": "石党〔2026〕12号",
    "valid_until": None,
    "is_public": True,
}
_UNTIL = "the last day on which it is borne; null: for good"


class HonorWrite(Written):
    model_config = Written.model_config | example(member_id="019ac3f0-5b7e-7c1e-9d53-0242ac120002", **HONOR)

    organization_id: UUID | None = Field(
        default=None, description="whose it is, where it is no member's; beside a member, where he is looked for"
    )
    member_id: UUID | None = Field(default=None, description="whose it is; null: the organisation's own")
    title: Medium
    awarded_by: Medium
    level: HonorLevel
    awarded_on: Day
    document_no: DocumentNumber | None = None
    valid_until: Day | None = Field(default=None, description=_UNTIL)
    is_public: bool = Field(default=True, description="whether whoever scans the member's card is told of it")


class HonorEdit(Edited):
    model_config = Edited.model_config | example(valid_until="2027-06-30")

    title: Medium = UNSENT
    awarded_by: Medium = UNSENT
    level: HonorLevel = UNSENT
    awarded_on: Day = UNSENT
    document_no: DocumentNumber | None = None
    valid_until: Day | None = Field(default=None, description=_UNTIL)
    is_public: bool = UNSENT


class HonorShown(RecordShown):
    id: UUID
    organization_id: UUID
    organization_name: str = Field(examples=["石桥村第一党支部"])
    member_id: UUID | None
    member_name: str | None = Field(description="null for an organisation's own", examples=["方秀兰"])
    title: str = Field(examples=["2026年度实干之星"])
    awarded_by: str = Field(examples=["中共石桥镇委员会"])
    level: HonorLevel
    awarded_on: date
    document_no: str | None = Field(examples=["石党〔2026〕12号"])
    valid_until: date | None = Field(description=_UNTIL)
    is_public: bool
    withdrawn_at: AwareDatetime | None
    withdrawn_reason: str | None = Field(examples=[None])
