from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import literal
from sqlmodel import and_, case, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.about import may_act_about
from api.access.names import name_display
from api.access.scope import Access, Lock, locking
from api.database import Work
from api.figures import Own, how_many, own_counts
from api.pagination import MOST_OF_ONE
from api.posts.rules import COMMISSIONERS, COMMITTEE_POSTS, MOST_ANNOUNCED
from models.base import OwnedRecord
from models.enums import MemberStatus, NameDisplay, OrganizationKind, PartyPost
from models.member import Member
from models.organization import Organization
from models.post import STANDS, WAITS, Post, PostApplication, PostHolding
from models.post_enums import PostKind, PostSlot
from models.venue import Venue


class Held(NamedTuple):
    """A holding with its post, its holder, and the names of the organisations of the post and of who has sent him."""

    holding: PostHolding
    post: Post
    member: Member
    organization: str
    sent_by: str | None


class OnDuty(NamedTuple):
    """Somebody who holds a post, with what his organisation lets strangers read of his name, and how many hold it in that slot."""

    post_id: UUID
    slot: PostSlot
    full_name: str
    name_display: NameDisplay
    in_all: int


class Counts(NamedTuple):
    """How many members a branch has, how many are full ones, of its committee, and commissioners of one."""

    members: int = 0
    full: int = 0
    committee: int = 0
    commissioners: int = 0


class Rostered(NamedTuple):
    """A member who has a post within the Party, and the organisations whose post that may be, his own first."""

    member: Member
    places: tuple[UUID, ...]


def current(today: date) -> Any:
    """The condition that a holding is one of today."""
    return and_(col(PostHolding.since) <= today, or_(col(PostHolding.until).is_(None), col(PostHolding.until) > today))


def open_only(posts: SelectOfScalar[Post]) -> SelectOfScalar[Post]:
    return posts.where(col(Post.closed_on).is_(None))


def vacant_only(posts: SelectOfScalar[Post], today: date, *, vacant: bool) -> SelectOfScalar[Post]:
    """Those with a seat that is free today in the slot A, or those without."""
    held = select(func.count()).select_from(PostHolding).where(col(PostHolding.post_id) == col(Post.id), current(today))
    primary: Any = held.where(col(PostHolding.slot) == PostSlot.primary).scalar_subquery()
    rostered: Any = select(Member.id).join(Organization, col(Organization.id) == col(Member.organization_id))
    rostered = rostered.where(col(Member.party_post) == col(Post.party_post), _in_place_of_post())
    is_party = col(Post.kind) == PostKind.party
    is_vacant = or_(and_(is_party, ~rostered.exists()), and_(~is_party, primary < col(Post.seats)))
    return posts.where(is_vacant if vacant else ~is_vacant)


def _in_place_of_post() -> Any:
    """The condition that an organisation is that of a post, or a group in it."""
    return or_(
        col(Organization.id) == col(Post.organization_id),
        and_(col(Organization.parent_id) == col(Post.organization_id), col(Organization.kind) == OrganizationKind.group),
    )


def holdings(work: Work, post_id: UUID, *, waits: bool = True) -> Sequence[PostHolding]:
    """All holdings of a post, the oldest first, held where the work writes; without `waits` but for those that somebody else
    holds."""
    query = select(PostHolding).where(col(PostHolding.post_id) == post_id).order_by(col(PostHolding.id))
    return work.exec(locking(work, query, PostHolding, waits=waits)).all()


def holding(work: Work, post_id: UUID, holding_id: UUID) -> PostHolding | None:
    """One holding of a post; nothing is locked."""
    query = select(PostHolding).where(col(PostHolding.id) == holding_id, col(PostHolding.post_id) == post_id)
    return work.exec(query).first()


def unended(work: Work, today: date, *, post_id: UUID) -> Sequence[UUID]:
    """Whose holdings of a post have not ended by today; nothing is locked."""
    query = select(PostHolding.member_id).where(col(PostHolding.post_id) == post_id, not_ended(today))
    return work.exec(query.distinct()).all()


def unended_of_member(work: Work, member_id: UUID, today: date, *, without: Collection[PostKind]) -> Sequence[PostHolding]:
    """A member's holdings that have not ended by today, but for those of posts of some kinds, held where the work writes."""
    query = select(PostHolding).join(Post, col(Post.id) == col(PostHolding.post_id))
    query = query.where(col(PostHolding.member_id) == member_id, not_ended(today), col(Post.kind).not_in(without))
    return work.exec(locking(work, query.order_by(col(PostHolding.id)), PostHolding)).all()


def count_unended(work: Work, member_id: UUID, today: date) -> int:
    """How many holdings of a member have not ended by today; nothing is locked."""
    query = select(func.count()).select_from(PostHolding)
    return work.exec(query.where(col(PostHolding.member_id) == member_id, not_ended(today))).one()


def not_ended(today: date) -> Any:
    """The condition that a holding has not ended by a day."""
    until = col(PostHolding.until)
    return or_(until.is_(None), and_(until > today, until > col(PostHolding.since)))


def members(work: Work, keys: Collection[UUID], *, waits: bool = True) -> dict[UUID, Member]:
    """Some members, held in the order of their keys where the work writes; without `waits` but for those whom somebody else
    holds."""
    query = select(Member).where(col(Member.id).in_(keys)).order_by(col(Member.id))
    return {one.id: one for one in work.exec(locking(work, query, Member, waits=waits))}


def venue_names(work: Work, keys: Collection[UUID]) -> dict[UUID, str]:
    return dict(work.exec(select(Venue.id, Venue.name).where(col(Venue.id).in_(keys))).all())


def venue_path(work: Work, venue_id: UUID) -> str | None:
    """The path of the organisation of a venue; None where there is no such venue."""
    query = select(Organization.path).join(Venue, col(Venue.organization_id) == col(Organization.id))
    return work.exec(query.where(col(Venue.id) == venue_id)).first()


def party_post_of(work: Work, organization_id: UUID, word: PartyPost) -> UUID | None:
    """The open post of an organisation for a word of the roster."""
    query = select(Post.id).where(STANDS, col(Post.organization_id) == organization_id, col(Post.party_post) == word)
    return work.exec(query).first()


def held(
    work: Work,
    *,
    member_ids: Collection[UUID] | None = None,
    post_ids: Collection[UUID] | None = None,
    today: date | None = None,
    from_today: date | None = None,
) -> list[Held]:
    """The holdings of some members, or of some posts; of open posts only, and only those of a day where one is told, or those that
    have not ended by one."""
    days = [condition(day) for condition, day in ((current, today), (not_ended, from_today)) if day is not None]
    query = select(PostHolding).where(*days)
    for column, keys in ((col(PostHolding.member_id), member_ids), (col(PostHolding.post_id), post_ids)):
        if keys is not None:
            query = query.where(column.in_(keys))
    found = work.exec(query.order_by(col(PostHolding.since), col(PostHolding.id))).all()
    if not found:
        return []
    # What belongs to these few is read by its keys: PostgreSQL would join them with all members, posts and organisations.
    posts = {one.id: one for one in work.exec(open_only(select(Post).where(col(Post.id).in_({one.post_id for one in found}))))}
    holders = {one.id: one for one in work.exec(select(Member).where(col(Member.id).in_({one.member_id for one in found})))}
    places = {one.organization_id for one in posts.values()} | {one.sent_by_id for one in found if one.sent_by_id}
    named = select(Organization.id, Organization.name).where(col(Organization.id).in_(places))
    names: dict[Any, str] = dict(work.exec(named).all())
    whole = [one for one in found if one.post_id in posts and one.member_id in holders]
    both = ((one, posts[one.post_id]) for one in whole)
    return [Held(one, post, holders[one.member_id], names[post.organization_id], names.get(one.sent_by_id)) for one, post in both]


def rostered(work: Work, member_ids: Collection[UUID]) -> list[Rostered]:
    """Those of some members who have a post within the Party."""
    query = select(Member).where(col(Member.party_post).is_not(None), col(Member.id).in_(member_ids))
    if not (found := work.exec(query).all()):
        return []
    above = select(Organization.id, Organization.parent_id).where(col(Organization.id).in_({one.organization_id for one in found}))
    groups = dict(work.exec(above.where(col(Organization.kind) == OrganizationKind.group)).all())
    return [Rostered(one, tuple(filter(None, (one.organization_id, groups.get(one.organization_id))))) for one in found]


def party_posts(work: Work, organization_ids: Collection[UUID]) -> dict[tuple[UUID, PartyPost], Post]:
    """The open posts within the Party of some organisations, by organisation and word."""
    query = select(Post).where(STANDS, col(Post.organization_id).in_(organization_ids))
    return {(post.organization_id, post.party_post): post for post in work.exec(query) if post.party_post}


def members_of_places(
    work: Work, words: Mapping[UUID, Collection[PartyPost]], most: int | None = None
) -> list[tuple[UUID, Member]]:
    """Of some organisations, the first members of theirs and of the groups in them who have one of these posts within the Party."""
    in_group = and_(col(Organization.parent_id).in_(words), col(Organization.kind) == OrganizationKind.group)
    query: Any = select(Member, Organization.id, Organization.parent_id, Organization.kind)
    query = query.join(Organization, col(Organization.id) == col(Member.organization_id))
    query = query.where(col(Member.party_post).in_({word for some in words.values() for word in some}))
    query = query.where(or_(col(Organization.id).in_(words), in_group)).order_by(col(Member.full_name), col(Member.id)).limit(most)
    found: list[tuple[UUID, Member]] = []
    for member, own, parent_id, kind in work.exec(query):
        places = {own, parent_id} if kind is OrganizationKind.group else {own}
        found += [(place, member) for place in places & words.keys() if member.party_post in words[place]]
    return found


def in_venue(work: Work, venue_id: UUID, organization_id: UUID, most: int) -> Sequence[Post]:
    """The open public posts in a venue by title; of more than `most` those of an organisation first."""
    is_of_others: Any = col(Post.organization_id) != organization_id
    query = _public_in(venue_id).order_by(is_of_others, col(Post.title), col(Post.id))
    return sorted(work.exec(query.limit(most)), key=lambda one: (one.title, one.id))


def count_in_venue(work: Work, venue_id: UUID, *, beyond: int, most: int) -> int:
    """How many open public posts there are in a venue beyond so many, counted to `most`."""
    query = _public_in(venue_id).with_only_columns(col(Post.id)).offset(beyond).limit(most)
    return work.exec(select(func.count()).select_from(query.subquery())).one()


def _public_in(venue_id: UUID) -> SelectOfScalar[Post]:
    return open_only(select(Post).where(col(Post.venue_id) == venue_id, col(Post.is_public)))


def on_duty(work: Work, post_ids: Collection[UUID], today: date, most: int) -> list[OnDuty]:
    """Who holds some posts on a day: those who have held each longest, A before B, `most` of either at the most."""
    query: Any = select(PostHolding.post_id, PostHolding.slot, Member.full_name, name_display())
    query = query.join(Member, col(Member.id) == col(PostHolding.member_id))
    query = query.join(Organization, col(Organization.id) == col(Member.organization_id))
    query = query.where(col(PostHolding.post_id).in_(post_ids), current(today))
    by, order = [col(PostHolding.post_id), col(PostHolding.slot)], [col(PostHolding.since), col(PostHolding.id)]
    return _first(work, query, by, order, most)


def on_duty_by_roster(work: Work, post_ids: Collection[UUID], most: int) -> list[OnDuty]:
    """Who holds those of some posts that are within the Party, by name, `most` of each at the most: the members of its organisation
    and of the groups in it whose post that is on the roster."""
    query: Any = select(Post.id, literal(PostSlot.primary.value).label("slot"), Member.full_name, name_display())
    query = query.join(Organization, _in_place_of_post()).join(Member, col(Member.organization_id) == col(Organization.id))
    query = query.where(col(Member.party_post) == col(Post.party_post), col(Post.id).in_(post_ids))
    return _first(work, query, [col(Post.id)], [col(Member.full_name), col(Member.id)], most)


def _first(work: Work, query: Any, by: list[Any], order: list[Any], most: int) -> list[OnDuty]:
    """The first of a query of the columns of `OnDuty` in each of what it is parted by, with how many there are in it."""
    place = func.row_number().over(partition_by=by, order_by=order).label("place")
    numbered = query.add_columns(func.count().over(partition_by=by).label("in_all"), place).subquery()
    *columns, last = numbered.c
    found = work.execute(select(*columns).where(last <= most).order_by(columns[1] == PostSlot.backup.value, last))
    return [OnDuty(post_id, PostSlot(slot), name, NameDisplay(policy), in_all) for post_id, slot, name, policy, in_all in found]


def told_of(work: Work, organization_id: UUID) -> Sequence[UUID]:
    """The members of whom it is told that they hold a post of an organisation that is not their own, or are sent by it."""
    posts = select(Post.id).where(col(Post.organization_id) == organization_id)
    of_post = select(PostHolding.member_id).where(col(PostHolding.post_id).in_(posts))
    sent = select(PostHolding.member_id).where(col(PostHolding.sent_by_id) == organization_id)
    return [key for query in (of_post, sent) for key in work.exec(query)]


def rostered_in_groups(work: Work, organization_id: UUID) -> Sequence[UUID]:
    """The members of the groups in an organisation who have a post within the Party, which may be one of that organisation."""
    groups = select(Organization.id).where(
        col(Organization.parent_id) == organization_id, col(Organization.kind) == OrganizationKind.group
    )
    query = select(Member.id).where(col(Member.organization_id).in_(groups), col(Member.party_post).is_not(None))
    return work.exec(query).all()


def open_posts_of(work: Work, organization_id: UUID) -> Sequence[Post]:
    """The open posts of an organisation, but for those that somebody else holds where the work writes."""
    query = open_only(select(Post).where(col(Post.organization_id) == organization_id)).order_by(col(Post.id))
    return work.exec(locking(work, query, Post, waits=False)).all()


def count_on_post(work: Work, post_id: UUID) -> int:
    """How many holdings a post has, and how many applications wait for it; nothing is locked."""
    held = select(func.count()).select_from(PostHolding).where(col(PostHolding.post_id) == post_id)
    asked = select(func.count()).select_from(PostApplication).where(WAITS, col(PostApplication.post_id) == post_id)
    return work.exec(held).one() + work.exec(asked).one()


def count_open_of(work: Work, organization_id: UUID) -> int:
    query = select(func.count()).select_from(Post).where(col(Post.organization_id) == organization_id)
    return work.exec(query.where(col(Post.closed_on).is_(None))).one()


def announced(work: Work, organization_ids: Collection[UUID], today: date) -> Sequence[Post]:
    """The open posts of some organisations that members may apply for today, by the last day."""
    query = open_only(select(Post).where(col(Post.organization_id).in_(organization_ids), col(Post.announced_until) >= today))
    return work.exec(query.order_by(col(Post.announced_until), col(Post.id)).limit(MOST_ANNOUNCED)).all()


def titles(work: Work, post_ids: Collection[UUID]) -> dict[UUID, str]:
    return dict(work.exec(select(Post.id, Post.title).where(col(Post.id).in_(post_ids))).all())


def open_application(work: Work, post_id: UUID, member_id: UUID) -> PostApplication | None:
    query = select(PostApplication).where(WAITS, col(PostApplication.post_id) == post_id)
    return work.exec(query.where(col(PostApplication.member_id) == member_id)).first()


def open_applications(
    work: Work, *, post_id: UUID | None = None, member_id: UUID | None = None, waits: bool = True
) -> Sequence[PostApplication]:
    """The applications that wait, for a post or of a member, held where the work writes."""
    query = select(PostApplication).where(WAITS)
    if post_id is not None:
        query = query.where(col(PostApplication.post_id) == post_id)
    if member_id is not None:
        query = query.where(col(PostApplication.member_id) == member_id)
    return work.exec(locking(work, query.order_by(col(PostApplication.id)), PostApplication, waits=waits)).all()


def applications_of(work: Work, member_id: UUID) -> Sequence[PostApplication]:
    """A member's last applications, the newest first."""
    query = select(PostApplication).where(col(PostApplication.member_id) == member_id)
    return work.exec(query.order_by(col(PostApplication.id).desc()).limit(MOST_OF_ONE)).all()


def own_application(work: Work, member_id: UUID, application_id: UUID, lock: Lock = Lock.for_change) -> PostApplication | None:
    query = select(PostApplication).where(col(PostApplication.id) == application_id, col(PostApplication.member_id) == member_id)
    return work.exec(locking(work, query, PostApplication, lock=lock)).first()


def waiting(work: Work, access: Access) -> Any:
    """The applications that the caller may decide, with the names of the member and the title of the post."""
    found: Any = access.select(work, PostApplication).where(WAITS, may_act_about(work, access, col(PostApplication.member_id)))
    found = found.join(Member, col(Member.id) == col(PostApplication.member_id))
    found = found.join(Post, col(Post.id) == col(PostApplication.post_id))
    return found.add_columns(col(Member.full_name), col(Post.title))


def _reached(work: Work, access: Access, organization_id: UUID | None) -> Any:
    return access.reach_below(work, organization_id).holds(Organization)


def open_branches(work: Work, access: Access, organization_id: UUID | None) -> Sequence[Organization]:
    """The open branches and joint branches of an organisation within reach and everything below it, or of all within reach."""
    query = select(Organization).where(_reached(work, access, organization_id), col(Organization.closed_on).is_(None))
    return work.exec(query.where(col(Organization.kind).in_((OrganizationKind.branch, OrganizationKind.joint_branch)))).all()


def counted_members(work: Work, access: Access, organization_id: UUID | None) -> dict[UUID, Counts]:
    """How many members each branch of an organisation has, with those of the groups in it."""
    is_group = col(Organization.kind) == OrganizationKind.group
    place: Any = case((is_group, Organization.parent_id), else_=Organization.id)
    post = col(Member.party_post)
    query: Any = select(place, func.count(), how_many(col(Member.status) == MemberStatus.full))
    query = query.add_columns(how_many(post.in_(COMMITTEE_POSTS)), how_many(post.in_(COMMISSIONERS)))
    query = query.join(Organization, col(Organization.id) == col(Member.organization_id))
    query = query.where(col(Member.status) != MemberStatus.left, _reached(work, access, organization_id)).group_by(place)
    return {key: Counts(*numbers) for key, *numbers in work.execute(query)}


def with_term(work: Work, access: Access, organization_id: UUID | None, until: date) -> Sequence[Organization]:
    """The open organisations whose term ends by a day, of an organisation and everything below it."""
    query = select(Organization).where(_reached(work, access, organization_id), col(Organization.closed_on).is_(None))
    return work.exec(query.where(col(Organization.term_ends_on) <= until)).all()


def windows(work: Work, access: Access, organization_id: UUID | None) -> Sequence[Post]:
    """The open window posts of an organisation within reach and everything below it."""
    return work.exec(open_only(access.listed(work, Post, organization_id=organization_id, kind=PostKind.window))).all()


def count_assigned(on: date) -> Own:
    """By organisation: its full members on a day who had a post, and all of them."""
    holds = select(PostHolding.id).where(col(PostHolding.member_id) == col(Member.id), current(on)).exists()
    status, confirmed, left = col(Member.status), col(Member.confirmed_on), col(Member.left_on)
    is_full = or_(
        and_(status == MemberStatus.full, or_(confirmed.is_(None), confirmed <= on)),
        and_(status == MemberStatus.left, left > on, confirmed <= on),
    )
    assigned = how_many(or_(col(Member.party_post).is_not(None), holds))
    return own_counts(select(Member).where(is_full), col(Member.organization_id), assigned, func.count())


def count_backed(on: date) -> Own:
    """By organisation: its window posts, open on a day, that somebody held with a backup, and all that somebody held."""
    holds = select(PostHolding.id).where(col(PostHolding.post_id) == col(Post.id), current(on))
    backup = holds.where(col(PostHolding.slot) == PostSlot.backup).exists()
    windows: Any = select(Post).where(col(Post.kind) == PostKind.window, holds.exists())
    windows = windows.where(or_(col(Post.closed_on).is_(None), col(Post.closed_on) > on))
    return own_counts(windows, col(Post.organization_id), how_many(backup), func.count())


def counted_within(
    work: Work, access: Access, organization_id: UUID | None, counts: Own, model: type[OwnedRecord]
) -> Sequence[Any]:
    """What is counted of the rows of a model within reach, or of those of an organisation and everything below it."""
    return work.execute(counts.where(access.reach_below(work, organization_id).holds(model))).all()
