"""Posts (岗位) of organisations: made, changed, announced and closed. Who holds them is in `holdings.py`, who asks to in
`applications.py`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col

from api.access.about import barred
from api.access.names import named
from api.access.rules import ForTheLevelAbove
from api.access.scope import Access, Lock, hold
from api.database import Work
from api.errors import NotFound, Unavailable
from api.lists.service import item_titles
from api.members.rules import BranchClosed
from api.pagination import MOST_ROWS_WITH_THEIRS, Pages
from api.posts import queries, rules
from api.posts.holdings import check_roster, end, hold_post, show_posts_to_all
from api.posts.rules import Span
from api.posts.showing import PostHolder, holders_of_posts
from api.versions import Expected
from models.enums import PartyPost, RequestState
from models.list_enums import ListKind
from models.organization import Organization
from models.post import Post
from models.post_enums import PostKind, PostSlot
from models.venue import Venue


@dataclass(frozen=True)
class Told:
    """A post with the names beside its keys, and who holds it today."""

    post: Post
    fields: Mapping[str, Any]


def list_posts(
    work: Work,
    access: Access,
    pages: Pages,
    *,
    organization_id: UUID | None,
    kind: PostKind | None,
    venue_id: UUID | None,
    vacant: bool | None,
    closed: bool,
) -> tuple[list[Told], str | None]:
    """The posts within reach, the oldest first; `closed` includes those that have been closed, `vacant` asks for those whose slot A
    has a free seat today, or for the others."""
    found = access.listed(work, Post, organization_id=organization_id, kind=kind, venue_id=venue_id)
    if not closed:
        found = queries.open_only(found)
    if vacant is not None:
        found = queries.vacant_only(found, work.today, vacant=vacant)
    posts, following = pages.read(work, found.order_by(col(Post.id)), most=MOST_ROWS_WITH_THEIRS)
    return tell_posts(work, access, posts), following


def show_post(work: Work, access: Access, post_id: UUID) -> Told:
    return _told(work, access, access.get(work, Post, post_id))


def create_post(
    work: Work, access: Access, *, organization_id: UUID, kind: PostKind, party_post: PartyPost | None, content: Mapping[str, Any]
) -> Told:
    """Add a post to an organisation within reach. `content` holds the other fields as a body has them.

    Raises `NotFound`, also for a venue of an organisation that stands neither at, above nor below it, `BranchClosed`,
    `PartyPostTaken`, `TooManyOnRoster`, `Invalid` where the word of a post within the Party is missing or too much, or a duty
    names an item by half, or `AboutOneself` or `ForTheLevelAbove` where the roster says that one about whom the caller may not act
    holds it: what it is called stands on his card from now on.
    """
    rules.check_party_post(kind, is_told=party_post is not None)
    rules.check_duties(content["duties"])
    organization = access.get(work, Organization, organization_id, Lock.kept)
    if organization.closed_on is not None:
        raise BranchClosed(keys=(organization.id,))
    if party_post is not None and queries.party_post_of(work, organization_id, party_post) is not None:
        raise rules.PartyPostTaken
    if party_post is not None:
        _check_about_holders(work, access, check_roster(work, organization_id, party_post))
    _keep_venue(work, organization, content.get("venue_id"))
    post = Post(organization_id=organization_id, kind=kind, party_post=party_post, **content)
    work.add(post)
    work.flush()
    work.record("create_post", post)
    if post.kind is PostKind.party:
        show_posts_to_all(work, post)
    return _told(work, access, post)


def edit_post(work: Work, access: Access, post_id: UUID, changes: Mapping[str, Any], expected: Expected) -> Told:
    """Change what is told of a post; the duties are sent whole. Raises `NotFound`, `PostClosed`, `TooManyOnRoster`, `NoSeat` where
    more hold it on some day to come than it would have seats for, or as `close_post` where what its holders' cards tell of it
    would be another, or `Invalid` where a duty names an item by half."""
    rules.check_duties(changes.get("duties", ()))
    held = hold_post(work, access, post_id, by_roster=True)
    if "venue_id" in changes:
        _keep_venue(work, held.organization, changes["venue_id"])
    post = held.take()
    expected.check(post)
    if post.closed_on is not None:
        raise rules.PostClosed
    if any(name in changes and changes[name] != getattr(post, name) for name in rules.ON_CARDS):
        _check_about_holders(work, access, held.holder_ids)
        # To hide it is to take it from them, for which it is enough to reach the post.
        is_hidden = changes.get("is_public", post.is_public) is False
        places = {held.members[key].organization_id for key in held.holder_ids if key in held.members}
        if not is_hidden and not access.reaches(work, places):
            raise ForTheLevelAbove(instead=rules.HELD_FROM_ELSEWHERE)
    if "seats" in changes and post.kind is not PostKind.party:
        found = queries.holdings(work, post.id)
        by_slot = {slot: [Span(one.since, one.until) for one in found if one.slot is slot] for slot in PostSlot}
        rules.check_seats(changes["seats"], by_slot, work.today)
    for name, value in changes.items():
        setattr(post, name, value)
    if changed := work.changes(post):
        work.record("edit_post", post, fields=changed)
        work.flush()
        held.show()
    return _told(work, access, post)


def close_post(work: Work, access: Access, post_id: UUID, reason: str, expected: Expected) -> Told:
    """Close a post: whoever holds it does so until yesterday, and what was asked for has lapsed. One that is closed stays so.

    Raises `NotFound`, `TooManyOnRoster`, or `AboutOneself` or `ForTheLevelAbove` where the caller may not take it from one of its
    holders.
    """
    held = hold_post(work, access, post_id, by_roster=True)
    _check_about_holders(work, access, held.holder_ids)
    post = held.take()
    expected.check(post)
    if post.closed_on is None:
        close(work, post, reason)
        held.show()
    return _told(work, access, post)


def announce_post(work: Work, access: Access, post_id: UUID, until: date, expected: Expected) -> Told:
    """Let members apply for a post until a day, one to sixty days on, or until another one than before. Raises `NotFound`,
    `PostClosed`, `HeldByRoster` or `BadSpan`."""
    rules.check_announced(until, work.today)
    post = access.get(work, Post, post_id)
    expected.check(post)
    if post.closed_on is not None:
        raise rules.PostClosed
    if post.kind is PostKind.party:
        raise rules.HeldByRoster
    if post.announced_until != until:
        post.announced_until = until
        work.record("announce_post", post)
        work.flush()
    return _told(work, access, post)


def close(work: Work, post: Post, reason: str, *, waits: bool = True) -> None:
    """Close a post that is held, with its holdings and applications, for whoever has decided it. The caller tells the profiles.
    Raises `Unavailable` where it is not to wait, and somebody else holds one of them."""
    # Applications are held before holdings, as where one is accepted.
    applications = queries.open_applications(work, post_id=post.id, waits=waits)
    holdings = queries.holdings(work, post.id, waits=waits)
    if not waits and len(applications) + len(holdings) < queries.count_on_post(work, post.id):
        raise Unavailable(retry_after=1)
    post.closed_on, post.closed_reason, post.announced_until = work.today, reason, None
    work.record("close_post", post)
    for application in applications:
        application.decide(RequestState.lapsed, None, work.at, "post_closed")
        work.record("lapse_post_application", application)
    for holding in holdings:
        end(work, post, holding, None, reason)
    work.flush()


def tell_posts(work: Work, access: Access, posts: Sequence[Post]) -> list[Told]:
    """Posts with all that is told of them, by few statements however many they are."""
    venues = queries.venue_names(work, {post.venue_id for post in posts if post.venue_id})
    holders = holders_of_posts(work, posts)
    duties = [duty for post in posts for duty in post.duties]
    links = {(ListKind(duty["list_kind"]), duty["list_number"]) for duty in duties if duty["list_kind"] and duty["list_number"]}
    titles = item_titles(work, links)
    return [
        Told(
            post,
            {
                **fields,
                "venue_name": venues.get(post.venue_id) if post.venue_id else None,
                "holders": [_holder(one) for one in holders[post.id]],
                "duties": [duty | {"list_title": titles.get((duty["list_kind"], duty["list_number"]))} for duty in post.duties],
            },
        )
        for post, fields in zip(posts, named(work, access, posts), strict=True)
    ]


def _told(work: Work, access: Access, post: Post) -> Told:
    return tell_posts(work, access, [post])[0]


def _holder(one: PostHolder) -> dict[str, Any]:
    known = {"member_id": one.member_id, "member_name": one.full_name, "slot": one.slot}
    return known if one.holding is None else one.holding.model_dump() | known | {"sent_by": one.sent_by}


def _check_about_holders(work: Work, access: Access, member_ids: Collection[UUID]) -> None:
    """Whether the caller may act about all of whom a post tells. Raises `AboutOneself` or `ForTheLevelAbove`."""
    for refusal in barred(work, access, member_ids).values():
        raise refusal


def _keep_venue(work: Work, organization: Organization, venue_id: UUID | None) -> None:
    """Whether a post of an organisation may stand in a venue: one of an organisation at, above or below it. Raises `NotFound`."""
    if venue_id is None:
        return
    path = queries.venue_path(work, venue_id)
    related = path is not None and (path.startswith(organization.path) or organization.path.startswith(path))
    if not related or hold(work, Venue, venue_id, Lock.kept) is None:
        raise NotFound(keys=(venue_id,))
