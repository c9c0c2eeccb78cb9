from datetime import date
from typing import Any, Self
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas import ACTOR_NAME, Day, Reason, RecordShown, Shown, Written, example
from api.transfers.service import Destination
from models.enums import RequestState

ID = "0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e"


class TransferWrite(Written):
    model_config = Written.model_config | example(member_id=ID, to_organization_id=ID, reason="工作调动")

    member_id: UUID
    to_organization_id: UUID = Field(description="one of `GET /v1/transfers/destinations`")
    reason: Reason
    due_on: Day | None = Field(
        default=None,
        description="the last day on which the member can be taken in: thirty days from today where none is given, ninety at most",
        examples=["2026-12-23"],
    )


class DestinationShown(Shown):
    id: UUID
    name: str = Field(examples=["石桥村第一党支部"])
    code: str = Field(examples=["LX-01-02-1"])
    above: list[str] = Field(
        description="the names of the organisations above it, from the district down", examples=[["明湖区", "云溪镇", "石桥村"]]
    )

    @classmethod
    def of(cls, destination: Destination) -> Self:
        one = destination.organization
        return cls(id=one.id, name=one.name, code=one.code, above=list(destination.above))


class Destinations(Shown):
    items: list[DestinationShown]


class TransferShown(RecordShown):
    id: UUID
    member_id: UUID
    member_name: str = Field(examples=["王秀兰"])
    organization_id: UUID = Field(description="the organisation that lets go")
    organization_name: str = Field(examples=["上塘村第一党支部"])
    to_organization_id: UUID = Field(description="the organisation that is to take in")
    to_organization_name: str = Field(examples=["石桥村第一党支部"])
    reason: str = Field(examples=["工作调动"])
    due_on: date = Field(description="the last day on which the member can be taken in", examples=["2026-12-23"])
    state: RequestState = Field(description="as of today: past `due_on`, an open transfer has lapsed")
    requested_by: UUID = Field(description="an account")
    requested_by_name: str | None = ACTOR_NAME
    decided_by: UUID | None = Field(description="an account; null while it is open and where it lapsed", examples=[None])
    decided_by_name: str | None = ACTOR_NAME
    decided_at: AwareDatetime | None = Field(examples=[None])
    decision_reason: str | None = Field(
        description="why it was refused or withdrawn; `member_left` where the member left meanwhile", examples=[None]
    )

    @classmethod
    def all_of(cls, told: list[dict[str, Any]]) -> list[Self]:
        return [cls.model_validate(one) for one in told]
