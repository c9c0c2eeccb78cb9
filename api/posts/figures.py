"""The figures of posts: for each organisation two whole numbers of its own a figure, summed up the tree (`posts-printing.md`,
section 2). Rates are never averaged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from api.access.scope import Access
from api.database import Work
from api.figures import Counted, Figure, Own, Ratio, SummedUp
from api.posts import queries
from models.base import OwnedRecord
from models.member import Member
from models.post import Post

FIGURES: Final[Mapping[str, Figure]] = {
    "post_assignment": lambda _, span: queries.count_assigned(span.on),
    "backup_filled": lambda _, span: queries.count_backed(span.on),
}


@dataclass
class PostsCounted(Counted):
    """What is counted of one organisation, or of one and everything below it: full members with a post, of all full members; and
    window posts that somebody holds with a backup, of all that somebody holds."""

    post_assignment: Ratio = field(default_factory=Ratio)
    backup_filled: Ratio = field(default_factory=Ratio)


@dataclass(frozen=True)
class Figures:
    """What is counted on a day; of an organisation with everything below it. Those of which nothing is counted are left out."""

    on: date
    totals: PostsCounted
    by_organization: Sequence[tuple[UUID, str, PostsCounted]]


def show_post_figures(work: Work, access: Access, organization_id: UUID | None, on: date | None) -> Figures:
    """The figures of an organisation within reach and everything below it, or of all within reach, on a day, by default today.
    Holdings and memberships are those of that day; a post within the Party is known as the roster has it today. Raises `NotFound`.
    """
    on = on or work.today
    totals, summed = PostsCounted(), SummedUp(access.paths_below(work, organization_id), PostsCounted)
    for owner, own in count_posts(work, access, organization_id, on).items():
        for counted in (totals, *summed.of(owner)):
            for figure in FIGURES:
                ratio = getattr(own, figure)
                counted.add(figure, ratio.numerator, ratio.denominator)
    return Figures(on, totals, summed.told(work))


def count_posts(work: Work, access: Access, organization_id: UUID | None, on: date) -> Mapping[UUID, PostsCounted]:
    """What each organisation within reach has of its own on a day, members by where they belong and posts by whose they are."""
    counting: tuple[tuple[str, Own, type[OwnedRecord]], ...] = (
        ("post_assignment", queries.count_assigned(on), Member),
        ("backup_filled", queries.count_backed(on), Post),
    )
    found: dict[UUID, PostsCounted] = {}
    for figure, counts, model in counting:
        for owner, numerator, denominator in queries.counted_within(work, access, organization_id, counts, model):
            found.setdefault(owner, PostsCounted()).add(figure, numerator, denominator)
    return found
