"""What a stranger learns of a member's honours beside his card, as the section `honors` of his profile has it."""

from collections.abc import Collection, Mapping
from uuid import UUID

from msgspec import to_builtins

from api.database import Work
from api.honors import queries
from api.profiles.rules import kept_honors
from api.profiles.sections import Entries, HonorEntry, Section
from api.profiles.service import write_section
from models.honor import Honor


def show_honors_of_members(work: Work, member_ids: Collection[UUID]) -> None:
    """Let the next scan of these members' cards tell their honours as they stand. The caller holds the members."""
    write_section(work, Section.honors, shown_honors, sorted(member_ids))


def shown_honors(work: Work, member_ids: Collection[UUID]) -> Mapping[UUID, Entries]:
    """The section `honors` of these members: the public ones, the newest first. Which are borne on a day is judged when
    it is read."""
    entries: dict[UUID, list[HonorEntry]] = {}
    for honor in queries.public_of_members(work, member_ids):
        if honor.member_id is not None:
            entries.setdefault(honor.member_id, []).append(_entry_of(honor))
    return {key: to_builtins(kept) for key, some in entries.items() if (kept := kept_honors(some, work.today))}


def _entry_of(honor: Honor) -> HonorEntry:
    return HonorEntry(
        honor.title,
        honor.level.value,
        honor.awarded_by,
        honor.awarded_on.isoformat(),
        honor.valid_until.isoformat() if honor.valid_until else None,
    )
