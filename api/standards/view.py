"""An item of the standard as it is told, also by the rooms that judge by it."""

from pydantic import Field

from api.schemas import Shown
from models.enums import BasisAbout, EmblemUse, Obligation, SignElement, SourceGrade, VenueKind

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class SizeShown(Shown):
    width_mm: int = Field(examples=[500])
    height_mm: int = Field(examples=[250])


class BasisShown(Shown):
    about: BasisAbout
    text: str = Field(examples=["窗口牌 50×25 cm"])
    source: str = Field(examples=["天长市委组织部"])
    grade: SourceGrade


class PictureShown(Shown):
    digest: str = Field(description="the SHA-256 of its content", examples=[DIGEST])
    width: int = Field(examples=[800])
    height: int = Field(examples=[400])
    url: str = Field(examples=[f"/v1/standards/pictures/{DIGEST}"])


class ItemShown(Shown):
    code: str = Field(examples=["WN-01"])
    name: str = Field(examples=["窗口牌"])
    venue_kinds: list[VenueKind]
    element: SignElement
    obligation: Obligation
    sizes: list[SizeShown]
    tolerance_mm: int = Field(examples=[10])
    proportional: bool = Field(examples=[False])
    emblem: EmblemUse
    emblem_max_mm: int | None = Field(examples=[80])
    emblem_article: str | None = Field(examples=["第七条"])
    bottom_min_mm: int | None = Field(examples=[None])
    bottom_max_mm: int | None = Field(examples=[None])
    colours: str | None = Field(examples=["红底白字，黑体"])
    material: str | None = Field(examples=[None])
    position: str | None = Field(examples=[None])
    note: str | None = Field(examples=[None])
    text_template: str | None = Field(examples=["{post}"])
    basis: list[BasisShown]
    pictures: list[PictureShown]
