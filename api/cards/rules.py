"""Who may hold a card, how long it is good for, and what may be done to it in which state."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final, NamedTuple

from api.errors import STATE, BadSpan, Conflict, Fact, FieldFault, Forbidden, Invalid, NotInThisState, Refusal, Rule, Text
from api.members.rules import BranchClosed, Dated, MemberHasLeft, probation_ends
from api.moves import Moves
from models.enums import CardState, ExpiryBasis, LeavingKind, MemberStatus


class Action(StrEnum):
    suspend = "suspend"
    resume = "resume"
    revoke = "revoke"
    expire = "expire"
    renew = "renew"


LONGEST_SPAN = timedelta(days=366)
LIVING = frozenset({CardState.valid, CardState.suspended})


AT_ONCE: Final = 1000
"""How many cards one request issues at the most."""
MOST_PLATES: Final = 50
"""So many plates of a card are in use, or reported lost and not seen to since (OURS): those that are made anew with it."""

LEFT, LEFT_SUSPENDED, RESTORED = "member_left", "member_left_suspended", "member_restored"
"""The reasons of a card that ended because its holder left, and of the suspended one that follows when he comes back."""
BY_LEAVING: Final = frozenset({LEFT, LEFT_SUSPENDED})

CARD_REPLACED = Text(
    "已发放新卡；原卡和原有的牌不再有效，需要的请重新制作。",
    "A new card is issued; the former one and its printed codes stay ended: make anew what is needed.",
)
CARD_STAYS_SUSPENDED = Text(
    "已发放新卡，因原卡离开前已停用，新卡也处于停用状态；原有的牌不再有效。",
    "A new card is issued, suspended as the former one was; printed codes stay ended.",
)
CARD_FOR_OTHERS = Text("没有发放新卡，请由有权发卡的人发放。", "No card is issued: whoever may issue cards has to do it.")

DECISION_TIME = timedelta(days=92)
"""How long a probationary member's card outlasts the probation: the branch's meeting has to decide, and reminders have to work."""

LONGEST_YEARS = 10
"""No card is good for longer, whoever decides it."""

LOST = "本人挂失"
"""The reason that stands with what its holder has reported lost."""

LAPSED: Final = "lapsed"
"""The reason of a card whose last day has passed."""
UNDECIDED: Final = frozenset({LEFT, LEFT_SUSPENDED, RESTORED, LOST, LAPSED})
"""Reasons that nobody has decided on: the decision of whoever does the same on purpose is written down beside them."""

EXPIRES_SOON = timedelta(days=30)
"""How long before its last day a card stands in the to-do list."""


class Expiry(NamedTuple):
    """The last day that a card is good for, and why it ends then."""

    last_day: date
    basis: ExpiryBasis


class AlreadyHasCard(Conflict):
    breaks = "uq_card_living"
    of_field: ClassVar[str | None] = ""
    text: ClassVar[Text] = Text("该党员已有在用的身份卡。", "This member already has a live card.")


class IssuedByFormerBranch(Conflict):
    text: ClassVar[Text] = Text(
        "这张卡是原来的党组织发的，不能换发，请发新卡。",
        "A former organisation issued this card; issue another instead of renewing it.",
    )


class LastDayRule(Rule):
    """What stands against the last day of a card."""

    out_of_range = "out_of_range"


class SpanRule(Rule):
    bad_span = "bad_span"


class TermRule(Rule):
    """What stands against another end of a committee's term."""

    dates_cards = "dates_cards"


class BadLastDay(Invalid):
    text: ClassVar[Text] = Text(
        "有效期至须在今天以后、十年以内。", "The last day must not lie in the past, nor more than ten years ahead."
    )


class CardNotLiving(Conflict):
    text: ClassVar[Text] = Text("这张卡已不在使用，不能为它制牌。", "The card is no longer in use, so no plate can be made for it.")
    tells: ClassVar[Mapping[str, Fact]] = {"state": STATE}


class TooManyPlatesInUse(Conflict):
    text: ClassVar[Text] = Text(
        "一张卡最多有五十块在用的牌（含挂失未处理的），这张卡已满，请先收回不用的。",
        "A card has fifty plates in use at most, lost ones that nobody has seen to among them. Withdraw what is not used first.",
    )


class CardNotValid(Conflict):
    text: ClassVar[Text] = Text(
        "您的卡目前不能出示，请联系您的党组织。", "Your card cannot be shown at present; please ask your Party organisation."
    )
    tells: ClassVar[Mapping[str, Fact]] = {"state": STATE}


_S = CardState
MOVES = Moves(
    {
        Action.suspend: {_S.valid: _S.suspended},
        Action.resume: {_S.suspended: _S.valid},
        Action.revoke: {_S.valid: _S.revoked, _S.suspended: _S.revoked},
        Action.expire: {_S.valid: _S.expired, _S.suspended: _S.expired},
        Action.renew: {_S.valid: _S.valid, _S.suspended: _S.suspended, _S.expired: _S.valid},
    },
    NotInThisState,
)
"""A card that has ended never comes back, but for one that has only expired: it is renewed (换发) and keeps its plates, so that
nobody has to print them anew. A suspended one stays so."""


def why_not(
    status: MemberStatus,
    *,
    branch_is_closed: bool,
    has_living_card: bool,
    had_card: bool = False,
    barred_by: type[Forbidden] | None = None,
) -> type[Refusal] | None:
    """Why a member may not be given a card; None if he may. Full and probationary members of an open branch hold one.

    `barred_by` is why whoever gives it may not act about him (himself, his equal, or one above), which counts once he has had one:
    a secretary's first card may come with those of her branch; one that was taken from her is given back by the level above.
    """
    if status is MemberStatus.left:
        return MemberHasLeft
    if branch_is_closed:
        return BranchClosed
    if has_living_card:
        return AlreadyHasCard
    return barred_by if had_card else None


def expiry(today: date, years: int, *, status: MemberStatus, joined: Dated, holds_post: bool, term_ends_on: date | None) -> Expiry:
    """Until when a card made or renewed today is good: a full member's for `years`, but no longer than the term of the committee
    that gave him his post; a probationary member's until the probation is over and has been decided on."""
    if status is MemberStatus.probationary:
        return Expiry(max(probation_ends(joined), today) + DECISION_TIME, ExpiryBasis.probation)
    last_day = years_later(today, years)
    if holds_post and term_ends_on is not None and today <= term_ends_on < last_day:
        return Expiry(term_ends_on, ExpiryBasis.term)
    return Expiry(last_day, ExpiryBasis.validity)


def by_decision(last_day: date, today: date) -> Expiry:
    """A last day that somebody has decided on. Raises `BadLastDay` for one in the past or too far ahead."""
    if not today <= last_day <= years_later(today, LONGEST_YEARS):
        raise BadLastDay(faults=(FieldFault("body.expires_on", LastDayRule.out_of_range, BadLastDay.text),))
    return Expiry(last_day, ExpiryBasis.manual)


def on_confirmation(standing: Expiry, fresh: Expiry) -> Expiry:
    """The expiry of the card of a member who is confirmed: a full member's, unless somebody has decided on a later day."""
    return standing if standing.basis is ExpiryBasis.manual and standing.last_day >= fresh.last_day else fresh


TERM_DATES_CARDS: Final = Text(
    "改任期会改变您本人、您的同级或上级的党员证有效期，请由上一级办理。",
    "The term dates the card of yourself, or of somebody who is your equal or stands above you: the level above has to change it.",
)


def on_new_term(standing: Expiry, term_ends_on: date, today: date, years: int) -> Expiry:
    """The expiry of the card of somebody who holds a post when the end of his committee's term has been set to another day."""
    if standing.basis is ExpiryBasis.term and term_ends_on >= today:
        return Expiry(min(term_ends_on, years_later(today, years)), ExpiryBasis.term)
    if standing.basis is ExpiryBasis.validity and today <= term_ends_on < standing.last_day:
        return Expiry(term_ends_on, ExpiryBasis.term)
    return standing


def years_later(day: date, years: int) -> date:
    """The same day of a later year; of 29 February the 28th where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def after_leaving(kind: LeavingKind | None) -> CardState:
    """What becomes of the living card of a member who leaves: who moves to another district is one still, elsewhere."""
    return CardState.transferred if kind is LeavingKind.transferred_out else CardState.revoked


def state_on(state: CardState, expires_on: date, today: date) -> CardState:
    """The state that counts today: a card past its last day has expired, whether or not that has been written down.

    Of a suspended one it never is, so that renewing it does not lift the suspension.
    """
    return CardState.expired if state in LIVING and expires_on < today else state


def check_span(since: datetime, until: datetime) -> None:
    """Raise `BadSpan` unless a span of scans can be looked up. The calendar's edge is out, since UTC may lie beyond it."""
    if not (since.year >= 2000 and until.year < 9000 and timedelta(0) < until - since <= LONGEST_SPAN):
        raise BadSpan(faults=(FieldFault("query.until", SpanRule.bad_span, BadSpan.text),))
