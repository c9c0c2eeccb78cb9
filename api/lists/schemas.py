from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from api.lists.rules import HIGHEST_NUMBER, MOST_DAYS, MOST_STEPS, EditionView, ListView, scopes_in_order
from api.lists.telling import PATH, Draft, item_view, view_of
from api.schemas import UNSENT, Edited, Line, LongLines, Medium, RecordShown, Shown, Written, example, without_default
from api.uploads import FIRST_ROWS, MOST_ROWS_TOLD, RowChanges, RowsImported
from models.list_edition import ListItem
from models.list_enums import ListKind, ListScope

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
TITLE, NOTE = "村级权力清单（2026年版）", "增加便民代办事项。"
TOKEN = "kJ3nq0Vb1c2dXyZaLmPoQrSt"
STEPS = [{"step": "受理", "who": "代办员", "days": 1}, {"step": "办结", "who": "村书记", "days": None}]
MATTER, WORDS = "公章使用", "用章先登记，由书记审批。"
ITEM: dict[str, Any] = {
    "number": 12,
    "title": MATTER,
    "text": WORDS,
    "applies_to": ["village", "community"],
    "flow": STEPS,
}

Number = Annotated[int, Field(ge=1, le=HIGHEST_NUMBER, description="names it in every edition", examples=[12])]
Matter = Annotated[Medium, Field(examples=[MATTER])]
Content = Annotated[LongLines, Field(examples=[WORDS])]
Scopes = Annotated[list[ListScope], Field(min_length=1, max_length=len(ListScope)), AfterValidator(scopes_in_order)]
Picture = Annotated[UUID, Field(description="a picture brought by `POST /v1/files`, or the `id` of the one that it has already")]


class StepWrite(Written):
    step: Medium = Field(examples=["受理"])
    who: Medium = Field(examples=["代办员"])
    days: int | None = Field(
        default=None,
        ge=0,
        le=MOST_DAYS,
        description="within how many days, 0 for the same day; null takes it away",
        examples=[1],
        json_schema_extra=without_default,
    )


Flow = Annotated[list[StepWrite], Field(max_length=MOST_STEPS)]


class ListItemWrite(Written):
    model_config = Written.model_config | example(**ITEM)

    number: Number
    title: Matter
    text: Content
    applies_to: Scopes
    flow: Flow = Field(default=[])
    flow_picture_id: Picture | None = None


class ListItemEdit(Edited):
    """What is not sent stays as it is."""

    model_config = Written.model_config | example(text="用章先登记，由书记、主任共同审批。")

    number: Number = UNSENT
    title: Matter = UNSENT
    text: Content = UNSENT
    applies_to: Scopes = UNSENT
    flow: Flow = UNSENT
    flow_picture_id: Picture | None = None


class ListDraftWrite(Written):
    model_config = Written.model_config | example(based_on=None, title=TITLE, change_note=NOTE)

    based_on: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        default=None, description="the number of a published edition to begin from; null to begin with nothing"
    )
    title: Medium
    change_note: Line


class ListDraftEdit(Edited):
    """What is not sent stays as it is."""

    model_config = Written.model_config | example(title=TITLE)

    title: Medium = UNSENT
    change_note: Line = UNSENT


class FlowPicture(Shown):
    digest: str = Field(description="the SHA-256 of its content", examples=[DIGEST])
    width: int = Field(examples=[800])
    height: int = Field(examples=[400])
    url: str = Field(examples=[f"{PATH}/power/pictures/{DIGEST}"])


class StepShown(Shown):
    step: str = Field(examples=["受理"])
    who: str = Field(examples=["代办员"])
    days: int | None = Field(description="0: on the same day; null: not limited", examples=[1])


class ListItemShown(Shown):
    number: int = Field(examples=[12])
    title: str = Field(examples=[MATTER])
    text: str = Field(examples=[WORDS])
    applies_to: list[ListScope]
    flow: list[StepShown]
    flow_picture: FlowPicture | None


class EditionShown(Shown):
    kind: ListKind
    number: int = Field(examples=[1])
    title: str = Field(examples=[TITLE])
    change_note: str = Field(examples=[NOTE])
    published_at: AwareDatetime | None = Field(description="null for the draft")
    item_count: int = Field(examples=[49])
    token: str = Field(description="names the edition; while it holds, its entity tag", examples=[TOKEN])


class EditionWhole(EditionShown):
    items: list[ListItemShown]

    @classmethod
    def of(cls, told: ListView) -> Self:
        return cls(**_fields(told.edition), items=[ListItemShown.model_validate(item) for item in told.items])


class FlowPictureKept(FlowPicture):
    id: UUID = Field(description="to keep it as `flow_picture_id`")


class ListDraftItem(ListItemShown, RecordShown):
    flow_picture: FlowPictureKept | None

    @classmethod
    def of_item(cls, item: ListItem, kind: ListKind) -> Self:
        view, kept = item_view(item, kind), item.flow_picture
        picture = {**view.flow_picture, "id": kept["id"]} if view.flow_picture and kept else None
        return cls.model_validate(item.model_dump() | {"flow_picture": picture})


class ListDraftShown(EditionShown, RecordShown):
    items: list[ListDraftItem]

    @classmethod
    def of(cls, draft: Draft) -> Self:
        items = [ListDraftItem.of_item(item, draft.row.kind) for item in draft.items]
        return cls.model_validate(draft.row.model_dump() | _fields(view_of(draft.row, len(items))) | {"items": items})


class ListItemsImported(RowsImported):
    changes_count: int = Field(description="how many rows change something", examples=[1])
    changes: list[RowChanges] = Field(
        description=f"what each row changes of an item that is there already: {FIRST_ROWS}", max_length=MOST_ROWS_TOLD
    )


def _fields(view: EditionView) -> dict[str, Any]:
    return EditionShown.model_validate(view).model_dump()
