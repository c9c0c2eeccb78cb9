from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints
from pydantic_core import PydanticCustomError

from api.language import Language, said
from api.pagination import MOST_OF_ONE
from api.posts.catalogue import CODES, Template
from api.posts.figures import Figures
from api.posts.rules import MOST_ANNOUNCED, MOST_DUTIES, MOST_SEATS, PostRule
from api.posts.warnings import Warned, WarningRule
from api.schemas import (
    ACTOR_NAME,
    UNSENT,
    Day,
    Edited,
    Line,
    Lines,
    Medium,
    Reason,
    RecordShown,
    Shown,
    Written,
    example,
    without_default,
)
from models.enums import PartyPost, RequestState, SourceGrade
from models.list_enums import ListKind
from models.post_enums import HoldingHow, PostKind, PostSlot

ID = "0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e"
DUTY = {"text": "每周三上门代办", "list_kind": None, "list_number": None}
STATEMENT = "我熟悉代办流程，愿意为大家跑腿。"


def _known_code(code: str) -> str:
    if code not in CODES:
        raise PydanticCustomError(PostRule.unknown_catalogue_code.value, "not in the catalogue")
    return code


CatalogueCode = Annotated[
    str,
    StringConstraints(max_length=32),
    AfterValidator(_known_code),
    Field(description="the one of `GET /v1/posts/catalogue` that it was copied from", examples=["PS-01"]),
]
Seats = Annotated[int, Field(ge=1, le=MOST_SEATS, description="how many hold it at once in each slot")]


class DutyWrite(Written):
    """A duty in the organisation's own words; it may name an item of the three lists."""

    text: Line = Field(examples=["每周三上门代办"])
    # Without their defaults in the document, or these would stand in that of an edit too.
    list_kind: ListKind | None = Field(
        default=None, description="which of the lists; null takes it away", json_schema_extra=without_default
    )
    list_number: int | None = Field(
        default=None,
        ge=1,
        le=500,
        description="the number of the item in that list; null takes it away",
        json_schema_extra=without_default,
    )


def stored_duties(duties: list[DutyWrite]) -> list[dict[str, Any]]:
    """Duties as they are stored, each with all of its fields."""
    return [duty.model_dump(mode="json") for duty in duties]


Duties = Annotated[list[DutyWrite], Field(max_length=MOST_DUTIES, description="in their order", examples=[[DUTY]])]


class PostWrite(Written):
    model_config = Written.model_config | example(
        organization_id=ID, kind="duty", title="政策宣传岗", catalogue_code="CV-01", seats=2, duties=[DUTY]
    )

    organization_id: UUID
    kind: PostKind
    title: Medium
    catalogue_code: CatalogueCode | None = None
    party_post: PartyPost | None = Field(default=None, description="for the kind `party`: its word on the roster")
    venue_id: UUID | None = Field(default=None, description="where it is, of an organisation at, above or below the post's")
    seats: Seats = 1
    is_public: bool = True
    duties: Duties = Field(default=[])


class PostEdit(Edited):
    """What is not sent stays as it is; duties are sent whole. A post's kind and organisation stay."""

    model_config = Written.model_config | example(title="政策宣传岗", duties=[DUTY])

    title: Medium = UNSENT
    catalogue_code: CatalogueCode | None = None
    venue_id: UUID | None = None
    seats: Seats = UNSENT
    is_public: bool = UNSENT
    duties: Duties = UNSENT

    def content(self) -> dict[str, Any]:
        """What was sent, with whole duties."""
        sent = self.sent()
        return sent | {"duties": stored_duties(self.duties)} if "duties" in sent else sent


class PostBecause(Written):
    model_config = Written.model_config | example(reason="岗位合并")

    reason: Reason


class Announcement(Written):
    model_config = Written.model_config | example(until="2026-12-20")

    until: Day = Field(description="the last day on which members may apply, one to sixty days on")


class HoldingWrite(Written):
    model_config = Written.model_config | example(member_id=ID, slot="primary", since="2026-12-01", how="appointed")

    member_id: UUID
    slot: PostSlot = Field(description="`primary` is A岗, `backup` is B岗")
    since: Day
    until: Day | None = Field(default=None, description="the first day on which he does not hold it any more")
    sent_by_id: UUID | None = Field(default=None, description="of a first secretary or a secondment: the organisation that sends")
    how: HoldingHow
    replaces: UUID | None = Field(default=None, description="a holding of this post that ends as this one begins")


class HoldingEnd(Written):
    model_config = Written.model_config | example(reason="工作调动")

    reason: Reason
    until: Day | None = Field(default=None, description="the first day on which he does not hold it any more; today without one")


class Applying(Written):
    model_config = Written.model_config | example(statement=STATEMENT)

    statement: Lines


class Recommending(Applying):
    model_config = Written.model_config | example(member_id=ID, statement="热心公益，群众公认。")

    member_id: UUID


class Accepting(Written):
    model_config = Written.model_config | example(slot="primary", since="2026-12-01")

    slot: PostSlot
    since: Day


class PostBasis(Shown):
    text: str = Field(description="what is written there", examples=["设岗定责的步骤"])
    source: str = Field(examples=["baihe.gov.cn/Content-793431.html"])
    grade: SourceGrade


class CataloguedPost(Shown):
    code: str = Field(examples=["PS-01"])
    group: str = Field(examples=["生产服务"])
    title: str = Field(examples=["科技示范岗"])
    basis: list[PostBasis]


class Catalogue(Shown):
    items: list[CataloguedPost]

    @classmethod
    def of(cls, templates: tuple[Template, ...]) -> Self:
        return cls.model_validate({"items": templates})


class DutyShown(Shown):
    text: str = Field(examples=["每周三上门代办"])
    list_kind: ListKind | None
    list_number: int | None
    list_title: str | None = Field(
        description="what that item is called in the edition that holds; null where there is none any more", examples=[None]
    )


class HolderOfPostShown(Shown):
    """Who holds a post today. Of a post within the Party the roster says who does, but not since when."""

    id: UUID | None = Field(default=None, description="the holding; null where the roster says it")
    member_id: UUID
    member_name: str = Field(examples=["王秀兰"])
    slot: PostSlot
    since: date | None = None
    until: date | None = None
    sent_by_id: UUID | None = None
    sent_by: str | None = Field(default=None, description="the name of who has sent him", examples=[None])
    how: HoldingHow | None = None


class PostShown(RecordShown):
    id: UUID
    organization_id: UUID
    organization_name: str = Field(examples=["石桥村第一党支部"])
    kind: PostKind
    title: str = Field(examples=["政策宣传岗"])
    catalogue_code: str | None = Field(examples=["CV-01"])
    party_post: PartyPost | None
    venue_id: UUID | None
    venue_name: str | None = Field(examples=["石桥村党群服务中心"])
    seats: int = Field(examples=[1])
    is_public: bool
    announced_until: date | None = Field(description="the last day on which members may apply; it may have passed")
    closed_on: date | None
    closed_reason: str | None = Field(examples=[None])
    duties: list[DutyShown]
    holders: list[HolderOfPostShown] = Field(description="those of today, A before B")


class HoldingShown(RecordShown):
    id: UUID
    post_id: UUID
    member_id: UUID
    member_name: str = Field(examples=["王秀兰"])
    slot: PostSlot
    since: date
    until: date | None
    sent_by_id: UUID | None
    sent_by: str | None = Field(examples=[None])
    how: HoldingHow
    end_reason: str | None = Field(examples=[None])


class ApplicationShown(RecordShown):
    id: UUID
    post_id: UUID
    post_title: str = Field(examples=["政策宣传岗"])
    organization_id: UUID = Field(description="the organisation of the post, which decides")
    organization_name: str = Field(examples=["石桥村第一党支部"])
    member_id: UUID
    member_name: str = Field(examples=["王秀兰"])
    how: HoldingHow = Field(description="`applied` or `recommended`")
    statement: str = Field(examples=[STATEMENT])
    state: RequestState
    asked_by: UUID = Field(description="an account")
    asked_by_name: str | None = ACTOR_NAME
    decided_by: UUID | None = Field(description="an account; null while it is open and where it lapsed", examples=[None])
    decided_by_name: str | None = ACTOR_NAME
    decided_at: AwareDatetime | None = Field(examples=[None])
    decision_reason: str | None = Field(
        description="why it was refused; `member_left`, `member_moved` or `post_closed` where that ended it", examples=[None]
    )
    holding_id: UUID | None = Field(description="what became of it", examples=[None])


class OwnPostShown(Shown):
    """A post that one holds oneself, or will."""

    id: UUID | None = Field(default=None, description="the holding; null where the roster says it")
    post_id: UUID | None
    kind: PostKind
    title: str = Field(examples=["政策宣传岗"])
    organization_name: str = Field(examples=["石桥村第一党支部"])
    slot: PostSlot
    since: date | None = None
    until: date | None = None
    sent_by: str | None = Field(default=None, examples=[None])
    how: HoldingHow | None = None
    duties: list[str] = Field(examples=[["每周三上门代办"]])


class AnnouncedPost(Shown):
    """A post that one may apply for."""

    id: UUID
    organization_id: UUID
    organization_name: str = Field(examples=["石桥村第一党支部"])
    kind: PostKind
    title: str = Field(examples=["政策宣传岗"])
    seats: int = Field(examples=[2])
    announced_until: date
    duties: list[str] = Field(examples=[["每周三上门代办"]])


class OwnPostsShown(Shown):
    holdings: list[OwnPostShown] = Field(max_length=MOST_OF_ONE)
    announced: list[AnnouncedPost] = Field(description="the first that end", max_length=MOST_ANNOUNCED)
    applications: list[ApplicationShown] = Field(description="the newest first", max_length=MOST_OF_ONE)


class PostWarning(Shown):
    """Something that is worth a look."""

    organization_id: UUID
    organization_name: str = Field(examples=["石桥村第一党支部"])
    post_id: UUID | None = Field(description="which post it is about; null for an organisation", examples=[None])
    rule: WarningRule
    text: str = Field(examples=["“代办窗口”没有B岗。"])
    basis: list[PostBasis]

    @classmethod
    def of(cls, name: str, warned: Warned, language: Language) -> Self:
        whose = {"organization_id": warned.organization_id, "organization_name": name, "post_id": warned.post_id}
        return cls.model_validate({**whose, "rule": warned.rule, "text": said(warned.text, language), "basis": warned.basis})


class PostRatio(Shown):
    numerator: int = Field(examples=[27])
    denominator: int = Field(examples=[31])


class PostTotals(Shown):
    post_assignment: PostRatio = Field(description="full members with a post within the Party or another one, of all full members")
    backup_filled: PostRatio = Field(description="window posts that somebody holds with a backup, of those that somebody holds")


class PostFiguresOfOrganization(PostTotals):
    organization_id: UUID
    organization_name: str = Field(examples=["石桥村第一党支部"])


class PostFigures(Shown):
    on: date
    totals: PostTotals
    by_organization: list[PostFiguresOfOrganization] = Field(
        description="each with everything below it; without those that have nothing"
    )

    @classmethod
    def of(cls, told: Figures) -> Self:
        own = [{"organization_id": key, "organization_name": name, **vars(counted)} for key, name, counted in told.by_organization]
        return cls.model_validate({"on": told.on, "totals": told.totals, "by_organization": own})
