from collections.abc import Mapping
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from api.cards.rules import MOST_PLATES as MOST_OF_A_CARD
from api.codes.reading import grouped
from api.printing.choosing import Asked
from api.printing.queries import OneItem, Told
from api.printing.rules import MOST_LEFT_OUT, MOST_LEFT_OUT_LISTED, MOST_PLATES
from api.printing.service import BatchTold
from api.printing.templates import Template
from api.schemas import ACTOR_NAME, Because, RecordShown, Shown, Written, example
from models.enums import SourceGrade
from models.print_enums import LeftOutReason, PrintKind, PrintLayout

ID = "0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e"
MOST_NAMED = 500


class PrintTemplateShown(Shown):
    kind: PrintKind
    width_mm: float = Field(examples=[85.6])
    height_mm: float = Field(examples=[54])
    qr_mm: float = Field(description="the side of the QR code with its quiet zone", examples=[22])
    on_a4: int | None = Field(description="how many stand on a sheet; null for what is larger than one", examples=[10])
    smallest_mm: float = Field(
        description="the least height of words; longer ones take two lines first, and are then cut with …", examples=[2]
    )
    most_duties: int | None = Field(
        description="how many duties it carries, the first ones of the post; where there are more, its last line tells how many; "
        "null where it carries none",
        examples=[None],
    )
    carries: list[str] = Field(examples=[["name", "post", "branch", "qr", "code", "host", "phone"]])
    emblem_mm: float | None = Field(description="the diameter of the emblem; null where none may stand", examples=[10])
    emblem_article: str | None = Field(description="what the emblem rests on", examples=["第七条(二)"])
    source: str = Field(description="where its size comes from", examples=["ISO/IEC 7810 ID-1"])
    grade: SourceGrade

    @classmethod
    def of(cls, one: Template) -> Self:
        return cls(
            kind=one.kind,
            width_mm=one.width,
            height_mm=one.height,
            qr_mm=one.code_side,
            on_a4=one.on_a4 or None,
            smallest_mm=one.smallest,
            most_duties=one.most_duties,
            carries=list(one.carries),
            emblem_mm=one.emblem,
            emblem_article=one.article,
            source=one.source,
            grade=one.grade,
        )


class PrintTemplates(Shown):
    items: list[PrintTemplateShown]


class PrintBatchWrite(Written):
    """What is to be printed; without keys the plates of everybody, or the signs of all open venues, of the organisation and of
    everything below it."""

    model_config = Written.model_config | example(kind="desk_plate", organization_id=ID, layout="a4", make_missing=True)

    kind: PrintKind
    organization_id: UUID
    member_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_NAMED)] | None = None
    venue_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_PLATES)] | None = None
    layout: PrintLayout = PrintLayout.single
    emblem: bool = Field(default=False, description="with the district's emblem, where the regulation allows it")
    make_missing: bool = Field(
        default=False,
        description="make a plate for each member who has none of the kind; a `post_plate` only for who holds a public post today, "
        "a `window_plate` only for who holds a public one of a window: the others are left out as `no_plate`, "
        f"and so is whose card has {MOST_OF_A_CARD} plates in use",
    )

    @model_validator(mode="after")
    def _keys_of_the_kind(self) -> Self:
        if (self.member_ids if self.kind is PrintKind.venue_sign else self.venue_ids) is not None:
            raise ValueError("signs are of venues, all other plates of members")
        return self

    def asked(self) -> Asked:
        return Asked(**{name: getattr(self, name) for name in type(self).model_fields})


class Reprint(Because):
    model_config = Because.model_config | example(reason="日晒褪色")


class LeftOutShown(Shown):
    member_id: UUID | None
    member_name: str | None = Field(examples=["王秀兰"])
    venue_id: UUID | None = Field(examples=[None])
    venue_name: str | None = Field(examples=[None])
    reason: LeftOutReason = Field(
        description="`emblem_not_allowed`: on the plate of a post the emblem stands for those of 党员先锋岗 only, by 第七条(五) of "
        "《中国共产党党徽党旗条例》"
    )
    characters: str | None = Field(description="those that no font has, with `missing_glyph`", examples=[None])

    @classmethod
    def of(cls, one: Told) -> Self:
        return cls.model_validate(one.left_out.model_dump() | {"member_name": one.member_name, "venue_name": one.venue_name})


class PrintBatchShown(RecordShown):
    id: UUID
    organization_id: UUID
    organization_name: str = Field(examples=["石桥村第一党支部"])
    kind: PrintKind
    layout: PrintLayout
    emblem: bool
    count: int = Field(description="how many plates it has", examples=[23])
    parts: int = Field(description="in how many parts they are drawn, a hundred each", examples=[1])
    made: int = Field(description="how many of them were made for it", examples=[2])
    left_out_count: int = Field(description="how many were left out of it", examples=[0])
    left_out: list[LeftOutShown] = Field(
        description=f"the first {MOST_LEFT_OUT} of them; in a list of batches the first {MOST_LEFT_OUT_LISTED}. All are told of "
        "page by page, at the batch's `left-out`",
        max_length=MOST_LEFT_OUT,
    )
    reprint_of: UUID | None = Field(description="the batch whose plates it prints again", examples=[None])
    reason: str | None = Field(description="why they are printed again", examples=[None])
    created_by: UUID | None = Field(description="null for the command line")
    created_by_name: str | None = ACTOR_NAME

    @classmethod
    def of(cls, names: Mapping[str, Any], told: BatchTold) -> Self:
        """`names` are the fields of the batch with the names beside its keys."""
        left_out = [LeftOutShown.of(one) for one in told.left_out]
        counted = {"parts": told.parts, "left_out_count": told.left_out_count}
        return cls.model_validate({**names, **counted, "left_out": left_out, **cls._more(told)})

    @classmethod
    def _more(cls, told: BatchTold) -> dict[str, Any]:
        return {}


class PrintItemShown(Shown):
    position: int = Field(examples=[1])
    plate_id: UUID | None
    venue_id: UUID | None = Field(examples=[None])
    code: str = Field(examples=["D7K2M9QH4XNB3T6"])
    printed_code: str = Field(description="the same in groups, as it stands on the plate", examples=["D7K2M-9QH4X-NB3T6"])

    @classmethod
    def of(cls, one: OneItem) -> Self:
        return cls(
            position=one.position,
            plate_id=one.plate_id,
            venue_id=one.venue.id if one.venue else None,
            code=one.code,
            printed_code=grouped(one.code),
        )


class PrintBatchWhole(PrintBatchShown):
    items: list[PrintItemShown] = Field(max_length=MOST_PLATES)

    @classmethod
    def _more(cls, told: BatchTold) -> dict[str, Any]:
        return {"items": [PrintItemShown.of(one) for one in told.items]}


class EmblemShown(RecordShown):
    id: UUID
    width: int = Field(description="pixels", examples=[1200])
    height: int = Field(description="pixels", examples=[1200])
    size: int = Field(description="bytes", examples=[48213])
    digest: str = Field(description="SHA-256, hexadecimal", examples=["3f" * 32])
    uploaded_by: UUID
    uploaded_by_name: str | None = ACTOR_NAME
