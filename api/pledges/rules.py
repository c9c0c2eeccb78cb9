"""What may be done with a pledge in which state, who reviews it, when a vote is carried, and who sees what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from api.access.rules import AboutOneself
from api.errors import Conflict, FieldFault, Invalid, NotInThisState, Rule, Text
from api.moves import Moves
from models.enums import ClaimOutcome, PledgeKind, PledgeState, PledgeVisibility

MOST_ANNUAL: Final = 5
"""How many annual pledges of one member and year may stand."""
MOST_OF_A_YEAR: Final = 200
"""So many pledges of one member and year are submitted (OURS). Those withdrawn count."""
MOST_DRAFTS: Final = 20
"""Of one member at a time: more are not meant to become pledges."""
MOST_PICTURES: Final = 9
MOST_OF_PROGRESS: Final = 200
"""Of what is done for one pledge, how much is taken."""
MOST_TEXTS_TOLD: Final = 50
"""Of the texts that one pledge has had, how many are told with it: the newest."""
STATED: Final = ("content", "measure", "due_on", "visibility")
"""What a text holds of a pledge."""
OWED: Final = 2
"""How many annual pledges a member owes a year."""
REVIEW_DAYS: Final = timedelta(days=7)
"""Within how long after its submission a text should be decided (OURS)."""


class TooManyPledges(Conflict):
    text: ClassVar[Text] = Text(
        "每名党员每年最多五项年度承诺。", "A member may have five annual pledges a year, and these five are there already."
    )


class TooManyOfOneYear(Conflict):
    text: ClassVar[Text] = Text(
        "每名党员每年最多提交二百项承诺，撤回的也算，这一年已满。",
        "A member submits two hundred pledges a year at the most, those withdrawn among them, and these are there already.",
    )


class TooManyDrafts(Conflict):
    text: ClassVar[Text] = Text(
        "草稿已有二十项，请先提交或删除一些。", "There are twenty drafts already: submit or delete some of them first."
    )


class CampaignOver(Conflict):
    text: ClassVar[Text] = Text("这次承诺活动已经结束。", "This campaign is over.")


class SecrecyCheckMissing(Invalid):
    of_field: ClassVar[str | None] = "secrecy_checked"
    text: ClassVar[Text] = Text(
        "公开前请先完成保密审查并勾选确认。", "Look at it for what must stay secret, and say so, before it may leave the branch."
    )


class MoreVotesThanEligible(Invalid):
    of_field: ClassVar[str | None] = "vote.eligible"
    text: ClassVar[Text] = Text(
        "票数多于应到会人数，请核对。", "There are more votes than people who may vote; look at the numbers again."
    )


class VoteNotCarried(Conflict):
    of_field: ClassVar[str | None] = "vote"
    text: ClassVar[Text] = Text("表决没有通过，不能办理。", "The vote was not carried.")


class DueOnOutOfRange(Invalid):
    of_field: ClassVar[str | None] = "due_on"
    text: ClassVar[Text] = Text(
        "完成时限应在今年1月1日至明年12月31日之间。", "The day must lie between 1 January of this year and 31 December of the next."
    )


class OtherYear(Invalid):
    of_field: ClassVar[str | None] = "due_on"
    text: ClassVar[Text] = Text(
        "变更不能改到别的年度，请另提新的承诺。", "An amendment stays within the pledge's year; make a new pledge for another."
    )


class NotAParent(Invalid):
    of_field: ClassVar[str | None] = "parent_id"
    text: ClassVar[Text] = Text(
        "上级承诺应是本组织或上级组织自己的、同一年度的、已公开的承诺。",
        "The parent must be a published pledge of the same year that the organisation itself, or one above it, has made.",
    )


class RolledUp(Invalid):
    of_field: ClassVar[str | None] = "percent"
    text: ClassVar[Text] = Text(
        "这项承诺的完成度由下级承诺自动汇总，请不要填写。",
        "How far this pledge is follows from those below it; leave the percentage out.",
    )


class AlreadyEvaluated(Conflict):
    breaks = "uq_evaluation_by"
    text: ClassVar[Text] = Text("这一轮已经评过，不能重复评价。", "This has been evaluated already in this round.")


class AlreadyPublished(Conflict):
    breaks = "uq_publication_quarter"
    of_field: ClassVar[str | None] = "quarter"
    text: ClassVar[Text] = Text("这个季度已经公示过。", "This quarter has been made public already.")


REVIEWED_ABOVE: Final = Text("这项承诺不由您审核，请由上一级办理。", "You do not review this pledge: the level above has to do it.")
"""Said where `for_the_level_above` is no matter of who the author is."""


class PledgeRule(Rule):
    """What stands against a field of a pledge."""

    in_the_future = "in_the_future"
    one_author = "one_author"


class ToldState(StrEnum):
    """The states as they are told: those that are stored, and `archived` from 1 April after the pledge's year."""

    draft = "draft"
    submitted = "submitted"
    returned = "returned"
    approved = "approved"
    published = "published"
    fulfilled = "fulfilled"
    unfulfilled = "unfulfilled"
    exempted = "exempted"
    evaluated = "evaluated"
    withdrawn = "withdrawn"
    archived = "archived"


class Action(StrEnum):
    edit = "edit"
    submit = "submit"
    send_back = "send_back"
    approve = "approve"
    publish = "publish"
    take_back = "take_back"
    """Withdrawing what was never published, by its author."""
    withdraw = "withdraw"
    """Withdrawing what is published, by its reviewer."""
    amend = "amend"
    claim = "claim"
    confirm = "confirm"
    refuse_claim = "refuse_claim"
    exempt = "exempt"
    fail = "fail"
    reopen = "reopen"
    evaluate = "evaluate"
    report = "report"
    """Adding progress."""
    judge_progress = "judge_progress"
    """Publishing or withdrawing progress."""


class Need(StrEnum):
    """What beside its state an action asks of a pledge."""

    claim = "claim"
    no_claim = "no_claim"
    no_amendment = "no_amendment"
    due = "due"


_S = PledgeState
_STAYS = {_S.published: _S.published}
SEEN: Final = frozenset({_S.published, _S.fulfilled, _S.unfulfilled, _S.exempted, _S.evaluated})
"""Published or later, and not withdrawn: what others than its author and those above him may see."""
STANDING: Final = SEEN | {_S.submitted, _S.returned, _S.approved}
"""Submitted or later, and not withdrawn: what counts against `MOST_ANNUAL`."""
UNSETTLED: Final = frozenset({_S.draft, _S.submitted, _S.returned, _S.approved, _S.published})
"""What goes with a member who moves, and ends with one who leaves or an organisation that closes."""
ROLLED_UP: Final = SEEN - {_S.exempted}
"""The children that a parent's percentage is made of."""

MOVES: Final = Moves(
    {
        Action.edit: {_S.draft: _S.draft, _S.returned: _S.returned},
        Action.submit: {_S.draft: _S.submitted, _S.returned: _S.submitted},
        Action.send_back: {_S.submitted: _S.returned},
        Action.approve: {_S.submitted: _S.approved},
        Action.publish: {_S.approved: _S.published},
        Action.take_back: {_S.submitted: _S.withdrawn, _S.returned: _S.withdrawn, _S.approved: _S.withdrawn},
        Action.withdraw: {_S.published: _S.withdrawn},
        Action.amend: _STAYS,
        Action.claim: _STAYS,
        Action.confirm: {_S.published: _S.fulfilled},
        Action.refuse_claim: _STAYS,
        Action.exempt: {_S.published: _S.exempted},
        Action.fail: {_S.published: _S.unfulfilled},
        Action.reopen: {_S.fulfilled: _S.published, _S.unfulfilled: _S.published, _S.exempted: _S.published},
        Action.evaluate: {_S.fulfilled: _S.evaluated, _S.unfulfilled: _S.evaluated},
        Action.report: _STAYS,
        Action.judge_progress: {state: state for state in SEEN},
    },
    NotInThisState,
    once=True,
)
"""The state that each action leads to. A claim and an amendment leave a pledge published: they are facts beside its state.

Whoever approves second is refused rather than told that it was done, since it was another's text, comment and vote."""

NEEDS: Final[Mapping[Action, frozenset[Need]]] = {
    Action.amend: frozenset({Need.no_amendment}),
    Action.claim: frozenset({Need.no_claim, Need.no_amendment}),
    Action.confirm: frozenset({Need.claim}),
    Action.refuse_claim: frozenset({Need.claim}),
    Action.fail: frozenset({Need.due, Need.no_claim}),
}
_ABOUT_A_TEXT: Final = frozenset({Action.send_back, Action.approve, Action.publish})


@dataclass(frozen=True)
class Facts:
    """What is decided by: a pledge's state, year and last day, what its author claims, and how far an amendment beside it is."""

    state: PledgeState
    year: int
    due_on: date
    claim: ClaimOutcome | None = None
    amendment: PledgeState | None = None
    """`submitted` or `approved`; None where no amendment waits."""


def is_archived(facts: Facts, today: date) -> bool:
    """Whether nothing changes any more: published or later, and 1 April after its year has come."""
    return facts.state in SEEN and today >= archived_from(facts.year)


def archived_from(year: int) -> date:
    """The first day on which the pledges of a year are archived."""
    return date(year + 1, 4, 1)


def last_archived_year(today: date) -> int:
    """The newest year whose pledges are archived."""
    return today.year - 1 if today >= archived_from(today.year - 1) else today.year - 2


def told_state(facts: Facts, today: date) -> ToldState:
    """The state as it is told: that which is stored, or `archived`."""
    return ToldState.archived if is_archived(facts, today) else ToldState(facts.state.value)


def is_overdue(facts: Facts, today: date) -> bool:
    """Whether the last day of a published pledge has passed and its author has claimed nothing."""
    return told_state(facts, today) is ToldState.published and facts.claim is None and facts.due_on < today


def after(action: Action, facts: Facts, today: date) -> PledgeState:
    """The state that an action leads to: of the amendment where it is about a text and one waits beside a published pledge, else of
    the pledge. Raises `NotInThisState`, which tells the state, and under `needs` what else is missing."""
    if is_archived(facts, today):
        raise NotInThisState(members={"state": ToldState.archived.value})
    is_about_amendment = action in _ABOUT_A_TEXT and facts.state is _S.published and facts.amendment is not None
    result = MOVES.after(action, facts.amendment if is_about_amendment and facts.amendment else facts.state)
    met = {
        # One claimed prevented is exempted, or its claim refused: there is nothing to confirm.
        Need.claim: facts.claim is not None and (action is not Action.confirm or facts.claim is ClaimOutcome.fulfilled),
        Need.no_claim: facts.claim is None,
        Need.no_amendment: facts.amendment is None,
        Need.due: facts.due_on < today,
    }
    for need in sorted(NEEDS.get(action, ())):
        if not met[need]:
            raise NotInThisState(members={"state": facts.state.value, "needs": need.value})
    return result


def check_due_on(due_on: date, today: date) -> None:
    """Raise `DueOnOutOfRange` unless a day lies in this year, past days too, or the next: paper pledges are entered late."""
    if not today.year <= due_on.year <= today.year + 1:
        raise DueOnOutOfRange


def check_amendment(due_on: date, year: int) -> None:
    """Raise `OtherYear` for an amendment that would put a pledge into another year."""
    if due_on.year != year:
        raise OtherYear


def check_parent(*, is_organizations_own: bool, is_above: bool, state: PledgeState | None, same_year: bool) -> None:
    """Raise `NotAParent` unless a pledge may stand above another: a published one of the same year that an organisation at or above
    has made itself. `state` is None where there is none that may be seen."""
    if not (is_organizations_own and is_above and same_year and state is _S.published):
        raise NotAParent


def check_room(kind: PledgeKind, standing: int, in_all: int) -> None:
    """Raise `TooManyPledges` where a member has as many annual pledges standing in a year as he may, or `TooManyOfOneYear` where he
    has submitted as many of any kind."""
    if in_all >= MOST_OF_A_YEAR:
        raise TooManyOfOneYear
    if kind is PledgeKind.annual and standing >= MOST_ANNUAL:
        raise TooManyPledges


def check_drafts(drafts: int) -> None:
    """Raise `TooManyDrafts` where a member has as many drafts as he may."""
    if drafts >= MOST_DRAFTS:
        raise TooManyDrafts


def check_secrecy(visibility: PledgeVisibility, *, secrecy_checked: bool) -> None:
    """Raise `SecrecyCheckMissing` for a text that is to leave the branch and that nobody has looked at for that."""
    if visibility is not PledgeVisibility.branch and not secrecy_checked:
        raise SecrecyCheckMissing


@dataclass(frozen=True)
class Vote:
    """What a meeting has voted. `eligible` is how many may vote, and marks a meeting of all the branch's members (党员大会)."""

    held_on: date
    votes_for: int
    votes_against: int
    votes_abstained: int
    eligible: int | None = None

    @property
    def present(self) -> int:
        return self.votes_for + self.votes_against + self.votes_abstained


@dataclass(frozen=True)
class Approval:
    """What a reviewer says with his approval."""

    comment: str | None = None
    secrecy_checked: bool = False
    vote: Vote | None = None


def is_carried(vote: Vote) -> bool:
    """Whether at least half of those present were for it; of all members' meeting besides, whether at least half of those who may
    vote were there and more than half of them were for it (支部工作条例 第十一条)."""
    if vote.present == 0 or 2 * vote.votes_for < vote.present:
        return False
    return vote.eligible is None or (2 * vote.present >= vote.eligible and 2 * vote.votes_for > vote.eligible)


def check_vote(vote: Vote | None, today: date) -> None:
    """Raise `MoreVotesThanEligible`, `VoteNotCarried`, or `Invalid` for a meeting that is yet to come."""
    if vote is None:
        return
    if vote.held_on > today:
        raise Invalid(faults=(_fault("vote.held_on", PledgeRule.in_the_future, IN_THE_FUTURE),))
    if vote.eligible is not None and vote.present > vote.eligible:
        raise MoreVotesThanEligible
    if not is_carried(vote):
        raise VoteNotCarried


def check_entered(vote: Vote | None) -> None:
    """Whether he who has entered an old member's paper pledge may approve or confirm it: only with a carried vote of all the
    branch's members. Raises `AboutOneself`."""
    if vote is None or vote.eligible is None or vote.present > vote.eligible or not is_carried(vote):
        raise AboutOneself


def rolled_up(weight: int, points: int) -> int | None:
    """The percentage of a pledge that others stand below, from the sums of their shares, rounded down; None without any."""
    return points // weight if weight else None


def check_own_percent(percent: int | None, *, has_children: bool) -> None:
    """Raise `RolledUp` for a percentage of a pledge whose percentage follows from those below it."""
    if percent is not None and has_children:
        raise RolledUp


def may_read(visibility: PledgeVisibility, *, is_of_the_branch: bool) -> bool:
    """Whether a member reads a published text of somebody else's pledge that does not lie within his reach."""
    return is_of_the_branch or visibility is not PledgeVisibility.branch


IN_THE_FUTURE: Final = Text("日期不能晚于今天。", "The day must not lie in the future.")


def check_happened_on(happened_on: date, today: date) -> None:
    """Raise `Invalid` for progress that is yet to come."""
    if happened_on > today:
        raise Invalid(faults=(_fault("happened_on", PledgeRule.in_the_future, IN_THE_FUTURE),))


def _fault(field: str, rule: PledgeRule, text: Text) -> FieldFault:
    return FieldFault(f"body.{field}", rule, text)
