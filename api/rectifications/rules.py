"""The life of a thing to be put right, its days, and to whom it goes when they have passed (`signage.md`, section 4)."""

from datetime import date, timedelta
from typing import ClassVar, Final

from api.errors import Conflict, NotInThisState, Text
from api.moves import Moves
from models.enums import OrganizationKind, RectificationAction, RectificationState

_S = RectificationState

MOVES: Final = Moves(
    {
        RectificationAction.claim: {_S.open: _S.claimed, _S.returned: _S.claimed},
        RectificationAction.confirm: {_S.claimed: _S.confirmed},
        RectificationAction.return_: {_S.claimed: _S.returned},
    },
    NotInThisState,
    once=True,
)

MOST_STEPS_TOLD: Final = 50
"""Of the steps that one thing has seen, how many are told with it: the newest."""

UNDONE: Final = frozenset({_S.open, _S.returned})
USUAL_TIME: Final = timedelta(days=15)
SHORTEST_TIME: Final = timedelta(days=3)
NEAREST_FIRST: Final = timedelta(days=7)
"""For so long after its day a thing is with the nearest town or department above; then with the district."""

BETWEEN: Final = frozenset({OrganizationKind.town, OrganizationKind.department})
"""The kinds of organisations between a branch and the district."""


class OfThatOrganization(Conflict):
    of_field: ClassVar[str | None] = ""
    text: ClassVar[Text] = Text(
        "不能暗访本组织的阵地，也不能复查本组织的整改，请由上级办理。",
        "Nobody inspects his own organisation unannounced, or checks what it has put right; somebody from above does.",
    )


def due_day(asked: date | None, today: date) -> date:
    """By which day something has to be put right: in 15 days unless another day is asked for, and never in less than three."""
    return max(asked or today + USUAL_TIME, today + SHORTEST_TIME)


def is_overdue(state: RectificationState, due_on: date, today: date) -> bool:
    return state in UNDONE and due_on < today


def is_with_the_district(due_on: date, today: date) -> bool:
    """Whether an overdue thing has gone on to the district."""
    return due_on < today - NEAREST_FIRST
