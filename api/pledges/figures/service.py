"""The figures of an organisation: what is counted of it and of everything below it, and of each of its children."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from api.access.scope import Access, Lock
from api.database import Work
from api.days import day_of
from api.figures import Figure, Own
from api.pledges.figures import queries
from api.pledges.figures.rules import Counts, by_child, summed
from models.member import Member
from models.organization import Organization
from models.pledge import Pledge

FIGURES: Final[Mapping[str, Figure]] = {
    "pledge_rate": lambda _, span: queries.count_pledging(span.until.year),
    "review_on_time_rate": lambda work, span: queries.count_reviewed(work, span.until.year, span.up_to),
    "fulfillment_rate": lambda _, span: queries.count_fulfilled(span.until.year, day_of(span.up_to, span.zone)),
    "satisfaction_rate": lambda _, span: queries.count_content(span.until.year, span.up_to),
}
"""Those of the year of a span, as far as that had gone by its end."""


@dataclass(frozen=True)
class Figures:
    """What is counted of an organisation and everything below it, on a day."""

    organization: Organization
    year: int
    as_of: date
    counts: Counts


@dataclass(frozen=True)
class Board(Figures):
    """The same with what is counted of each child, in the order of their names."""

    children: tuple[Figures, ...]


def show_figures(work: Work, access: Access, organization_id: UUID, year: int | None) -> Board:
    """The figures of an organisation within reach for a year, by default this one, as they stand today. Raises `NotFound`."""
    top = access.get(work, Organization, organization_id, Lock.none)
    year = year or work.today.year
    own, organizations = count_each(work, top, year)
    below = by_child(top.path, own)
    children = [
        Figures(one, year, work.today, below.get(one.path, Counts()))
        for one in sorted(organizations.values(), key=lambda one: (one.name, one.id))
        if one.parent_id == top.id and (one.closed_on is None or one.path in below)
    ]
    return Board(top, year, work.today, summed(own.values()), tuple(children))


def count_each(work: Work, top: Organization, year: int) -> tuple[dict[str, Counts], dict[UUID, Organization]]:
    """What each organisation in a subtree has of its own, by its path, and these organisations by their keys."""
    organizations = queries.tree(work, top)
    fulfilled = queries.count_fulfilled(year, work.today).add_columns(*queries.beside_fulfilled(work))
    counting: tuple[tuple[tuple[str, ...], Own, Any], ...] = (
        (("with_two", "owing"), queries.count_pledging(year), Member.organization_id),
        (("fulfilled", "due", "overdue", "exempted", "withdrawn"), fulfilled, Pledge.organization_id),
        (("texts_on_time", "texts"), queries.count_reviewed(work, year, work.at), Pledge.organization_id),
        (("content", "graded"), queries.count_content(year, work.at), Pledge.organization_id),
    )
    own: dict[UUID, dict[str, int]] = {}
    for names, counts, owner in counting:
        for row in queries.counted_below(work, top, counts, owner):
            own.setdefault(row.organization_id, {}).update(zip(names, map(int, row[1:]), strict=True))
    return {organizations[key].path: Counts(**numbers) for key, numbers in own.items()}, organizations
