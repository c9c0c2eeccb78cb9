"""What may become of a transfer, until when, and by whom."""

from datetime import date, timedelta
from typing import ClassVar
from uuid import UUID

from api.errors import Conflict, FieldFault, Forbidden, Invalid, Rule, Text
from api.members.rules import MemberHasLeft
from api.moves import DECISIONS, Decision
from models.enums import MemberStatus, RequestState

USUAL_DAYS = 30
LONGEST_DAYS = 90


class WhyNotThere(Rule):
    """Why a member cannot be sent to an organisation."""

    unknown = "unknown_organization"
    same = "same_organization"
    closed = "closed_branch"
    holds_no_members = "holds_no_members"


class DueRule(Rule):
    """What stands against the last day of a transfer."""

    deadline_out_of_range = "deadline_out_of_range"


_WHY_NOT_THERE = {
    WhyNotThere.unknown: Text("没有这个党组织，请从列表中选择。", "There is no such organisation; choose one of the list."),
    WhyNotThere.same: Text("该党员已在这个党组织。", "The member belongs to this organisation already."),
    WhyNotThere.closed: Text("这个党组织已撤销。", "This organisation has been closed."),
    WhyNotThere.holds_no_members: Text(
        "党员只能转入党总支、党支部、联合党支部或党小组。", "Members move to a general branch, a branch, a joint branch or a group."
    ),
}
_DEADLINE = Text(
    f"接收期限须在今天至 {LONGEST_DAYS} 天之内。", f"The transfer is due between today and {LONGEST_DAYS} days from now."
)


class TransferOpen(Conflict):
    breaks = "uq_transfer_open"
    of_field: ClassVar[str | None] = "member_id"
    text: ClassVar[Text] = Text("该党员已有一项转接正在办理。", "A transfer of this member is open already.")


class TransferLapsed(Conflict):
    text: ClassVar[Text] = Text(
        "这项转接已过接收期限，请原来的党组织重新发起。",
        "The transfer was not accepted in time; the former organisation has to ask again.",
    )


class BothHalves(Forbidden):
    text: ClassVar[Text] = Text(
        "这项转接由您发起，须由接收组织的另一人接收。", "You have asked for this transfer, so another has to take the member in."
    )


class DestinationClosed(Conflict):
    text: ClassVar[Text] = Text("转入的党组织已撤销，不能接收。", "The organisation that is to take the member in has been closed.")


def check_destination(former: UUID, key: UUID, *, is_known: bool, is_closed: bool, holds_members: bool) -> None:
    """Raise `Invalid` unless a member can be sent from `former` to the organisation of that key."""
    wrong = {
        WhyNotThere.same: key == former,
        WhyNotThere.unknown: not is_known,
        WhyNotThere.closed: is_closed,
        WhyNotThere.holds_no_members: not holds_members,
    }
    if (reason := next((reason for reason, is_so in wrong.items() if is_so), None)) is not None:
        raise Invalid(faults=(FieldFault("body.to_organization_id", reason.value, _WHY_NOT_THERE[reason]),))


def check_may_go(status: MemberStatus, *, has_open_transfer: bool) -> None:
    """Raise `MemberHasLeft` or `TransferOpen`: full and probationary members move, one transfer at a time."""
    if status is MemberStatus.left:
        raise MemberHasLeft.at("body.member_id")
    if has_open_transfer:
        raise TransferOpen


def due(due_on: date | None, today: date) -> date:
    """The last day on which a transfer can be accepted: the one that was asked for, or else thirty days from today.

    Raises `Invalid` for a day in the past or more than ninety days away. Ninety follow the letters of introduction on paper
    (党员组织关系介绍信), which as a rule are good for three months at the longest; thirty are ours.
    """
    if due_on is None:
        return today + timedelta(days=USUAL_DAYS)
    if not today <= due_on <= today + timedelta(days=LONGEST_DAYS):
        raise Invalid(faults=(FieldFault("body.due_on", DueRule.deadline_out_of_range, _DEADLINE),))
    return due_on


def state_on(state: RequestState, due_on: date, today: date) -> RequestState:
    """The state that counts today: an open transfer past its last day has lapsed, whether or not that has been written down."""
    return RequestState.lapsed if state is RequestState.open and due_on < today else state


def after(decision: Decision, state: RequestState, due_on: date, today: date) -> RequestState:
    """The state that a decision leads to. Deciding the same again changes nothing. Raises `TransferLapsed`, `AlreadyDecided`."""
    now = state_on(state, due_on, today)
    if now is RequestState.lapsed:
        raise TransferLapsed
    return DECISIONS.after(decision, now)
