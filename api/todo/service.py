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
from api.pagination import counts_up_to, with_total
from models.base import Record

LONGEST = 50
"""How many things of one kind are listed; the others are only counted."""
MOST_COUNTED = 1000
"""How far those of one kind are counted: beyond, it is told that there are more."""


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
    reading it; None where he may decide nothing of the kind. `beside` joins to it what is told of each row, and leaves none out.
    `tell` is given the piece of work and all that a row selects then.
    """

    kind: str
    target: type[Record]
    permission: Permission
    rows: Callable[[Work, Access], Any]
    tell: Callable[..., Item]
    order: Sequence[Any]
    """What is most urgent stands first."""
    beside: Callable[[Any], Any] = lambda rows: rows

    @property
    def target_type(self) -> str:
        """What sort of thing is to be decided about, as the audit entries call it."""
        return str(self.target.__tablename__)


@dataclass(frozen=True)
class Waiting:
    """Everything of one kind that waits. `items` are the `LONGEST` most urgent ones of `total`, or of more where it `is_capped`."""

    kind: str
    total: int
    is_capped: bool
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
    capped: Sequence[str]
    """The kinds of which more wait than are counted."""
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
    counts = {waiting.kind: waiting.total for _, waiting in found if waiting.total}
    return TodoList(counts, [waiting.kind for _, waiting in found if waiting.is_capped], listed)


def count_todo(work: Work, access: Access, sources: Iterable[Source]) -> dict[str, int]:
    """How much of each kind waits for a caller, up to `MOST_COUNTED`, without what nothing waits of."""
    asked = [source for source in sources if access.holds(source.permission)]
    found = ((source.kind, source.rows(work, access.using(source.permission))) for source in asked)
    counts = counts_up_to(work, {kind: rows for kind, rows in found if rows is not None}, MOST_COUNTED)
    return {kind: total for kind, total in counts.items() if total}


def gathered(work: Work, access: Access, source: Source) -> Waiting:
    """What one source has for a caller, read by one statement, and counted by another where more waits than is listed."""
    rows = source.rows(work, access)
    if rows is None:
        return Waiting(source.kind, 0, is_capped=False, items=())
    total, first = with_total(work, rows, lambda those: source.beside(those).order_by(*source.order), LONGEST, MOST_COUNTED + 1)
    items = [source.tell(work, *row) for row in first]
    return Waiting(source.kind, min(total, MOST_COUNTED), is_capped=total > MOST_COUNTED, items=items)
