from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints

from api.adapters.typed_text import legible, legible_lines
from api.complaints import rules
from api.complaints.service import Opened, Receipt, Told
from api.schemas import ACTOR_NAME, Reason, RecordShown, Shown, Written, example, form_example, form_field
from api.written import plain
from models.enums import ComplaintKind, ComplaintState

Details = Annotated[str, Field(max_length=rules.LONGEST_DETAILS), AfterValidator(legible_lines), AfterValidator(plain)]


class ComplaintWrite(Written):
    model_config = Written.model_config | example(
        code="D7K2M9Q4R8T3V6X",
        kind="not_the_person",
        details="照片不是这个人。",
        contact="0574-00005678",
        key="q5mZ3v0b8R2kX7tYw1sD4A",
    )

    code: Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(legible)] = Field(
        description="what stands after `/C/`, as it was scanned or typed"
    )
    kind: ComplaintKind
    details: (
        Annotated[str, Field(max_length=rules.LONGEST_DETAILS), AfterValidator(legible_lines), AfterValidator(plain)] | None
    ) = Field(default=None, description="in the reporter's own words")
    contact: (
        Annotated[str, StringConstraints(max_length=rules.LONGEST_CONTACT, pattern=rules.CONTACT), AfterValidator(legible)] | None
    ) = Field(default=None, description="a telephone number to call back")
    key: Annotated[str, StringConstraints(pattern=rules.KEY)] = Field(
        description="random, made for this one report: sent again with the same content, it makes no second complaint"
    )


class ReportForm(BaseModel):
    """What the form sends, as it was written: what is wrong with it is told on the form, beside what is to be mended."""

    model_config = form_example("kind", key="q5mZ3v0b8R2kX7tYw1sD4A", kind="not_the_person", details="照片不是这个人。", contact="")

    key: str = Field(**form_field(pattern=rules.KEY), description="the form's own one-time value")
    kind: str = Field(**form_field(enum=[kind.value for kind in ComplaintKind]))
    details: str = Field(**form_field(maxLength=rules.LONGEST_DETAILS))
    contact: str = Field(**form_field(maxLength=rules.LONGEST_CONTACT))


class ReceiptShown(Shown):
    receipt_no: str = Field(description="to be kept, and told when asking about the result", examples=["7K2M-9QXR"])
    looked_into_by: str = Field(
        description="the organisation that looks into it: the level above where the holder of a post is reported",
        examples=["石桥村第一党支部"],
    )
    look_into_by: date = Field(description="by the end of this day somebody has looked into it")
    service_phone: str | None = Field(
        description="where to ask: the nearest telephone of whoever looks into it, which is the level above where the holder of a "
        "post is reported",
        examples=["0574-00001234"],
    )
    phone_above: str | None = Field(description="of the level above that one", examples=["0574-00000012"])
    phone_above_of: str | None = Field(description="the organisation whose `phone_above` is", examples=["云溪镇党委"])

    @classmethod
    def of(cls, receipt: Receipt) -> Self:
        return cls(
            receipt_no=rules.grouped(receipt.complaint.receipt_no),
            looked_into_by=receipt.organization,
            look_into_by=receipt.look_into_by,
            service_phone=receipt.service_phone,
            phone_above=receipt.above.number,
            phone_above_of=receipt.above.of,
        )


class ComplaintListed(RecordShown):
    id: UUID
    organization_id: UUID = Field(description="who issued the card or has the venue; the district where the code leads to neither")
    organization_name: str = Field(examples=["石桥村第一党支部"])
    card_id: UUID | None
    plate_id: UUID | None = Field(description="the plate whose code was scanned, if it was a plate's")
    member_id: UUID | None
    member_name: str | None = Field(description="whose card it is; null where the code leads to none", examples=["王秀兰"])
    venue_id: UUID | None = Field(description="the venue whose sign was scanned")
    venue_name: str | None = Field(description="what it is called", examples=[None])
    kind: ComplaintKind
    receipt_no: str = Field(examples=["7K2M-9QXR"])
    state: ComplaintState
    further: int = Field(description="how many more reports of that day are counted with this one", examples=[0])
    decided_at: AwareDatetime | None = Field(examples=[None])

    @classmethod
    def of(cls, told: Told, **more: str | None) -> Self:
        member_id, member_name = told.subject or (None, None)
        receipt_no = rules.grouped(told.complaint.receipt_no)
        content = {"member_id": member_id, "member_name": member_name, "receipt_no": receipt_no, "further": told.further}
        content["venue_name"] = told.venue_name
        return cls.model_validate({**told.told, **content, **more})


class ComplaintShown(ComplaintListed):
    details: str | None = Field(description="the reporter's own words", examples=["照片不是这个人。"])
    contact: str | None = Field(description="the telephone that he left", examples=["0574-00005678"])
    code: str | None = Field(description="the code as it was scanned, where it leads to nothing", examples=[None])
    decided_by: UUID | None = Field(description="an account", examples=[None])
    decided_by_name: str | None = ACTOR_NAME
    decision_reason: str | None = Field(examples=[None])

    @classmethod
    def opened(cls, complaint: Opened) -> Self:
        return cls.of(complaint, details=complaint.details, contact=complaint.contact, code=complaint.code)


class ComplaintClose(Written):
    model_config = Written.model_config | example(state="unfounded", reason="已当面核对，是本人。")

    state: Literal[ComplaintState.founded, ComplaintState.unfounded]
    reason: Reason
