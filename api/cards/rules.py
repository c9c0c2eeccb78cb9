"""Who may hold a card, how long it is good for, and what may be done to it in which state."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from api.errors import Conflict, Invalid, Text
from models.enums import CardState, LeavingKind, MemberStatus


class Action(StrEnum):
    suspend = "suspend"
    resume = "resume"
    revoke = "revoke"
    expire = "expire"


_S = CardState
STATES: dict[Action, dict[CardState, CardState]] = {
    Action.suspend: {_S.valid: _S.suspended},
    Action.resume: {_S.suspended: _S.valid},
    Action.revoke: {_S.valid: _S.revoked, _S.suspended: _S.revoked},
    Action.expire: {_S.valid: _S.expired, _S.suspended: _S.expired},
}
"""For each action, what it makes of a card in each state that allows it. A card that has ended never comes back."""

LONGEST_SPAN = timedelta(days=366)
RESULTS: dict[Action, CardState] = {action: next(iter(after.values())) for action, after in STATES.items()}
LIVING = frozenset({CardState.valid, CardState.suspended})


LEFT, LEFT_SUSPENDED, RESTORED = "member_left", "member_left_suspended", "member_restored"
"""The reasons of a card that ended because its holder left, and of the suspended one that follows when he comes back."""

CARD_REPLACED = Text(
    "已发放新卡；原卡和原有的牌不再有效，需要的请重新制作。",
    "A new card is issued; the former one and its printed codes stay ended: make anew what is needed.",
)
CARD_STAYS_SUSPENDED = Text(
    "已发放新卡，因原卡离开前已停用，新卡也处于停用状态；原有的牌不再有效。",
    "A new card is issued, suspended as the former one was; printed codes stay ended.",
)


class WhyNot(StrEnum):
    """Why a member is given no card."""

    already_has_card = "already_has_card"
    member_left = "member_left"
    branch_closed = "branch_closed"


class AlreadyHasCard(Conflict):
    text: ClassVar[Text] = Text("该党员已有在用的身份卡。", "This member already has a live card.")


class MemberHasLeft(Conflict):
    text: ClassVar[Text] = Text("该党员已不在本组织，不能发卡。", "The member has left, so no card can be issued.")


class BranchClosed(Conflict):
    text: ClassVar[Text] = Text("所在支部已撤销，不能发卡。", "The branch is closed, so no card can be issued.")


class NotInThisState(Conflict):
    text: ClassVar[Text] = Text("卡在当前状态下不能这样做。", "This cannot be done to a card in its present state.")


class CardNotLiving(Conflict):
    text: ClassVar[Text] = Text("这张卡已不在使用，不能为它制牌。", "The card is no longer in use, so no plate can be made for it.")


class CardNotValid(Conflict):
    text: ClassVar[Text] = Text("您的卡目前不能出示，请联系支部。", "Your card cannot be shown at present; please ask your branch.")


class BadSpan(Invalid):
    text: ClassVar[Text] = Text(
        "起止时间有误：起须早于止，相隔不超过 366 天。", "The span must begin before it ends, and be no longer than 366 days."
    )


class CodeTooSmall(Invalid):
    text: ClassVar[Text] = Text(
        "这个尺寸太小，二维码的一个模块不足 0.5 毫米。", "At this size a module of the code is under half a millimetre."
    )


REFUSALS: dict[WhyNot, type[Conflict]] = {
    WhyNot.already_has_card: AlreadyHasCard,
    WhyNot.member_left: MemberHasLeft,
    WhyNot.branch_closed: BranchClosed,
}


def why_not(status: MemberStatus, *, branch_is_closed: bool, has_living_card: bool) -> WhyNot | None:
    """Why a member may not be given a card; None if he may. Full and probationary members of an open branch hold one."""
    if status is MemberStatus.left:
        return WhyNot.member_left
    if branch_is_closed:
        return WhyNot.branch_closed
    return WhyNot.already_has_card if has_living_card else None


def after(action: Action, state: CardState) -> CardState:
    """The state that an action leads to. Doing again what has been done changes nothing. Raises `NotInThisState`."""
    if state is RESULTS[action]:
        return state
    if state not in STATES[action]:
        raise NotInThisState(members={"state": state.value})
    return STATES[action][state]


def last_day(issued_on: date, status: MemberStatus, years: int) -> date:
    """The last day that a card is good for. A probationary member's lasts for the year of probation."""
    span = 1 if status is MemberStatus.probationary else years
    try:
        return issued_on.replace(year=issued_on.year + span)
    except ValueError:
        return issued_on.replace(year=issued_on.year + span, day=28)


def renewed(expires_on: date, today: date, years: int) -> date:
    """The last day of the card of a member who is confirmed today: a full member's, and never sooner than it was."""
    return max(expires_on, last_day(today, MemberStatus.full, years))


def after_leaving(kind: LeavingKind | None) -> CardState:
    """What becomes of the living card of a member who leaves: who moves to another district is one still, elsewhere."""
    return CardState.transferred if kind is LeavingKind.transferred_out else CardState.revoked


def state_on(state: CardState, expires_on: date, today: date) -> CardState:
    """The state that counts today: a card past its last day has expired, whether or not that has been written down."""
    return CardState.expired if state in LIVING and expires_on < today else state


def check_span(since: datetime, until: datetime) -> None:
    """Raise `BadSpan` unless a span of scans can be looked up. The calendar's edge is out, since UTC may lie beyond it."""
    if not (since.year >= 2000 and until.year < 9000 and timedelta(0) < until - since <= LONGEST_SPAN):
        raise BadSpan
