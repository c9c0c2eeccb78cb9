"""What becomes of posts when somebody who holds one leaves or moves, or an organisation moves, closes or has another name."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from api.access.about import check_followed
from api.access.permissions import Permission
from api.access.rules import ForTheLevelAbove
from api.access.scope import actor_may
from api.database import Work
from api.errors import Unavailable
from api.members import life
from api.posts import queries
from api.posts.holdings import end
from api.posts.moving import queries as moving
from api.posts.rules import HELD_POSTS_END, SENT
from api.posts.service import close
from api.posts.showing import show_posts_of_members
from api.profiles.service import hold_free_profiles
from models.enums import RequestState
from models.member import Member
from models.organization import Organization
from models.post import Post, PostApplication
from models.post_enums import PostKind

MEMBER_MOVED: Final = "member_moved"
ORGANIZATION_CLOSED: Final = "organization_closed"


def hold_posts_of_member(work: Work, member: Member, _: UUID | None = None) -> None:
    """Hold what a member who leaves or moves holds and asks for, before what strangers learn of him: whoever gives or ends a post
    holds these first and tells of them in the end."""
    # Applications are held before holdings, as where one is accepted.
    queries.open_applications(work, member_id=member.id)
    queries.unended_of_member(work, member.id, work.today, without=())


def end_holdings_of_member(work: Work, member: Member) -> None:
    """End all that a member who leaves holds or will hold, and what he asks for."""
    _end_of_member(work, member, "member_left", without=())


def end_holdings_of_moved_member(work: Work, member: Member, _: UUID) -> None:
    """The same of a member who moves, but for what he was sent to, which has nothing to do with his branch."""
    _end_of_member(work, member, MEMBER_MOVED, without=SENT)


def end_holdings_of_moved_organization(work: Work, organization: Organization, left: frozenset[UUID]) -> None:
    """The same of all who belong to an organisation that moves, or below it, as far as it is of what it has `left`; a group's posts
    within the Party, which may be those of the branch that it leaves, end as well. Raises `Unavailable` while somebody works on one
    of them, or, where it is one about whom the caller may not act, `AboutOneself` or `ForTheLevelAbove`."""
    rostered = moving.rostered_of_group(work, organization)
    member_ids = moving.concerned(work, organization, left) | rostered
    members = queries.members(work, member_ids, waits=False)
    found = moving.held_free(work, member_ids, left)
    if members.keys() < member_ids or found is None or not hold_free_profiles(work, member_ids):
        raise Unavailable(retry_after=1)
    check_followed(work, member_ids)
    applications, holdings = found
    life.end_party_posts(work, [members[key] for key in sorted(rostered)])
    for application in applications:
        _withdraw(work, application, MEMBER_MOVED)
    for holding in holdings:
        end(work, work.get_one(Post, holding.post_id), holding, None, MEMBER_MOVED)
    work.flush()
    show_posts_of_members(work, list(members.values()))


def close_posts_of_organization(work: Work, organization: Organization) -> None:
    """Close the posts of an organisation that closes. Raises `Unavailable` while somebody works on one, or on one of those who hold
    them; or `AboutOneself` or `ForTheLevelAbove` where the caller may not take one from whoever holds it."""
    # The organisation is held alone by now. Whoever holds a member or a post may wait for one who waits for it.
    posts = queries.open_posts_of(work, organization.id)
    member_ids = {key for post in posts for key in queries.unended(work, work.today, post_id=post.id)}
    members = queries.members(work, member_ids, waits=False)
    is_all = len(posts) == queries.count_open_of(work, organization.id) and members.keys() == member_ids
    if not is_all or not hold_free_profiles(work, member_ids):
        raise Unavailable(retry_after=1)
    check_followed(work, member_ids)
    if member_ids and not actor_may(work, Permission.post_write, organization.id):
        raise ForTheLevelAbove(instead=HELD_POSTS_END)
    for post in posts:
        close(work, post, ORGANIZATION_CLOSED, waits=False)
    show_posts_of_members(work, list(members.values()))


def rename_posts_of_organization(work: Work, organization: Organization) -> None:
    """Let cards tell the new name of the organisation whose post somebody holds who is not of it, or who has sent him."""
    keys = {*queries.told_of(work, organization.id), *queries.rostered_in_groups(work, organization.id)}
    show_posts_of_members(work, list(queries.members(work, keys).values()))


def _end_of_member(work: Work, member: Member, reason: str, *, without: Collection[PostKind]) -> None:
    for application in queries.open_applications(work, member_id=member.id):
        _withdraw(work, application, reason)
    for holding in queries.unended_of_member(work, member.id, work.today, without=without):
        end(work, work.get_one(Post, holding.post_id), holding, None, reason)
    work.flush()
    show_posts_of_members(work, [member])


def _withdraw(work: Work, application: PostApplication, reason: str) -> None:
    application.decide(RequestState.withdrawn, work.origin.actor_id, work.at, reason)
    work.record("withdraw_post_application", application)
