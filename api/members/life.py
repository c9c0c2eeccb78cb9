"""The life of a membership, whoever tells of it: a form, a roster, or another room. Each event is kept."""

from collections.abc import Sequence
from datetime import date, datetime

from api.database import Work
from api.errors import Text
from api.members import queries
from api.members.rules import Dated, MemberErased
from models.enums import LeavingKind, MembershipEventKind, MemberStatus
from models.member import Member, MembershipEvent
from models.organization import Organization


def confirm(work: Work, member: Member, confirmed: Dated) -> None:
    """Make a probationary member a full one, for whoever has decided that he may be."""
    member.status, member.confirmed_on, member.confirmed_precision = MemberStatus.full, confirmed.day, confirmed.precision
    _keep(work, member, MembershipEventKind.confirmed, confirmed.day)
    work.record("confirm_member", member)
    work.flush()
    for follow in work.followers.member_is_confirmed:
        follow(work, member)


def leave(work: Work, member: Member, kind: LeavingKind, left_on: date, reason: str) -> None:
    """Mark a member as left, for whoever has decided it; of one who has left, that it was otherwise. His post ends with the
    membership."""
    former = former_status(work, member)
    member.status = MemberStatus.left
    held_a_post = member.party_post is not None
    member.left_kind, member.left_on, member.left_reason = kind, left_on, reason
    member.party_post = None
    _keep(work, member, MembershipEventKind.left, left_on, left_kind=kind, former_status=former, reason=reason)
    work.record("leave_member", member, kind=kind)
    work.flush()
    for follow in work.followers.member_leaves:
        follow(work, member)
    if held_a_post:
        tell_posts(work, [member])


def restore(work: Work, member: Member, status: MemberStatus, reason: str) -> list[Text]:
    """Take a member back, for whoever has decided it. Returns in sentences what was given back and what was not. Raises
    `MemberErased`."""
    if member.erased_on is not None:
        raise MemberErased
    at = left_at(work, member)
    member.status, member.left_kind, member.left_on, member.left_reason = status, None, None, None
    _keep(work, member, MembershipEventKind.restored, work.today, reason=reason)
    work.record("restore_member", member, status=status, reason_length=len(reason))
    work.flush()
    told = [follow(work, member, at) for follow in work.followers.member_is_restored]
    return [text for text in told if text is not None]


def last_leaving(work: Work, member: Member) -> MembershipEvent | None:
    """How one who has left was last marked so; None where it is not known."""
    return queries.last_leaving(work, member.id)


def former_status(work: Work, member: Member) -> MemberStatus | None:
    """The status of a member, of one who has left that in which he did; None where it is not known."""
    if member.status is not MemberStatus.left:
        return member.status
    leaving = last_leaving(work, member)
    return leaving.former_status if leaving else None


def left_at(work: Work, member: Member) -> frozenset[datetime]:
    """The moments at which it was recorded that a member has left, and that it was otherwise."""
    return queries.left_at(work, member.id) or frozenset({member.updated_at})


def move(work: Work, member: Member, destination: Organization, reason: str) -> None:
    """Let a member belong to another organisation, for whoever has decided it. His post in the former one ends; his card, his
    account and what he has asked for go with him."""
    former, held_a_post = member.organization_id, member.party_post is not None
    _keep(work, member, MembershipEventKind.transferred, work.today, to_organization_id=destination.id, reason=reason)
    member.organization_id, member.party_post = destination.id, None
    work.flush()
    for place in (former, destination.id):
        work.record("move_member", member, organization_id=place, former=str(former), present=str(destination.id))
    for follow in work.followers.member_moves:
        follow(work, member, former)
    if held_a_post:
        tell_posts(work, [member])


def end_party_posts(work: Work, members: Sequence[Member]) -> None:
    """End the posts within the Party of members, who are held, for whoever has decided it, and tells of them."""
    for member in members:
        member.party_post = None
        work.record("edit_member", member, fields=["party_post"])
    if members:
        tell_posts(work, members)


def tell_posts(work: Work, members: Sequence[Member]) -> None:
    """Tell that the posts of these members within the Party are others now, for whoever has changed them."""
    work.flush()
    for follow in work.followers.party_posts_change:
        follow(work, members)


def _keep(work: Work, member: Member, kind: MembershipEventKind, happened_on: date, **more: object) -> None:
    content = {"member_id": member.id, "organization_id": member.organization_id, "recorded_by": work.origin.actor_id, **more}
    work.add(MembershipEvent.model_validate({"kind": kind, "happened_on": happened_on, **content}))
