"""Who may do what with a pledge: its author and who has entered it, and who reviews it."""

from collections.abc import Collection
from uuid import UUID

from api.access.about import barred, own_among
from api.access.meanwhile import acts_about
from api.access.permissions import Permission, roles_with
from api.access.rules import AboutOneself, ForTheLevelAbove
from api.access.scope import Access, roles_reaching
from api.database import Work
from api.errors import Forbidden
from api.pledges import queries, rules
from api.pledges.holding import HeldOne
from models.account import Account
from models.enums import PartyPost
from models.member import Member
from models.organization import Organization
from models.pledge import Pledge


def review_place(work: Work, pledge: Pledge, member: Member | None) -> UUID:
    """The organisation whose reviewers decide about a pledge: the branch; the one above it for an organisation's own, for its
    secretary's, and for one who may review in it himself. The district has none above it."""
    place = work.get_one(Organization, pledge.organization_id)
    above = place.parent_id or place.id
    if member is None or member.party_post is PartyPost.secretary:
        return above
    account_id = queries.account_of(work, member.id)
    if account_id and roles_reaching(work, account_id, place.id) & roles_with(Permission.pledge_review):
        return above
    return place.id


def barred_as_author(work: Work, access: Access, pledge: Pledge) -> type[Forbidden] | None:
    """Why the caller does not act as the author of a pledge; None where it is his own, or one that he has entered, where he still
    may and for somebody about whom he may act. An organisation's own whose enterer may no more is carried on by whoever may."""
    if pledge.member_id is not None and pledge.member_id == access.member_id:
        return None
    enters = pledge.entered_by == access.account_id or (pledge.member_id is None and not _still_enters(work, pledge))
    if not enters or not queries.covered(work, access, Permission.pledge_write, [pledge.organization_id]):
        return Forbidden
    return barred(work, access, [pledge.member_id]).get(pledge.member_id) if pledge.member_id else None


def act_as_author(work: Work, access: Access, pledge: Pledge) -> None:
    """Act as the author of a pledge; who carries on an organisation's own takes the place of whoever has entered it, and so does
    not decide about it. Raises `Forbidden`, `AboutOneself` or `ForTheLevelAbove`."""
    if (refusal := barred_as_author(work, access, pledge)) is not None:
        raise refusal
    if pledge.member_id is None:
        pledge.entered_by = access.account_id


def check_reviewer(work: Work, access: Access, pledge: Pledge) -> None:
    """Raise `AboutOneself` or `ForTheLevelAbove` unless the caller reviews a pledge."""
    refusal = barred_from(work, access, [pledge]).get(pledge.id)
    if refusal is ForTheLevelAbove:
        raise ForTheLevelAbove(instead=rules.REVIEWED_ABOVE)
    if refusal is not None:
        raise refusal


def barred_from(work: Work, access: Access, pledges: Collection[Pledge]) -> dict[UUID, type[Forbidden]]:
    """Those of some pledges that the caller does not review, each with the refusal. One statement, however many they are.

    Where a pledge is reviewed is fixed when it is submitted; a draft is refused by its state.
    """
    acts_about(work, {one.member_id for one in pledges if one.member_id})
    own, reviewed = queries.meeting(work, pledges, queries.own(work, access), queries.reviewed(work, access))
    found: dict[UUID, type[Forbidden]] = dict.fromkeys(own, AboutOneself)
    for one in pledges:
        if one.id not in own | reviewed and one.review_organization_id is not None:
            found[one.id] = ForTheLevelAbove
    return found


def is_own(work: Work, access: Access, pledge: Pledge) -> bool:
    """Whether a pledge is the caller's own, also by another hand of his."""
    return queries.meeting(work, [pledge], queries.own(work, access)) == [{pledge.id}]


def check_decidable(work: Work, access: Access, pledge: Pledge) -> None:
    """Raise `ForTheLevelAbove` unless the caller may decide about a pledge of its author."""
    acts_about(work, [pledge.member_id] if pledge.member_id else [])
    if queries.meeting(work, [pledge], queries.decidable(work, access)) != [{pledge.id}]:
        raise ForTheLevelAbove


def check_enterer(work: Work, access: Access, held: HeldOne) -> None:
    """Whether the caller may decide how a pledge ends, if he, or another hand of his, has entered it for a member: only where all
    members of the branch have voted for its text. Raises `AboutOneself`."""
    pledge = held.pledge
    if pledge.member_id is not None and not held.is_by_all_members(pledge) and own_among(work, access, [pledge.entered_by]):
        raise AboutOneself


def _still_enters(work: Work, pledge: Pledge) -> bool:
    """Whether the account that has entered a pledge is open and still may."""
    is_open = work.get_one(Account, pledge.entered_by).disabled_at is None
    roles = roles_reaching(work, pledge.entered_by, pledge.organization_id)
    return is_open and bool(roles & roles_with(Permission.pledge_write))
