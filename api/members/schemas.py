from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BeforeValidator, Field

from api.members.rules import MOST_NAMESAKES
from api.pagination import MOST_OF_ONE
from api.schemas import (
    ACTOR_NAME,
    UNSENT,
    Day,
    Edited,
    Line,
    Lines,
    Medium,
    Name,
    Number,
    Reason,
    RecordShown,
    Short,
    Shown,
    Written,
    example,
)
from api.uploads import FIRST_ROWS, MOST_ROWS_TOLD, RowChanges, RowFault, RowsImported, SheetImported
from models.base import NO_DAY
from models.enums import CardState, DatePrecision, Gender, LeavingKind, MembershipEventKind, MemberStatus, PartyPost

Belonging = Literal[MemberStatus.full, MemberStatus.probationary]
KnownDay = Annotated[date | None, BeforeValidator(lambda day: None if day == NO_DAY else day)]
"""A day as it is shown: null once it was erased."""

ID = "0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e"


class MemberDetails(Written):
    """What may be known of a member and need not be."""

    national_id: Number | None = Field(default=None, description="identity number of 18 characters; kept sealed, shown masked")
    gender: Gender | None = Field(default=None, description="without it, what the identity number says")
    ethnicity: Short | None = None
    birth_date: Day | None = Field(default=None, description="without it, what the identity number says")
    birth_precision: DatePrecision = DatePrecision.day
    education: Short | None = None
    native_place: Medium | None = None
    joined_precision: DatePrecision = DatePrecision.day
    confirmed_on: Day | None = None
    confirmed_precision: DatePrecision = DatePrecision.day
    party_post: PartyPost | None = None
    employer: Medium | None = None
    job_title: Medium | None = None
    mobile: Number | None = Field(default=None, description="a mobile, or a landline with its area code; kept sealed, shown masked")
    home_address: Line | None = Field(default=None, description="kept sealed, never shown")
    is_mobile: bool = Field(default=False, description="流动党员")
    is_out_of_contact: bool = Field(default=False, description="失联党员")
    remark: Lines | None = None


class MemberWrite(MemberDetails):
    model_config = Written.model_config | example(
        organization_id=ID,
        full_name="王秀兰",
        national_id="990101196803150025",
        joined_on="1995-07-01",
        confirmed_on="1996-07-01",
        party_post="secretary",
        mobile="13800138000",
    )

    organization_id: UUID = Field(description="an open organisation that holds members")
    full_name: Name
    joined_on: Day
    status: Belonging | None = Field(default=None, description="without it, what the dates say")


class MemberEdit(MemberDetails, Edited):
    """What is not sent stays as it is; null takes a value away. The status changes by confirming, leaving and restoring alone."""

    model_config = Written.model_config | example(party_post="deputy_secretary", job_title="村委会主任")

    full_name: Name = UNSENT
    joined_on: Day = UNSENT
    pledges_voluntary: bool = Field(default=UNSENT, description="whether no pledges are owed (自愿): retired, infirm")


class Leaving(Written):
    model_config = Written.model_config | example(kind="transferred_out", left_on="2026-03-31", reason="组织关系转往外地")

    kind: LeavingKind = Field(
        description="`transferred_out` is the move out of the district: to a branch within it leads a transfer. "
        "`probation_cancelled` is for probationary members only"
    )
    left_on: Day | None = Field(
        default=None, description="without it today, or the day that stands of one who has left in this way"
    )
    reason: Reason


class Confirmation(Written):
    model_config = Written.model_config | example(confirmed_on="2026-07-01")

    confirmed_on: Day = Field(description="the day from which the member is a full one, no earlier than a year after joining")


class Restoring(Written):
    model_config = Written.model_config | example(status="full", reason="误标记为离开")

    status: Belonging
    reason: Reason


class MemberListed(Shown):
    id: UUID
    full_name: str = Field(examples=["王秀兰"])
    organization_id: UUID
    organization_name: str = Field(examples=["石桥村第一党支部"])
    status: MemberStatus
    party_post: PartyPost | None
    joined_on: KnownDay = Field(description="null only of somebody whose data were erased")
    joined_precision: DatePrecision
    is_mobile: bool
    is_out_of_contact: bool
    card_state: CardState | None = Field(description="of the identity card, or of the last one; null where there never was one")


class MemberShown(RecordShown):
    id: UUID
    organization_id: UUID
    organization_name: str = Field(examples=["石桥村第一党支部"])
    full_name: str = Field(examples=["王秀兰"])
    national_id: str | None = Field(description="its last four characters", examples=["**************0025"])
    gender: Gender | None
    ethnicity: str | None = Field(examples=["汉族"])
    birth_date: date | None
    birth_precision: DatePrecision
    education: str | None = Field(examples=["大专"])
    native_place: str | None = Field(examples=["浙江明湖"])
    joined_on: KnownDay = Field(description="null only of somebody whose data were erased")
    joined_precision: DatePrecision
    confirmed_on: date | None
    confirmed_precision: DatePrecision
    status: MemberStatus
    party_post: PartyPost | None
    employer: str | None = Field(examples=["石桥村村民委员会"])
    job_title: str | None = Field(examples=["村委会主任"])
    mobile: str | None = Field(description="masked", examples=["138****8000"])
    has_home_address: bool = Field(description="whether one is stored; it is not shown")
    is_mobile: bool
    is_out_of_contact: bool
    pledges_voluntary: bool = Field(description="whether no pledges are owed (自愿): retired, infirm")
    remark: str | None
    left_on: date | None
    left_kind: LeavingKind | None
    left_reason: str | None


class MemberLeft(MemberShown):
    namesakes: list[MemberListed] = Field(
        max_length=MOST_NAMESAKES,
        description="who else of the branch is called so, or nearly so, fifty at the most; a second record of the person goes on "
        "until its own leaving",
    )


class MemberRestored(MemberShown):
    notes: list[str] = Field(
        description="what was given back and what was not, each a sentence for people; empty where nothing was changed",
        examples=[["已发放新卡。"]],
    )


class MembershipEventShown(Shown):
    model_config = Shown.model_config | example(
        kind="left",
        happened_on="2026-03-31",
        organization_id=ID,
        organization_name="石桥村第一党支部",
        to_organization_id=None,
        to_organization_name=None,
        left_kind="expelled",
        reason="按决定办理",
        recorded_by=ID,
        recorded_by_name="周明",
        created_at="2026-03-31T02:15:30Z",
    )

    kind: MembershipEventKind
    happened_on: date = Field(description="the day from which it counts")
    organization_id: UUID = Field(description="where the member belonged until then")
    organization_name: str
    to_organization_id: UUID | None = Field(description="where a transfer led")
    to_organization_name: str | None
    left_kind: LeavingKind | None
    reason: str | None
    recorded_by: UUID | None = Field(description="an account; null for the command line")
    recorded_by_name: str | None = ACTOR_NAME
    created_at: AwareDatetime


class MembershipEvents(Shown):
    items: list[MembershipEventShown] = Field(max_length=MOST_OF_ONE)


class RosterSheetImported(SheetImported):
    branch: str | None = Field(description="the branch that its rows without one were taken to", examples=["石桥村第一党支部"])


class MembersImported(RowsImported):
    branch: str | None = Field(
        default=None,
        description="the branch that rows without one were taken to, if it is the same for all sheets",
        examples=["石桥村第一党支部"],
    )
    sheets: list[RosterSheetImported] = Field(description="the sheets that were read")  # type: ignore[assignment]
    warnings_count: int = Field(description="how much there is that is worth a look", examples=[0])
    warnings: list[RowFault] = Field(
        description=f"what was taken but is worth a look, and which of the rejected rows are hidden: {FIRST_ROWS}",
        max_length=MOST_ROWS_TOLD,
    )
    changes_count: int = Field(description="how many rows change something", examples=[1])
    changes: list[RowChanges] = Field(description=f"of each updated row, what it changes: {FIRST_ROWS}", max_length=MOST_ROWS_TOLD)
