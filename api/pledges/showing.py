"""What a stranger learns of a member's pledges beside his card, as the section `pledges` of his profile has it."""

from collections.abc import Collection, Mapping
from uuid import UUID

from msgspec import to_builtins
from msgspec.structs import replace

from api.database import Work
from api.days import day_of
from api.pledges import queries
from api.profiles.rules import kept_pledges, years_kept
from api.profiles.sections import Entries, PledgeEntry, ProgressEntry, Section
from api.profiles.service import write_section
from models.pledge import Pledge
from models.pledge_progress import PledgeProgress


def show_pledges_of_members(work: Work, member_ids: Collection[UUID]) -> None:
    """Let the next scan of these members' cards tell their pledges as they stand. The caller holds the members."""
    write_section(work, Section.pledges, shown_pledges, sorted(member_ids))


def shown_pledges(work: Work, member_ids: Collection[UUID]) -> Mapping[UUID, Entries]:
    """The section `pledges` of these members: their public pledges, the open ones first. Which are shown on a day, and
    what is overdue then, is judged when it is read."""
    entries: dict[UUID, list[PledgeEntry]] = {}
    for one in queries.public_of_members(work, member_ids, years_kept(work.today)):
        if one.member_id is not None:
            entries.setdefault(one.member_id, []).append(entry_of(work, one))
    kept = {key: kept_pledges(some, work.today) for key, some in entries.items()}
    last = queries.published_progress(work, [UUID(one.id) for some in kept.values() for one in some])

    def told(one: PledgeEntry) -> PledgeEntry:
        return replace(one, last_progress=_told(last.get(UUID(one.id))))

    return {key: to_builtins([told(one) for one in some]) for key, some in kept.items() if some}


def entry_of(work: Work, pledge: Pledge, last: PledgeProgress | None = None) -> PledgeEntry:
    return PledgeEntry(
        id=str(pledge.id),
        kind=pledge.kind.value,
        category=pledge.category.value,
        content=pledge.content,
        measure=pledge.measure,
        due_on=pledge.due_on.isoformat(),
        year=pledge.year,
        percent=pledge.percent,
        state=pledge.state.value,
        is_claimed=pledge.claim_outcome is not None,
        outcome_reason=pledge.outcome_reason if pledge.outcome else None,
        last_progress=_told(last),
        settled_on=day_of(pledge.decided_at, work.zone).isoformat() if pledge.decided_at else None,
    )


def _told(last: PledgeProgress | None) -> ProgressEntry | None:
    return ProgressEntry(happened_on=last.happened_on.isoformat(), note=last.note) if last else None
