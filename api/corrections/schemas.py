from typing import Any, Self
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.corrections.proposal import Compared
from api.corrections.service import Correction
from api.schemas import ACTOR_NAME, UNSENT, Day, Edited, Line, Medium, Name, Number, RecordShown, Short, Shown, Written, example
from models.enums import DatePrecision, Gender, RequestState

MOST_ATTACHMENTS = 3


class Changes(Edited):
    """The fields as they should be. What is not sent is not asked for; null asks to take a value away."""

    full_name: Name = UNSENT
    national_id: Number | None = None
    gender: Gender | None = None
    ethnicity: Short | None = None
    birth_date: Day | None = None
    birth_precision: DatePrecision = Field(default=UNSENT, description="only together with `birth_date`")
    education: Short | None = None
    native_place: Medium | None = None
    joined_on: Day = UNSENT
    joined_precision: DatePrecision = Field(default=UNSENT, description="only together with `joined_on`")
    confirmed_on: Day | None = None
    confirmed_precision: DatePrecision = Field(default=UNSENT, description="only together with `confirmed_on`")
    employer: Medium | None = None
    job_title: Medium | None = None
    mobile: Number | None = None
    home_address: Line | None = None
    is_mobile: bool = Field(default=UNSENT, description="流动党员")


class CorrectionWrite(Written):
    model_config = Written.model_config | example(
        changes={"mobile": "13800138001", "education": "大专"}, note="换了手机号，学历见毕业证照片。"
    )

    changes: Changes
    note: Line | None = Field(default=None, description="for the one who decides")
    attachment_ids: list[UUID] = Field(
        default=[], max_length=MOST_ATTACHMENTS, description="pictures that one has brought oneself, such as of a certificate"
    )


class CorrectionListed(RecordShown):
    id: UUID
    member_id: UUID
    member_name: str = Field(examples=["王秀兰"])
    organization_id: UUID
    organization_name: str = Field(examples=["石桥村第一党支部"])
    state: RequestState
    fields: list[str] = Field(description="the fields that it is about; never their values", examples=[["mobile"]])
    attachment_ids: list[UUID] = Field(description="pictures to decide by; empty once it is decided")
    decided_at: AwareDatetime | None = Field(examples=[None])

    @classmethod
    def of(cls, correction: Correction, **more: Any) -> Self:
        told = {"fields": correction.fields, "attachment_ids": correction.attachment_ids}
        return cls.model_validate({**correction.told, **told, **more})


class CorrectionShown(CorrectionListed):
    note: str | None = Field(examples=["换了手机号。"])
    decided_by: UUID | None = Field(description="an account; null while it is open", examples=[None])
    decided_by_name: str | None = ACTOR_NAME
    decision_reason: str | None = Field(examples=[None])


class FieldCompared(Shown):
    field: str = Field(examples=["mobile"])
    present: str | bool | None = Field(
        description="what stands in the record; identity number and telephone masked, of an address only stars",
        examples=["138****8000"],
    )
    proposed: str | bool | None = Field(description="what should stand there; null to take it away", examples=["13800138001"])


class CorrectionCompared(CorrectionShown):
    changes: list[FieldCompared] = Field(description="field by field while the request is open; empty once it is decided")

    @classmethod
    def beside(cls, correction: Correction, compared: list[Compared]) -> Self:
        return cls.of(correction, changes=[FieldCompared.model_validate(one) for one in compared])
