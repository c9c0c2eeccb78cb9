"""Who holds a post: given, taken, and handed over from one to another.

All that changes who holds a post of an organisation takes turns at that organisation, which is held first. So the members whose
cards tell of the post are known before they are held, and they are held before the post. Only leaving and moving end holdings
beside that, while the member is held.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col

from api.access.about import check_about_member
from api.access.names import one_named, paths_of
from api.access.scope import Access, Lock, hold_one, hold_organizations
from api.database import Work
from api.errors import BadSpan, NotFound
from api.members.rules import MemberHasLeft
from api.posts import queries, rules
from api.posts.rules import SENT, Span
from api.posts.showing import rostered_holders, shown_posts
from api.profiles.sections import Section
from api.profiles.service import write_section
from api.versions import Expected
from models.enums import MemberStatus, PartyPost
from models.member import Member
from models.organization import Organization
from models.post import Post, PostHolding
from models.post_enums import HoldingHow, PostKind, PostSlot


@dataclass(frozen=True)
class HoldingTold:
    """A holding with the names beside its keys."""

    holding: PostHolding
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class HeldPost:
    """A post on which is worked: its organisation and the members are held, the post itself once it is taken."""

    work: Work
    access: Access
    post_id: UUID
    organization: Organization
    members: Mapping[UUID, Member]
    holder_ids: Collection[UUID]
    """Those of them who hold it, or will."""
    is_reached: bool = True
    """Whether the post itself lies within reach, and not only whoever holds it."""

    def take(self) -> Post:
        """The post, held too: whatever else is held before posts has been held by now."""
        return self.access.get(self.work, Post, self.post_id) if self.is_reached else hold_one(self.work, Post, self.post_id)

    def show(self) -> None:
        """Let the next scan of the members' cards tell what they hold."""
        write_section(self.work, Section.posts, shown_posts, sorted(self.members))


def hold_post(
    work: Work,
    access: Access,
    post_id: UUID,
    *,
    member_ids: Collection[UUID] = (),
    sent_by_id: UUID | None = None,
    by_roster: bool = False,
    is_reached: bool = True,
) -> HeldPost:
    """Hold the organisation of a post and whoever has sent somebody, then all who hold the post, with some others; those who hold
    it by the roster where it is asked for. Raises `NotFound`, for a post out of reach unless it need not be `is_reached`, or
    `TooManyOnRoster` where the roster is asked."""
    known = access.get(work, Post, post_id, Lock.none) if is_reached else work.get_one(Post, post_id)
    keys = {known.organization_id, sent_by_id} - {None}
    places = {one.id: one for one in hold_organizations(work, col(Organization.id).in_(keys))}
    if places.keys() < keys:
        raise NotFound
    holder_ids = {*queries.unended(work, work.today, post_id=post_id)}
    if by_roster and known.party_post is not None:
        check_roster(work, known.organization_id, known.party_post)
        holder_ids |= {member.id for _, member in rostered_holders(work, [known])}
    members = queries.members(work, holder_ids | {*member_ids})
    return HeldPost(work, access, post_id, places[known.organization_id], members, sorted(holder_ids), is_reached)


def check_roster(work: Work, organization_id: UUID, word: PartyPost) -> list[UUID]:
    """Which members of an organisation hold a post within the Party. Raises `TooManyOnRoster` where more do than one has."""
    found = queries.members_of_places(work, {organization_id: {word}}, rules.MOST_ON_ROSTER + 1)
    rules.check_on_roster(len(found))
    return sorted(member.id for _, member in found)


def add_holding(
    work: Work,
    access: Access,
    post_id: UUID,
    *,
    member_id: UUID,
    slot: PostSlot,
    since: date,
    until: date | None,
    sent_by_id: UUID | None,
    how: HoldingHow,
    replaces: UUID | None = None,
) -> HoldingTold:
    """Give a post to a member within reach; `replaces` is a holding of it that ends as this one begins. Who has sent him lies
    within reach too, or above the post's organisation: on his card nobody else's name is told.

    Raises `NotFound`, `AboutOneself`, `ForTheLevelAbove`, `HeldByRoster`, `PostClosed`, `MemberHasLeft`, `NotOfThisOrganization`,
    `SendingOrganizationMissing`, `SendingOrganizationUnexpected`, `BadSpan`, `AlreadyHolds`, `NoSeat`, `TooManyHoldings` or
    `TooManyPosts`.
    """
    known = access.get(work, Post, post_id, Lock.none)
    access.get(work, Member, member_id, Lock.none)
    former = queries.holding(work, post_id, replaces) if replaces else None
    if replaces and former is None:
        raise NotFound(keys=(replaces,))
    rules.check_sent_by(known.kind, is_told=sent_by_id is not None)
    concerned = {member_id, former.member_id} if former else {member_id}
    held = hold_post(work, access, post_id, member_ids=concerned, sent_by_id=sent_by_id)
    if sent_by_id is not None and not access.reaches(work, {sent_by_id}):
        sender = paths_of(work, [sent_by_id])[sent_by_id]
        if not held.organization.path.startswith(sender):
            raise NotFound(keys=(sent_by_id,))
    for key in sorted(concerned):
        check_about_member(work, access, key)
    post = held.take()
    holding = give(work, held, post, held.members[member_id], slot, rules.check_span(since, until), sent_by_id, how, former)
    held.show()
    return tell_holding(work, access, holding)


def end_holding(
    work: Work, access: Access, post_id: UUID, holding_id: UUID, reason: str, until: date | None, expected: Expected
) -> HoldingTold:
    """Take a post from whoever holds it, from today on unless another day is told. What has ended already stays as it is.

    What outlasts a move is ended where the holder belongs too, though the post lies out of reach. Raises `NotFound`,
    `AboutOneself`, `ForTheLevelAbove` or `BadSpan`.
    """
    known = queries.holding(work, post_id, holding_id)
    if known is None:
        raise NotFound
    asked = work.get_one(Post, post_id)
    is_reached = asked.kind not in SENT or access.reaches(work, {asked.organization_id})
    held = hold_post(work, access, post_id, member_ids=[known.member_id], is_reached=is_reached)
    if not is_reached:
        access.get(work, Member, known.member_id, Lock.none)
    check_about_member(work, access, known.member_id)
    post = held.take()
    holding = hold_one(work, PostHolding, holding_id)
    expected.check(holding)
    end(work, post, holding, until, reason)
    held.show()
    return tell_holding(work, access, holding)


def show_holding(work: Work, access: Access, post_id: UUID, holding_id: UUID) -> tuple[Post, PostHolding]:
    """A holding of a post within reach. Raises `NotFound`."""
    post = access.get(work, Post, post_id)
    holding = queries.holding(work, post_id, holding_id)
    if holding is None:
        raise NotFound
    return post, holding


def give(
    work: Work,
    held: HeldPost,
    post: Post,
    member: Member,
    slot: PostSlot,
    span: Span,
    sent_by_id: UUID | None,
    how: HoldingHow,
    former: PostHolding | None = None,
) -> PostHolding:
    """Give a post that is held to a member who is, for whoever has decided that he may have it."""
    if post.kind is PostKind.party:
        raise rules.HeldByRoster
    if post.closed_on is not None:
        raise rules.PostClosed
    if member.status is MemberStatus.left:
        raise MemberHasLeft(keys=(member.id,))
    rules.check_sent_by(post.kind, is_told=sent_by_id is not None)
    if post.kind not in SENT:
        path = paths_of(work, [member.organization_id])[member.organization_id]
        if not path.startswith(held.organization.path):
            raise rules.NotOfThisOrganization.at("body.member_id")
    holdings = queries.holdings(work, post.id)
    if former is not None:
        replaced = next(one for one in holdings if one.id == former.id)
        if span.since < replaced.since:
            raise BadSpan.at("body.since")
        if replaced.until is None or replaced.until > span.since:
            end(work, post, replaced, span.since, None)
    own = [Span(one.since, one.until) for one in holdings if one.member_id == member.id]
    rules.check_free(span, own, [Span(one.since, one.until) for one in holdings if one.slot is slot], post.seats)
    is_over = span.until is not None and span.until <= max(work.today, span.since)
    rules.check_number(len(holdings), 0 if is_over else queries.count_unended(work, member.id, work.today))
    holding = PostHolding(
        post_id=post.id, member_id=member.id, slot=slot, since=span.since, until=span.until, sent_by_id=sent_by_id, how=how
    )
    work.add(holding)
    work.flush()
    work.record("add_holding", holding, organization_id=post.organization_id, member=str(member.id))
    return holding


def end(work: Work, post: Post, holding: PostHolding, until: date | None, reason: str | None) -> None:
    """End a holding that is held, with its member; by itself today. The caller tells the profile."""
    last = rules.ending(Span(holding.since, holding.until), until, work.today)
    if holding.until != last:
        holding.until, holding.end_reason = last, reason
        work.record("end_holding", holding, organization_id=post.organization_id, member=str(holding.member_id))
        work.flush()


def tell_holding(work: Work, access: Access, holding: PostHolding) -> HoldingTold:
    fields = one_named(work, access, holding)
    return HoldingTold(holding, {**fields, "sent_by": fields["sent_by_name"]})


def show_posts_to_all(work: Work, post: Post) -> None:
    """Let the next scan of the cards of all who hold a post within the Party tell of it, as the organisation names it."""
    keys = sorted(member.id for _, member in rostered_holders(work, [post]))
    write_section(work, Section.posts, shown_posts, list(queries.members(work, keys)))
