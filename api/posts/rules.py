"""Who may hold a post, and in which slot, on which days (`posts-printing.md`, section 2)."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import accumulate
from typing import Any, ClassVar, Final, NamedTuple

from api.errors import BadSpan, Conflict, FieldFault, Invalid, Rule, Text
from api.profiles.rules import MOST_KEPT
from api.profiles.sections import Section
from models.enums import PartyPost
from models.post_enums import PostKind, PostSlot

SENT: Final = frozenset({PostKind.first_secretary, PostKind.secondment})
"""The kinds whose holders are sent by another organisation, and may be of any branch."""
COMMISSIONERS: Final = frozenset(PartyPost) - {PartyPost.secretary, PartyPost.deputy_secretary, PartyPost.group_leader}
"""The posts within the Party that only a committee has."""
COMMITTEE_POSTS: Final = COMMISSIONERS | {PartyPost.secretary, PartyPost.deputy_secretary}
ON_CARDS: Final = ("title", "duties", "is_public")
"""What the cards of all who hold a post tell of it, and whether they do."""
HELD_FROM_ELSEWHERE: Final = Text(
    "任职者不属于您的管理范围，请由上一级办理。",
    "Whoever holds this post belongs outside your organisations: the level above has to do it.",
)
"""Said where `for_the_level_above` is no matter of rank."""
HELD_POSTS_END: Final = Text(
    "还有人担任该组织的岗位，请由可以免去其岗位的人办理。",
    "Somebody holds a post of this organisation: whoever may take it from him has to do it.",
)
"""Said where an organisation is closed by one who takes posts from nobody."""
MOST_SEATS: Final = 50
MOST_HELD: Final = MOST_KEPT[Section.posts] - 1
"""How many posts a member may hold and be about to hold, so that all of them and the one within the Party stand in his profile."""
MOST_HOLDINGS: Final = 500
"""So often one post is given (OURS). Those who hold it no more count."""
MOST_ON_ROSTER: Final = 100
"""So many members of an organisation hold one post within the Party (OURS): what is told of it stands on all their cards."""
MOST_DUTIES: Final = 12
MOST_IN_VENUE: Final = 20
MOST_NAMED: Final = 20
"""So many posts stand on the page of a venue, and with each so many of either slot who hold it."""
MOST_COUNTED: Final = 1_000
"""How far is counted what is not named there."""
MOST_ANNOUNCED: Final = 200
"""Of the posts that one may apply for, how many are told."""
LONGEST_ANNOUNCED: Final = timedelta(days=60)


class HeldByRoster(Conflict):
    text: ClassVar[Text] = Text(
        "党内职务以党员花名册为准，请在党员资料中修改。",
        "The roster says who holds a post within the Party: change it in the member's record.",
    )


class PartyPostTaken(Conflict):
    breaks = "uq_post_party"
    text: ClassVar[Text] = Text(
        "这个党组织已经有这个党内职务的岗位。", "This organisation already has the post for this word of the roster."
    )


class TooManyOnRoster(Conflict):
    text: ClassVar[Text] = Text(
        f"花名册上担任这一党内职务的党员超过 {MOST_ON_ROSTER} 名，请先在党员资料中更正。",
        f"By the roster more than {MOST_ON_ROSTER} members hold this post within the Party: put their records right first.",
    )


class PostClosed(Conflict):
    text: ClassVar[Text] = Text("这个岗位已经撤销。", "This post is closed.")


class NoSeat(Conflict):
    text: ClassVar[Text] = Text(
        "这些日子里，这个岗位的人数已满。", "On some of these days as many hold this post as it has seats for."
    )


class AlreadyHolds(Conflict):
    text: ClassVar[Text] = Text("此人在这些日子里已经在这个岗位上。", "This member already holds the post on some of these days.")


class TooManyPosts(Conflict):
    text: ClassVar[Text] = Text(
        "一名党员最多同时有二十个岗位（含将要上任的），请先结束其中一个。",
        "A member has twenty posts at once, those to come among them, and this one has: end one of them first.",
    )


class TooManyHoldings(Conflict):
    text: ClassVar[Text] = Text(
        "一个岗位最多登记五百次任职，已经登记满，请撤销后另设一个。",
        "A post is given five hundred times at the most, and this one was: close it, and set up another.",
    )


class NotOfThisOrganization(Invalid):
    text: ClassVar[Text] = Text(
        "此人不属于设岗的党组织或它的下级。", "This member does not belong to the organisation of the post, nor to one below it."
    )


class SendingOrganizationMissing(Invalid):
    text: ClassVar[Text] = Text("第一书记和挂职要写明派出单位。", "A first secretary or a secondment needs who has sent them.")


class SendingOrganizationUnexpected(Invalid):
    text: ClassVar[Text] = Text(
        "只有第一书记和挂职才写派出单位。", "Only a first secretary or a secondment is sent by an organisation."
    )


class NotAnnounced(Conflict):
    text: ClassVar[Text] = Text("这个岗位现在不接受申报。", "This post takes no applications at present.")


class PostRule(Rule):
    """What stands against a field of a post or of who holds it."""

    bad_span = "bad_span"
    not_of_this_organization = "not_of_this_organization"
    sending_organization_missing = "sending_organization_missing"
    sending_organization_unexpected = "sending_organization_unexpected"
    party_post_missing = "party_post_missing"
    party_post_unexpected = "party_post_unexpected"
    list_link_incomplete = "list_link_incomplete"
    unknown_catalogue_code = "unknown_catalogue_code"


_PARTY_POST_MISSING: Final = Text("请选择是哪一个党内职务。", "Say which post within the Party it is.")
_PARTY_POST_UNEXPECTED: Final = Text("只有党内职务的岗位才选这一项。", "Only a post within the Party has this.")


_LIST_LINK_INCOMPLETE: Final = Text(
    "清单和事项序号要一起填写，或者都不填。", "An item is named by its list and its number together, or not at all."
)
_ANNOUNCED: Final = Text("申报截止日须在今天之后，最多 60 天。", "The last day must be one to sixty days from today.")


class Span(NamedTuple):
    """The days from one until the day before another, or without an end; none where both are the same."""

    since: date
    until: date | None

    def holds(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)

    def meets(self, other: "Span") -> bool:
        """Whether they have a day in common."""
        return self.holds(max(self.since, other.since)) and other.holds(max(self.since, other.since))


def check_span(since: date, until: date | None) -> Span:
    """Raises `BadSpan` where the end comes before the beginning."""
    if until is not None and until < since:
        raise BadSpan.at("body.until")
    return Span(since, until)


def check_free(span: Span, own: Iterable[Span], in_slot: Iterable[Span], seats: int) -> None:
    """Whether somebody may hold a post on these days. `own` are those on which he holds it already, in whichever slot, `in_slot`
    those of all in the slot. Raises `AlreadyHolds` or `NoSeat`."""
    if any(span.meets(one) for one in own):
        raise AlreadyHolds
    if span.until != span.since and most_at_once(span, in_slot) >= seats:
        raise NoSeat


def check_number(of_post: int, of_member: int) -> None:
    """Whether a post may be given once more, and its holder have one more. Raises `TooManyHoldings` or `TooManyPosts`."""
    if of_post >= MOST_HOLDINGS:
        raise TooManyHoldings
    if of_member >= MOST_HELD:
        raise TooManyPosts


def most_at_once(span: Span, others: Iterable[Span]) -> int:
    """How many of others hold on the day of a span on which most do."""
    met = [one for one in others if one.meets(span)]
    begins, ends = ((max(span.since, one.since), 1) for one in met), ((one.until, -1) for one in met if one.until)
    # On the day on which one ends, another may begin: it comes after.
    return max(accumulate((change for _, change in sorted([*begins, *ends])), initial=0))


def check_seats(seats: int, by_slot: Mapping[PostSlot, Iterable[Span]], today: date) -> None:
    """Whether a post may have only so many seats from today on. Raises `NoSeat`."""
    if any(most_at_once(Span(today, None), spans) > seats for spans in by_slot.values()):
        raise NoSeat


def check_sent_by(kind: PostKind, *, is_told: bool, field: str = "body.sent_by_id") -> None:
    """Who has sent somebody is told of the two kinds of those who are sent, and of no others. Raises
    `SendingOrganizationMissing` or `SendingOrganizationUnexpected`."""
    if kind in SENT and not is_told:
        raise SendingOrganizationMissing.at(field)
    if kind not in SENT and is_told:
        raise SendingOrganizationUnexpected.at(field)


def check_on_roster(members: int) -> None:
    """Raise `TooManyOnRoster` where more members hold a post within the Party than one has."""
    if members > MOST_ON_ROSTER:
        raise TooManyOnRoster


def check_party_post(kind: PostKind, *, is_told: bool) -> None:
    """A post within the Party has its word, and no other has one. Raises `Invalid`."""
    if is_told and kind is not PostKind.party:
        raise Invalid(faults=(FieldFault("body.party_post", PostRule.party_post_unexpected, _PARTY_POST_UNEXPECTED),))
    if kind is PostKind.party and not is_told:
        raise Invalid(faults=(FieldFault("body.party_post", PostRule.party_post_missing, _PARTY_POST_MISSING),))


def check_duties(duties: Iterable[Mapping[str, Any]]) -> None:
    """A duty that names an item tells both its list and its number. Raises `Invalid`, which names the field that is missing."""
    faults = [
        FieldFault(f"body.duties.{place}.{name}", PostRule.list_link_incomplete, _LIST_LINK_INCOMPLETE)
        for place, duty in enumerate(duties)
        for name, other in (("list_kind", "list_number"), ("list_number", "list_kind"))
        if duty[name] is None and duty[other] is not None
    ]
    if faults:
        raise Invalid(faults=tuple(faults))


def ending(span: Span, asked: date | None, today: date) -> date:
    """The day until which somebody holds a post whose holding is ended: the one that was asked for, or else today, but never before
    it began, nor later than it would have ended anyway. Raises `BadSpan`."""
    if asked is None:
        return span.until if span.until is not None and span.until <= today else max(span.since, today)
    if asked < span.since or (span.until is not None and asked > span.until):
        raise BadSpan.at("body.until")
    return asked


def check_announced(until: date, today: date) -> None:
    """A post is announced for one to sixty days. Raises `BadSpan`."""
    if not today < until <= today + LONGEST_ANNOUNCED:
        raise BadSpan(faults=(FieldFault("body.until", PostRule.bad_span, _ANNOUNCED),))


def takes_applications(announced_until: date | None, closed_on: date | None, today: date) -> bool:
    return announced_until is not None and closed_on is None and today <= announced_until
