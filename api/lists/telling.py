"""Editions and items as they are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.database import Work
from api.files.copied import told
from api.lists import queries
from api.lists.rules import EditionView, ItemView, ListView, Step
from models.list_edition import ListEdition, ListItem
from models.list_enums import ListKind, ListScope

PATH: Final = "/v1/lists"


@dataclass(frozen=True)
class Draft:
    """The draft with the rows of its items, by their numbers."""

    row: ListEdition
    items: Sequence[ListItem]


def whole_draft(work: Work, draft: ListEdition) -> Draft:
    return Draft(draft, queries.items(work, draft.id))


def whole(work: Work, edition: ListEdition) -> ListView:
    """An edition with all of its items."""
    items = queries.items(work, edition.id)
    return ListView(view_of(edition, len(items)), [item_view(item, edition.kind) for item in items])


def views(work: Work, editions: Sequence[ListEdition]) -> list[EditionView]:
    counts = queries.item_counts(work, [one.id for one in editions])
    return [view_of(one, counts.get(one.id, 0)) for one in editions]


def view_of(edition: ListEdition, item_count: int) -> EditionView:
    return EditionView(
        kind=edition.kind,
        number=edition.number,
        title=edition.title,
        change_note=edition.change_note,
        published_at=edition.published_at,
        item_count=item_count,
        token=edition.token,
    )


def item_view(item: ListItem, kind: ListKind) -> ItemView:
    """What an item of a list of that kind says."""
    return ItemView(
        number=item.number,
        title=item.title,
        text=item.text,
        applies_to=[ListScope(scope) for scope in item.applies_to],
        flow=[Step(**step) for step in item.flow],
        flow_picture=told(item.flow_picture, f"{PATH}/{kind}/pictures") if item.flow_picture else None,
    )
