from datetime import UTC, date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from api.inspections.rules import AT_ONCE, MOST_ITEMS, MOST_PHOTOS, Answer, Document, Outcome
from api.inspections.service import Checklist, Sent, Told
from api.language import Language, said
from api.schemas import ACTOR_NAME, Day, Fault, Line, RecordShown, Shown, Written, example
from api.standards.rules import CODE
from api.standards.view import ItemShown
from models.enums import CheckResult, Obligation, VenueKind

ID = "0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e"
Code = Annotated[str, StringConstraints(pattern=CODE), Field(examples=["DK-01"])]
Moment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2100, 1, 1, tzinfo=UTC))]
ONE: dict[str, Any] = {
    "client_id": "5b0f3c86-0b0a-4f0e-9a51-6a6cb1d0a001",
    "venue_id": ID,
    "standard_number": 1,
    "unannounced": False,
    "revision": 1,
    "started_at": "2026-11-27T01:00:00Z",
    "items": [{"code": "DK-01", "result": "fail", "note": "桌牌缺失"}, {"code": "WN-01", "result": "pass"}],
}


class InspectionItemWrite(Written):
    code: Code
    result: CheckResult
    note: Line | None = Field(default=None, description="what is wrong; demanded where it fails")
    photo_ids: list[UUID] = Field(default=[], max_length=MOST_PHOTOS, description="pictures that one has brought oneself")
    due_on: Day | None = Field(
        default=None,
        description="until when it has to be put right: at the earliest three days after it is received, and 15 days where it "
        "is not told",
    )
    responsible_id: UUID | None = Field(default=None, description="who has to put it right; else the venue's organisation")


class InspectionWrite(Written):
    model_config = Written.model_config | example(**ONE)

    client_id: UUID = Field(description="the phone's own key of it, made once")
    venue_id: UUID
    standard_number: int = Field(ge=1, le=1_000_000)
    unannounced: bool
    revision: int = Field(ge=1, le=1_000_000, description="one more with each change")
    started_at: Moment = Field(description="not in the future, but for five minutes that a phone's clock may be ahead")
    finished_at: Moment | None = Field(default=None, description="likewise; demanded of what is final")
    final: bool = False
    items: list[InspectionItemWrite] = Field(max_length=MOST_ITEMS)

    def document(self) -> Document:
        values = self.model_dump(exclude={"items"})
        return Document(**values, items=[Answer(**item.model_dump()) for item in self.items])


class InspectionsWrite(Written):
    model_config = Written.model_config | example(inspections=[ONE])

    inspections: list[InspectionWrite] = Field(min_length=1, max_length=AT_ONCE)


class InspectionSent(Shown):
    client_id: UUID
    outcome: Outcome
    id: UUID | None = Field(description="null where it was refused")
    code: str | None = Field(description="of the problem that it would have been, sent alone", examples=[None])
    detail: str | None = Field(description="that problem in words", examples=[None])
    errors: list[Fault] = Field(default=[], description="the fields at fault, of this inspection", examples=[[]])
    codes: list[str] = Field(default=[], description="the codes of the items at fault", examples=[[]])

    @classmethod
    def of(cls, sent: Sent, language: Language) -> Self:
        refusal, told = sent.refusal, {"client_id": sent.client_id, "outcome": sent.outcome, "id": sent.id}
        if refusal is None:
            return cls(**told, code=None, detail=None)
        return cls(
            **told,
            code=refusal.code(),
            detail=said(refusal.sentence(), language),
            errors=[Fault(field=one.field, rule=one.rule, detail=said(one.text, language)) for one in refusal.faults],
            codes=refusal.members.get("codes", []),
        )


class InspectionsSent(Shown):
    items: list[InspectionSent] = Field(description="in the order in which they were sent")


class InspectionItemShown(Shown):
    code: str = Field(examples=["DK-01"])
    name: str = Field(examples=["桌牌"])
    obligation: Obligation | None
    result: CheckResult
    note: str | None = Field(examples=["桌牌缺失"])
    photo_ids: list[UUID] = Field(examples=[[]])
    due_on: date | None = Field(
        description="until when it has to be put right: once a final inspection has opened that, its day as it stands"
    )
    responsible_id: UUID | None
    responsible_name: str | None = Field(examples=[None])
    rectification_id: UUID | None = Field(description="what was opened for it, once the inspection was final")


class ResultCounts(Shown):
    passed: int = Field(alias="pass", examples=[12])
    failed: int = Field(alias="fail", examples=[1])
    not_applicable: int = Field(examples=[0])


class InspectionShown(RecordShown):
    id: UUID
    client_id: UUID
    organization_id: UUID = Field(description="whose venue it is")
    organization_name: str = Field(examples=["石桥村第一党支部"])
    venue_id: UUID
    venue_kind: VenueKind
    standard_number: int = Field(examples=[1])
    unannounced: bool
    by_own_organization: bool = Field(description="made by one of the venue's organisation: it counts in no figure")
    inspected_by: UUID
    inspected_by_name: str | None = ACTOR_NAME
    revision: int = Field(examples=[1])
    started_at: AwareDatetime
    finished_at: AwareDatetime | None
    final: bool
    received_at: AwareDatetime
    counts: ResultCounts
    items: list[InspectionItemShown] = Field(description="by their codes")

    @classmethod
    def of(cls, told: Told) -> Self:
        return cls.model_validate(told.fields)


class CheckedVenue(Shown):
    id: UUID
    name: str = Field(examples=["一号窗口"])
    kind: VenueKind
    organization_id: UUID
    organization_name: str = Field(examples=["石桥村第一党支部"])


class ChecklistShown(Shown):
    standard_number: int = Field(examples=[1])
    token: str = Field(
        description="of that version, as `GET /v1/standards/changes` tells it", examples=["kJ3nq0Vb1c2dXyZaLmPoQrSt"]
    )
    venue: CheckedVenue
    items: list[ItemShown]

    @classmethod
    def of(cls, checklist: Checklist) -> Self:
        return cls.model_validate(checklist)
