"""Appeals (申诉): made once by whose score it is, heard above the branch by somebody who has not made the entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.access.about import check_judging, own_among
from api.access.names import named
from api.access.permissions import Permission
from api.access.rules import AboutOneself, ForTheLevelAbove
from api.access.scope import Access, Lock
from api.database import Work
from api.days import day_of
from api.errors import NotFound
from api.files import service as files
from api.organizations.service import branch_or_itself
from api.pagination import Pages
from api.performance.appeals import queries, rules
from api.performance.scores import queries as score_queries
from api.performance.scores.attachments import PICTURES_OF_APPEALS, PICTURES_OF_ENTRIES
from api.performance.scores.rules import check_living
from api.performance.scores.service import counter_entry, hold_entry
from api.performance.scores.sight import reaches_above, sight_of
from api.performance.scores.telling import ToldEntry
from api.versions import Expected
from models.appeal import Appeal
from models.member import Member
from models.score import ScoreEntry
from models.score_enums import AppealState


@dataclass(frozen=True)
class ToldAppeal:
    """An appeal with the entry that it is against and whose score that is of; `told` has its fields and the names beside them."""

    appeal: Appeal
    told: dict[str, Any]
    entry: ToldEntry
    member: Member


def appeal_score_entry(work: Work, access: Access, entry_id: UUID, reason: str, attachment_ids: Sequence[UUID]) -> ToldAppeal:
    """Appeal against an entry of one's own score. Raises `NotFound`, `AlreadyReversed`, `AlreadyAppealed`, `AppealOver` or
    `NotYourFile`."""
    entry = hold_entry(work, entry_id)
    if entry.member_id != access.member_id:
        raise NotFound(keys=(entry_id,))
    if queries.has_appeal(work, entry.id):
        raise rules.AlreadyAppealed
    check_living(is_reversed=score_queries.is_reversed(work, entry.id), is_reversal=entry.reverses_id is not None)
    rules.check_appeal(entry.section, day_of(entry.created_at, work.zone), work.today)
    appeal = Appeal(organization_id=entry.organization_id, entry_id=entry.id, reason=reason)
    work.add(appeal)
    work.flush()
    files.attach(work, access, attachment_ids, PICTURES_OF_APPEALS, appeal.id)
    work.record("appeal_score_entry", appeal, entry=str(entry.id), pictures=len(attachment_ids))
    return _told(work, access, [appeal])[0]


def list_appeals(work: Work, access: Access, pages: Pages, *, state: AppealState | None) -> tuple[list[ToldAppeal], str | None]:
    """The appeals that the caller hears, the newest first."""
    appeals, following = pages.read(work, queries.listed(queries.to_hear(work, access), state))
    return _told(work, access, appeals), following


def show_appeal(work: Work, access: Access, appeal_id: UUID) -> ToldAppeal:
    """An appeal that the caller hears, or of a member of his branch whose scores he writes; the evidence of another who writes them
    he does not see. Raises `NotFound`."""
    appeal = access.get(work, Appeal, appeal_id)
    entry, member = queries.subjects(work, [appeal.entry_id])[appeal.entry_id]
    sight, is_own = sight_of(work, access, member), bool(own_among(work, access, [entry.entered_by]))
    if not sight.sees_appeal(entered_by_caller=is_own):
        raise NotFound(keys=(appeal_id,))
    return _told(work, access, [appeal], with_evidence=sight.sees_evidence(entered_by_caller=is_own))[0]


def decide_appeal(
    work: Work, access: Access, appeal_id: UUID, decision: rules.Decision, reason: str, expected: Expected
) -> ToldAppeal:
    """Decide an appeal. Upheld or exempted, the entry is taken back at once by a counter-entry, unless it has been already.

    Raises `NotFound`, `AboutOneself`, `ForTheLevelAbove` or `AlreadyDecided`.
    """
    entry = hold_entry(work, access.get(work, Appeal, appeal_id, Lock.none).entry_id)
    # Its member may have moved beyond reach meanwhile.
    appeal = access.get(work, Appeal, appeal_id)
    _check_hearer(work, access, entry)
    expected.check(appeal)
    appeal.decide(rules.MOVES.after(decision, appeal.state), access.account_id, work.at, reason)
    if decision in rules.TAKES_BACK and not score_queries.is_reversed(work, entry.id):
        counter_entry(work, access, entry, reason)
    work.flush()
    work.record("decide_appeal", appeal, decision=decision)
    return _told(work, access, [appeal])[0]


def _check_hearer(work: Work, access: Access, entry: ScoreEntry) -> None:
    check_judging(work, access, entry.member_id, Permission.score_write)
    if not reaches_above(work, access, branch_or_itself(work, entry.organization_id)):
        raise ForTheLevelAbove(instead=rules.HEARD_ABOVE)
    if own_among(work, access, [entry.entered_by]):
        raise AboutOneself(instead=rules.ENTERED_ONESELF)


def _told(work: Work, access: Access, appeals: Sequence[Appeal], *, with_evidence: bool = True) -> list[ToldAppeal]:
    subjects = queries.subjects(work, [one.entry_id for one in appeals])
    reversed_ids = score_queries.reversed_among(work, subjects.keys())
    pictures = files.attachments(work, PICTURES_OF_ENTRIES, subjects.keys())
    evidence = files.attachments(work, PICTURES_OF_APPEALS, [one.id for one in appeals]) if with_evidence else {}
    found = []
    for one, told in zip(appeals, named(work, access, appeals), strict=True):
        entry, member = subjects[one.entry_id]
        shown = ToldEntry(entry, entry.id in reversed_ids, pictures.get(entry.id, []), None, ())
        found.append(ToldAppeal(one, told | {"attachment_ids": evidence.get(one.id, [])}, shown, member))
    return found
