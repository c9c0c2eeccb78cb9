"""Scores as they are told: of one member with the entries that the caller may see, and of a branch by name."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.access.permissions import LEADERS, Permission
from api.access.scope import Access, is_of_few
from api.database import Work
from api.errors import NotFound
from api.files import service as files
from api.members.service import organization_of_member, show_own_member
from api.organizations.service import branch_of, branches_of
from api.pagination import MOST_OF_ONE, Pages, of_many
from api.performance.rules import rounded
from api.performance.scores import queries
from api.performance.scores.attachments import PICTURES_OF_APPEALS, PICTURES_OF_ENTRIES
from api.performance.scores.rules import DEFAULT, SCHEMES, Counted, Pledged, Score, Sight, score_of
from api.performance.scores.sight import entered_by_caller, seen, sight_of
from models.appeal import Appeal
from models.member import Member
from models.organization import Organization
from models.score import ScoreEntry
from models.score_enums import ScoreScheme


@dataclass(frozen=True)
class ToldEntry:
    """An entry, whether another reverses it, and the appeal against it; of both the pictures that the caller may see."""

    entry: ScoreEntry
    is_reversed: bool
    attachment_ids: Sequence[UUID]
    appeal: Appeal | None
    appeal_attachment_ids: Sequence[UUID]


@dataclass(frozen=True)
class ToldScore:
    """A member's score of a year; without `score` and `pledged` to whoever sees only some of the entries."""

    member: Member
    year: int
    scheme: ScoreScheme
    score: Score | None
    pledged: Pledged | None
    entries: Sequence[ToldEntry]


def show_own_score(work: Work, access: Access, year: int | None) -> ToldScore:
    """One's own score, with every entry and appeal. Raises `NotFound` where the account is no member's."""
    return _told(work, access, show_own_member(work, access), work.today.year if year is None else year)


def show_score(work: Work, access: Access, member_id: UUID, year: int | None) -> ToldScore:
    """A member's score as far as the caller may see it. Raises `NotFound`, also for an officer above whom nothing is for to
    decide."""
    return _told(work, access, access.get(work, Member, member_id), work.today.year if year is None else year)


def list_scores(
    work: Work, access: Access, pages: Pages, *, organization_id: UUID | None, year: int | None
) -> tuple[list[tuple[Member, Score]], str | None]:
    """What the members of a branch have come to, by name: for those of that branch, and for the deputies and secretaries who reach
    it, to whom also an organisation above branches is told. Raises `NotFound` for anybody else, officers above among them."""
    home_id = organization_of_member(work, access.member_id) if access.member_id else None
    asked = work.get(Organization, organization_id) if organization_id else (branch_of(work, home_id) if home_id else None)
    if asked is None:
        raise NotFound(keys=(organization_id,) if organization_id else ())
    leads = access.using(Permission.board_read).reach(work, LEADERS).includes(asked.path)
    if not leads and not _is_of_the_branch(work, home_id, asked):
        raise NotFound(keys=(asked.id,))
    found = queries.members_of(asked, with_below=leads)
    members, following = pages.read(work, found if is_of_few(work, asked) else of_many(found))
    scores = _scores(work, members, work.today.year if year is None else year)
    return [(one, scores[one.id][0]) for one in members], following


def totals_of(work: Work, member_ids: Collection[UUID], year: int) -> dict[UUID, float]:
    """What some members have come to in a year, for whoever may be told, as it is shown."""
    scores = _scores(work, queries.members(work, member_ids), year) if member_ids else {}
    return {key: rounded(score.total) for key, (score, _) in scores.items()}


def tell_entries(work: Work, access: Access, sight: Sight, entries: Sequence[ScoreEntry]) -> list[ToldEntry]:
    """Entries of one member that the caller sees. Those that reverse any of them must be among them."""
    keys = [one.id for one in entries]
    reversed_ids = {one.reverses_id for one in entries}
    appeals, own = queries.appeals(work, keys), entered_by_caller(work, access, entries)
    shown = {key: one for key, one in appeals.items() if sight.sees_appeal(entered_by_caller=key in own)}
    evident = [one.id for key, one in shown.items() if sight.sees_evidence(entered_by_caller=key in own)]
    pictures = files.attachments(work, PICTURES_OF_ENTRIES, keys)
    evidence = files.attachments(work, PICTURES_OF_APPEALS, evident)
    told = []
    for one in entries:
        appeal = shown.get(one.id)
        its = evidence.get(appeal.id, []) if appeal else []
        told.append(ToldEntry(one, one.id in reversed_ids, pictures.get(one.id, []), appeal, its))
    return told


def tell_entry(work: Work, access: Access, entry: ScoreEntry) -> ToldEntry:
    """One entry that the caller sees."""
    sight = sight_of(work, access, work.get_one(Member, entry.member_id))
    (told,) = tell_entries(work, access, sight, [entry])
    return ToldEntry(told.entry, queries.is_reversed(work, entry.id), told.attachment_ids, told.appeal, told.appeal_attachment_ids)


def _told(work: Work, access: Access, member: Member, year: int) -> ToldScore:
    sight, entries = sight_of(work, access, member), queries.entries(work, member.id, year)
    scheme = _scheme(work, year)
    if sight.sees_all:
        score, pledged = _scores(work, [member], year)[member.id]
        return ToldScore(member, year, scheme, score, pledged, tell_entries(work, access, sight, entries[:MOST_OF_ONE]))
    keys = seen(work, access, sight, entries)
    if not keys:
        raise NotFound(keys=(member.id,))
    shown = [one for one in entries if one.id in keys][:MOST_OF_ONE]
    return ToldScore(member, year, scheme, None, None, tell_entries(work, access, sight, shown))


def _scores(work: Work, members: Iterable[Member], year: int) -> dict[UUID, tuple[Score, Pledged]]:
    """What some members have come to in a year, by three statements however many they are."""
    asked = list(members)
    scheme = SCHEMES[_scheme(work, year)]
    counted, pledged = queries.counted(work, [one.id for one in asked], year), queries.pledged(work, asked, year)
    return {one.id: (score_of(scheme, counted.get(one.id, Counted()), pledged[one.id]), pledged[one.id]) for one in asked}


def _scheme(work: Work, year: int) -> ScoreScheme:
    row = queries.year(work, year)
    return row.scheme if row else DEFAULT


def _is_of_the_branch(work: Work, home_id: UUID | None, asked: Organization) -> bool:
    if home_id is None:
        return False
    branches: dict[UUID, Any] = branches_of(work, [home_id, asked.id])
    return home_id in branches and asked.id in branches and branches[home_id].id == branches[asked.id].id
