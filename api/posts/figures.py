"""The figures of posts: for each organisation two whole numbers of its own a figure, summed up the tree (`posts-printing.md`,
section 2). Rates are never averaged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from api.access.names import organization_names
from api.access.scope import Access
from api.database import Work
from api.posts import queries

NAMES: Final = ("post_assignment", "backup_filled")


@dataclass
class Ratio:
    numerator: int = 0
    denominator: int = 0


@dataclass
class Counted:
    """What is counted of one organisation, or of one and everything below it: full members with a post, of all full members; and
    window posts that somebody holds with a backup, of all that somebody holds."""

    post_assignment: Ratio = field(default_factory=Ratio)
    backup_filled: Ratio = field(default_factory=Ratio)

    def add(self, figure: str, numerator: int, denominator: int) -> None:
        ratio: Ratio = getattr(self, figure)
        ratio.numerator += numerator
        ratio.denominator += denominator


@dataclass(frozen=True)
class Figures:
    """What is counted on a day; of an organisation with everything below it. Those of which nothing is counted are left out."""

    on: date
    totals: Counted
    by_organization: Sequence[tuple[UUID, str, Counted]]


def show_post_figures(work: Work, access: Access, organization_id: UUID | None, on: date | None) -> Figures:
    """The figures of an organisation within reach and everything below it, or of all within reach, on a day, by default today.
    Holdings and memberships are those of that day; a post within the Party is known as the roster has it today. Raises `NotFound`.
    """
    on = on or work.today
    paths = queries.paths_below(work, access, organization_id)
    totals = Counted()
    summed = {key: Counted() for key in paths}
    keys = {path.rstrip("/").rpartition("/")[2]: key for key, path in paths.items()}
    for owner, own in count_posts(work, access, organization_id, on).items():
        above = [keys[step] for step in paths[owner].split("/") if step in keys]
        for counted in (totals, *(summed[key] for key in above)):
            for figure in NAMES:
                ratio = getattr(own, figure)
                counted.add(figure, ratio.numerator, ratio.denominator)
    found = {key: counted for key, counted in summed.items() if counted != Counted()}
    names = organization_names(work, found) if found else {}
    return Figures(on, totals, [(key, names[key], found[key]) for key in sorted(found, key=lambda key: paths[key])])


def count_posts(work: Work, access: Access, organization_id: UUID | None, on: date) -> Mapping[UUID, Counted]:
    """What each organisation within reach has of its own on a day, members by where they belong and posts by whose they are."""
    found: dict[UUID, Counted] = {}
    for owner, assigned, full in queries.count_assigned(work, access, organization_id, on):
        found.setdefault(owner, Counted()).add("post_assignment", assigned, full)
    for owner, filled, held in queries.count_backed(work, access, organization_id, on):
        found.setdefault(owner, Counted()).add("backup_filled", filled, held)
    return found
