"""What becomes of pledges when their author moves or leaves, or their organisation moves or closes."""

from collections.abc import Sequence
from uuid import UUID

from api.database import Work
from api.errors import Unavailable
from api.organizations.service import branches_of
from api.pledges import queries, reviewers, rules
from api.pledges.holding import Held, hold_all, tell
from models.enums import PledgeState
from models.member import Member
from models.organization import Organization
from models.pledge import Pledge


def withdraw_pledges_of_member(work: Work, member: Member) -> None:
    """End what is unsettled of a member who leaves; restoring him brings none of it back. Drafts are nobody else's, and stay."""
    keys = queries.unsettled(work, rules.UNSETTLED - {PledgeState.draft}, member_id=member.id)
    _withdraw(work, queries.found(work, queries.by_keys(keys)), "member_left")


def withdraw_pledges_of_organization(work: Work, organization: Organization) -> None:
    """End what is unsettled of an organisation's own when it closes. Raises `Unavailable` while somebody works on it."""
    keys = queries.unsettled(work, rules.UNSETTLED - {PledgeState.draft}, own_of=organization.id)
    # The organisation is held alone by now. Whoever counts up a pledge for a member who leaves may wait for one who waits for it.
    found = queries.found(work, queries.by_keys(keys))
    wanted = set(keys) | queries.line_above(work, found)
    if queries.hold(work, wanted, waits=False).keys() < wanted:
        raise Unavailable(retry_after=1)
    _withdraw(work, found, "organization_closed")


def move_pledges_of_member(work: Work, member: Member, _: UUID) -> None:
    """Let what is unsettled follow a member to his new branch, whose reviewers decide about it; what is settled stays where it was.

    Nothing of it stands below a pledge of the former branch any more.
    """
    branch = branches_of(work, [member.organization_id])[member.organization_id]
    queries.keep_places(work, {branch.id})
    keys = queries.unsettled(work, rules.UNSETTLED, member_id=member.id)
    found = [one for one in queries.found(work, queries.by_keys(keys)) if one.organization_id != branch.id]
    held = hold_all(work, found)
    for pledge in held.pledges.values():
        pledge.organization_id, pledge.parent_id = branch.id, None
        if pledge.state is not PledgeState.draft:
            pledge.review_organization_id = reviewers.review_place(work, pledge, member)
        work.record("move_pledge", pledge)
    tell(work, held, held.pledges.values())


def move_pledges_of_organization(work: Work, organization: Organization, left: frozenset[UUID]) -> None:
    """Let the organisation that is above one now decide about all of its pledges that the former one above did, settled ones too:
    where those below it are reviewed has moved with it. Nothing unsettled of it and below it stands below a pledge of what it has
    `left`. Raises `Unavailable` while somebody works on one of them."""
    reviewed, astray = queries.reviewed_above(work, organization.id), queries.below_those_of(work, organization, left)
    wanted = {*reviewed, *(one.id for one in astray)} | queries.line_above(work, astray)
    held = queries.hold(work, wanted, waits=False)
    if held.keys() < wanted:
        raise Unavailable(retry_after=1)
    following = Held.to_follow(held)
    for pledge in astray:
        pledge.parent_id = None
    for key in reviewed:
        held[key].review_organization_id = organization.parent_id
    for key in {*reviewed, *(one.id for one in astray)}:
        work.record("move_pledge", held[key])
    work.flush_batch()
    tell(work, following, ())


def _withdraw(work: Work, pledges: Sequence[Pledge], reason: str) -> None:
    held = hold_all(work, pledges)
    for pledge in held.pledges.values():
        pledge.state, pledge.withdrawn_reason, pledge.amendment_no = PledgeState.withdrawn, reason, None
        work.record("withdraw_pledge", pledge)
    tell(work, held, held.pledges.values())
