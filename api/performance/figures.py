"""All figures that indicators are made of, by their names; each belongs to the room that keeps what is counted.

A figure is a function of a piece of work and a `Span` that answers with one statement: for each organisation the two whole numbers
of its own, without what is below it (`api.figures.Own`). They are summed up the tree by whoever asks, and rates are never averaged.
"""

from collections.abc import Mapping
from typing import Final

from api.cards.figures import FIGURES as OF_CARDS
from api.complaints.figures import FIGURES as OF_COMPLAINTS
from api.figures import Figure
from api.inspections.figures.service import FIGURES as OF_INSPECTIONS
from api.pledges.figures.service import FIGURES as OF_PLEDGES
from api.posts.figures import FIGURES as OF_POSTS
from api.verification.figures import FIGURES as OF_VERIFICATION

FIGURES: Final[Mapping[str, Figure]] = {
    **OF_INSPECTIONS,
    **OF_CARDS,
    **OF_COMPLAINTS,
    **OF_VERIFICATION,
    **OF_POSTS,
    **OF_PLEDGES,
}


def is_available(name: str) -> bool:
    """Whether a figure of that name is counted; one that is not has no values."""
    return name in FIGURES
