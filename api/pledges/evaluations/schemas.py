from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from api.pledges.evaluations import rules
from api.pledges.evaluations.service import Opened
from api.pledges.evaluations.tally import Tally
from api.schemas import ACTOR_NAME, Lines, RecordShown, Shown, Written, example
from models.enums import EvaluationSource, Grade, WordsState

Said = Annotated[Lines, StringConstraints(max_length=rules.LONGEST_WORDS)]


class EvaluationWrite(Written):
    model_config = Written.model_config | example(source="peers", grade="satisfied", words="说到做到。")

    source: Literal[EvaluationSource.self, EvaluationSource.peers, EvaluationSource.organization] = Field(
        description="as what one evaluates"
    )
    grade: Grade
    words: Said | None = Field(default=None, description="demanded of the organisation about a half; without identity numbers")
    period: Annotated[str, StringConstraints(pattern=rules.PERIOD)] | None = Field(
        default=None, description="the pledge's year where none is given; the organisation may name a half", examples=["2026-H1"]
    )


class EvaluationShown(Shown):
    id: UUID
    source: EvaluationSource
    period: str = Field(examples=["2026"])
    grade: Grade
    words: str | None = Field(examples=["说到做到。"])
    created_at: AwareDatetime


class RatingListed(RecordShown):
    id: UUID
    pledge_id: UUID
    organization_id: UUID = Field(description="whose pledge it is, or whose member's")
    organization_name: str = Field(examples=["石桥村第一党支部"])
    member_name: str | None = Field(description="null for an organisation's own pledge", examples=["王秀兰"])
    source: EvaluationSource
    period: str = Field(examples=["2026-Q3"])
    grade: Grade
    words: str | None = Field(examples=["说到做到。"])
    words_state: WordsState | None = Field(description="null where nothing was said")
    hidden_reason: str | None = Field(examples=[None])
    counts_from: AwareDatetime = Field(description="24 hours after its receipt")
    is_counted: bool
    void_reason: str | None = Field(examples=[None])
    voided_by: UUID | None = Field(description="an account", examples=[None])
    voided_by_name: str | None = ACTOR_NAME
    voided_at: AwareDatetime | None = Field(examples=[None])

    @classmethod
    def of(cls, opened: Opened) -> Self:
        of_pledge = ("words", "organization_id", "organization_name", "member_name", "is_counted")
        return cls.model_validate(opened.told | {name: getattr(opened, name) for name in of_pledge})


class GradeCounts(Shown):
    satisfied: int = Field(examples=[12])
    fairly_satisfied: int = Field(examples=[3])
    average: int = Field(examples=[1])
    dissatisfied: int = Field(examples=[0])


class MassesCounts(GradeCounts):
    waiting: int = Field(description="received within 24 hours, and yet to count", examples=[2])
    voided: int = Field(examples=[0])


class CommentShown(Shown):
    period: str = Field(examples=["2026-H1"])
    grade: Grade
    words: str | None = Field(examples=["进展顺利，继续保持。"])
    created_at: AwareDatetime


class TallyShown(Shown):
    masses: MassesCounts
    peers: GradeCounts | None = Field(description="null while fewer than three have evaluated")
    self: Grade | None
    organization: Grade | None = Field(description="of the year, or before that of the newest half")
    comments: list[CommentShown] = Field(description="what the organisation says of each half and of the year")

    @classmethod
    def of(cls, tally: Tally) -> Self:
        return cls.model_validate(tally.told() | {"comments": tally.comments})
