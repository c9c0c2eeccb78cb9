"""Who may do what with a pledge: its author and who has entered it, and who reviews it."""

from collections.abc import Collection
from uuid import UUID

from api.access.about import barred, own_among
from api.access.permissions import Permission, roles_with
from api.access.rules import AboutOneself, ForTheLevelAbove
from api.access.scope import Access, roles_reaching
from api.database import Work
from api.errors import Forbidden
from api.pledges import queries
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


def is_authors(work: Work, access: Access, pledge: Pledge) -> bool:
    """Whether a pledge is the caller's own, or one that he has entered where he still may."""
    if pledge.member_id is not None and pledge.member_id == access.member_id:
        return True
    entered = pledge.entered_by == access.account_id
    return entered and bool(queries.covered(work, access, Permission.pledge_write, [pledge.organization_id]))


def check_author(work: Work, access: Access, pledge: Pledge) -> None:
    """Raise `Forbidden` unless a pledge is the caller's own, or one that he has entered."""
    if not is_authors(work, access, pledge):
        raise Forbidden


def check_reviewer(work: Work, access: Access, pledge: Pledge) -> None:
    """Raise `AboutOneself` or `ForTheLevelAbove` unless the caller reviews a pledge."""
    if (refusal := barred_from(work, access, [pledge]).get(pledge.id)) is not None:
        raise refusal


def barred_from(work: Work, access: Access, pledges: Collection[Pledge]) -> dict[UUID, type[Forbidden]]:
    """Those of some pledges that the caller does not review, each with the refusal. As many statements, however many they are.

    Where a pledge is reviewed is fixed when it is submitted; a draft is refused by its state.
    """
    about = barred(work, access, {one.member_id for one in pledges if one.member_id})
    places = {one.review_organization_id for one in pledges if one.review_organization_id}
    reached = queries.covered(work, access, Permission.pledge_review, places)
    own = own_among(work, access, {one.entered_by for one in pledges if one.member_id is None})
    found: dict[UUID, type[Forbidden]] = {}
    for one in pledges:
        is_own = about.get(one.member_id) is AboutOneself if one.member_id else one.entered_by in own
        if is_own:
            found[one.id] = AboutOneself
        elif one.review_organization_id and one.review_organization_id not in reached:
            found[one.id] = ForTheLevelAbove
    return found
