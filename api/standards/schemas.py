from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from api.schemas import UNSENT, Day, Edited, Line, Medium, RecordShown, Shown, Written, example
from api.standards.rules import CODE, MOST_PICTURES, StandardState
from api.standards.service import Changed, Compared
from api.standards.telling import Whole, content_of
from api.standards.view import ItemShown, PictureShown
from models.enums import BasisAbout, EmblemUse, Obligation, SignElement, SourceGrade, VenueKind
from models.standard import StandardItem

TITLE, NOTE = "标识应用规范（2026年版）", "窗口牌改用新尺寸。"
TOKEN = "kJ3nq0Vb1c2dXyZaLmPoQrSt"
SIZE = {"width_mm": 500, "height_mm": 250}
BASIS = {"about": "size", "text": "窗口牌 50×25 cm", "source": "天长市委组织部", "grade": "A"}
WINDOW_SIGN: dict[str, Any] = {
    "code": "WN-02",
    "name": "窗口牌",
    "venue_kinds": ["window"],
    "element": "window_sign",
    "obligation": "mandatory",
    "sizes": [SIZE],
    "tolerance_mm": 10,
    "emblem": "allowed",
    "emblem_max_mm": 80,
    "emblem_article": "第七条",
    "colours": "红底白字，黑体",
    "text_template": "{post}",
    "basis": [BASIS],
}


def _each_once(kinds: list[VenueKind]) -> list[VenueKind]:
    return [kind for kind in VenueKind if kind in kinds]


Code = Annotated[str, StringConstraints(pattern=CODE), Field(examples=["WN-01"])]
Length = Annotated[int, Field(ge=1, le=20000)]
Kinds = Annotated[
    list[VenueKind],
    Field(
        max_length=len(VenueKind), description="the venues where it belongs; none for a person's or a home's thing, never checked"
    ),
    AfterValidator(_each_once),
]


class Size(Written):
    width_mm: Length
    height_mm: Length


class BasisWrite(Written):
    about: BasisAbout
    text: Line
    source: Line
    grade: SourceGrade


Sizes = Annotated[list[Size], Field(max_length=8, description="one of these; none: any")]
Bases = Annotated[list[BasisWrite], Field(min_length=1, max_length=6, description="what it rests on")]
Tolerance = Annotated[int, Field(ge=0, le=500, description="by how many mm each side may differ")]
Proportional = Annotated[bool, Field(description="whether any size in the proportion of one of `sizes` will do")]
PictureIds = Annotated[
    list[UUID],
    Field(max_length=MOST_PICTURES, description="pictures brought by `POST /v1/files`, or the `id` of some that it has already"),
]
Template = Annotated[Line, Field(description="leaves open `{organization} {venue} {post} {name} {duties} {phone}`")]
Article = Annotated[Line, Field(description="what allows the emblem; demanded unless it is forbidden", examples=["第七条"])]


class ItemWrite(Written):
    model_config = Written.model_config | example(**WINDOW_SIGN)

    code: Code
    name: Medium
    venue_kinds: Kinds = Field(default=[])
    element: SignElement
    obligation: Obligation
    sizes: Sizes = Field(default=[])
    tolerance_mm: Tolerance = 0
    proportional: Proportional = False
    emblem: EmblemUse = EmblemUse.forbidden
    emblem_max_mm: Length | None = None
    emblem_article: Article | None = None
    bottom_min_mm: Length | None = Field(default=None, description="how high above the floor its lower edge is at least")
    bottom_max_mm: Length | None = None
    colours: Line | None = None
    material: Line | None = None
    position: Line | None = None
    note: Line | None = None
    text_template: Template | None = None
    basis: Bases
    picture_ids: PictureIds = Field(default=[])


class ItemEdit(Edited):
    """What is not sent stays as it is."""

    model_config = Written.model_config | example(tolerance_mm=5)

    code: Code = UNSENT
    name: Medium = UNSENT
    venue_kinds: Kinds = UNSENT
    element: SignElement = UNSENT
    obligation: Obligation = UNSENT
    sizes: Sizes = UNSENT
    tolerance_mm: Tolerance = UNSENT
    proportional: Proportional = UNSENT
    emblem: EmblemUse = UNSENT
    emblem_max_mm: Length | None = None
    emblem_article: Article | None = None
    bottom_min_mm: Length | None = None
    bottom_max_mm: Length | None = None
    colours: Line | None = None
    material: Line | None = None
    position: Line | None = None
    note: Line | None = None
    text_template: Template | None = None
    basis: Bases = UNSENT
    picture_ids: PictureIds = UNSENT


class DraftWrite(Written):
    model_config = Written.model_config | example(based_on="default", title=TITLE, change_note=NOTE)

    based_on: Annotated[int, Field(ge=1, le=1_000_000)] | Literal["default"] | None = Field(
        description="the number of a published version, `default` for what is shipped, or null to begin with nothing"
    )
    title: Medium
    change_note: Line


class DraftEdit(Edited):
    """What is not sent stays as it is."""

    model_config = Written.model_config | example(title=TITLE)

    title: Medium = UNSENT
    change_note: Line = UNSENT


class Publishing(Written):
    model_config = Written.model_config | example(effective_on="2099-01-01")

    effective_on: Day = Field(description="today or later, and not before a published version takes effect")


class StandardShown(Shown):
    number: int = Field(examples=[1])
    state: StandardState = Field(description="as of today")
    title: str = Field(examples=[TITLE])
    issuer: str = Field(examples=["明湖区"])
    change_note: str = Field(examples=[NOTE])
    is_default: bool = Field(description="its items are those that are shipped, untouched: no district's own", examples=[False])
    effective_on: date | None
    published_at: AwareDatetime | None
    withdrawn_at: AwareDatetime | None = Field(examples=[None])
    withdrawn_reason: str | None = Field(description="why it was withdrawn", examples=[None])
    item_count: int = Field(examples=[20])
    token: str = Field(description="names the version; while it is in force, its entity tag", examples=[TOKEN])


class StandardWhole(StandardShown):
    items: list[ItemShown]

    @classmethod
    def of(cls, whole: Whole) -> Self:
        return cls.model_validate(whole.fields | {"items": [content_of(item) for item in whole.items]})


class DraftPicture(PictureShown):
    id: UUID = Field(description="to keep it among `picture_ids`")


class DraftItem(ItemShown, RecordShown):
    pictures: list[DraftPicture]  # type: ignore[assignment]

    @classmethod
    def of_item(cls, item: StandardItem) -> Self:
        said = content_of(item)
        pictures = [shown | {"id": kept["id"]} for shown, kept in zip(said["pictures"], item.pictures, strict=True)]
        return cls.model_validate(item.model_dump() | said | {"pictures": pictures})


class ItemWarning(Shown):
    """An item whose numbers were changed while the `basis` that tells on what they rest was not: it may contradict them."""

    code: str = Field(examples=["WN-01"])
    fields: list[str] = Field(description="the numbers that were changed", examples=[["sizes"]])


Warnings = Annotated[list[ItemWarning], Field(description="items whose numbers were changed and their `basis` was not")]


class StandardPublished(StandardWhole):
    warnings: Warnings

    @classmethod
    def of(cls, whole: Whole) -> Self:
        items = [content_of(item) for item in whole.items]
        return cls.model_validate(whole.fields | {"items": items, "warnings": whole.warnings})


class DraftShown(StandardShown, RecordShown):
    items: list[DraftItem]
    warnings: Warnings

    @classmethod
    def of(cls, whole: Whole) -> Self:
        items = [DraftItem.of_item(item) for item in whole.items]
        return cls.model_validate(whole.fields | {"items": items, "warnings": whole.warnings})


class ChangesShown(Shown):
    token: str = Field(description="keep it, to ask by `since` next time", examples=[TOKEN])
    full: bool = Field(description="`changed` is all there is, and whatever else one has is gone")
    version: StandardShown
    changed: list[ItemShown] = Field(description="items that are new or differ")
    removed: list[str] = Field(description="the codes of those that are gone", examples=[["RD-02"]])

    @classmethod
    def of(cls, told: Changed) -> Self:
        return cls.model_validate(
            {
                "token": told.standard.token,
                "full": told.full,
                "version": told.fields,
                "changed": told.changed,
                "removed": told.removed,
            }
        )


class FieldChanged(Shown):
    field: str = Field(examples=["tolerance_mm"])
    before: Any = Field(examples=[10])
    after: Any = Field(examples=[5])


class ItemChanged(Shown):
    code: str = Field(examples=["WN-01"])
    fields: list[FieldChanged]


class Comparison(Shown):
    added: list[ItemShown]
    removed: list[ItemShown]
    changed: list[ItemChanged]
    unchanged: int = Field(description="how many items are the same", examples=[19])

    @classmethod
    def of(cls, told: Compared) -> Self:
        found = told.difference
        return cls.model_validate(
            {
                "added": [told.after[code] for code in found.added],
                "removed": [told.before[code] for code in found.removed],
                "changed": [{"code": code, "fields": fields} for code, fields in found.changed.items()],
                "unchanged": found.unchanged,
            }
        )
