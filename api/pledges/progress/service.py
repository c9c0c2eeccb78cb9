"""践诺: what has been done for a pledge, told with pictures, published and withdrawn."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from api.access.scope import Access
from api.adapters.storage import Storage
from api.bulk import Bulk
from api.database import Database, Origin, Work
from api.errors import NotFound, NotInThisState, Refusal
from api.files import service as files
from api.files.service import ReadFile
from api.pledges import queries, rules
from api.pledges.attachments import PICTURES
from api.pledges.holding import HeldOne, hold_pledge, hold_pledges, percent_of, seen_one, tell, touch
from api.pledges.progress.rules import check_entries
from api.pledges.reviewers import act_as_author, barred_as_author, barred_from, check_reviewer
from api.pledges.rules import Action
from api.pledges.telling import describe_progress
from api.profiles.service import hold_profile
from api.versions import Expected
from models.enums import PledgeState
from models.file import StoredFile
from models.pledge import Pledge
from models.pledge_progress import PledgeProgress


def add_progress(
    work: Work,
    access: Access,
    pledge_id: UUID,
    note: str,
    percent: int | None,
    happened_on: date | None,
    attachment_ids: Sequence[UUID],
) -> dict[str, Any]:
    """Tell what has been done, today where no day is given. Whoever is signed in and sees the pledge reads it at once.

    Raises `NotFound`, what `act_as_author` does, `NotInThisState`, `RolledUp`, `TooManyEntries`, `TooManyEntriesToday`,
    `NotYourFile`, or `Invalid` for a day that is yet to come.
    """
    held = hold_pledge(work, access, pledge_id)
    pledge = held.pledge
    act_as_author(work, access, pledge)
    rules.after(Action.report, held.facts(pledge), work.today)
    rules.check_own_percent(percent, has_children=any(queries.sums_below(work, pledge.id)))
    in_all, of_today = queries.count_of_progress(work, pledge.id, work.begin_of(work.today))
    tomorrow = work.begin_of(work.today + timedelta(days=1))
    check_entries(in_all, of_today, retry_after=int((tomorrow - work.at).total_seconds()) + 1)
    day = happened_on or work.today
    rules.check_happened_on(day, work.today)
    entry = PledgeProgress(pledge_id=pledge.id, happened_on=day, note=note, percent=percent)
    work.add(entry)
    work.flush()
    _hold_profile(work, pledge)
    files.attach(work, access, attachment_ids, PICTURES, entry.id)
    work.record("add_progress", entry, organization_id=pledge.organization_id, pictures=len(attachment_ids))
    if percent is not None:
        pledge.percent = percent
    tell(work, held, [pledge])
    return describe_progress(work, [entry])[0]


def withdraw_progress(
    work: Work, access: Access, pledge_id: UUID, progress_id: UUID, reason: str, expected: Expected
) -> dict[str, Any]:
    """Take an entry of progress back, as its author or the pledge's reviewer: strangers read it no longer, and its pictures
    are gone.

    Raises `NotFound`, `ForTheLevelAbove` or `NotInThisState`.
    """
    held = hold_pledge(work, access, pledge_id)
    pledge = held.pledge
    entry = queries.progress_entries(work, [progress_id]).get(progress_id)
    if entry is None or entry.pledge_id != pledge.id:
        raise NotFound
    if barred_as_author(work, access, pledge) is not None:
        check_reviewer(work, access, pledge)
    expected.check(entry)
    rules.after(Action.judge_progress, held.facts(pledge), work.today)
    if entry.withdrawn_reason is not None:
        raise NotInThisState(members={"state": pledge.state.value})
    entry.withdrawn_reason = reason
    _hold_profile(work, pledge)
    files.remove_attached(work, PICTURES, entry.id)
    work.record("withdraw_progress", entry, organization_id=pledge.organization_id)
    work.flush()
    _follow_percent(work, held, entry)
    tell(work, held, [pledge])
    return describe_progress(work, [entry])[0]


def publish_progress(work: Work, access: Access, progress_ids: Sequence[UUID]) -> Bulk:
    """Let strangers read entries of progress. Who was skipped would have been refused so, asked for alone."""
    pledge_ids = {one.pledge_id for one in queries.progress_of(work, progress_ids)}
    held, bulk = hold_pledges(work, access, pledge_ids), Bulk()
    entries = queries.progress_entries(work, progress_ids)
    barred = barred_from(work, access, held.pledges.values())
    for key in dict.fromkeys(progress_ids):
        entry = entries.get(key)
        pledge = held.pledges.get(entry.pledge_id) if entry else None
        if entry is None or pledge is None:
            bulk.skipped.append((key, NotFound))
        elif pledge.id in barred:
            bulk.skipped.append((key, barred[pledge.id]))
        else:
            try:
                rules.after(Action.judge_progress, held.facts(pledge), work.today)
            except Refusal as refusal:
                bulk.skipped.append((key, type(refusal)))
                continue
            if entry.withdrawn_reason is not None or entry.published_on is not None:
                bulk.skipped.append((key, NotInThisState))
                continue
            entry.published_on = work.today
            work.record("publish_progress", entry, organization_id=pledge.organization_id)
            bulk.done.append(key)
    tell(work, held, [held.pledges[entries[key].pledge_id] for key in bulk.done])
    return bulk


def show_pledge_picture(
    database: Database, origin: Origin, storage: Storage, access: Access, pledge_id: UUID, file_id: UUID, known: Collection[str]
) -> ReadFile:
    """A picture of the progress of a pledge that the caller may see. Raises `NotFound` or `Unavailable`."""

    def found(work: Work) -> StoredFile:
        pledge = seen_one(work, access, pledge_id)
        file = queries.picture(work, pledge.id, file_id, PICTURES.name)
        if file is None:
            raise NotFound
        return file

    return files.read_file(database, origin, storage, found, known)


def _hold_profile(work: Work, pledge: Pledge) -> None:
    if pledge.member_id is not None:
        hold_profile(work, pledge.member_id)


def _follow_percent(work: Work, held: HeldOne, entry: PledgeProgress) -> None:
    """Let the percentage be what was told before, where the entry that told it is withdrawn."""
    if entry.percent is not None and held.pledge.state is PledgeState.published:
        held.pledge.percent = percent_of(work, held.pledge)
        touch(work, held.pledge)
