"""The three lists (三清单) as anybody reads them, and as other rooms name their items."""

from collections.abc import Collection
from typing import NamedTuple

from api.adapters.storage import Storage
from api.database import Database, Origin, Work
from api.errors import NotFound
from api.files import copied
from api.files.service import ReadFile
from api.lists import queries
from api.lists.rules import EditionView, ItemView, ListView, NoList
from api.lists.telling import item_view, view_of, views, whole
from api.pagination import Pages
from models.list_edition import ListEdition
from models.list_enums import ListKind


class OneItem(NamedTuple):
    """An item of the edition that holds, and the numbers of those before and after it there."""

    edition: EditionView
    item: ItemView
    before: int | None
    after: int | None


def show_list(work: Work, kind: ListKind, known: Collection[str]) -> tuple[str, ListView | None]:
    """The token of the edition that holds, and that edition with its items; None for it where the token is among those `known`.

    Raises `NoList`.
    """
    edition = _current(work, kind)
    return edition.token, None if edition.token in known else whole(work, edition)


def list_editions(work: Work, kind: ListKind, pages: Pages) -> tuple[list[EditionView], str | None]:
    """The published editions, the newest first. Raises `NoList` where there is none."""
    _current(work, kind)
    found, following = pages.read(work, queries.published(kind))
    return views(work, found), following


def show_edition(work: Work, kind: ListKind, number: int) -> ListView:
    """A published edition with its items. Raises `NoList`."""
    edition = queries.by_number(work, kind, number)
    if edition is None:
        raise NoList
    return whole(work, edition)


def show_list_picture(database: Database, origin: Origin, storage: Storage, digest: str, known: Collection[str]) -> ReadFile:
    """The picture of a flow by the SHA-256 of its content, the same in every edition. Raises `NotFound` or `Unavailable`."""
    return copied.show(database, origin, storage, digest, known, queries.flow_picture)


def read_lists(work: Work) -> list[tuple[ListKind, EditionView | None]]:
    """Each kind with the edition that holds; None where none was published."""
    found = {kind: queries.current(work, kind) for kind in ListKind}
    told = {view.kind: view for view in views(work, [edition for edition in found.values() if edition])}
    return [(kind, told.get(kind)) for kind in ListKind]


def read_list(work: Work, kind: ListKind) -> ListView:
    """The edition that holds, with its items. Raises `NoList`."""
    return whole(work, _current(work, kind))


def read_list_item(work: Work, kind: ListKind, number: int) -> OneItem:
    """An item of the edition that holds. Raises `NoList`, or `NotFound` where it has no such item."""
    edition = _current(work, kind)
    item = queries.item(work, edition.id, number)
    if item is None:
        raise NotFound
    numbers = queries.item_numbers(work, edition.id)
    at = numbers.index(number)
    return OneItem(
        view_of(edition, len(numbers)),
        item_view(item, kind),
        numbers[at - 1] if at else None,
        numbers[at + 1] if at + 1 < len(numbers) else None,
    )


def item_titles(work: Work, links: Collection[tuple[ListKind, int]]) -> dict[tuple[ListKind, int], str]:
    """The titles of items of the editions that hold, by their kinds and numbers; none of those that are gone. One statement,
    however many are asked for."""
    return queries.current_titles(work, links) if links else {}


def _current(work: Work, kind: ListKind) -> ListEdition:
    edition = queries.current(work, kind)
    if edition is None:
        raise NoList
    return edition
