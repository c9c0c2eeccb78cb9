from typing import Self
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.performance.appeals.rules import Decision
from api.performance.appeals.service import ToldAppeal
from api.performance.scores.schemas import Pictures, ScoreEntryShown
from api.schemas import ACTOR_NAME, Lines, Reason, RecordShown, Written, example
from models.score_enums import AppealState


class AppealWrite(Written):
    model_config = Written.model_config | example(reason="当晚确有值班，见签到表。", attachment_ids=[])

    reason: Lines
    attachment_ids: Pictures = Field(default=[])


class DecisionWrite(Written):
    model_config = Written.model_config | example(decision="upheld", reason="经核实，当晚确有值班")

    decision: Decision = Field(
        description="`upheld`: the entry was wrong; `exempted`: it was true, and is forgiven (容错); `refused`: it stands"
    )
    reason: Reason


class AppealShown(RecordShown):
    id: UUID
    entry: ScoreEntryShown = Field(description="what the appeal is against; its `appeal` is null here")
    member_id: UUID
    member_name: str = Field(examples=["方秀兰"])
    organization_id: UUID = Field(description="the branch")
    organization_name: str = Field(examples=["石桥村第一党支部"])
    reason: str = Field(examples=["当晚确有值班，见签到表。"])
    attachment_ids: list[UUID] = Field(examples=[[]])
    state: AppealState
    decision_reason: str | None = Field(examples=[None])
    decided_by: UUID | None = Field(description="an account", examples=[None])
    decided_by_name: str | None = ACTOR_NAME
    decided_at: AwareDatetime | None = Field(examples=[None])

    @classmethod
    def of(cls, one: ToldAppeal) -> Self:
        beside = {"entry": ScoreEntryShown.of(one.entry), "member_id": one.member.id, "member_name": one.member.full_name}
        return cls.model_validate(one.told | beside)
