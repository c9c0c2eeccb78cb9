"""设岗定责: members ask for an announced post or are recommended for it, and the organisation of the post decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col

from api.access.about import check_about_member
from api.access.names import named, organization_names, paths_of
from api.access.scope import Access, Lock, hold, hold_one
from api.database import Work
from api.errors import AlreadyAsked, NotFound
from api.members.rules import MemberHasLeft
from api.members.service import show_own_member
from api.moves import DECISIONS, Decision
from api.organizations.service import branch_of
from api.pagination import MOST_OF_ONE, Pages
from api.posts import queries, rules
from api.posts.holdings import give, hold_post
from api.posts.rules import Span
from api.posts.showing import duties_of, posts_of_members
from api.versions import Expected
from models.enums import MemberStatus, RequestState
from models.member import Member
from models.post import Post, PostApplication
from models.post_enums import HoldingHow, PostSlot


@dataclass(frozen=True)
class ApplicationTold:
    """An application with the names beside its keys."""

    application: PostApplication
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class OwnPosts:
    """What a member holds, what he may apply for, and what he has asked for."""

    holdings: Sequence[Mapping[str, Any]]
    announced: Sequence[Mapping[str, Any]]
    applications: Sequence[ApplicationTold]


def show_own_posts(work: Work, access: Access) -> OwnPosts:
    """One's own posts of today and those to come, the announced ones of one's branch, and one's applications. Raises `NotFound`
    where the account is no member's."""
    member = show_own_member(work, access)
    places = _places_of(work, member)
    held = _held_today(work, member)
    posts = [post for post in queries.announced(work, places, work.today) if post.id not in held]
    names = organization_names(work, {post.organization_id for post in posts}) if posts else {}
    return OwnPosts(
        [*_rostered(work, member), *_held(work, member)][:MOST_OF_ONE],
        [post.model_dump() | {"organization_name": names[post.organization_id], "duties": duties_of(post)} for post in posts],
        tell_applications(work, access, queries.applications_of(work, member.id)),
    )


def apply_for_post(work: Work, access: Access, post_id: UUID, statement: str) -> ApplicationTold:
    """Ask for an announced post of one's branch, or of the group in it to which one belongs. Raises `NotFound`, `NotAnnounced`,
    `AlreadyHolds` or `AlreadyAsked`."""
    member = show_own_member(work, access)
    post = hold(work, Post, post_id)
    if post is None or post.organization_id not in _places_of(work, member):
        raise NotFound
    application = _ask(work, access, post, member, HoldingHow.applied, statement)
    work.record("apply_for_post", application, member=str(member.id))
    return _told(work, access, application)


def recommend_for_post(work: Work, access: Access, post_id: UUID, member_id: UUID, statement: str) -> ApplicationTold:
    """Recommend a member within reach for an announced post. Raises `NotFound`, `AboutOneself`, `ForTheLevelAbove`,
    `MemberHasLeft`, `NotOfThisOrganization`, `NotAnnounced`, `AlreadyHolds` or `AlreadyAsked`."""
    member = access.get(work, Member, member_id)
    check_about_member(work, access, member.id)
    post = access.get(work, Post, post_id)
    if member.status is MemberStatus.left:
        raise MemberHasLeft(keys=(member.id,))
    places = paths_of(work, {member.organization_id, post.organization_id})
    if post.kind not in rules.SENT and not places[member.organization_id].startswith(places[post.organization_id]):
        raise rules.NotOfThisOrganization.at("body.member_id")
    application = _ask(work, access, post, member, HoldingHow.recommended, statement)
    work.record("recommend_for_post", application, member=str(member.id))
    return _told(work, access, application)


def list_post_applications(
    work: Work, access: Access, pages: Pages, *, post_id: UUID | None, state: RequestState | None
) -> tuple[list[ApplicationTold], str | None]:
    """The applications for posts within reach, the newest first."""
    found = access.listed(work, PostApplication, post_id=post_id, state=state)
    applications, following = pages.read(work, found.order_by(col(PostApplication.id).desc()))
    return tell_applications(work, access, applications), following


def accept_post_application(
    work: Work, access: Access, application_id: UUID, slot: PostSlot, since: date, expected: Expected
) -> ApplicationTold:
    """Give the post to whoever asks for it. Raises `AlreadyDecided`, and as `add_holding` does; the application then stays open."""
    known = access.get(work, PostApplication, application_id, Lock.none)
    access.get(work, Post, known.post_id, Lock.none)
    held = hold_post(work, access, known.post_id, member_ids=[known.member_id])
    check_about_member(work, access, known.member_id)
    post = held.take()
    application = hold_one(work, PostApplication, application_id)
    expected.check(application)
    if (state := DECISIONS.after(Decision.accept, application.state)) is not application.state:
        member = held.members[application.member_id]
        holding = give(work, held, post, member, slot, Span(since, None), None, application.how)
        application.holding_id = holding.id
        application.decide(state, access.account_id, work.at)
        work.record("accept_post_application", application, member=str(member.id))
        work.flush()
        held.show()
    return _told(work, access, application)


def refuse_post_application(work: Work, access: Access, application_id: UUID, reason: str, expected: Expected) -> ApplicationTold:
    """Leave the post as it is; the member reads why. Raises `NotFound`, `AboutOneself`, `ForTheLevelAbove` or `AlreadyDecided`."""
    known = access.get(work, PostApplication, application_id, Lock.none)
    check_about_member(work, access, known.member_id)
    hold_one(work, Member, known.member_id)
    application = access.get(work, PostApplication, application_id)
    expected.check(application)
    if (state := DECISIONS.after(Decision.refuse, application.state)) is not application.state:
        application.decide(state, access.account_id, work.at, reason)
        work.record("refuse_post_application", application)
        work.flush()
    return _told(work, access, application)


def withdraw_post_application(work: Work, access: Access, application_id: UUID, expected: Expected) -> ApplicationTold:
    """Take back what one has asked for oneself, or what somebody has recommended one for. Raises `NotFound` or `AlreadyDecided`."""
    member = show_own_member(work, access)
    application = queries.own_application(work, member.id, application_id)
    if application is None:
        raise NotFound
    expected.check(application)
    if (state := DECISIONS.after(Decision.withdraw, application.state)) is not application.state:
        application.decide(state, access.account_id, work.at)
        work.record("withdraw_post_application", application)
        work.flush()
    return _told(work, access, application)


def tell_applications(work: Work, access: Access, applications: Sequence[PostApplication]) -> list[ApplicationTold]:
    """Applications with the names beside their keys, and the titles of their posts."""
    titles = queries.titles(work, {one.post_id for one in applications}) if applications else {}
    return [
        ApplicationTold(one, {**fields, "post_title": titles[one.post_id]})
        for one, fields in zip(applications, named(work, access, applications), strict=True)
    ]


def _told(work: Work, access: Access, application: PostApplication) -> ApplicationTold:
    return tell_applications(work, access, [application])[0]


def _ask(work: Work, access: Access, post: Post, member: Member, how: HoldingHow, statement: str) -> PostApplication:
    if not rules.takes_applications(post.announced_until, post.closed_on, work.today):
        raise rules.NotAnnounced
    if post.id in _held_today(work, member):
        raise rules.AlreadyHolds
    if queries.open_application(work, post.id, member.id) is not None:
        raise AlreadyAsked
    application = PostApplication(
        organization_id=post.organization_id,
        post_id=post.id,
        member_id=member.id,
        how=how,
        statement=statement,
        asked_by=access.account_id,
    )
    work.add(application)
    work.flush()
    return application


def _places_of(work: Work, member: Member) -> set[UUID]:
    """Whose posts a member may ask for: those of where he belongs, and of his branch."""
    branch = branch_of(work, member.organization_id)
    return {member.organization_id, *([branch.id] if branch else [])}


def _rostered(work: Work, member: Member) -> list[Mapping[str, Any]]:
    """A member's post within the Party, as the roster says and as his organisation names it."""
    name = organization_names(work, [member.organization_id])[member.organization_id]
    told = [post for post in posts_of_members(work, [member.id])[member.id] if post.word is not None]
    return [post._asdict() | {"organization_name": name} for post in told]


def _held_today(work: Work, member: Member) -> set[UUID]:
    return {one.post.id for one in queries.held(work, member_ids=[member.id], today=work.today)}


def _held(work: Work, member: Member) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for one in queries.held(work, member_ids=[member.id], from_today=work.today):
        about = {"kind": one.post.kind, "title": one.post.title, "duties": duties_of(one.post)}
        found.append(one.holding.model_dump() | about | {"organization_name": one.organization, "sent_by": one.sent_by})
    return found
