from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from api.schemas import UNSENT, Day, Edited, Line, Reason, RecordShown, Shown, Written, example
from api.standards.rules import CODE
from api.standards.view import BasisShown, SizeShown
from api.venues.signs.rules import MOST_PHOTOS, FindingKind, FindingReason
from api.venues.signs.service import Checked, Told
from models.enums import SignState, VenueKind

Code = Annotated[str, StringConstraints(pattern=CODE), Field(examples=["WN-01"])]
Length = Annotated[int, Field(ge=1, le=20000)]
PhotoIds = Annotated[list[UUID], Field(max_length=MOST_PHOTOS, description="pictures brought by `POST /v1/files`")]
Bottom = Annotated[int, Field(ge=0, le=20000, description="how high above the floor its lower edge is", examples=[1600])]
Emblem = Annotated[Length, Field(description="the diameter of the emblem on it; none: it bears none", examples=[80])]


class SignWrite(Written):
    model_config = Written.model_config | example(
        code="WN-01", width_mm=500, height_mm=250, emblem_mm=80, text="党员先锋窗口", installed_on="2026-07-01"
    )

    code: Code = Field(description="an item of the standard in force")
    width_mm: Length | None = None
    height_mm: Length | None = None
    bottom_mm: Bottom | None = None
    emblem_mm: Emblem | None = None
    text: Line | None = None
    installed_on: Day = Field(description="today or earlier")
    photo_ids: PhotoIds = Field(default=[])


class SignEdit(Edited):
    """What is not sent stays as it is."""

    model_config = Written.model_config | example(width_mm=500)

    code: Code = UNSENT
    width_mm: Length | None = None
    height_mm: Length | None = None
    bottom_mm: Bottom | None = None
    emblem_mm: Emblem | None = None
    text: Line | None = None
    installed_on: Day = UNSENT
    photo_ids: PhotoIds = UNSENT


class SignBecause(Written):
    model_config = Written.model_config | example(reason="边角破损")

    reason: Reason


class Retiring(SignBecause):
    model_config = Written.model_config | example(reason="更换新牌", disposal="旧牌由党支部收回，交街道统一处置")

    disposal: Line | None = Field(default=None, description="demanded where the emblem or the flag is on it")


class SignShown(RecordShown):
    id: UUID
    venue_id: UUID
    code: str = Field(examples=["WN-01"])
    width_mm: int | None = Field(examples=[500])
    height_mm: int | None = Field(examples=[250])
    bottom_mm: int | None = Field(examples=[None])
    emblem_mm: int | None = Field(examples=[80])
    text: str | None = Field(examples=["党员先锋窗口"])
    installed_on: date
    photo_ids: list[UUID]
    state: SignState
    state_reason: str | None = Field(description="why its state was changed last", examples=[None])
    disposal: str | None = Field(examples=[None])

    @classmethod
    def of(cls, told: Told) -> Self:
        return cls.model_validate(told.sign.model_dump() | {"photo_ids": told.photo_ids})


class Measured(Shown):
    width_mm: int | None = Field(default=None, examples=[520])
    height_mm: int | None = Field(default=None, examples=[250])
    bottom_mm: int | None = None
    emblem_mm: int | None = None


class Allowed(Shown):
    sizes: list[SizeShown] | None = None
    tolerance_mm: int | None = Field(default=None, examples=[10])
    proportional: bool | None = Field(default=None, examples=[False])
    bottom_min_mm: int | None = None
    bottom_max_mm: int | None = None
    emblem_max_mm: int | None = None
    venue_kinds: list[VenueKind] | None = None


class FindingShown(Shown):
    kind: FindingKind
    reason: FindingReason
    code: str = Field(examples=["WN-01"])
    name: str | None = Field(description="null for what the standard does not know", examples=["窗口牌"])
    sign_id: UUID | None = Field(description="null where no one sign is meant")
    measured: Measured | None = Field(description="what the finding is about; null where nothing is measured")
    allowed: Allowed | None
    article: str | None = Field(description="what the rule on the emblem rests on, where its number is known", examples=[None])
    basis: list[BasisShown] = Field(description="what the standard says of just that; none where it says nothing")


class CheckShown(Shown):
    standard_number: int = Field(examples=[1])
    ok: bool = Field(description="there is nothing but advice")
    findings: list[FindingShown]

    @classmethod
    def of(cls, told: Checked) -> Self:
        return cls.model_validate(told)
