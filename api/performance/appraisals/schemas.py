from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from api.performance.appraisals.rules import MOST_MEMBERS, MOST_PRESENT, Decided, Votes
from api.performance.appraisals.telling import Told
from api.schemas import Day, Lines, LongLines, RecordShown, Shown, Written, example
from models.appraisal_enums import AppraisalGrade, AppraisalState

MEMBER = "019ac3f0-5b7e-7c1e-9d53-0242ac120002"
SELF_WORDS = "按时参加学习，代办了十二件事；带头示范还不够，明年多到一线走访。"
COMMENT = "组织生活参加不够经常，下一年按时参加“三会一课”。"
REMARKS = "会议应到六人，实到五人，程序符合要求。"

Count = Annotated[int, Field(ge=0, le=MOST_PRESENT)]
SelfWords = Annotated[LongLines, StringConstraints(max_length=1000)]


class AppraisalWrite(Written):
    model_config = Written.model_config | example(organization_id="0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e", year=2026)

    organization_id: UUID = Field(description="a branch, general or joint branch")
    year: Annotated[int, Field(ge=2000, le=2100)] = Field(description="this year or the last")


class SelfEvaluation(Written):
    model_config = Written.model_config | example(grade="qualified", words=SELF_WORDS)

    grade: AppraisalGrade
    words: SelfWords


class PeerEvaluation(Written):
    model_config = Written.model_config | example(member_id=MEMBER, grade="excellent")

    member_id: UUID = Field(description="another member of one's branch")
    grade: AppraisalGrade


class VotesWrite(Written):
    """How those present voted about a member; together they are as many as were present."""

    member_id: UUID
    excellent: Count
    qualified: Count
    basically_qualified: Count
    unqualified: Count
    abstained: Count

    def read(self) -> tuple[UUID, Votes]:
        return self.member_id, Votes(**self.model_dump(exclude={"member_id"}))


class MeetingWrite(Written):
    model_config = Written.model_config | example(
        held_on="2026-11-20",
        present=5,
        items=[{"member_id": MEMBER, "excellent": 3, "qualified": 1, "basically_qualified": 0, "unqualified": 0, "abstained": 1}],
    )

    held_on: Day = Field(description="in the year of the round or later, and not in the future")
    present: Annotated[int, Field(ge=1, le=MOST_PRESENT)] = Field(description="how many have voted, abstentions included")
    items: Annotated[list[VotesWrite], Field(max_length=MOST_MEMBERS)] = Field(
        description="full members; what was written down of others before stays, and has to add up too"
    )


class GradeWrite(Written):
    member_id: UUID
    grade: AppraisalGrade
    comment: Lines | None = Field(
        default=None, description="needed where somebody is basically qualified or unqualified: where he falls short"
    )

    def read(self) -> tuple[UUID, Decided]:
        return self.member_id, Decided(self.grade, self.comment)


class GradesWrite(Written):
    model_config = Written.model_config | example(items=[{"member_id": MEMBER, "grade": "basically_qualified", "comment": COMMENT}])

    items: Annotated[list[GradeWrite], Field(min_length=1, max_length=MOST_MEMBERS)] = Field(
        description="full members, and never oneself; the others stay as they are"
    )


class AppraisalClosing(Written):
    model_config = Written.model_config | example(remarks=REMARKS)

    remarks: LongLines | None = Field(default=None, description="what else the minutes say")


class GradesShown(Shown):
    excellent: int = Field(examples=[3])
    qualified: int = Field(examples=[1])
    basically_qualified: int = Field(examples=[0])
    unqualified: int = Field(examples=[0])


class VotesShown(GradesShown):
    abstained: int = Field(examples=[1])


class AppraisalItemShown(Shown):
    member_id: UUID
    member_name: str = Field(examples=["方秀兰"])
    is_graded: bool = Field(description="false for a probationary member, who takes part without a grade")
    self_grade: AppraisalGrade | None
    self_words: str | None = Field(examples=[SELF_WORDS])
    peers: GradesShown | None = Field(description="how often peers gave each grade; null while fewer than three have")
    votes: VotesShown | None
    grade: AppraisalGrade | None
    comment: str | None = Field(examples=[None])
    score: float | None = Field(
        description="the total of the year as it stands now; no grade follows from it, and officers above are told none",
        examples=[88.5],
    )


class AppraisalShown(RecordShown):
    id: UUID
    organization_id: UUID
    organization_name: str = Field(examples=["石桥村第一党支部"])
    year: int = Field(examples=[2026])
    state: AppraisalState
    held_on: date | None
    present: int | None = Field(examples=[5])
    most_excellent: int = Field(description="a third of the full members, rounded down", examples=[1])
    remarks: str | None = Field(examples=[REMARKS])
    closed_at: AwareDatetime | None
    items: list[AppraisalItemShown] = Field(
        description="the branch's members, in the order of their names: those of today, or, once it is closed, those of then; "
        f"of a branch that has come to more than {MOST_MEMBERS}, in whose open round nothing is done, so many of them"
    )

    @classmethod
    def of(cls, told: Told) -> Self:
        return cls.model_validate(told.fields)


class OwnAppraisalShown(Shown):
    id: UUID = Field(description="of the round")
    year: int = Field(examples=[2026])
    state: AppraisalState
    self_grade: AppraisalGrade | None
    grade: AppraisalGrade | None = Field(description="null until the round is closed, and for a probationary member")
    comment: str | None = Field(examples=[None])


class OwnAppraisals(Shown):
    items: list[OwnAppraisalShown] = Field(description="the newest year first")
