"""The draft of a list's next edition: begun from an older one or from nothing, written item by item, published."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from api.access.scope import Access, Lock, hold_root
from api.database import Work
from api.drafts import DraftExists, NoItems, new_token
from api.errors import NotFound
from api.files import copied
from api.files import service as files
from api.lists import queries
from api.lists.attachments import FLOW_PICTURES
from api.lists.rules import CONTENT, ListView, NoList, NumberTaken
from api.lists.telling import Draft, whole, whole_draft
from api.versions import Expected
from models.list_edition import ListEdition, ListItem
from models.list_enums import ListKind


def create_list_draft(work: Work, kind: ListKind, based_on: int | None, title: str, change_note: str) -> Draft:
    """Begin the next edition with the items of a published one, or with none.

    Raises `NoList` for an edition that is not published, or `DraftExists`.
    """
    root = hold_root(work)
    if queries.draft(work, kind) is not None:
        raise DraftExists
    base = queries.by_number(work, kind, based_on) if based_on is not None else None
    if based_on is not None and base is None:
        raise NoList
    draft = ListEdition(
        organization_id=root.id,
        kind=kind,
        number=queries.highest_number(work, kind) + 1,
        title=title,
        change_note=change_note,
        token=new_token(),
    )
    work.add(draft)
    work.flush()
    copies = queries.items(work, base.id) if base else ()
    add_items(work, draft, [{name: getattr(item, name) for name in CONTENT} for item in copies])
    work.record("create_list_draft", draft, kind=kind.value, number=draft.number, based_on=based_on, items=len(copies))
    work.flush()
    return whole_draft(work, draft)


def add_items(work: Work, draft: ListEdition, contents: Sequence[Mapping[str, Any]]) -> None:
    """Put items into a draft that is held, each with what stands in `CONTENT`; they are recorded by whoever asks for it."""
    work.add_all(ListItem(edition_id=draft.id, **content) for content in contents)
    work.flush()


def show_list_draft(work: Work, kind: ListKind) -> Draft:
    """The draft with its items. Raises `NotFound`."""
    return whole_draft(work, held_draft(work, kind))


def edit_list_draft(work: Work, kind: ListKind, changes: Mapping[str, Any], expected: Expected) -> Draft:
    """Give the draft another title or note. Raises `NotFound`, or what `expected` demands."""
    draft = held_draft(work, kind)
    expected.check(draft)
    for name, value in changes.items():
        setattr(draft, name, value)
    if changed := work.changes(draft):
        work.record("edit_list_draft", draft, fields=changed)
        work.flush()
    return whole_draft(work, draft)


def delete_list_draft(work: Work, kind: ListKind, expected: Expected) -> None:
    """Throw the draft away, with the pictures that were brought for it. Raises `NotFound`, or what `expected` demands."""
    draft = held_draft(work, kind, Lock.alone)
    expected.check(draft)
    work.record("delete_list_draft", draft, kind=kind.value, number=draft.number)
    items = queries.items(work, draft.id)
    for item in items:
        work.delete(item)
    work.flush()
    for item in items:
        if item.flow_picture:
            files.remove_attached(work, FLOW_PICTURES, item.id)
    work.delete(draft)
    work.flush()


def add_list_item(work: Work, access: Access, kind: ListKind, content: Mapping[str, Any], picture_id: UUID | None) -> ListItem:
    """Add an item to the draft; `content` has what stands in `CONTENT` but for the picture.

    Raises `NotFound`, `NumberTaken` or `NotYourFile`.
    """
    draft = held_draft(work, kind)
    if queries.item(work, draft.id, content["number"]) is not None:
        raise NumberTaken
    item = ListItem(edition_id=draft.id, **content)
    work.add(item)
    work.flush()
    if picture_id is not None:
        _hang(work, access, item, picture_id)
    draft.updated_at = work.at
    work.record("add_list_item", item, organization_id=draft.organization_id, kind=kind.value, number=item.number)
    work.flush()
    return item


def edit_list_item(
    work: Work, access: Access, kind: ListKind, number: int, changes: Mapping[str, Any], expected: Expected
) -> ListItem:
    """Change an item of the draft; with `flow_picture_id` among the changes it has that picture, or with None there, none.

    Raises `NotFound`, `NumberTaken`, `NotYourFile`, or what `expected` demands.
    """
    draft = held_draft(work, kind)
    item = _item(work, draft, number)
    expected.check(item)
    if changes.get("number", number) != number and queries.item(work, draft.id, changes["number"]) is not None:
        raise NumberTaken
    for name, value in changes.items():
        if name != "flow_picture_id":
            setattr(item, name, value)
    changed = work.changes(item)
    if "flow_picture_id" in changes and _hang(work, access, item, changes["flow_picture_id"]):
        changed.append("flow_picture")
    if changed:
        draft.updated_at = work.at
        work.record(
            "edit_list_item", item, organization_id=draft.organization_id, kind=kind.value, number=item.number, fields=changed
        )
        work.flush()
    return item


def delete_list_item(work: Work, kind: ListKind, number: int, expected: Expected) -> None:
    """Take an item out of the draft, with the picture that was brought for it. Raises `NotFound`, or what `expected` demands."""
    draft = held_draft(work, kind)
    item = _item(work, draft, number)
    expected.check(item)
    draft.updated_at = work.at
    work.record("delete_list_item", item, organization_id=draft.organization_id, kind=kind.value, number=number)
    work.delete(item)
    work.flush()
    files.remove_attached(work, FLOW_PICTURES, item.id)


def publish_list_draft(work: Work, kind: ListKind, expected: Expected) -> ListView:
    """Publish the draft: it holds from this moment on, and nothing of it is changed any more.

    Raises `NotFound`, `NoItems`, or what `expected` demands.
    """
    draft = held_draft(work, kind)
    expected.check(draft)
    if not queries.item_counts(work, [draft.id]):
        raise NoItems
    # What was read of the draft by its token is not what is published.
    draft.token, draft.published_at = new_token(), work.at
    work.record("publish_list_draft", draft, kind=kind.value, number=draft.number)
    work.flush()
    return whole(work, draft)


def held_draft(work: Work, kind: ListKind, lock: Lock = Lock.for_change) -> ListEdition:
    """The draft, held where the work writes. Raises `NotFound`."""
    draft = queries.draft(work, kind, lock)
    if draft is None:
        raise NotFound
    return draft


def _item(work: Work, draft: ListEdition, number: int) -> ListItem:
    item = queries.item(work, draft.id, number)
    if item is None:
        raise NotFound
    return item


def _hang(work: Work, access: Access, item: ListItem, picture_id: UUID | None) -> bool:
    """Let an item have this picture, or none. Whether that changes anything."""
    standing = [item.flow_picture] if item.flow_picture else []
    wanted = [] if picture_id is None else [picture_id]
    pictures = copied.hang(work, access, FLOW_PICTURES, item.id, standing, wanted)
    if pictures == standing:
        return False
    item.flow_picture = pictures[0] if pictures else None
    return True
