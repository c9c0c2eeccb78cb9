from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import update
from sqlmodel import col, select

from api.access.scope import hold_one, locking
from api.database import Work
from models.card import LIVING, NOT_VALID, Card
from models.enums import CardState
from models.status_list import StatusCounter, StatusList


def locked_counter(work: Work) -> StatusCounter:
    return hold_one(work, StatusCounter, 1)


def status_list(work: Work, number: int) -> StatusList | None:
    """One list, locked where the work writes."""
    query = select(StatusList).where(col(StatusList.number) == number)
    return work.exec(locking(work, query, StatusList)).first()


def numbers(work: Work) -> Sequence[int]:
    return work.exec(select(StatusList.number).order_by(col(StatusList.number))).all()


def count_changes(work: Work, touched: Collection[int]) -> None:
    """Note that cards of these lists have changed. The order keeps two writers from waiting for each other."""
    for number in sorted(touched):
        work.execute(update(StatusList).where(col(StatusList.number) == number).values(changes=col(StatusList.changes) + 1))


def entries(work: Work, number: int, today: date) -> Iterator[tuple[int, CardState]]:
    """Index and state of every card of a list that is not valid, lapsed ones as expired. Valid cards are not read: an index
    holds the others alone."""
    here = col(Card.status_list) == number
    ended = select(Card.status_index, Card.state).where(here, NOT_VALID)
    for index, state in work.exec(ended):
        yield index, CardState(state)
    for index in work.exec(_lapsed(number, today)):
        yield index, CardState.expired


def has_lapsed_since(work: Work, number: int, since: date, today: date) -> bool:
    """Whether the last day of a living card of a list has passed between two days."""
    return work.exec(_lapsed(number, today).where(col(Card.expires_on) >= since).limit(1)).first() is not None


def _lapsed(number: int, today: date) -> Any:
    # The sum hides the list's number from the planner, which would read all cards of the list for it; lapsed cards are few.
    of_list = col(Card.status_list) + 0 == number
    return select(Card.status_index).where(LIVING, col(Card.expires_on) < today, of_list)
