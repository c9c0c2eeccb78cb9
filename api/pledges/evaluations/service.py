"""评诺: what the author, his peers, the organisation and the masses think of how a pledge was kept."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from api.access.names import named, organization_names
from api.access.permissions import Permission
from api.access.rules import ForTheLevelAbove
from api.access.scope import Access, Lock
from api.adapters.cipher import Cipher
from api.database import Work
from api.errors import AlreadyDecided, NotFound, NotInThisState
from api.organizations.service import branch_or_itself
from api.pagination import Pages
from api.pledges.evaluations import queries, rules
from api.pledges.evaluations.rules import can_be_evaluated
from api.pledges.evaluations.sealing import seal_words, words_of
from api.pledges.holding import HeldOne, hold_pledge, places_of, tell
from api.pledges.reviewers import check_decidable, check_enterer, check_reviewer, is_own
from api.pledges.rules import Action, AlreadyEvaluated, after, told_state
from api.versions import Expected
from models.enums import EvaluationSource, Grade, WordsState
from models.evaluation import Evaluation
from models.organization import Organization
from models.pledge import Pledge


@dataclass(frozen=True)
class Opened:
    """An evaluation with its words and with whose pledge it is about; `told` has its fields and the names beside them."""

    evaluation: Evaluation
    told: dict[str, Any]
    words: str | None = field(repr=False)
    organization_id: UUID
    organization_name: str
    member_name: str | None
    is_counted: bool


def evaluate_pledge(
    work: Work,
    access: Access,
    pledge_id: UUID,
    source: EvaluationSource,
    grade: Grade,
    words: str | None,
    period: str | None,
    cipher: Cipher,
) -> Evaluation:
    """Evaluate a pledge as its author, as another member of its branch, or as its reviewer for the organisation; the organisation's
    grade of the year ends it.

    Raises `NotFound`, `Forbidden`, `AboutOneself`, `ForTheLevelAbove`, `NotAPeriod`, `HalfNotBegun`, `WordsRequired`,
    `AlreadyEvaluated` or `NotInThisState`.
    """
    held = hold_pledge(work, access, pledge_id)
    pledge, facts = held.pledge, held.facts(held.pledge)
    _check_evaluator(work, access, held, source)
    period = rules.period_asked(source, pledge.year, period, work.today)
    rules.check_words(source, period, words)
    by = None
    if source is not EvaluationSource.organization:
        by = cipher.digest("evaluation member", json.dumps([str(access.member_id or access.account_id), str(pledge.id), period]))
    if queries.is_given(work, pledge.id, source, period, by):
        raise AlreadyEvaluated
    ends = source is EvaluationSource.organization and period == str(pledge.year)
    if ends:
        pledge.state = after(Action.evaluate, facts, work.today)
    elif not can_be_evaluated(facts, work.today):
        raise NotInThisState(members={"state": told_state(facts, work.today).value})
    evaluation = Evaluation(
        pledge_id=pledge.id,
        source=source,
        period=period,
        grade=grade,
        by_digest=by,
        counts_from=rules.counts_from(source, work.at),
    )
    seal_words(evaluation, words, cipher)
    work.add(evaluation)
    work.flush()
    # About the pledge, since of a peer nobody is told which grade is his.
    work.record("evaluate_pledge", pledge, source=source, period=period)
    if ends:
        tell(work, held, [pledge])
    return evaluation


def list_evaluations(
    work: Work,
    access: Access,
    pages: Pages,
    cipher: Cipher,
    *,
    organization_id: UUID | None,
    pledge_id: UUID | None,
    words_state: WordsState | None,
) -> tuple[list[Opened], str | None]:
    """What the masses say of the pledges that the caller reviews, the newest first; of his own he learns nothing here.

    `organization_id` means that organisation and all below it; it raises `NotFound` outside the caller's reach.
    """
    below = access.get(work, Organization, organization_id, Lock.none) if organization_id else None
    found = queries.listed(work, access, below=below, pledge_id=pledge_id, words_state=words_state)
    evaluations, following = pages.read(work, found)
    return _opened(work, access, evaluations, cipher), following


def show_words(work: Work, access: Access, evaluation_id: UUID, cipher: Cipher, expected: Expected) -> Opened:
    """Let strangers read somebody's words. Raises `NotFound`, `ForTheLevelAbove` or `AlreadyDecided`."""
    evaluation = _to_decide_words(work, access, evaluation_id, expected)
    evaluation.words_state = rules.DECIDING_WORDS.after(WordsState.shown, evaluation.words_state or WordsState.held)
    work.record("show_words", evaluation, organization_id=_owner(work, evaluation))
    work.flush()
    return _opened(work, access, [evaluation], cipher)[0]


def hide_words(work: Work, access: Access, evaluation_id: UUID, reason: str, cipher: Cipher, expected: Expected) -> Opened:
    """Keep somebody's words from strangers; the grade counts. Raises `NotFound`, `ForTheLevelAbove` or `AlreadyDecided`."""
    evaluation = _to_decide_words(work, access, evaluation_id, expected)
    evaluation.words_state = rules.DECIDING_WORDS.after(WordsState.hidden, evaluation.words_state or WordsState.held)
    evaluation.hidden_reason = reason
    work.record("hide_words", evaluation, organization_id=_owner(work, evaluation))
    work.flush()
    return _opened(work, access, [evaluation], cipher)[0]


def void_evaluation(work: Work, access: Access, evaluation_id: UUID, reason: str, cipher: Cipher, expected: Expected) -> Opened:
    """Let a grade of the masses count no more; that there was one, and why it is void, stays to be read.

    It is done above the branch that it is about, and not about an equal. Raises `NotFound`, `ForTheLevelAbove`, or `AlreadyDecided`
    for one that is void.
    """
    evaluation = _load(work, access, evaluation_id)
    pledge = work.get_one(Pledge, evaluation.pledge_id)
    branch = branch_or_itself(work, pledge.organization_id)
    if not access.using(Permission.pledge_review).reaches(work, [branch.parent_id or branch.id]):
        raise ForTheLevelAbove(instead=rules.VOIDED_ABOVE)
    check_decidable(work, access, pledge)
    expected.check(evaluation)
    if evaluation.voided_at is not None:
        raise AlreadyDecided
    evaluation.void_reason, evaluation.voided_by, evaluation.voided_at = reason, access.account_id, work.at
    work.record("void_evaluation", evaluation, organization_id=pledge.organization_id)
    work.flush()
    return _opened(work, access, [evaluation], cipher)[0]


def _check_evaluator(work: Work, access: Access, held: HeldOne, source: EvaluationSource) -> None:
    pledge = held.pledge
    if source is EvaluationSource.organization:
        check_reviewer(work, access, pledge)
        check_enterer(work, access, held)
        return
    is_author = pledge.member_id == access.member_id if pledge.member_id is not None else is_own(work, access, pledge)
    rules.check_evaluator(source, is_author=is_author, is_of_the_branch=pledge.organization_id in places_of(work, access))


def _load(work: Work, access: Access, evaluation_id: UUID) -> Evaluation:
    evaluation = queries.one(work, queries.of_the_masses(work, access), evaluation_id)
    if evaluation is None:
        raise NotFound
    return evaluation


def _to_decide_words(work: Work, access: Access, evaluation_id: UUID, expected: Expected) -> Evaluation:
    """An evaluation with words, of a pledge that the caller reviews. Raises `NotFound`, for one without words too, or
    `ForTheLevelAbove`."""
    evaluation = _load(work, access, evaluation_id)
    check_reviewer(work, access, work.get_one(Pledge, evaluation.pledge_id))
    if evaluation.words_state is None:
        raise NotFound
    expected.check(evaluation)
    return evaluation


def _owner(work: Work, evaluation: Evaluation) -> UUID:
    return work.get_one(Pledge, evaluation.pledge_id).organization_id


def _opened(work: Work, access: Access, evaluations: Sequence[Evaluation], cipher: Cipher) -> list[Opened]:
    subjects = queries.subjects(work, {one.pledge_id for one in evaluations})
    places = organization_names(work, {one.pledge.organization_id for one in subjects.values()})
    opened = []
    for one, told in zip(evaluations, named(work, access, evaluations), strict=True):
        pledge, member_name = subjects[one.pledge_id]
        is_counted = one.voided_at is None and one.counts_from <= work.at
        place_name = places[pledge.organization_id]
        opened.append(Opened(one, told, words_of(one, cipher), pledge.organization_id, place_name, member_name, is_counted))
    return opened
