"""The figures of an organisation: what is counted of it and of everything below it, and of each of its children."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from api.access.scope import Access, Lock
from api.database import Work
from api.pledges.figures import queries
from api.pledges.figures.rules import Counts, by_child, summed
from models.organization import Organization


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
    counting = (queries.members, queries.pledges, queries.texts, queries.grades)
    own = queries.own_counts(count(work, top, year) for count in counting)
    return {organizations[key].path: Counts(**numbers) for key, numbers in own.items()}, organizations
