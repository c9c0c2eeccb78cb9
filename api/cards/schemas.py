from datetime import date
from typing import Self
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.codes.reading import address, grouped
from api.pagination import MOST_OF_ONE
from api.schemas import Because, BulkDone, RecordShown, Shown, Skipped, Written, example
from models.card import Plate
from models.enums import CardState, ExpiryBasis, PlateKind, ScanOutcome

ID = "0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e"


class CardWrite(Written):
    model_config = Written.model_config | example(member_id=ID)

    member_id: UUID


class CardsIssue(Written):
    model_config = Written.model_config | example(organization_id=ID)

    organization_id: UUID


class CardRenew(Because):
    model_config = Because.model_config | example(reason="任期延长", expires_on="2031-11-22")

    expires_on: date | None = Field(default=None, description="the last day; by the rules of the house where it is not sent")


class CardReissue(Because):
    model_config = Because.model_config | example(reason="旧牌被盗", remake_plates=True)

    remake_plates: bool = Field(default=False, description="give the new card a plate for each that was in use, to be printed")


class CardShown(RecordShown):
    id: UUID
    member_id: UUID
    member_name: str = Field(examples=["王秀兰"])
    organization_id: UUID = Field(description="who issued it")
    organization_name: str = Field(examples=["石桥村第一党支部"])
    state: CardState
    state_reason: str | None = Field(examples=[None])
    state_changed_at: AwareDatetime
    expires_on: date = Field(description="the last day that it is good for", examples=["2031-11-22"])
    expiry_basis: ExpiryBasis = Field(
        description="why it ends then: its years, the probation, the term of the branch's committee, or a decision"
    )
    lost_reported_at: AwareDatetime | None = Field(description="when the holder reported it lost", examples=[None])


class CardSkipped(Skipped):
    member_id: UUID


class CardsIssued(BulkDone[CardSkipped]):
    """Whom an organisation's cards were issued to, by the members' keys, a thousand at the most; and of those who may have none as
    many."""

    model_config = Shown.model_config | example(done=[ID], skipped=[{"member_id": ID, "reason": "already_has_card"}], remaining=0)

    remaining: int = Field(description="how many more members may be issued a card; ask again while there are any")


class PlateWrite(Written):
    model_config = Written.model_config | example(kind="desk_plate")

    kind: PlateKind


class PlateShown(RecordShown):
    id: UUID
    card_id: UUID
    kind: PlateKind
    code: str = Field(examples=["D7K2M9Q4R8T3V6X"])
    grouped_code: str = Field(description="as it is printed under the QR code", examples=["D7K2M-9Q4R8-T3V6X"])
    url: str = Field(description="the text of the QR code", examples=["HTTPS://LX.EXAMPLE.GOV.CN/C/D7K2M9Q4R8T3V6X"])
    withdrawn_at: AwareDatetime | None = Field(
        description="when this plate alone was withdrawn; once its card has ended, no plate of it is good, whatever stands here",
        examples=[None],
    )
    withdrawn_reason: str | None = Field(examples=[None])
    lost_reported_at: AwareDatetime | None = Field(description="when the holder reported it lost", examples=[None])

    @classmethod
    def of(cls, plate: Plate, base_url: str) -> Self:
        return cls(**plate.model_dump(), grouped_code=grouped(plate.code), url=address(base_url, plate.code))


class Plates(Shown):
    items: list[PlateShown] = Field(max_length=MOST_OF_ONE)


class CodeShown(Shown):
    """A code to draw as a QR code: `url` is its text, in capitals, the digits as a numeric segment."""

    model_config = Shown.model_config | example(
        code="1" + "0" * 198,
        url="HTTPS://LX.EXAMPLE.GOV.CN/C/1" + "0" * 198,
        jws="eyJhbGciOiJFUzI1NiJ9.AQ.c2ln",
        issued_at="2026-11-23T02:15:30Z",
        expires_at="2026-11-23T02:16:30Z",
        refresh_after="2026-11-23T02:16:10Z",
    )

    code: str
    url: str
    jws: str = Field(description="the same code as a compact JWS")
    issued_at: AwareDatetime
    expires_at: AwareDatetime
    refresh_after: AwareDatetime = Field(description="when to ask for the next code")


class ScansOfHour(Shown):
    hour: AwareDatetime
    outcome: ScanOutcome
    count: int = Field(examples=[3])


class Scans(Shown):
    items: list[ScansOfHour]
