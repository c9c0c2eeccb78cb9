"""The move of a member to another organisation of the district (组织关系转接): the former one lets go, the other takes in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col

from api.access.about import check_about_member
from api.access.names import named, organization_names
from api.access.permissions import OFFICERS
from api.access.scope import Access, Lock, hold_one, hold_organizations, roles_reaching
from api.database import Work
from api.errors import NotFound, PreconditionFailed
from api.members import life
from api.members.standing import check_as_he_is
from api.moves import Decision
from api.organizations.rules import HOLDS_MEMBERS, keys_of
from api.pagination import Pages
from api.transfers import queries, rules
from api.transfers.queries import Direction
from api.versions import Expected
from models.enums import RequestState
from models.member import Member
from models.organization import Organization
from models.transfer import Transfer


@dataclass(frozen=True)
class Destination:
    """An organisation that a member may be sent to, with the names of those above it from the district down."""

    organization: Organization
    above: Sequence[str]


def list_destinations(work: Work, words: str | None) -> list[Destination]:
    """The open organisations of the whole district that hold members, by name, at most fifty of them.

    With `words` only those whose name contains them, or whose code they are. What is told stands on every public page too.
    """
    found = queries.destinations(work, words)
    chains = {one.id: keys_of(one.path)[:-1] for one in found}
    names = organization_names(work, {key for chain in chains.values() for key in chain})
    return [Destination(one, [names[key] for key in chains[one.id]]) for one in found]


def request_transfer(
    work: Work, access: Access, member_id: UUID, to_organization_id: UUID, reason: str, due_on: date | None
) -> Transfer:
    """Let a member go to another organisation, which has until `due_on` to take him in; until then he stays where he is.

    Raises `NotFound`, `AboutOneself`, `ForTheLevelAbove`, `MemberHasLeft`, `TransferOpen`, or `Invalid` with the field at fault.
    """
    from_organization_id = access.get(work, Member, member_id, Lock.none).organization_id
    places = _hold_places(work, from_organization_id, to_organization_id)
    member = access.get(work, Member, member_id)
    if member.organization_id != from_organization_id:
        raise PreconditionFailed
    check_about_member(work, access, member.id)
    standing = queries.open_of_member(work, member.id)
    if standing is not None and rules.state_on(standing.state, standing.due_on, work.today) is RequestState.lapsed:
        _lapse(work, standing)
        standing = None
    rules.check_may_go(member.status, has_open_transfer=standing is not None)
    destination = places.get(to_organization_id)
    rules.check_destination(
        member.organization_id,
        to_organization_id,
        is_known=destination is not None,
        is_closed=destination is not None and destination.closed_on is not None,
        holds_members=destination is not None and destination.kind in HOLDS_MEMBERS,
    )
    transfer = Transfer(
        member_id=member.id,
        organization_id=member.organization_id,
        to_organization_id=to_organization_id,
        reason=reason,
        due_on=rules.due(due_on, work.today),
        requested_by=access.account_id,
    )
    work.add(transfer)
    work.flush()
    _record(work, "request_transfer", transfer)
    return transfer


def list_transfers(
    work: Work, access: Access, pages: Pages, *, direction: Direction | None, state: RequestState | None
) -> tuple[list[Transfer], str | None]:
    """The transfers out of and into the organisations within reach, the newest first; `state` as of today."""
    found = queries.seen(work, access, direction)
    if state:
        found = queries.in_state(found, state, work.today)
    return pages.read(work, found.order_by(col(Transfer.id).desc()))


def list_own_transfers(work: Work, access: Access, pages: Pages) -> tuple[list[Transfer], str | None]:
    """One's own transfers, the newest first. Raises `NotFound` where the account is no member's."""
    if access.member_id is None:
        raise NotFound
    return pages.read(work, queries.of_member(access.member_id).order_by(col(Transfer.id).desc()))


def show_transfer(work: Work, access: Access, transfer_id: UUID) -> Transfer:
    return queries.one(work, queries.seen(work, access), transfer_id)


def accept_transfer(work: Work, access: Access, transfer_id: UUID, expected: Expected) -> Transfer:
    """Take a member in: from now on he belongs to the organisation that accepts. Only who reaches that one may.

    His posts in the former branch end, his card there is told as transferred and followed by one of the new branch, and his
    account and what he has asked for go with him. Who has asked for the transfer takes him in only as an officer over both
    organisations. Raises `NotFound`, `AboutOneself`, `BothHalves`, `TransferLapsed`, `AlreadyDecided`, `DestinationClosed`, or
    `ForTheLevelAbove` where he has left that branch before, or is called like one who is a member no more, as was recorded from
    above it.
    """
    destination, member, transfer = _lock(work, access, transfer_id, Direction.into, expected)
    if transfer.requested_by == access.account_id:
        there = roles_reaching(work, access.account_id, destination.id)
        if not there & roles_reaching(work, access.account_id, transfer.organization_id) & OFFICERS:
            raise rules.BothHalves
    if _decide(work, access, transfer, Decision.accept, None, "accept_transfer"):
        if destination.closed_on is not None:
            raise rules.DestinationClosed
        check_as_he_is(work, access, member, destination)
        life.move(work, member, destination, transfer.reason)
    return transfer


def refuse_transfer(work: Work, access: Access, transfer_id: UUID, reason: str, expected: Expected) -> Transfer:
    """Send a transfer back; the member stays where he is. Only who reaches the organisation that was asked may.

    Raises `NotFound`, `AboutOneself`, `TransferLapsed` or `AlreadyDecided`.
    """
    _, _, transfer = _lock(work, access, transfer_id, Direction.into, expected)
    _decide(work, access, transfer, Decision.refuse, reason, "refuse_transfer")
    return transfer


def withdraw_transfer(work: Work, access: Access, transfer_id: UUID, reason: str, expected: Expected) -> Transfer:
    """Take back a transfer that nobody has decided yet. Only who reaches the former branch may.

    Raises `NotFound`, `AboutOneself`, `TransferLapsed` or `AlreadyDecided`.
    """
    _, _, transfer = _lock(work, access, transfer_id, Direction.out, expected)
    _decide(work, access, transfer, Decision.withdraw, reason, "withdraw_transfer")
    return transfer


def lapse_transfers(work: Work) -> int:
    """Write down of all open transfers past their last day that they have lapsed, as every list says already. Returns how many."""
    lapsed = queries.lapsed(work, work.today)
    for transfer in lapsed:
        _lapse(work, transfer)
    return len(lapsed)


def withdraw_transfer_of_member(work: Work, member: Member) -> None:
    """End the open transfer of a member who leaves; one that is past its last day has lapsed before."""
    if (transfer := queries.open_of_member(work, member.id)) is not None:
        if rules.state_on(transfer.state, transfer.due_on, work.today) is RequestState.lapsed:
            _lapse(work, transfer)
            return
        transfer.decide(RequestState.withdrawn, work.origin.actor_id, work.at, "member_left")
        _record(work, "withdraw_transfer", transfer)
        work.flush()


def describe(work: Work, access: Access, transfers: Sequence[Transfer]) -> list[dict[str, Any]]:
    """Transfers as they are told: with the names beside their keys, in the state of today."""
    return [one | {"state": rules.state_on(one["state"], one["due_on"], work.today)} for one in named(work, access, transfers)]


def _lock(
    work: Work, access: Access, transfer_id: UUID, side: Direction, expected: Expected
) -> tuple[Organization, Member, Transfer]:
    """The destination, the member and the transfer, seen from one side and held. Raises `NotFound`, `AboutOneself`, or what
    `expected` demands."""
    member_id, *place_ids = queries.parties(work, access, side, transfer_id)
    places = _hold_places(work, *place_ids)
    member = hold_one(work, Member, member_id)
    transfer = queries.one(work, queries.seen(work, access, side), transfer_id)
    agreed_to_by = transfer.requested_by if side is Direction.into else None
    check_about_member(work, access, member.id, agreed_to_by=agreed_to_by)
    expected.check(transfer)
    return places[transfer.to_organization_id], member, transfer


def _hold_places(work: Work, *keys: UUID) -> dict[UUID, Organization]:
    """The organisations between which somebody moves, kept from being closed or moved meanwhile."""
    return {one.id: one for one in hold_organizations(work, col(Organization.id).in_(keys), Lock.kept)}


def _decide(work: Work, access: Access, transfer: Transfer, decision: Decision, reason: str | None, audit_action: str) -> bool:
    """Write a decision down; False where it stands already."""
    state = rules.after(decision, transfer.state, transfer.due_on, work.today)
    if transfer.state is state:
        return False
    transfer.decide(state, access.account_id, work.at, reason)
    _record(work, audit_action, transfer)
    work.flush()
    return True


def _lapse(work: Work, transfer: Transfer) -> None:
    transfer.decide(RequestState.lapsed, None, work.at)
    _record(work, "lapse_transfer", transfer)
    work.flush()


def _record(work: Work, audit_action: str, transfer: Transfer) -> None:
    """An audit line at each of the two organisations."""
    for place in (transfer.organization_id, transfer.to_organization_id):
        work.record(audit_action, transfer, organization_id=place, member=str(transfer.member_id))
