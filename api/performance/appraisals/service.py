"""Appraisal (民主评议): a round of a branch and a year, in which members evaluate themselves and each other, a meeting votes, and
every full member is given a grade. No grade follows from a score."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from api.access.about import oneself_among
from api.access.permissions import BRANCHES
from api.access.rules import AboutOneself
from api.access.scope import Access, Lock
from api.adapters.cipher import Cipher
from api.database import Work
from api.errors import NotFound
from api.members.rules import BranchClosed
from api.members.service import show_own_member
from api.organizations.service import branch_of
from api.pagination import MOST_ROWS_WITH_THEIRS, Pages
from api.performance.appraisals import queries, rules
from api.performance.appraisals.rules import Decided, Votes
from api.performance.appraisals.telling import Standing, Told, standings, tell_appraisals, votes_of
from api.pledges.rules import AlreadyEvaluated
from api.versions import Expected
from models.appraisal import Appraisal, AppraisalPeer
from models.appraisal_enums import AppraisalGrade, AppraisalState
from models.member import Member
from models.organization import Organization


@dataclass(frozen=True)
class OwnAppraisal:
    """What a member is told of himself; the grade and what is said with it once the round is closed."""

    id: UUID
    year: int
    state: AppraisalState
    self_grade: AppraisalGrade | None
    grade: AppraisalGrade | None
    comment: str | None


def list_appraisals(
    work: Work, access: Access, pages: Pages, *, organization_id: UUID | None, year: int | None
) -> tuple[list[Told], str | None]:
    """The rounds within reach, the newest year first. Raises `NotFound`."""
    found = access.listed(work, Appraisal, organization_id=organization_id, year=year)
    rows, following = pages.read(work, queries.newest_first(found), most=MOST_ROWS_WITH_THEIRS)
    return tell_appraisals(work, access, rows), following


def show_appraisal(work: Work, access: Access, appraisal_id: UUID) -> Told:
    """A round within reach, with all that is told of it. Raises `NotFound`."""
    return _told(work, access, access.get(work, Appraisal, appraisal_id, Lock.none))


def list_own_appraisals(work: Work, access: Access) -> list[OwnAppraisal]:
    """The rounds that the caller takes part in or has taken part in, the newest year first. Raises `NotFound`."""
    member = show_own_member(work, access)
    found = queries.of_member(work, member.id, _branch_id(work, member))
    own = standings(work, found, {member.id})
    return [_own(appraisal, one) for appraisal in found for one in own[appraisal.id]]


def create_appraisal(work: Work, access: Access, organization_id: UUID, year: int) -> Told:
    """Open the round of a branch and a year, this one or the last, with an item for each of its members.

    Raises `NotFound`, `NotABranch`, `YearOutOfRange`, `BranchClosed`, `AppraisalExists` or `BranchTooLarge`.
    """
    branch = access.get(work, Organization, organization_id, Lock.kept)
    if branch.kind not in BRANCHES:
        raise rules.NotABranch
    rules.check_year(year, work.today)
    if branch.closed_on is not None:
        raise BranchClosed(keys=(branch.id,))
    if queries.is_opened(work, branch.id, year):
        raise rules.AppraisalExists
    appraisal = Appraisal(organization_id=branch.id, year=year)
    work.add(appraisal)
    work.flush()
    some = _taking_part(work, appraisal)
    work.record("create_appraisal", appraisal, year=year, members=len(some))
    return _told(work, access, appraisal)


def evaluate_oneself(work: Work, access: Access, appraisal_id: UUID, grade: AppraisalGrade, words: str) -> None:
    """Say once what one thinks of oneself (自评). Raises `NotFound`, `AppraisalClosed`, `BranchTooLarge` or `AlreadyEvaluated`."""
    appraisal, some = _own_round(work, access, appraisal_id)
    item = _of(some, access.member_id).item
    if item.self_grade is not None:
        raise AlreadyEvaluated
    item.self_grade, item.self_words = grade, words
    work.record("evaluate_oneself", appraisal)


def evaluate_peer(work: Work, access: Access, appraisal_id: UUID, member_id: UUID, grade: AppraisalGrade, cipher: Cipher) -> None:
    """Grade another member of one's branch once (互评); who gave which grade is told of nobody.

    Raises `NotFound`, `AboutOneself`, `AppraisalClosed`, `BranchTooLarge` or `AlreadyEvaluated`.
    """
    if member_id == access.member_id:
        raise AboutOneself
    appraisal, some = _own_round(work, access, appraisal_id, member_id)
    _of(some, access.member_id)
    item = _of(some, member_id).item
    work.flush()
    by = cipher.digest("appraisal peer", json.dumps([str(access.member_id), str(item.id)]))
    if queries.is_given(work, item.id, by):
        raise AlreadyEvaluated
    work.add(AppraisalPeer(item_id=item.id, grade=grade, by_digest=by))
    # About the round, since nobody is told whom one has graded.
    work.record("evaluate_peer", appraisal)


def enter_votes(
    work: Work,
    access: Access,
    appraisal_id: UUID,
    held_on: date,
    present: int,
    votes: Sequence[tuple[UUID, Votes]],
    expected: Expected,
) -> Told:
    """Write down how the meeting has voted about some or all full members; what was written down of the others stays.

    Raises `NotFound`, `AppraisalClosed`, `BranchTooLarge`, `HeldOnOutOfRange`, `NotGraded`, `VotesDoNotAddUp`, or `Invalid` where a
    member is named twice.
    """
    sent = [member_id for member_id, _ in votes]
    rules.check_named_once(sent)
    appraisal = access.get(work, Appraisal, appraisal_id)
    some = _changed(work, appraisal, expected)
    rules.check_held_on(held_on, appraisal.year, work.today)
    graded = {one.item.member_id: one.item for one in some if one.is_graded}
    rules.check_graded(sent, frozenset(graded))
    standing = {key: told for key, item in graded.items() if (told := votes_of(item)) is not None}
    rules.check_votes(standing | dict(votes), present, sent)
    appraisal.held_on, appraisal.present = held_on, present
    for member_id, one in votes:
        item = graded[member_id]
        item.votes_excellent, item.votes_qualified = one.excellent, one.qualified
        item.votes_basically_qualified, item.votes_unqualified = one.basically_qualified, one.unqualified
        item.votes_abstained = one.abstained
    work.record("enter_votes", appraisal, members=len(votes))
    work.flush_batch()
    return _told(work, access, appraisal)


def decide_grades(
    work: Work, access: Access, appraisal_id: UUID, decided: Sequence[tuple[UUID, Decided]], expected: Expected
) -> Told:
    """Give some or all full members their grade, which may be changed until the round is closed; never one's own.

    Raises `NotFound`, `AboutOneself`, `AppraisalClosed`, `BranchTooLarge`, `NotGraded`, `CommentRequired`, or `Invalid` for a
    member named twice.
    """
    sent = [member_id for member_id, _ in decided]
    rules.check_named_once(sent)
    rules.check_comments(dict(decided))
    appraisal = access.get(work, Appraisal, appraisal_id)
    if oneself_among(work, access, sent):
        raise AboutOneself
    some = _changed(work, appraisal, expected)
    graded = {one.item.member_id: one.item for one in some if one.is_graded}
    rules.check_graded(sent, frozenset(graded))
    for member_id, one in decided:
        graded[member_id].grade, graded[member_id].comment = one.grade, one.comment
    work.record("decide_grades", appraisal, members=len(decided))
    work.flush_batch()
    return _told(work, access, appraisal)


def close_appraisal(work: Work, access: Access, appraisal_id: UUID, remarks: str | None, expected: Expected) -> Told:
    """Close a round: it is unchangeable, and each member reads his own grade. Of who has left the branch nothing counts.

    Raises `NotFound`, `AppraisalClosed`, `BranchTooLarge`, `AppraisalIncomplete` or `TooManyExcellent`.
    """
    appraisal = access.get(work, Appraisal, appraisal_id)
    some = _changed(work, appraisal, expected)
    grades = {one.item.member_id: one.item.grade for one in some if one.is_graded}
    rules.check_closing(grades)
    for item, _ in queries.items(work, [appraisal.id], None):
        item.is_counted = any(one.item is item for one in some)
    appraisal.state, appraisal.remarks = AppraisalState.closed, remarks
    appraisal.closed_by, appraisal.closed_at = access.account_id, work.at
    excellent = sum(grade is AppraisalGrade.excellent for grade in grades.values())
    work.record("close_appraisal", appraisal, graded=len(grades), excellent=excellent)
    work.flush_batch()
    return _told(work, access, appraisal)


def _told(work: Work, access: Access, appraisal: Appraisal) -> Told:
    return tell_appraisals(work, access, [appraisal])[0]


def _own(appraisal: Appraisal, one: Standing) -> OwnAppraisal:
    is_closed = appraisal.state is AppraisalState.closed
    grade, comment = (one.item.grade, one.item.comment) if is_closed else (None, None)
    return OwnAppraisal(appraisal.id, appraisal.year, appraisal.state, one.item.self_grade, grade, comment)


def _branch_id(work: Work, member: Member) -> UUID | None:
    branch = branch_of(work, member.organization_id)
    return branch.id if branch else None


def _own_round(work: Work, access: Access, appraisal_id: UUID, *others: UUID) -> tuple[Appraisal, list[Standing]]:
    """The open round of the caller's own branch, held, and of him and these others who takes part in it. Raises `NotFound`,
    `AppraisalClosed` or `BranchTooLarge`."""
    member = show_own_member(work, access)
    branch_id = _branch_id(work, member)
    appraisal = queries.of_branch(work, appraisal_id, branch_id) if branch_id else None
    if appraisal is None:
        raise NotFound
    if appraisal.state is AppraisalState.closed:
        raise rules.AppraisalClosed
    return appraisal, _taking_part(work, appraisal, {member.id, *others})


def _changed(work: Work, appraisal: Appraisal, expected: Expected) -> list[Standing]:
    """Who takes part in an open round that is held and about to be changed, which gives it another version whatever of it changes.
    Raises `PreconditionFailed`, `AppraisalClosed` or `BranchTooLarge`."""
    expected.check(appraisal)
    if appraisal.state is AppraisalState.closed:
        raise rules.AppraisalClosed
    appraisal.updated_at = work.at
    return _taking_part(work, appraisal)


def _taking_part(work: Work, appraisal: Appraisal, member_ids: Collection[UUID] | None = None) -> list[Standing]:
    """Who takes part in an open round that is held, or which of some members do, each with a stored item as he is now. Raises
    `BranchTooLarge`."""
    rules.check_members(queries.count_members(work, appraisal, rules.MOST_MEMBERS))
    queries.hold_members(work, appraisal, member_ids)
    some = standings(work, [appraisal], member_ids)[appraisal.id]
    for one in some:
        one.item.is_graded = one.is_graded
        work.add(one.item)
    return some


def _of(some: Sequence[Standing], member_id: UUID | None) -> Standing:
    """How a member stands among those who take part. Raises `NotFound`."""
    found = next((one for one in some if one.item.member_id == member_id), None)
    if found is None:
        raise NotFound(keys=(member_id,) if member_id else ())
    return found
