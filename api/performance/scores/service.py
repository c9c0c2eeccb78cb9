"""Scores (积分): entered in a ledger in which a mistake is put right by a counter-entry, by the scheme of the year."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from api.access.about import check_judging
from api.access.permissions import Permission
from api.access.scope import Access, Lock, hold_one
from api.database import Work
from api.errors import NotFound
from api.files import service as files
from api.members.rules import MemberHasLeft
from api.organizations.above import check_taken_back
from api.organizations.service import branch_or_itself
from api.performance.scores import queries
from api.performance.scores.attachments import PICTURES_OF_ENTRIES
from api.performance.scores.rules import (
    DEFAULT,
    ENTERED_ABOVE,
    SCHEMES,
    SchemeInUse,
    check_entry,
    check_living,
    check_number,
    check_scheme_year,
    check_year,
    halves,
)
from api.performance.scores.sight import find_entry
from models.enums import MemberStatus
from models.member import Member
from models.score import ScoreEntry, ScoreYear
from models.score_enums import ScoreScheme, ScoreSection


def list_score_schemes(work: Work) -> Mapping[int, ScoreScheme]:
    """The schemes of the years that have one; any other year has the default."""
    return queries.years(work)


def choose_score_scheme(work: Work, access: Access, year: int, scheme: ScoreScheme, reason: str) -> ScoreYear:
    """Choose by which scheme the whole district scores a year. Raises `YearOver`, `SchemeInUse` once there are entries, or
    `Invalid` for a year later than the next."""
    check_year(year, work.today)
    check_scheme_year(year, work.today)
    row = _held_year(work, year, Lock.alone)
    if row.scheme is not scheme and queries.has_entries(work, year):
        raise SchemeInUse
    row.scheme, row.reason, row.chosen_by = scheme, reason, access.account_id
    work.flush()
    work.record("choose_score_scheme", row, year=year, scheme=scheme)
    return row


def create_score_entry(
    work: Work,
    access: Access,
    member_id: UUID,
    *,
    year: int,
    section: ScoreSection,
    points: float,
    reason: str,
    happened_on: date,
    attachment_ids: Sequence[UUID],
) -> ScoreEntry:
    """Enter something into a member's score of a year. `points` come in steps of a half; a veto may have none.

    Raises `NotFound`, `AboutOneself`, `ForTheLevelAbove`, `MemberHasLeft`, `YearOver`, `SectionNotInScheme`, `Invalid`,
    `TooManyScoreEntries` or `NotYourFile`.
    """
    member = access.get(work, Member, member_id)
    check_judging(work, access, member.id, Permission.score_write)
    if member.status is MemberStatus.left:
        raise MemberHasLeft
    check_year(year, work.today)
    # Kept, so that nobody chooses another scheme meanwhile.
    scheme = SCHEMES[_held_year(work, year, Lock.kept).scheme]
    check_entry(scheme, year, section, halves(points), happened_on, work.today)
    check_number(queries.count_entries(work, member.id, year))
    entry = ScoreEntry(
        organization_id=branch_or_itself(work, member.organization_id).id,
        member_id=member.id,
        year=year,
        section=section,
        half_points=halves(points),
        reason=reason,
        happened_on=happened_on,
        entered_by=access.account_id,
    )
    work.add(entry)
    work.flush()
    files.attach(work, access, attachment_ids, PICTURES_OF_ENTRIES, entry.id)
    work.record("create_score_entry", entry, year=year, pictures=len(attachment_ids))
    return entry


def reverse_score_entry(work: Work, access: Access, entry_id: UUID, reason: str) -> ScoreEntry:
    """Put a mistake right by an entry that takes another back. Returns the new one. What was entered from above the branch is taken
    back from there.

    Raises `NotFound`, `AboutOneself`, `ForTheLevelAbove`, `YearOver` or `AlreadyReversed`.
    """
    entry = hold_entry(work, entry_id)
    find_entry(work, access, entry_id)
    if not access.reaches(work, [entry.organization_id]):
        raise NotFound(keys=(entry_id,))
    check_judging(work, access, entry.member_id, Permission.score_write)
    check_year(entry.year, work.today)
    check_living(is_reversed=queries.is_reversed(work, entry.id), is_reversal=entry.reverses_id is not None)
    writing, by, at = access.using(Permission.score_write), entry.entered_by, entry.created_at
    check_taken_back(work, writing, entry.organization_id, by=by, at=at, said=ENTERED_ABOVE)
    counter = counter_entry(work, access, entry, reason)
    work.record("reverse_score_entry", counter, reverses=str(entry.id))
    return counter


def hold_entry(work: Work, entry_id: UUID) -> ScoreEntry:
    """An entry, whoever may see it, its member held, so that nobody else does anything about it meanwhile. Raises `NotFound`."""
    entry = queries.entry(work, entry_id)
    if entry is None:
        raise NotFound(keys=(entry_id,))
    hold_one(work, Member, entry.member_id)
    # It may have moved with him meanwhile.
    work.refresh(entry)
    return entry


def counter_entry(work: Work, access: Access, entry: ScoreEntry, reason: str) -> ScoreEntry:
    """Add the entry that takes a living one back. The caller holds the member."""
    counter = ScoreEntry(
        organization_id=entry.organization_id,
        member_id=entry.member_id,
        year=entry.year,
        section=entry.section,
        half_points=entry.half_points,
        reason=reason,
        happened_on=entry.happened_on,
        entered_by=access.account_id,
        reverses_id=entry.id,
    )
    work.add(counter)
    work.flush()
    return counter


def _held_year(work: Work, number: int, lock: Lock) -> ScoreYear:
    """The row of a year, made where nobody has chosen a scheme for it yet."""
    while (row := queries.year(work, number, lock)) is None:
        # Of several first ones at once only one can add the row; the others then find it.
        with suppress(IntegrityError), work.begin_nested():
            work.add(ScoreYear(year=number, scheme=DEFAULT))
    return row
