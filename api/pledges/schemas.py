from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from api.pledges.evaluations.schemas import TallyShown
from api.pledges.rules import MOST_OF_PROGRESS, MOST_PICTURES, MOST_TEXTS_TOLD, Approval, ToldState, Vote
from api.pledges.telling import Detail
from api.schemas import (
    ACTOR_NAME,
    UNSENT,
    BulkDone,
    Day,
    Edited,
    Line,
    Lines,
    Reason,
    RecordShown,
    Shown,
    Skipped,
    Written,
    example,
)
from models.enums import ClaimOutcome, PledgeCategory, PledgeKind, PledgeOutcome, PledgeState, PledgeVisibility, TextDecision

ID = "0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e"
AT_ONCE = 200
CONTENT, MEASURE = "每月入户走访困难群众2户，帮办实事1件。", "全年走访不少于24户次，有记录。"

Content = Annotated[Lines, StringConstraints(min_length=10, max_length=300), Field(examples=[CONTENT])]
Measure = Annotated[Lines, StringConstraints(min_length=2, max_length=200), Field(examples=[MEASURE])]
Note = Annotated[Lines, Field(examples=["走访了两户，帮助办理医保。"])]
Weight = Annotated[int, Field(ge=1, le=100, description="how much it counts in the percentage of the one that it stands below")]
Percent = Annotated[int, Field(ge=0, le=100, examples=[40])]
Count = Annotated[int, Field(ge=0, le=100_000)]
Keys = Annotated[list[UUID], Field(min_length=1, max_length=AT_ONCE, examples=[[ID]])]


class PledgeWrite(Written):
    model_config = Written.model_config | example(
        kind="annual", category="service", content=CONTENT, measure=MEASURE, due_on="2026-12-31", visibility="public"
    )

    kind: PledgeKind
    category: PledgeCategory
    content: Content
    measure: Measure
    due_on: Day = Field(description="between 1 January of this year and 31 December of the next; its year is the pledge's")
    visibility: PledgeVisibility
    parent_id: UUID | None = Field(
        default=None, description="a published pledge of the same year that the organisation itself, or one above, has made"
    )
    weight: Weight = 1
    campaign_id: UUID | None = None
    member_id: UUID | None = Field(default=None, description="whose it is, where it is entered for another; oneself otherwise")
    organization_id: UUID | None = Field(default=None, description="the organisation, where it is the organisation's own")


class PledgeEdit(Edited):
    """What is not sent stays as it is."""

    model_config = Written.model_config | example(measure=MEASURE)

    kind: PledgeKind = UNSENT
    category: PledgeCategory = UNSENT
    content: Content = UNSENT
    measure: Measure = UNSENT
    due_on: Day = UNSENT
    visibility: PledgeVisibility = UNSENT
    parent_id: UUID | None = None
    weight: Weight = UNSENT
    campaign_id: UUID | None = None


class Amendment(Written):
    model_config = Written.model_config | example(
        content=CONTENT, measure=MEASURE, due_on="2026-11-30", visibility="public", reason="按上级部署提前完成"
    )

    content: Content
    measure: Measure
    due_on: Day = Field(description="in the pledge's year")
    visibility: PledgeVisibility
    reason: Reason


class Claim(Written):
    model_config = Written.model_config | example(outcome="fulfilled", note="全年走访26户次，台账在支部。")

    outcome: ClaimOutcome
    note: Line


class VoteWrite(Written):
    model_config = Written.model_config | example(
        held_on="2026-01-12", eligible=31, votes_for=24, votes_against=1, votes_abstained=2
    )

    held_on: Day = Field(description="not in the future")
    eligible: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None, description="应到会有表决权的人数: how many may vote; told of a meeting of all members (党员大会) alone"
    )
    votes_for: Count
    votes_against: Count
    votes_abstained: Count

    def read(self) -> Vote:
        return Vote(self.held_on, self.votes_for, self.votes_against, self.votes_abstained, self.eligible)


class ApprovalWrite(Written):
    model_config = Written.model_config | example(comment="同意", secrecy_checked=True)

    comment: Line | None = None
    secrecy_checked: bool = Field(default=False, description="保密审查已完成; demanded of a text that is to leave the branch")
    vote: VoteWrite | None = None

    def read(self) -> Approval:
        return Approval(self.comment, self.secrecy_checked, self.vote.read() if self.vote else None)


class ManyApproved(ApprovalWrite):
    model_config = Written.model_config | example(ids=[ID], secrecy_checked=True)

    ids: Keys


class Many(Written):
    model_config = Written.model_config | example(ids=[ID])

    ids: Keys


class Confirming(Written):
    model_config = Written.model_config | example(vote=None)

    vote: VoteWrite | None = None


class ProgressWrite(Written):
    model_config = Written.model_config | example(note="走访了两户，帮助办理医保。", percent=40)

    note: Note
    percent: Percent | None = Field(default=None, description="how far the pledge is by now")
    happened_on: Day | None = Field(default=None, description="today where none is given; not in the future")
    attachment_ids: list[UUID] = Field(
        default=[], max_length=MOST_PICTURES, description="pictures that one has brought oneself by `POST /v1/files`"
    )


class PledgeShown(RecordShown):
    id: UUID
    kind: PledgeKind
    category: PledgeCategory
    content: str = Field(examples=[CONTENT])
    measure: str = Field(examples=[MEASURE])
    due_on: date
    visibility: PledgeVisibility
    parent_id: UUID | None = Field(examples=[None])
    weight: int = Field(examples=[1])
    campaign_id: UUID | None = Field(examples=[None])
    member_id: UUID | None = Field(description="null for an organisation's own")
    organization_id: UUID = Field(description="the branch, or the organisation whose own it is")
    organization_name: str = Field(examples=["石桥村第一党支部"])
    member_name: str | None = Field(examples=["王秀兰"])
    year: int = Field(description="the year of `due_on`", examples=[2026])
    state: ToldState = Field(description="as of today: `archived` once published, from 1 April after its year")
    percent: int = Field(examples=[40])
    text_no: int = Field(description="the number of the text that stands; 0 before it is submitted", examples=[1])
    is_overdue: bool
    claim_outcome: ClaimOutcome | None = Field(examples=[None])
    claimed_at: AwareDatetime | None = Field(examples=[None])
    outcome: PledgeOutcome | None = Field(examples=[None])
    withdrawn_reason: str | None = Field(description="`member_left` and `organization_closed` where that ended it", examples=[None])
    review_organization_id: UUID | None = Field(description="whose reviewers decide about it; null before it is submitted")
    review_organization_name: str | None = Field(examples=["石桥村第一党支部"])
    entered_by: UUID = Field(description="an account")
    entered_by_name: str | None = ACTOR_NAME


class VoteShown(Shown):
    held_on: date
    eligible: int | None = Field(examples=[31])
    votes_for: int = Field(examples=[24])
    votes_against: int = Field(examples=[1])
    votes_abstained: int = Field(examples=[2])


class TextShown(Shown):
    no: int = Field(examples=[1])
    content: str = Field(examples=[CONTENT])
    measure: str = Field(examples=[MEASURE])
    due_on: date
    visibility: PledgeVisibility
    reason: str | None = Field(description="why it was amended", examples=[None])
    submitted_at: AwareDatetime
    submitted_by: UUID = Field(description="an account")
    submitted_by_name: str | None = ACTOR_NAME
    decision: TextDecision | None
    decided_at: AwareDatetime | None
    decided_by: UUID | None = Field(description="an account")
    decided_by_name: str | None = ACTOR_NAME
    comment: str | None = Field(examples=["同意"])
    secrecy_checked: bool
    vote: VoteShown | None
    published_at: AwareDatetime | None
    published_by: UUID | None = Field(description="an account")
    published_by_name: str | None = ACTOR_NAME

    @classmethod
    def of(cls, told: dict[str, Any]) -> Self:
        vote = {**told, "held_on": told["vote_held_on"], "eligible": told["vote_eligible"]} if told["vote_held_on"] else None
        return cls.model_validate({**told, "vote": vote})


class AmendmentShown(Shown):
    no: int = Field(examples=[2])
    state: PledgeState = Field(description="`submitted`, `approved` or `returned`")
    content: str = Field(examples=[CONTENT])
    measure: str = Field(examples=[MEASURE])
    due_on: date
    visibility: PledgeVisibility
    reason: str | None = Field(examples=["按上级部署提前完成"])
    comment: str | None = Field(examples=[None])


class ProgressShown(Shown):
    id: UUID
    happened_on: date
    note: str = Field(examples=["走访了两户，帮助办理医保。"])
    percent: int | None = Field(examples=[40])
    picture_ids: list[UUID] = Field(description="shown by `GET /v1/pledges/{pledge_id}/pictures/{file_id}`")
    published_on: date | None = Field(description="the day from which strangers read it", examples=[None])
    withdrawn_reason: str | None = Field(examples=[None])
    created_at: AwareDatetime


class PledgeDetail(PledgeShown):
    outcome_reason: str | None = Field(
        description="why it was decided so; of a published one, why its claim was refused or it was reopened", examples=[None]
    )
    claim_note: str | None = Field(examples=[None])
    amendment: AmendmentShown | None = Field(description="a text beside the standing one; told to its author and above")
    texts: list[TextShown] = Field(
        description="all of them for its author and above, else the published ones that one may read; of more than "
        f"{MOST_TEXTS_TOLD} the newest",
        max_length=MOST_TEXTS_TOLD,
    )
    progress: list[ProgressShown] = Field(description="the newest first", max_length=MOST_OF_PROGRESS)
    tally: TallyShown = Field(description="how often which grade was given")

    @classmethod
    def of_detail(cls, detail: Detail) -> Self:
        amendment: dict[str, Any] | None = None
        if detail.amendment is not None:
            text, state = detail.amendment
            amendment = {**text.model_dump(), "state": state}
        texts = [TextShown.of(text) for text in detail.texts]
        hanging = {"amendment": amendment, "texts": texts, "progress": detail.progress, "tally": TallyShown.of(detail.tally)}
        return cls.model_validate(detail.told | hanging)


class PledgeSkipped(Skipped):
    pledge_id: UUID


class PledgesDone(BulkDone[PledgeSkipped]):
    """Which pledges it was done to, by their keys."""

    model_config = Shown.model_config | example(done=[ID], skipped=[{"pledge_id": ID, "reason": "not_in_this_state"}])


class ProgressSkipped(Skipped):
    progress_id: UUID


class ProgressPublished(BulkDone[ProgressSkipped]):
    """Which entries of progress strangers read from now on, by their keys."""

    model_config = Shown.model_config | example(done=[ID], skipped=[{"progress_id": ID, "reason": "not_in_this_state"}])
