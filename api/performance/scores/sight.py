"""Who sees what of whose score: the facts that `rules.Sight` is judged by."""

from collections.abc import Iterable
from uuid import UUID

from api.access.about import ABOUT_SOMEBODY, check_judging, own_among
from api.access.permissions import LEADERS, OFFICERS, Permission, roles_with
from api.access.scope import Access, roles_reaching
from api.database import Work
from api.errors import NotFound
from api.organizations.above import reaches_over
from api.organizations.service import branch_or_itself
from api.performance.scores import queries
from api.performance.scores.rules import Sight
from models.appeal import Appeal
from models.member import Member
from models.organization import Organization
from models.score import ScoreEntry


def sight_of(work: Work, access: Access, member: Member) -> Sight:
    """How a caller stands to a member."""
    home, branch = work.get_one(Organization, member.organization_id), branch_or_itself(work, member.organization_id)
    reading = access.using(Permission.board_read)
    may_judge = _may_judge(work, access, member.id)
    return Sight(
        is_oneself=member.id == access.member_id,
        leads=reading.reach(work, LEADERS).includes(home.path),
        is_above=reading.reach(work, OFFICERS).includes(home.path),
        is_about_writer=_writes_scores(work, member.id, branch.id),
        may_judge=may_judge,
        hears=may_judge and reaches_above(work, access, branch),
    )


def reaches_above(work: Work, access: Access, branch: Organization) -> bool:
    """Whether the caller writes scores in the organisation above a branch, where its appeals are heard; what is no branch stands
    for itself. `appeals.queries.to_hear` asks the same of many."""
    return reaches_over(work, access.using(Permission.score_write), branch)


def entered_by_caller(work: Work, access: Access, entries: Iterable[ScoreEntry]) -> frozenset[UUID]:
    """Those of some entries, by their keys, that the caller has entered, or another hand of his."""
    by_account: dict[UUID, set[UUID]] = {}
    for one in entries:
        by_account.setdefault(one.entered_by, set()).add(one.id)
    own = own_among(work, access, by_account.keys()) if by_account else ()
    return frozenset(key for account_id in own for key in by_account[account_id])


def find_entry(work: Work, access: Access, entry_id: UUID) -> ScoreEntry:
    """An entry that the caller may see. Raises `NotFound`."""
    entry = queries.entry(work, entry_id)
    if entry is None or not _sees(work, access, entry):
        raise NotFound(keys=(entry_id,))
    return entry


def find_appeal(work: Work, access: Access, appeal_id: UUID) -> Appeal:
    """An appeal whose evidence the caller may see. Raises `NotFound`."""
    appeal = queries.appeal(work, appeal_id)
    entry = queries.entry(work, appeal.entry_id) if appeal else None
    if appeal is None or entry is None:
        raise NotFound(keys=(appeal_id,))
    sight = sight_of(work, access, work.get_one(Member, entry.member_id))
    if not sight.sees_evidence(entered_by_caller=bool(entered_by_caller(work, access, [entry]))):
        raise NotFound(keys=(appeal_id,))
    return appeal


def _sees(work: Work, access: Access, entry: ScoreEntry) -> bool:
    member = work.get_one(Member, entry.member_id)
    sight = sight_of(work, access, member)
    return sight.sees_all or entry.id in seen(work, access, sight, queries.entries(work, member.id, entry.year))


def seen(work: Work, access: Access, sight: Sight, entries: Iterable[ScoreEntry]) -> frozenset[UUID]:
    """Those of all entries of a member and year that the caller sees, by their keys: of two of which one reverses the other, both
    or neither."""
    listed = list(entries)
    own, appealed = entered_by_caller(work, access, listed), queries.appeals(work, [one.id for one in listed])
    roots = {
        one.reverses_id or one.id
        for one in listed
        if sight.sees_entry(entered_by_caller=one.id in own, is_appealed=one.id in appealed)
    }
    return frozenset(one.id for one in listed if (one.reverses_id or one.id) in roots)


def _writes_scores(work: Work, member_id: UUID, organization_id: UUID) -> bool:
    account_id = queries.account_of(work, member_id)
    roles = roles_reaching(work, account_id, organization_id) if account_id else frozenset()
    return bool(roles & roles_with(Permission.score_write))


def _may_judge(work: Work, access: Access, member_id: UUID) -> bool:
    try:
        check_judging(work, access, member_id, Permission.score_write)
    except ABOUT_SOMEBODY:
        return False
    return True
