"""The draft of the next version: begun from an older one or what is shipped, written item by item, published; and withdrawn."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal
from uuid import UUID

from api.access.scope import Access, Lock, hold_root
from api.database import Work
from api.drafts import DraftExists, NoItems, new_token
from api.errors import NotFound
from api.files import copied
from api.files import service as files
from api.organizations.rules import CodeTaken
from api.standards import queries, rules
from api.standards.attachments import PICTURES
from api.standards.default import ITEMS
from api.standards.rules import CONTENT
from api.standards.service import Compared, compared, dated
from api.standards.telling import Whole, content_of, describe, whole
from api.versions import Expected
from models.standard import Standard, StandardItem

Base = int | Literal["default"] | None


def create_standard_draft(work: Work, based_on: Base, title: str, change_note: str) -> Whole:
    """Begin the next version with the items of a published one, of what is shipped, or with none.

    Raises `NotFound` for a version that is not published, or `DraftExists`.
    """
    root = hold_root(work)
    if queries.draft(work) is not None:
        raise DraftExists
    base = queries.by_number(work, based_on, Lock.none) if isinstance(based_on, int) else None
    if isinstance(based_on, int) and base is None:
        raise NotFound
    draft = Standard(
        organization_id=root.id,
        number=queries.highest_number(work) + 1,
        title=title,
        issuer=root.name,
        change_note=change_note,
        is_default=base.is_default if base else based_on == "default",
        token=new_token(),
    )
    work.add(draft)
    work.flush()
    contents: Sequence[Mapping[str, Any]] = ITEMS if based_on == "default" else []
    if base is not None:
        contents = [{name: getattr(item, name) for name in CONTENT} for item in queries.items(work, base.id)]
    work.add_all(StandardItem(standard_id=draft.id, **content) for content in contents)
    work.flush()
    work.record("create_standard_draft", draft, number=draft.number, based_on=based_on, items=len(contents))
    return _whole(work, draft)


def show_standard_draft(work: Work) -> Whole:
    """The draft with its items. Raises `NotFound`."""
    return _whole(work, _draft(work))


def compare_standard_draft(work: Work) -> Compared:
    """What the draft would change of the version in force. Raises `NotFound`."""
    return compared(work, queries.in_force(work, work.today), _draft(work))


def edit_standard_draft(work: Work, changes: Mapping[str, Any], expected: Expected) -> Whole:
    """Give the draft another title or note. Raises `NotFound`, or what `expected` demands."""
    draft = _draft(work)
    expected.check(draft)
    for name, value in changes.items():
        setattr(draft, name, value)
    if changed := work.changes(draft):
        work.record("edit_standard_draft", draft, fields=changed)
        work.flush()
    return _whole(work, draft)


def delete_standard_draft(work: Work, expected: Expected) -> None:
    """Throw the draft away, with the pictures that were brought for it. Raises `NotFound`, or what `expected` demands."""
    draft = _draft(work, Lock.alone)
    expected.check(draft)
    work.record("delete_standard_draft", draft, number=draft.number)
    items = queries.items(work, draft.id)
    for item in items:
        work.delete(item)
    work.flush()
    for item in items:
        if item.pictures:
            files.remove_attached(work, PICTURES, item.id)
    work.delete(draft)
    work.flush()


def add_standard_item(work: Work, access: Access, content: Mapping[str, Any], picture_ids: Sequence[UUID]) -> StandardItem:
    """Add an item to the draft; `content` has what stands in `CONTENT` but for the pictures.

    Raises `NotFound`, `CodeTaken`, `TooManyItems`, `NotYourFile`, or as `rules.check_item`.
    """
    draft = _draft(work)
    if queries.item_counts(work, [draft.id]).get(draft.id, 0) >= rules.MOST_ITEMS:
        raise rules.TooManyItems
    if queries.item(work, draft.id, content["code"]) is not None:
        raise CodeTaken
    rules.check_item(dict(content))
    item = StandardItem(standard_id=draft.id, **content, pictures=[])
    work.add(item)
    work.flush()
    _hang(work, access, item, picture_ids)
    _change(work, draft)
    work.record("add_standard_item", item, organization_id=draft.organization_id, code=item.code)
    work.flush()
    return item


def edit_standard_item(
    work: Work,
    access: Access,
    code: str,
    changes: Mapping[str, Any],
    picture_ids: Sequence[UUID] | None,
    expected: Expected,
) -> StandardItem:
    """Change an item of the draft; with `picture_ids` it has these pictures and no others.

    Raises `NotFound`, `CodeTaken`, `NotYourFile`, as `rules.check_item`, or what `expected` demands.
    """
    draft = _draft(work)
    item = _item(work, draft, code)
    expected.check(item)
    if changes.get("code", code) != code and queries.item(work, draft.id, changes["code"]) is not None:
        raise CodeTaken
    changes = rules.with_what_falls(changes)
    rules.check_item({name: getattr(item, name) for name in CONTENT} | changes)
    for name, value in changes.items():
        setattr(item, name, value)
    changed = work.changes(item)
    if picture_ids is not None and _hang(work, access, item, picture_ids):
        changed.append("pictures")
    if changed:
        _change(work, draft)
        work.record("edit_standard_item", item, organization_id=draft.organization_id, code=item.code, fields=changed)
        work.flush()
    return item


def delete_standard_item(work: Work, code: str, expected: Expected) -> None:
    """Take an item out of the draft, with the pictures that were brought for it. Raises `NotFound`, or what `expected` demands."""
    draft = _draft(work)
    item = _item(work, draft, code)
    expected.check(item)
    _change(work, draft)
    work.record("delete_standard_item", item, organization_id=draft.organization_id, code=item.code)
    work.delete(item)
    work.flush()
    files.remove_attached(work, PICTURES, item.id)


def publish_standard_draft(work: Work, effective_on: date, expected: Expected) -> Whole:
    """Publish the draft, to hold from a day on. Nothing of it is changed any more.

    Raises `NotFound`, `NoItems`, `BadEffectiveDay`, or what `expected` demands.
    """
    root = hold_root(work)
    draft = _draft(work)
    expected.check(draft)
    rules.check_effective_on(effective_on, work.today, dated(work))
    items = queries.items(work, draft.id)
    if not items:
        raise NoItems
    warnings = _warnings(work, items)
    # What was read of the draft by its token is not what is published.
    draft.token, draft.issuer = new_token(), root.name
    draft.effective_on, draft.published_at = effective_on, work.at
    work.record("publish_standard_draft", draft, number=draft.number, effective_on=effective_on.isoformat())
    work.flush()
    return replace(whole(work, draft), warnings=warnings)


def withdraw_standard(work: Work, number: int, reason: str) -> dict[str, Any]:
    """Let a published version hold no longer: the one before it is in force again. Doing it twice changes nothing.

    Raises `NotFound`.
    """
    standard = queries.by_number(work, number, Lock.for_change)
    if standard is None:
        raise NotFound
    if standard.withdrawn_at is None:
        standard.withdrawn_at, standard.withdrawn_reason = work.at, reason
        work.record("withdraw_standard", standard, number=number)
        work.flush()
    return describe(work, [standard])[0]


def _whole(work: Work, draft: Standard) -> Whole:
    found = whole(work, draft)
    return replace(found, warnings=_warnings(work, found.items))


def _warnings(work: Work, items: Sequence[StandardItem]) -> list[rules.Unfounded]:
    """The items of a draft whose numbers were changed without their basis: against the newest published version, and what is
    shipped."""
    newest = queries.newest_published(work)
    known = {item.code: [content_of(item)] for item in queries.items(work, newest.id)} if newest else {}
    for shipped in ITEMS:
        known.setdefault(shipped["code"], []).append(dict(shipped))
    told = (rules.unfounded(content_of(item), known.get(item.code, [])) for item in items)
    return [one for one in told if one is not None]


def _draft(work: Work, lock: Lock = Lock.for_change) -> Standard:
    draft = queries.draft(work, lock)
    if draft is None:
        raise NotFound
    return draft


def _item(work: Work, draft: Standard, code: str) -> StandardItem:
    item = queries.item(work, draft.id, code)
    if item is None:
        raise NotFound
    return item


def _change(work: Work, draft: Standard) -> None:
    """Count another version of the draft, whose items have changed: from then on they are not those that are shipped."""
    draft.is_default, draft.updated_at = False, work.at


def _hang(work: Work, access: Access, item: StandardItem, picture_ids: Sequence[UUID]) -> bool:
    """Let an item have these pictures, in this order. Whether that changes anything."""
    pictures = copied.hang(work, access, PICTURES, item.id, item.pictures, picture_ids)
    if pictures == item.pictures:
        return False
    item.pictures = pictures
    return True
