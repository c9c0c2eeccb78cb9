from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.pagination import MOST_OF_ONE
from api.performance.rules import MOST_PICTURES, rounded
from api.performance.scores.rules import Pledged, Scheme, Score
from api.performance.scores.telling import ToldEntry, ToldScore
from api.schemas import Day, Reason, Shown, Written, example
from models.appeal import Appeal
from models.member import Member
from models.score import ScoreYear
from models.score_enums import AppealState, ScoreScheme, ScoreSection

Year = Annotated[int, Field(ge=2000, le=2099, examples=[2026])]
Points = Annotated[float, Field(le=100, multiple_of=0.5, allow_inf_nan=False, strict=True, json_schema_extra={"minimum": 0})]
"""The least depends on the section, so that the rules tell of it."""
Pictures = Annotated[list[UUID], Field(max_length=MOST_PICTURES, description="pictures that one has brought oneself")]
ID = "0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e"


class SchemeShown(Shown):
    code: ScoreScheme
    name: str = Field(examples=["承诺积分"])
    base: int = Field(description="what everybody begins with; entries of the base take away from it", examples=[50])
    pledge: int = Field(description="what pledges add, if all that are owed or made are fulfilled", examples=[30])
    bonus: int = Field(description="the most that counts", examples=[20])
    deduction: int = Field(description="the most that counts; 0: the scheme has no such section", examples=[0])
    veto: bool = Field(description="whether one entry can leave nothing of the whole", examples=[False])
    source: str = Field(examples=["底线50分、承诺30分：遂昌2013年；加分20分：龙泉2015年"])

    @classmethod
    def of(cls, scheme: Scheme) -> Self:
        return cls.model_validate(scheme)


class SchemesShown(Shown):
    items: list[SchemeShown]
    years: dict[str, ScoreScheme] = Field(
        description="the scheme of each year that has one of its own; any other has `pledge_50_30_20`",
        examples=[{"2026": "pledge_50_30_20"}],
    )


class YearWrite(Written):
    model_config = Written.model_config | example(year=2026, scheme="vanguard_80_20", reason="区委组织部统一要求")

    year: Year
    scheme: ScoreScheme
    reason: Reason


class YearShown(Shown):
    year: Year
    scheme: ScoreScheme
    reason: str | None = Field(examples=["区委组织部统一要求"])

    @classmethod
    def of(cls, row: ScoreYear) -> Self:
        return cls.model_validate(row)


class ScoreEntryWrite(Written):
    model_config = Written.model_config | example(
        member_id=ID, year=2026, section="bonus", points=2.5, reason="参加防汛值守三个夜班", happened_on="2026-07-08"
    )

    member_id: UUID
    year: Year
    section: ScoreSection
    points: Points = Field(default=0, description="in steps of a half, at least one; a veto needs none")
    reason: Reason
    happened_on: Day = Field(description="a day of that year, not after today")
    attachment_ids: Pictures = Field(default=[])


class AppealOfEntry(Shown):
    """An appeal beside the entry that it is against."""

    id: UUID
    state: AppealState
    reason: str = Field(examples=["当晚确有值班，见签到表。"])
    attachment_ids: list[UUID] = Field(description="empty for whoever may not see the evidence", examples=[[]])
    decision_reason: str | None = Field(examples=[None])
    decided_at: AwareDatetime | None = Field(examples=[None])
    created_at: AwareDatetime
    version: int = Field(examples=[1])

    @classmethod
    def told(cls, appeal: Appeal, attachment_ids: object) -> Self:
        return cls.model_validate(appeal.model_dump() | {"attachment_ids": attachment_ids})


class ScoreEntryShown(Shown):
    id: UUID
    year: int = Field(examples=[2026])
    section: ScoreSection
    points: float = Field(examples=[2.5])
    reason: str = Field(examples=["参加防汛值守三个夜班"])
    happened_on: date
    entered_at: AwareDatetime
    reverses_id: UUID | None = Field(description="the entry that this one takes back: neither of them counts", examples=[None])
    is_reversed: bool
    attachment_ids: list[UUID] = Field(examples=[[]])
    appeal: AppealOfEntry | None

    @classmethod
    def of(cls, told: ToldEntry) -> Self:
        entry = told.entry
        return cls.model_validate(
            entry.model_dump(exclude={"half_points"})
            | {
                "points": entry.half_points / 2,
                "entered_at": entry.created_at,
                "is_reversed": told.is_reversed,
                "attachment_ids": told.attachment_ids,
                "appeal": AppealOfEntry.told(told.appeal, told.appeal_attachment_ids) if told.appeal else None,
            }
        )


class PartsShown(Shown):
    """Each part with one decimal, half up, as the total: which is rounded by itself, and so may differ from their sum."""

    base: float = Field(description="what is left of it", examples=[48.5])
    pledge: float = Field(examples=[22.5])
    bonus: float = Field(examples=[2.5])
    deduction: float = Field(description="what it takes away", examples=[0])

    @classmethod
    def of(cls, score: Score) -> Self:
        parts = {"base": score.base, "pledge": score.pledge, "bonus": score.bonus, "deduction": score.deduction}
        return cls.model_validate({name: rounded(exact) for name, exact in parts.items()})


class PledgesShown(Shown):
    """The annual pledges of the year that were published and not withdrawn; as they stand now."""

    counted: int = Field(description="those not exempted", examples=[4])
    fulfilled: int = Field(examples=[3])
    exempted: int = Field(examples=[0])
    owed: int = Field(
        description="how many are owed at the least; what counts is the share of `fulfilled` in the larger of this and `counted`",
        examples=[2],
    )

    @classmethod
    def of(cls, pledged: Pledged) -> Self:
        return cls.model_validate(pledged)


class ScoreShown(Shown):
    member_id: UUID
    member_name: str = Field(examples=["方秀兰"])
    year: int = Field(examples=[2026])
    scheme: ScoreScheme
    total: float | None = Field(
        description="0 to 100, with one decimal, half up; null, as the next three, where an officer is told of some entries only",
        examples=[73.5],
    )
    parts: PartsShown | None
    is_vetoed: bool | None = Field(description="a living veto leaves nothing of the total", examples=[False])
    pledges: PledgesShown | None
    entries: list[ScoreEntryShown] = Field(
        description=f"the newest first; of more than {MOST_OF_ONE} the newest", max_length=MOST_OF_ONE
    )

    @classmethod
    def of(cls, told: ToldScore) -> Self:
        score = told.score
        return cls(
            member_id=told.member.id,
            member_name=told.member.full_name,
            year=told.year,
            scheme=told.scheme,
            total=rounded(score.total) if score else None,
            parts=PartsShown.of(score) if score else None,
            is_vetoed=score.is_vetoed if score else None,
            pledges=PledgesShown.of(told.pledged) if told.pledged else None,
            entries=[ScoreEntryShown.of(one) for one in told.entries],
        )


class ScoreListed(Shown):
    member_id: UUID
    member_name: str = Field(examples=["方秀兰"])
    total: float = Field(description="0 to 100, with one decimal, half up", examples=[73.5])
    parts: PartsShown
    is_vetoed: bool = Field(examples=[False])

    @classmethod
    def of(cls, member: Member, score: Score) -> Self:
        return cls(
            member_id=member.id,
            member_name=member.full_name,
            total=rounded(score.total),
            parts=PartsShown.of(score),
            is_vetoed=score.is_vetoed,
        )
