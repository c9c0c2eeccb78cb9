from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import literal_column, union_all
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.about import is_oneself
from api.access.scope import Access, locking
from api.database import Work
from api.errors import NotFound
from api.organizations.rules import HOLDS_MEMBERS
from models.enums import RequestState
from models.member import Member
from models.organization import Organization
from models.transfer import UNDECIDED, Transfer

MOST_DESTINATIONS = 50


class Direction(StrEnum):
    """Which way a member goes, seen from the organisations within reach."""

    out = "out"
    into = "in"


class Parties(NamedTuple):
    member_id: UUID
    from_organization_id: UUID
    to_organization_id: UUID


def seen(work: Work, access: Access, direction: Direction | None = None) -> SelectOfScalar[Transfer]:
    """The transfers out of, into, or by default out of as well as into, the organisations within reach."""
    return select(Transfer).where(_goes(work, access, direction))


def _goes(work: Work, access: Access, direction: Direction | None) -> Any:
    reach = access.reach(work)
    ways = {
        Direction.out: reach.covers(col(Transfer.organization_id)),
        Direction.into: reach.covers(col(Transfer.to_organization_id)),
    }
    wanted = [ways[direction]] if direction else list(ways.values())
    if access.reaches_few(work):
        # Each way by its own index: PostgreSQL would look through all transfers for what goes one way or the other, and through all
        # that are open for the few that go this way.
        return col(Transfer.id).in_(union_all(*(select(Transfer.id).where(way) for way in wanted)).offset(0))
    return or_(*wanted)


def of_member(member_id: UUID) -> SelectOfScalar[Transfer]:
    return select(Transfer).where(col(Transfer.member_id) == member_id)


def in_state(transfers: SelectOfScalar[Transfer], state: RequestState, today: date) -> SelectOfScalar[Transfer]:
    """Narrow a select to the state that counts today, as `rules.state_on` tells it."""
    is_past = col(Transfer.due_on) < today
    # In the statement itself, since SQLite finds a partial index only so.
    is_open = col(Transfer.state) == literal_column("'open'")
    if state is RequestState.open:
        return transfers.where(is_open, ~is_past)
    if state is RequestState.lapsed:
        return transfers.where(UNDECIDED, or_(col(Transfer.state) == state, and_(is_open, is_past)))
    return transfers.where(col(Transfer.state) == state)


def one(work: Work, transfers: SelectOfScalar[Transfer], transfer_id: UUID) -> Transfer:
    """One of these transfers, locked where the work writes. Raises `NotFound`."""
    query: Any = transfers.where(col(Transfer.id) == transfer_id)
    transfer: Transfer | None = work.exec(locking(work, query, Transfer)).first()
    if transfer is None:
        raise NotFound
    return transfer


def parties(work: Work, access: Access, direction: Direction, transfer_id: UUID) -> Parties:
    """Whom a transfer in that direction moves, whence and where to; nothing is locked. Raises `NotFound`."""
    query = select(Transfer.member_id, Transfer.organization_id, Transfer.to_organization_id)
    row = work.exec(query.where(col(Transfer.id) == transfer_id, _goes(work, access, direction))).first()
    if row is None:
        raise NotFound
    return Parties(*row)


def open_of_member(work: Work, member_id: UUID) -> Transfer | None:
    """The open transfer of a member, lapsed or not, locked."""
    query = of_member(member_id).where(col(Transfer.state) == RequestState.open)
    return work.exec(locking(work, query, Transfer)).first()


def lapsed(work: Work, today: date) -> Sequence[Transfer]:
    """The transfers past their last day of which nobody has written down that they have lapsed, locked."""
    query = select(Transfer).where(col(Transfer.state) == RequestState.open, col(Transfer.due_on) < today)
    return work.exec(locking(work, query.order_by(col(Transfer.id)), Transfer)).all()


def waiting(work: Work, access: Access, today: date) -> Any:
    """The open transfers that the caller may decide, into his reach and not his own; with the names of the member and of the
    organisation that is to take him in."""
    there = aliased(Organization)
    found: Any = in_state(seen(work, access, Direction.into), RequestState.open, today)
    found = found.join(Member, col(Member.id) == col(Transfer.member_id)).join(there, there.id == col(Transfer.to_organization_id))
    found = found.where(~is_oneself(access, col(Transfer.member_id)))
    return found.add_columns(col(Member.full_name), there.name)


def destinations(work: Work, words: str | None) -> Sequence[Organization]:
    """The first open organisations of the whole district that hold members, by name: those whose name contains the words, or whose
    code is just that."""
    query = select(Organization).where(col(Organization.kind).in_(HOLDS_MEMBERS), col(Organization.closed_on).is_(None))
    if words:
        query = query.where(or_(col(Organization.name).contains(words, autoescape=True), col(Organization.code) == words))
    return work.exec(query.order_by(col(Organization.name), col(Organization.id)).limit(MOST_DESTINATIONS)).all()
