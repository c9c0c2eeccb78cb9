"""What waits for the person who asks: one list, gathered from the rooms that have something for him to decide.

A room offers a `Source` and the composition root registers it in `sources`; this room knows none of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from api.access.scope import Access
from api.database import Work
from api.errors import Text

LONGEST = 50
"""How many things of one kind are listed; the others are only counted."""


@dataclass(frozen=True)
class Item:
    """One thing to decide: which, whose, since when it waits, and by which day it is due, if by any."""

    target_id: UUID
    organization_id: UUID
    text: Text
    since: datetime
    due_on: date | None = None


@dataclass(frozen=True)
class Waiting:
    """Everything of one kind that waits. `items` are the `LONGEST` most urgent ones of `total`."""

    kind: str
    total: int
    items: Sequence[Item]


@dataclass(frozen=True)
class Listed:
    kind: str
    item: Item
    is_overdue: bool


@dataclass(frozen=True)
class TodoList:
    counts: dict[str, int]
    items: Sequence[Listed]


Source = Callable[[Work, Access], Waiting]
"""Tells what waits for a caller. It looks only where `access.using(permission)` reaches, its own permission
being the one that deciding needs."""

sources: list[Source] = []


def list_todo(work: Work, access: Access) -> TodoList:
    """All that waits for the caller: what is due first, then what has waited longest."""
    found = [source(work, access) for source in sources]
    today = work.today
    listed = [
        Listed(waiting.kind, item, item.due_on is not None and item.due_on < today) for waiting in found for item in waiting.items
    ]
    listed.sort(key=lambda one: (one.item.due_on or date.max, one.item.since))
    return TodoList({waiting.kind: waiting.total for waiting in found if waiting.total}, listed)
