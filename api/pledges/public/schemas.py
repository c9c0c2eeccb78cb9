from dataclasses import replace
from datetime import date
from typing import Self

from msgspec.json import encode
from msgspec.structs import asdict
from pydantic import AwareDatetime, BaseModel, Field

from api.complaints.rules import KEY
from api.pledges.evaluations.rules import LONGEST_WORDS
from api.pledges.public.rules import PledgeView, ProgressShown, ProgressView, Wall
from api.profiles.lines import EXAMPLE, PledgeLine
from api.schemas import Shown, example, form_example, form_field
from models.enums import Grade, WordsState

COUNTED = {"satisfied": 12, "fairly_satisfied": 3, "average": 1, "dissatisfied": 0}


class TotalsShown(Shown):
    """What stands on the wall, by how it stands; what was assessed counts by what was decided before."""

    published: int
    fulfilled: int
    unfulfilled: int
    exempted: int
    overdue: int
    withdrawn: int = Field(description="taken off again")


class SatisfactionShown(Shown):
    numerator: int = Field(description="satisfied and fairly satisfied")
    denominator: int = Field(description="all grades of residents that count")
    value: float | None = Field(description="with four decimals; null of none")


class MemberOnWall(Shown):
    display_name: str = Field(examples=["王秀兰"])
    pledges: list[PledgeLine]


class PublicationDated(Shown):
    quarter: str = Field(examples=["2026-Q3"])
    published_at: AwareDatetime


class WallShown(Shown):
    model_config = Shown.model_config | example(
        organization="石桥村第一党支部",
        service_phone="0574-00001234",
        year=2026,
        as_of="2026-11-27",
        totals={"published": 9, "fulfilled": 4, "unfulfilled": 1, "exempted": 1, "overdue": 1, "withdrawn": 0},
        satisfaction={"numerator": 15, "denominator": 16, "value": 0.9375},
        organization_pledges=[],
        members=[{"display_name": "王秀兰", "pledges": [EXAMPLE]}],
        publications=[{"quarter": "2026-Q3", "published_at": "2026-10-09T01:00:00Z"}],
    )

    organization: str
    service_phone: str | None
    year: int
    as_of: date
    totals: TotalsShown = Field(description="of all that are public; 1,000 are named at the most, the organisation's own first")
    satisfaction: SatisfactionShown
    organization_pledges: list[PledgeLine]
    members: list[MemberOnWall] = Field(description="who has a public pledge, by the code points of the name that is shown")
    publications: list[PublicationDated]


def wall_sent(wall: Wall) -> bytes:
    """A wall as it is sent. Its lines, of which there may be a thousand, are told as they are: to check each would take several
    times as long."""
    around = WallShown.model_validate(replace(wall, organization_pledges=[], members=[])).model_dump(mode="json")
    members = [one._asdict() for one in wall.members]
    return encode(around | {"organization_pledges": wall.organization_pledges, "members": members})


class PublishedText(Shown):
    no: int
    content: str
    measure: str
    due_on: date
    reason: str | None = Field(description="why it took the place of the one before", examples=[None])
    published_on: date


class PublishedProgress(Shown):
    happened_on: date
    note: str
    percent: int | None
    pictures: list[str] = Field(description="addresses", examples=[["/C/D7K2M9Q4R8T3V6X/pledges/019ac3f0/pictures/019ac3f1"]])

    @classmethod
    def of(cls, progress: ProgressShown, address: str) -> Self:
        """`address` is that of its pledge."""
        pictures = [f"{address}/pictures/{one.id}" for one in progress.pictures]
        return cls.model_validate({**progress._asdict(), "pictures": pictures})


class PublicProgress(PublishedProgress):
    """One thing that was done for a public pledge."""

    model_config = Shown.model_config | example(
        happened_on="2026-11-18",
        note="给王阿婆家装好了。",
        percent=66,
        pictures=[],
        content="年底前给 6 户独居老人装好扶手",
        display_name="王秀兰",
        organization="石桥村第一党支部",
    )

    content: str = Field(description="of the pledge")
    display_name: str | None = Field(description="null for an organisation's own")
    organization: str

    @classmethod
    def of_view(cls, view: ProgressView, address: str) -> Self:
        """`address` is that of its pledge."""
        named = ("content", "display_name", "organization")
        shown = PublishedProgress.of(view.progress, address).model_dump()
        return cls.model_validate({**shown, **{name: getattr(view, name) for name in named}})


class GradesGiven(Shown):
    satisfied: int
    fairly_satisfied: int
    average: int
    dissatisfied: int


class GradesOfMasses(GradesGiven):
    waiting: int = Field(description="received within 24 hours, and yet to count")
    voided: int


class PublicTally(Shown):
    masses: GradesOfMasses
    peers: GradesGiven | None = Field(description="null while fewer than three have evaluated")
    self: Grade | None
    organization: Grade | None


class PublicWords(Shown):
    grade: Grade
    words: str = Field(examples=["扶手装得牢。"])
    on: date


class RatingTaken(Shown):
    period: str | None = Field(description="for which a grade is taken now; null once none is", examples=["2026-Q4"])
    already: bool = Field(description="whether this device has given one for it")


class RatingForm(BaseModel):
    """What the form sends, as it was written: what is wrong with it is told at the field."""

    model_config = form_example("grade", "key", grade="satisfied", words="扶手装得牢。", key="q5mZ3v0b8R2kX7tYw1sD4A")

    grade: str = Field(**form_field(enum=[grade.value for grade in Grade]))
    words: str = Field(**form_field(maxLength=LONGEST_WORDS))
    key: str = Field(**form_field(pattern=KEY), description="the form's own one-time value")


class RatingMade(Shown):
    period: str = Field(examples=["2026-Q4"])
    grade: Grade
    words_state: WordsState | None = Field(description="words are held until they were read; null where nothing was said")
    counts_from: AwareDatetime


class PublicPledgeShown(PledgeLine):
    model_config = Shown.model_config | example(
        **EXAMPLE,
        display_name="王秀兰",
        organization="石桥村第一党支部",
        texts=[],
        progress=[{"happened_on": "2026-11-18", "note": "给王阿婆家装好了。", "percent": 66, "pictures": []}],
        tally={"masses": COUNTED | {"waiting": 2, "voided": 0}, "peers": None, "self": None, "organization": None},
        words=[{"grade": "satisfied", "words": "扶手装得牢。", "on": "2026-11-19"}],
        evaluation={"period": "2026-Q4", "already": False},
    )

    display_name: str | None = Field(description="null for an organisation's own")
    organization: str
    texts: list[PublishedText] = Field(description="the texts that were public, in their order; the newest fifty at the most")
    progress: list[PublishedProgress] = Field(description="the latest first")
    tally: PublicTally
    words: list[PublicWords] = Field(description="what residents wrote, once it was read")
    evaluation: RatingTaken

    @classmethod
    def of_view(cls, view: PledgeView, address: str) -> Self:
        """`address` is where the pledge is told, and its pictures below it."""
        named = ("display_name", "organization", "texts", "tally", "words", "evaluation")
        progress = [PublishedProgress.of(one, address) for one in view.progress]
        return cls.model_validate({**asdict(view.line), **{name: getattr(view, name) for name in named}, "progress": progress})
