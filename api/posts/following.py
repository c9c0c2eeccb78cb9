"""What becomes of posts when somebody who holds one leaves or moves, or an organisation moves, closes or has another name."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from api.database import Work
from api.errors import Unavailable
from api.posts import queries
from api.posts.holdings import end
from api.posts.moving import queries as moving
from api.posts.rules import SENT
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
    """The same of all who belong to an organisation that moves, or below it, as far as it is of what it has `left`. Raises
    `Unavailable` while somebody works on one of them."""
    member_ids = moving.concerned(work, organization, left)
    members = queries.members(work, member_ids, waits=False)
    found = moving.held_free(work, member_ids, left)
    if members.keys() < member_ids or found is None or not hold_free_profiles(work, member_ids):
        raise Unavailable(retry_after=1)
    applications, holdings = found
    for application in applications:
        _withdraw(work, application, MEMBER_MOVED)
    for holding in holdings:
        end(work, work.get_one(Post, holding.post_id), holding, None, MEMBER_MOVED)
    work.flush()
    show_posts_of_members(work, list(members.values()))


def close_posts_of_organization(work: Work, organization: Organization) -> None:
    """Close the posts of an organisation that closes. Raises `Unavailable` while somebody works on one, or on one of those who hold
    them."""
    # The organisation is held alone by now. Whoever holds a member or a post may wait for one who waits for it.
    posts = queries.open_posts_of(work, organization.id)
    member_ids = {key for post in posts for key in queries.unended(work, work.today, post_id=post.id)}
    members = queries.members(work, member_ids, waits=False)
    is_all = len(posts) == queries.count_open_of(work, organization.id) and members.keys() == member_ids
    if not is_all or not hold_free_profiles(work, member_ids):
        raise Unavailable(retry_after=1)
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
