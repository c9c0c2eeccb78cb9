"""The signage standard (标识应用规范) as it is read: by strangers, phones that keep a copy, and the rooms that judge by it."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.access.scope import Lock
from api.adapters.storage import Storage
from api.database import Database, Origin, Work
from api.days import day_of
from api.errors import NotFound
from api.files import copied
from api.files.service import ReadFile
from api.pagination import Pages
from api.standards import queries, rules
from api.standards.rules import Content, Dated, Difference, difference
from api.standards.telling import Whole, contents_of, describe, whole
from models.enums import VenueKind
from models.standard import Standard, StandardItem


@dataclass(frozen=True)
class Changed:
    """What a phone has to change in its copy: all of it where `full`, else the items that differ and the codes that are gone."""

    standard: Standard
    fields: dict[str, Any]
    full: bool
    changed: Sequence[Content]
    removed: Sequence[str]


@dataclass(frozen=True)
class Compared:
    """Two versions side by side: `difference` names the items, which stand in `before` and `after` by their codes."""

    difference: Difference
    before: Mapping[str, Content]
    after: Mapping[str, Content]


def standard_in_force(work: Work, day: date) -> Standard | None:
    """The version in force on a day, today or later, as it stands now; None where none is."""
    return queries.in_force(work, day)


def numbers_in_force(work: Work, first: date, last: date) -> set[int]:
    """The numbers of the versions that were in force at any time of the district's days from `first` to `last`."""
    return rules.in_force_within(dated(work), first, last)


def checklist(work: Work, number: int, kind: VenueKind) -> list[StandardItem]:
    """Items of a published version that venues of a kind are checked by, by their codes, the same for ever. Raises `NotFound`."""
    return [item for item in all_items(work, number) if kind in item.venue_kinds]


def all_items(work: Work, number: int) -> Sequence[StandardItem]:
    """The items of a published version, by their codes. Raises `NotFound`."""
    return queries.items(work, _published(work, number).id)


def items_by_code(work: Work, number: int, codes: Collection[str]) -> dict[str, StandardItem]:
    """Those items of a published version that have one of these codes. Raises `NotFound`."""
    return {item.code: item for item in queries.items_by_code(work, _published(work, number).id, codes)}


def newest_item(work: Work, code: str) -> StandardItem | None:
    """What the newest published version that knows a code says of it; None where none ever did."""
    return queries.newest_published_item(work, code)


def show_current_standard(work: Work, kind: VenueKind | None, known: Collection[str]) -> tuple[Standard, Whole | None]:
    """The version in force, with its items or those for venues of a kind; None for these where its token is among those `known`.

    Raises `NoStandardInForce`.
    """
    standard = _current(work)
    if standard.token in known:
        return standard, None
    found = whole(work, standard)
    if kind is None:
        return standard, found
    return standard, Whole(standard, found.fields, [item for item in found.items if kind in item.venue_kinds])


def show_standard_changes(work: Work, since: str | None, known: Collection[str]) -> tuple[Standard, Changed | None]:
    """What has become of the version with the token `since` in the one in force; all of that where the token is none of ours. None
    where the token of the one in force is among those `known`.

    Raises `NoStandardInForce`.
    """
    standard = _current(work)
    if standard.token in known:
        return standard, None
    fields = describe(work, [standard])[0]
    before = queries.by_token(work, since) if since is not None and re.fullmatch(r"[\w-]{1,64}", since, re.ASCII) else None
    if before is not None and before.id == standard.id:
        return standard, Changed(standard, fields, full=False, changed=[], removed=[])
    after = contents_of(queries.items(work, standard.id))
    if before is None:
        return standard, Changed(standard, fields, full=True, changed=list(after.values()), removed=[])
    found = difference(contents_of(queries.items(work, before.id)), after)
    changed = sorted([*found.added, *found.changed])
    return standard, Changed(standard, fields, full=False, changed=[after[code] for code in changed], removed=found.removed)


def list_standards(work: Work, pages: Pages) -> tuple[list[dict[str, Any]], str | None]:
    """The published versions, the newest first."""
    found, following = pages.read(work, queries.published())
    return describe(work, found), following


def show_standard(work: Work, number: int) -> Whole:
    """A published version with its items. Raises `NotFound`."""
    return whole(work, _published(work, number))


def compare_standards(work: Work, number: int, to: int) -> Compared:
    """What has become of one published version in another. Raises `NotFound`."""
    return compared(work, _published(work, number), _published(work, to))


def compared(work: Work, before: Standard | None, after: Standard) -> Compared:
    """Two versions side by side; all is new where there is none before."""
    old = contents_of(queries.items(work, before.id)) if before else {}
    new = contents_of(queries.items(work, after.id))
    return Compared(difference(old, new), old, new)


def show_standard_picture(database: Database, origin: Origin, storage: Storage, digest: str, known: Collection[str]) -> ReadFile:
    """A picture of an item by the SHA-256 of its content, the same in every version. Raises `NotFound` or `Unavailable`."""
    return copied.show(database, origin, storage, digest, known, queries.picture)


def dated(work: Work) -> list[Dated]:
    """The published versions with the days on which they began to hold and were withdrawn."""
    return [
        Dated(one.number, one.effective_on, day_of(one.withdrawn_at, work.zone) if one.withdrawn_at else None)
        for one in queries.all_published(work)
        if one.effective_on is not None
    ]


def _current(work: Work) -> Standard:
    standard = queries.in_force(work, work.today)
    if standard is None:
        raise rules.NoStandardInForce
    return standard


def _published(work: Work, number: int) -> Standard:
    standard = queries.by_number(work, number, Lock.none)
    if standard is None:
        raise NotFound
    return standard
