"""What an item of the three lists (三清单) says, as anybody may read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from api.errors import Conflict, NotFound, Text
from models.list_enums import ListKind, ListScope

HIGHEST_NUMBER: Final = 500
MOST_STEPS: Final = 12
MOST_DAYS: Final = 365
LONGEST_TITLE, LONGEST_TEXT, LONGEST_STEP = 80, 2000, 80
CONTENT: Final = ("number", "title", "text", "applies_to", "flow", "flow_picture")
"""What an item says: what is copied into the next edition."""


class NoList(NotFound):
    text: ClassVar[Text] = Text("这份清单还没有公布，或没有这一版。", "This list has not been published, or has no such edition.")


class NumberTaken(Conflict):
    breaks = "uq_list_item_number"
    text: ClassVar[Text] = Text("草案中已有这个序号，请换一个。", "The draft has an item with this number already. Choose another.")


@dataclass(frozen=True)
class Step:
    """A step of a flow: what is done, who does it, and within how many days, where that is limited; 0 is the same day."""

    step: str
    who: str
    days: int | None


@dataclass(frozen=True)
class ItemView:
    """An item; its picture with `digest`, `width`, `height` and `url`."""

    number: int
    title: str
    text: str
    applies_to: Sequence[ListScope]
    flow: Sequence[Step]
    flow_picture: Mapping[str, Any] | None


@dataclass(frozen=True)
class EditionView:
    kind: ListKind
    number: int
    title: str
    change_note: str
    published_at: datetime | None
    item_count: int
    token: str


@dataclass(frozen=True)
class ListView:
    """An edition with its items, by their numbers."""

    edition: EditionView
    items: Sequence[ItemView]


def scopes_in_order(scopes: Sequence[ListScope]) -> list[ListScope]:
    """Each once, in the order that they always have."""
    return [scope for scope in ListScope if scope in scopes]
