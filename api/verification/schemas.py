from typing import Literal

from pydantic import AwareDatetime, Field

from api.profiles.lines import EXAMPLE, HONOR, HonorLine, PledgeLine
from api.schemas import Problem, Shown, example
from api.venues.view import VENUE, PublicVenueShown
from api.verification.rules import CodeKind, Reason
from models.enums import OrganizationKind, PartyPost, PlateKind, ScanOutcome
from models.post_enums import PostKind, PostSlot

POST = {"post": "secretary", "title": "书记", "slot": None, "organization": None, "sent_by": None, "duties": ["主持支部全面工作"]}


class PostOnCard(Shown):
    post: PartyPost | PostKind = Field(description="the word of a post within the Party, of any other its kind")
    title: str = Field(examples=["书记"])
    slot: PostSlot | None = Field(description="A岗 or B岗; null of a post within the Party")
    organization: str | None = Field(description="whose post it is; null where that is the card's organisation", examples=[None])
    sent_by: str | None = Field(description="who has sent a first secretary or somebody on secondment", examples=[None])
    duties: list[str] = Field(examples=[["主持支部全面工作"]])


class HolderShown(Shown):
    """All that a stranger learns of the holder of a valid card."""

    display_name: str = Field(description="as the organisation lets strangers read it", examples=["方秀兰"])
    organization: str = Field(examples=["石桥村第一党支部"])
    posts: list[PostOnCard] = Field(description="public ones of today: those within the Party first, then by how long")
    photo: str | None = Field(
        description="where the photo is, if the holder lets it be seen; good as long as the code is",
        examples=["/C/D7K2M9Q4R8T3V6X/photo"],
    )
    pledges: list[PledgeLine] = Field(description="this year's, last year's until 31 March: ten at most, open ones first")
    honors: list[HonorLine] = Field(description="public ones that are borne today: five at most, the newest first")


class ScanShown(Shown):
    model_config = Shown.model_config | example(
        outcome="valid",
        reason="card_valid",
        code_kind="printed",
        plate_kind="desk_plate",
        verified_at="2026-11-23T02:15:30Z",
        issuer="石桥村第一党支部",
        issuer_kind="branch",
        service_phone="0574-00001234",
        service_phone_of=None,
        moved_to=None,
        card={
            "display_name": "方秀兰",
            "organization": "石桥村第一党支部",
            "posts": [POST],
            "photo": "/C/D7K2M9Q4R8T3V6X/photo",
            "pledges": [EXAMPLE],
            "honors": [HONOR],
        },
    )

    outcome: ScanOutcome
    reason: Reason
    code_kind: CodeKind | None = Field(
        description="a printed code may have been copied: to be sure of the person, scan the dynamic one of his phone; a venue's "
        "is about no person; null where no code was scanned"
    )
    plate_kind: PlateKind | None = Field(description="what a printed code stands on; a household plate is about nobody in person")
    verified_at: AwareDatetime
    issuer: str | None = Field(description="the organisation that issued the card, or whose venue it is")
    issuer_kind: OrganizationKind | None = Field(description="what kind of organisation issued the card; null for a venue")
    service_phone: str | None = Field(description="the issuer's, or else the nearest one above it")
    service_phone_of: str | None = Field(description="the organisation above the issuer whose that is; null for the issuer's own")
    moved_to: str | None = Field(description="of a former branch's card: the branch that the holder belongs to now")
    card: HolderShown | None = Field(description="only for a valid card")


class VenueScanned(ScanShown):
    """What the code of a venue opens: the members of any scan, and the venue."""

    model_config = Shown.model_config | example(
        outcome="valid",
        reason="venue_open",
        code_kind="venue",
        plate_kind=None,
        verified_at="2026-11-23T02:15:30Z",
        issuer="石桥村第一党支部",
        issuer_kind=None,
        service_phone="0574-00001234",
        service_phone_of=None,
        moved_to=None,
        card=None,
        venue=VENUE,
    )

    venue: PublicVenueShown


class CodeUnknown(Problem):
    """The one answer to a code that is malformed, forged or unknown."""

    outcome: Literal["not_found"] = "not_found"
    reason: Literal["code_unknown"] = "code_unknown"
    code_kind: CodeKind | None = Field(default=None, description="always null", examples=[None])
    plate_kind: PlateKind | None = Field(default=None, description="always null", examples=[None])
    verified_at: AwareDatetime = Field(examples=["2026-11-23T02:15:30Z"])
    issuer: str | None = Field(default=None, description="always null", examples=[None])
    issuer_kind: OrganizationKind | None = Field(default=None, description="always null", examples=[None])
    service_phone: str | None = Field(default=None, description="the district's", examples=["0574-00000001"])
    service_phone_of: str | None = Field(default=None, description="always null", examples=[None])
    moved_to: str | None = Field(default=None, description="always null", examples=[None])
    card: HolderShown | None = Field(default=None, description="always null", examples=[None])
