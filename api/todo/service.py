"""What waits for the person who asks: one list, gathered from the rooms that have something for him to decide.

A room offers a `Source` in its `todo.py`, and the composition root names it; this room knows none of them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from api.access.names import organization_names
from api.access.permissions import Permission
from api.access.scope import Access
from api.database import Work
from api.errors import Text
from api.pagination import with_total
from models.base import Record

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
class Source:
    """What waits of one kind, for whoever holds the permission that deciding needs.

    `rows` is given the piece of work and the caller as far as that permission reaches, and selects what he may decide, without
    reading it; None where he may decide nothing of the kind. `tell` is given the piece of work and all that a row selects.
    """

    kind: str
    target: type[Record]
    permission: Permission
    rows: Callable[[Work, Access], Any]
    tell: Callable[..., Item]
    order: Sequence[Any]
    """What is most urgent stands first."""

    @property
    def target_type(self) -> str:
        """What sort of thing is to be decided about, as the audit entries call it."""
        return str(self.target.__tablename__)


@dataclass(frozen=True)
class Waiting:
    """Everything of one kind that waits. `items` are the `LONGEST` most urgent ones of `total`."""

    kind: str
    total: int
    items: Sequence[Item]


@dataclass(frozen=True)
class Listed:
    kind: str
    target_type: str
    item: Item
    organization_name: str
    is_overdue: bool


@dataclass(frozen=True)
class TodoList:
    counts: dict[str, int]
    items: Sequence[Listed]


def list_todo(work: Work, access: Access, sources: Iterable[Source]) -> TodoList:
    """All that waits for the caller: what is due first, then what has waited longest."""
    asked = [source for source in sources if access.holds(source.permission)]
    found = [(source, gathered(work, access.using(source.permission), source)) for source in asked]
    items = [(source, item) for source, waiting in found for item in waiting.items]
    names = organization_names(work, {item.organization_id for _, item in items}) if items else {}
    listed = [
        Listed(
            source.kind,
            source.target_type,
            item,
            names[item.organization_id],
            is_overdue=item.due_on is not None and item.due_on < work.today,
        )
        for source, item in items
    ]
    listed.sort(key=lambda one: (one.item.due_on or date.max, one.item.since))
    return TodoList({waiting.kind: waiting.total for _, waiting in found if waiting.total}, listed)


def count_todo(work: Work, access: Access, sources: Iterable[Source]) -> dict[str, int]:
    """How much of each kind waits for a caller, without what nothing waits of."""
    asked = [source for source in sources if access.holds(source.permission)]
    found = ((source.kind, source.rows(work, access.using(source.permission))) for source in asked)
    counts = {kind: with_total(work, rows, 1)[0] for kind, rows in found if rows is not None}
    return {kind: total for kind, total in counts.items() if total}


def gathered(work: Work, access: Access, source: Source) -> Waiting:
    """What one source has for a caller, read by one statement."""
    rows = source.rows(work, access)
    total, first = (0, []) if rows is None else with_total(work, rows.order_by(*source.order), LONGEST)
    return Waiting(source.kind, total, [source.tell(work, *row) for row in first])
