"""What posts tell elsewhere: in the profile that a scan reads, on the page of a venue, and on what is printed."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from api.access.names import organization_names
from api.database import Work
from api.posts import queries
from api.posts.queries import Held, OnDuty
from api.posts.rules import MOST_COUNTED, MOST_IN_VENUE, MOST_NAMED
from api.profiles.rules import display_name, kept_posts
from api.profiles.sections import Entries, PostEntry, Section
from api.profiles.service import write_section
from api.profiles.words import PARTY_POSTS
from models.enums import PartyPost
from models.member import Member
from models.post import Post, PostHolding
from models.post_enums import PostKind, PostSlot


class MemberPost(NamedTuple):
    """A post as somebody holds it today, by the roster or by a holding. `word` is its word on the roster, if it has one; `since` of
    those is not known."""

    post_id: UUID | None
    kind: PostKind
    word: PartyPost | None
    title: str
    duties: Sequence[str]
    slot: PostSlot
    venue_id: UUID | None
    is_public: bool


class PostHolder(NamedTuple):
    """Who holds a post today: by a holding, with the name of who has sent him, or, without one, as the roster says."""

    member_id: UUID
    full_name: str
    slot: PostSlot
    holding: PostHolding | None = None
    sent_by: str | None = None


class PublicHolder(NamedTuple):
    """Who holds a post, by the name that strangers may read."""

    display_name: str
    slot: PostSlot


class PostInVenue(NamedTuple):
    """A post with those who hold it, and how many hold it beyond these."""

    title: str
    duties: Sequence[str]
    holders: Sequence[PublicHolder]
    holders_more: int


def show_posts_of_members(work: Work, members: Sequence[Member]) -> None:
    """Let the next scan of these members' cards tell the posts that they hold now."""
    write_section(work, Section.posts, shown_posts, [member.id for member in members])


def shown_posts(work: Work, member_ids: Collection[UUID]) -> Mapping[UUID, Entries]:
    """The section `posts` of these members: what the roster says, and what of public open posts they hold or will. Which
    of these are shown on a day is judged when it is read."""
    entries: dict[UUID, list[PostEntry]] = {}
    rostered = _rostered(work, member_ids)
    elsewhere = {post.organization_id for member, _, post in rostered if post and post.organization_id != member.organization_id}
    names = organization_names(work, elsewhere) if elsewhere else {}
    for member, word, post in rostered:
        if post is None:
            entries.setdefault(member.id, []).append({"post": word.value})
        elif post.is_public:
            whose = None if post.organization_id == member.organization_id else names[post.organization_id]
            entries.setdefault(member.id, []).append(_entry(post, word.value, whose))
    for one in queries.held(work, member_ids=member_ids, from_today=work.today):
        if one.post.is_public:
            entries.setdefault(one.member.id, []).append(_entry_of(one))
    return {key: kept_posts(some) for key, some in entries.items()}


def posts_of_members(work: Work, member_ids: Collection[UUID]) -> dict[UUID, list[MemberPost]]:
    """The posts that members hold today, public or not: those within the Party first, then what each has held longest."""
    found: dict[UUID, list[MemberPost]] = {key: [] for key in member_ids}
    for member, word, post in _rostered(work, member_ids):
        title, duties = (post.title, duties_of(post)) if post else (PARTY_POSTS[word].zh, [])
        place = (post.id, post.venue_id, post.is_public) if post else (None, None, True)
        found[member.id].append(MemberPost(place[0], PostKind.party, word, title, duties, PostSlot.primary, *place[1:]))
    for one in queries.held(work, member_ids=member_ids, today=work.today):
        post, slot = one.post, one.holding.slot
        told = MemberPost(post.id, post.kind, None, post.title, duties_of(post), slot, post.venue_id, post.is_public)
        found[one.member.id].append(told)
    return found


def holders_of_posts(work: Work, posts: Sequence[Post]) -> dict[UUID, list[PostHolder]]:
    """Who holds some open posts today: A before B, and each slot by how long."""
    found: dict[UUID, list[PostHolder]] = {post.id: [] for post in posts}
    for post, member in rostered_holders(work, posts):
        found[post.id].append(PostHolder(member.id, member.full_name, PostSlot.primary))
    for one in queries.held(work, post_ids=list(found), today=work.today):
        told = PostHolder(one.member.id, one.member.full_name, one.holding.slot, one.holding, one.sent_by)
        found[one.post.id].append(told)
    return {key: sorted(some, key=lambda holder: holder.slot is PostSlot.backup) for key, some in found.items()}


def posts_in_venue(work: Work, venue_id: UUID, organization_id: UUID) -> tuple[list[PostInVenue], int]:
    """The open public posts in a venue of an organisation by their titles, of many its own first, with who holds them today; and
    how many there are beyond these."""
    posts = queries.in_venue(work, venue_id, organization_id, MOST_IN_VENUE)
    is_all = len(posts) < MOST_IN_VENUE
    more = 0 if is_all else queries.count_in_venue(work, venue_id, beyond=MOST_IN_VENUE, most=MOST_COUNTED)
    on_duty = queries.on_duty(work, [post.id for post in posts], work.today, MOST_NAMED) if posts else []
    if of_party := [post.id for post in posts if post.party_post]:
        on_duty += queries.on_duty_by_roster(work, of_party, MOST_NAMED)
    by_post: dict[UUID, list[OnDuty]] = {post.id: [] for post in posts}
    for one in on_duty:
        by_post[one.post_id].append(one)
    return [_in_venue(post, by_post[post.id]) for post in posts], more


def _in_venue(post: Post, on_duty: Sequence[OnDuty]) -> PostInVenue:
    holders = [PublicHolder(display_name(one.full_name, one.name_display), one.slot) for one in on_duty]
    in_all = sum({one.slot: one.in_all for one in on_duty}.values())
    return PostInVenue(post.title, duties_of(post), holders, in_all - len(holders))


def rostered_holders(work: Work, posts: Sequence[Post]) -> list[tuple[Post, Member]]:
    """Who holds those of some posts that are within the Party, as the roster says: the members of its organisation and of the
    groups in it."""
    by_place = {(post.organization_id, post.party_post): post for post in posts if post.party_post}
    words: dict[UUID, list[PartyPost]] = {}
    for place, word in by_place:
        words.setdefault(place, []).append(word)
    if not words:
        return []
    found = queries.members_of_places(work, words)
    return [(by_place[place, member.party_post], member) for place, member in found if member.party_post]


def duties_of(post: Post) -> list[str]:
    """The words of a post's duties in their order."""
    return [duty["text"] for duty in post.duties]


def _rostered(work: Work, member_ids: Collection[UUID]) -> list[tuple[Member, PartyPost, Post | None]]:
    """Members with their posts within the Party, and the post that an organisation keeps of each, if it does."""
    found = queries.rostered(work, member_ids)
    posts = queries.party_posts(work, {place for one in found for place in one.places}) if found else {}
    told = []
    for member, its_places in found:
        if (word := member.party_post) is not None:
            kept = (posts[place, word] for place in its_places if (place, word) in posts)
            told.append((member, word, next(kept, None)))
    return told


def _entry(post: Post, word: str, organization: str | None) -> PostEntry:
    entry: PostEntry = {"post": word, "title": post.title}
    if organization is not None:
        entry["organization"] = organization
    if post.duties:
        entry["duties"] = duties_of(post)
    return entry


def _entry_of(one: Held) -> PostEntry:
    holding, post = one.holding, one.post
    entry = _entry(post, post.kind.value, None if post.organization_id == one.member.organization_id else one.organization)
    entry["slot"], entry["since"] = holding.slot.value, holding.since.isoformat()
    if holding.until is not None:
        entry["until"] = holding.until.isoformat()
    if one.sent_by is not None:
        entry["sent_by"] = one.sent_by
    return entry
