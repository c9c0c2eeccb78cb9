"""审诺 and what follows it: texts approved, returned and published, claims confirmed and refused, pledges exempted or failed."""

from collections.abc import Callable, Collection, Sequence
from uuid import UUID

from api.access.about import own_among
from api.access.rules import AboutOneself
from api.access.scope import Access
from api.bulk import Bulk
from api.database import Work
from api.errors import Forbidden, NotFound, NotInThisState, Refusal, Text
from api.organizations.rules import keys_of
from api.organizations.service import branch_or_itself
from api.pledges import rules
from api.pledges.holding import Held, HeldOne, hold_pledge, hold_pledges, percent_of, tell, touch
from api.pledges.reviewers import barred_from, check_enterer, check_reviewer
from api.pledges.rules import STATED, Action, Approval, Vote
from api.versions import Expected
from models.enums import PledgeOutcome, PledgeState, TextDecision
from models.organization import Organization
from models.pledge import Pledge, Voted

AUTHOR_IS_ELSEWHERE = Text(
    "承诺人已转到别的支部，原支部办结的承诺不再重新办理。",
    "Its author belongs to another branch by now: what was decided in the former one is not decided anew.",
)


def approve_pledge(work: Work, access: Access, pledge_id: UUID, approval: Approval, expected: Expected) -> Pledge:
    """Approve the text that waits.

    Raises `NotFound`, `AboutOneself`, `ForTheLevelAbove`, `NotInThisState`, `SecrecyCheckMissing`, `MoreVotesThanEligible` or
    `VoteNotCarried`.
    """
    held = _to_review(work, access, pledge_id)
    _check_entered(own_among(work, access, [held.pledge.entered_by]), held.pledge, approval.vote)
    expected.check(held.pledge)
    _approve(work, access, held, held.pledge, approval)
    return held.pledge


def approve_pledges(work: Work, access: Access, pledge_ids: Sequence[UUID], approval: Approval) -> Bulk:
    """Approve many at once, by one meeting's vote. Who was skipped would have been refused so, asked for alone."""

    held = hold_pledges(work, access, pledge_ids)
    own = own_among(work, access, {one.entered_by for one in held.pledges.values()})

    def approve(pledge: Pledge) -> None:
        _check_entered(own, pledge, approval.vote)
        _approve(work, access, held, pledge, approval)

    return _each(work, access, held, pledge_ids, approve)


def return_pledge(work: Work, access: Access, pledge_id: UUID, reason: str, expected: Expected) -> Pledge:
    """Send the text that waits back; of a published pledge the standing text stays.

    Raises `NotFound`, `AboutOneself`, `ForTheLevelAbove` or `NotInThisState`.
    """
    held = _to_review(work, access, pledge_id)
    pledge = held.pledge
    expected.check(pledge)
    state = rules.after(Action.send_back, held.facts(pledge), work.today)
    text = held.text(pledge)
    text.decision, text.decided_by, text.decided_at, text.comment = TextDecision.returned, access.account_id, work.at, reason
    if pledge.amendment_no is None:
        pledge.state = state
    pledge.amendment_no = None
    work.record("return_pledge", pledge, text_no=text.no)
    touch(work, pledge)
    return pledge


def publish_pledge(work: Work, access: Access, pledge_id: UUID, expected: Expected) -> Pledge:
    """Make the approved text the one that stands (亮诺).

    Raises `NotFound`, `AboutOneself`, `ForTheLevelAbove` or `NotInThisState`.
    """
    held = _to_review(work, access, pledge_id)
    expected.check(held.pledge)
    _publish(work, access, held, held.pledge)
    tell(work, held, [held.pledge])
    return held.pledge


def publish_pledges(work: Work, access: Access, pledge_ids: Sequence[UUID]) -> Bulk:
    """Publish many at once. Who was skipped would have been refused so, asked for alone."""
    held = hold_pledges(work, access, pledge_ids)
    return _each(work, access, held, pledge_ids, lambda pledge: _publish(work, access, held, pledge))


def confirm_pledge(work: Work, access: Access, pledge_id: UUID, vote: Vote | None, expected: Expected) -> Pledge:
    """Confirm that a pledge is fulfilled, as its author claims.

    Raises `NotFound`, `AboutOneself`, `ForTheLevelAbove`, `NotInThisState`, `MoreVotesThanEligible` or `VoteNotCarried`.
    """
    held = _to_review(work, access, pledge_id)
    pledge = held.pledge
    _check_entered(own_among(work, access, [pledge.entered_by]), pledge, vote)
    expected.check(pledge)
    rules.after(Action.confirm, held.facts(pledge), work.today)
    rules.check_vote(vote, work.today)
    _settle(work, access, pledge, PledgeOutcome.fulfilled, None)
    pledge.percent = 100
    put_vote(pledge, vote)
    work.record("confirm_pledge", pledge)
    tell(work, held, [pledge])
    return pledge


def refuse_claim(work: Work, access: Access, pledge_id: UUID, reason: str, expected: Expected) -> Pledge:
    """Let a pledge go on as if nothing had been claimed; its author reads why.

    Raises `NotFound`, `AboutOneself`, `ForTheLevelAbove` or `NotInThisState`.
    """
    held = _to_settle(work, access, pledge_id)
    pledge = held.pledge
    expected.check(pledge)
    rules.after(Action.refuse_claim, held.facts(pledge), work.today)
    _unclaim(pledge, reason)
    work.record("refuse_claim", pledge)
    tell(work, held, [pledge])
    return pledge


def exempt_pledge(work: Work, access: Access, pledge_id: UUID, reason: str, expected: Expected) -> Pledge:
    """Let somebody off a pledge (免责). Raises `NotFound`, `AboutOneself`, `ForTheLevelAbove` or `NotInThisState`."""
    held = _to_settle(work, access, pledge_id)
    expected.check(held.pledge)
    rules.after(Action.exempt, held.facts(held.pledge), work.today)
    _settle(work, access, held.pledge, PledgeOutcome.exempted, reason)
    work.record("exempt_pledge", held.pledge)
    tell(work, held, [held.pledge])
    return held.pledge


def fail_pledge(work: Work, access: Access, pledge_id: UUID, reason: str, expected: Expected) -> Pledge:
    """Say of a pledge past its day that it was not fulfilled. Raises `NotFound`, `AboutOneself`, `ForTheLevelAbove` or
    `NotInThisState`."""
    held = _to_settle(work, access, pledge_id)
    expected.check(held.pledge)
    rules.after(Action.fail, held.facts(held.pledge), work.today)
    _settle(work, access, held.pledge, PledgeOutcome.unfulfilled, reason)
    work.record("fail_pledge", held.pledge)
    tell(work, held, [held.pledge])
    return held.pledge


def reopen_pledge(work: Work, access: Access, pledge_id: UUID, reason: str, expected: Expected) -> Pledge:
    """Take back what another has decided of a pledge: it is published as before, with nothing claimed.

    Raises `NotFound`, `AboutOneself` (also for whoever has decided it), `ForTheLevelAbove` or `NotInThisState`, also where its
    author is of another branch by now.
    """
    held = _to_settle(work, access, pledge_id)
    pledge = held.pledge
    if pledge.decided_by is not None and own_among(work, access, [pledge.decided_by]):
        raise AboutOneself
    expected.check(pledge)
    state = rules.after(Action.reopen, held.facts(pledge), work.today)
    _check_author_is_here(work, held)
    pledge.state = state
    pledge.outcome = pledge.decided_by = pledge.decided_at = None
    put_vote(pledge, None)
    _unclaim(pledge, reason)
    above = held.above[pledge.parent_id] if pledge.parent_id else None
    if above is not None and above.organization_id not in keys_of(work.get_one(Organization, pledge.organization_id).path):
        # Its organisation has moved since.
        pledge.parent_id = None
    work.flush()
    pledge.percent = percent_of(work, pledge)
    work.record("reopen_pledge", pledge)
    tell(work, held, [pledge])
    return pledge


def put_vote(row: Voted, vote: Vote | None) -> None:
    """Write down what was voted, or that nothing was."""
    row.vote_held_on = vote.held_on if vote else None
    row.vote_eligible = vote.eligible if vote else None
    row.votes_for = vote.votes_for if vote else None
    row.votes_against = vote.votes_against if vote else None
    row.votes_abstained = vote.votes_abstained if vote else None


def _approve(work: Work, access: Access, held: Held, pledge: Pledge, approval: Approval) -> None:
    state = rules.after(Action.approve, held.facts(pledge), work.today)
    text = held.text(pledge)
    rules.check_secrecy(text.visibility, secrecy_checked=approval.secrecy_checked)
    rules.check_vote(approval.vote, work.today)
    text.decision, text.decided_by, text.decided_at = TextDecision.approved, access.account_id, work.at
    text.comment, text.secrecy_checked = approval.comment, approval.secrecy_checked
    put_vote(text, approval.vote)
    if pledge.amendment_no is None:
        pledge.state = state
    work.record("approve_pledge", pledge, text_no=text.no)
    touch(work, pledge)


def _publish(work: Work, access: Access, held: Held, pledge: Pledge) -> None:
    pledge.state = rules.after(Action.publish, held.facts(pledge), work.today)
    text = held.text(pledge)
    text.published_at, text.published_by = work.at, access.account_id
    for name in STATED:
        setattr(pledge, name, getattr(text, name))
    pledge.text_no, pledge.amendment_no = text.no, None
    pledge.published_at = pledge.published_at or work.at
    work.record("publish_pledge", pledge, text_no=text.no)
    work.flush()


def _settle(work: Work, access: Access, pledge: Pledge, outcome: PledgeOutcome, reason: str | None) -> None:
    pledge.state, pledge.outcome, pledge.outcome_reason = PledgeState(outcome.value), outcome, reason
    pledge.decided_by, pledge.decided_at, pledge.amendment_no = access.account_id, work.at, None


def _unclaim(pledge: Pledge, reason: str) -> None:
    pledge.claim_outcome = pledge.claim_note = pledge.claimed_at = None
    pledge.outcome_reason = reason


def _to_review(work: Work, access: Access, pledge_id: UUID) -> HeldOne:
    held = hold_pledge(work, access, pledge_id)
    check_reviewer(work, access, held.pledge)
    return held


def _to_settle(work: Work, access: Access, pledge_id: UUID) -> HeldOne:
    held = _to_review(work, access, pledge_id)
    check_enterer(work, access, held)
    return held


def _check_author_is_here(work: Work, held: HeldOne) -> None:
    # What is settled stays where it was when its author moves: there nobody decides about him any more.
    pledge, member = held.pledge, held.member
    if member is not None and len({branch_or_itself(work, one.organization_id).id for one in (pledge, member)}) > 1:
        raise NotInThisState(instead=AUTHOR_IS_ELSEWHERE, members={"state": pledge.state.value})


def _check_entered(own: Collection[UUID], pledge: Pledge, vote: Vote | None) -> None:
    """`own` are those accounts among the ones that have entered pledges that may be the caller's."""
    if pledge.member_id is not None and pledge.entered_by in own:
        rules.check_entered(vote)


def _each(work: Work, access: Access, held: Held, pledge_ids: Sequence[UUID], do: Callable[[Pledge], None]) -> Bulk:
    """Do something to each of some pledges that the caller reviews, in the order in which they were sent."""
    bulk = Bulk()
    barred: dict[UUID, type[Forbidden]] = barred_from(work, access, held.pledges.values())
    for key in dict.fromkeys(pledge_ids):
        if key not in held.pledges:
            bulk.skipped.append((key, NotFound))
        elif key in barred:
            bulk.skipped.append((key, barred[key]))
        else:
            try:
                do(held.pledges[key])
            except Refusal as refusal:
                bulk.skipped.append((key, type(refusal)))
            else:
                bulk.done.append(key)
    tell(work, held, [held.pledges[key] for key in bulk.done])
    return bulk
