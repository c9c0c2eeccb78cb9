"""The pages of the three lists, of one of them, and of one item."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from api.errors import NotFound
from api.language import Language, said
from api.lists.rules import EditionView, ItemView, ListView, Step
from api.lists.service import OneItem
from api.lists.words import KINDS, LABELS, SCOPES
from api.pages.paging import in_parts
from api.pages.render import Asked, Task, day, moment, render, words_of
from models.list_enums import ListKind

ADDRESS: Final = "/lists"
READING: Final = Task(LABELS["unfound_list"], LABELS["unfound_list_meaning"], may_help_again=False)
BEGINNING: Final = 160
"""Characters of a text that stand in the list; the whole stands on the item's own page."""
ITEMS_ROOM: Final = 16_000
"""Bytes of a page for items; with all else that stands there a page stays under 30 KB."""
_AROUND: Final = 240
"""Bytes of an item beside its words."""
_WORDS: Final = words_of(LABELS)


def lists_page(lists: Sequence[tuple[ListKind, EditionView | None]], asked: Asked, *, at: datetime) -> str:
    """Where the three lists begin; None stands for one that was never published. `at` is when it is read, in the district's
    time."""
    language = asked.language
    return render(
        "lists/lists.html",
        ADDRESS,
        asked,
        _WORDS,
        lists=[
            {
                "kind": kind.value,
                "name": said(KINDS[kind].name, language),
                "tells": said(KINDS[kind].tells, language),
                "link_words": said(KINDS[kind].link, language),
                "link": asked.link(f"{ADDRESS}/{kind}"),
                "edition": edition and _edition(edition, asked, at),
                "title": edition.title if edition else None,
                "count": edition.item_count if edition else None,
            }
            for kind, edition in lists
        ],
        moment=moment(at, language),
        here=ADDRESS,
    )


def list_page(view: ListView, asked: Asked, *, at: datetime, page: int = 1) -> str:
    """A list, its items by their numbers. `page` is the part that is shown, from 1. Raises `NotFound` beyond the last part."""
    kind, language = view.edition.kind, asked.language
    parts = in_parts(view.items, ITEMS_ROOM, _size)
    if page > len(parts):
        raise NotFound
    here = f"{ADDRESS}/{kind}"
    return render(
        "lists/list.html",
        _part(here, page),
        asked,
        _WORDS,
        name=said(KINDS[kind].name, language),
        tells=said(KINDS[kind].tells, language),
        title=view.edition.title,
        edition=_edition(view.edition, asked, at),
        count=view.edition.item_count,
        items=[
            (item.number, item.title, _beginning(item.text), _scopes(item, language), asked.link(f"{here}/{item.number}"))
            for item in parts[page - 1]
        ],
        page=page,
        pages=len(parts),
        before_link=asked.link(_part(here, page - 1)),
        next_link=asked.link(_part(here, page + 1)),
        lists_link=asked.link(ADDRESS),
        moment=moment(at, language),
        here=here,
    )


def item_page(found: OneItem, asked: Asked, *, at: datetime) -> str:
    """An item with its whole text, its flow and the picture of that."""
    edition, item, language = found.edition, found.item, asked.language
    of_list = f"{ADDRESS}/{edition.kind}"
    here = f"{of_list}/{item.number}"
    picture = item.flow_picture
    return render(
        "lists/item.html",
        here,
        asked,
        _WORDS,
        name=said(KINDS[edition.kind].name, language),
        number=item.number,
        title=item.title,
        edition=_edition(edition, asked, at),
        lines=[line for line in item.text.split("\n") if line],
        scopes=_scopes(item, language),
        flow=[(step.step, step.who, _days(step, language)) for step in item.flow],
        picture=picture and picture["url"],
        picture_height=round(280 * picture["height"] / picture["width"]) if picture else 0,
        before=found.before,
        before_link=asked.link(f"{of_list}/{found.before}"),
        after=found.after,
        after_link=asked.link(f"{of_list}/{found.after}"),
        list_link=asked.link(of_list),
        moment=moment(at, language),
        here=here,
    )


def _edition(edition: EditionView, asked: Asked, at: datetime) -> str:
    words = _WORDS[asked.language]["lists_edition"]
    published = edition.published_at.astimezone(at.tzinfo) if edition.published_at else at
    return words.format(n=edition.number, day=day(published, asked.language))


def _scopes(item: ItemView, language: Language) -> str:
    return _WORDS[language]["lists_between"].join(said(SCOPES[scope], language) for scope in item.applies_to)


def _days(step: Step, language: Language) -> str | None:
    words = _WORDS[language]
    return None if step.days is None else words["list_days"].format(n=step.days) if step.days else words["list_same_day"]


def _beginning(text: str) -> str:
    return text if len(text) <= BEGINNING else f"{text[:BEGINNING]}…"


def _size(item: ItemView) -> int:
    return _AROUND + len(item.title.encode()) + len(_beginning(item.text).encode())


def _part(address: str, page: int) -> str:
    return address if page == 1 else f"{address}?page={page}"
