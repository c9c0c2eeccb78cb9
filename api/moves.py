"""State tables: what an action makes of a thing in each of its states. A table is a room's rule; what holds of them all is here."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Generic, TypeVar

from api.errors import AlreadyDecided, Refusal
from models.enums import RequestState

A = TypeVar("A", bound=StrEnum)
S = TypeVar("S", bound=StrEnum)


class Moves(Generic[A, S]):
    """For each action, what it makes of each state that allows it. What stands in no row is refused.

    `refusal` is what is raised then; it tells the program that asked in which state the thing is. Doing again what has been done
    changes nothing, unless `once` has it refused too.
    """

    def __init__(self, table: Mapping[A, Mapping[S, S]], refusal: type[Refusal], *, once: bool = False) -> None:
        if "state" not in refusal.tells:
            raise ValueError(f"{refusal.__name__} does not say that it tells the state")
        self._table = table
        self._refusal = refusal
        self._once = once

    def after(self, action: A, state: S) -> S:
        """The state that an action leads to. Raises the table's refusal."""
        row = self._table[action]
        if state in row:
            return row[state]
        if state in row.values() and not self._once:
            return state
        raise self._refusal(members={"state": state.value})


class Decision(StrEnum):
    """What becomes of something that one person asks for and another decides: the asker alone withdraws it."""

    accept = "accept"
    refuse = "refuse"
    withdraw = "withdraw"


DECISIONS: Final = Moves(
    {
        Decision.accept: {RequestState.open: RequestState.accepted},
        Decision.refuse: {RequestState.open: RequestState.refused},
        Decision.withdraw: {RequestState.open: RequestState.withdrawn},
    },
    AlreadyDecided,
)
"""The table of everything that is asked for and decided once."""
