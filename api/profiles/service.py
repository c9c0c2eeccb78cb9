"""What a stranger learns of a member beside his card: one row, which a scan reads by its key together with the card.

The row is a copy, so that a scan stays one statement however many rooms have something to show. A room that has owns a section: it
tells in `sections.py` what an entry is, gives a source, which is the one place that says what its tables have to show, and calls
`write_section` in every transaction that changes this; its source stands in `building.py`, so that every profile can be compared
with what the rooms say.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final
from uuid import UUID

from api.database import Work
from api.profiles import queries
from api.profiles.rules import is_only_short, still_shown
from api.profiles.sections import Entries, Section
from models.member import Member

Source = Callable[[Work, Collection[UUID]], Mapping[UUID, Entries]]
"""What a room's own tables have to show of the members with these keys; nobody of whom there is nothing to show."""

AT_ONCE: Final = 500


def write_section(work: Work, section: Section, source: Source, member_ids: Collection[UUID]) -> None:
    """Write down what a room's section says of some members from now on.

    The caller holds the lock of each member, so that two who change what is shown of one member write one after the other.
    """
    work.flush()
    for some in _chunks(member_ids):
        told = source(work, some)
        if told:
            queries.put(work, section, told)
        if silent := [key for key in some if key not in told]:
            queries.silence(work, section, silent)


def hold_profile(work: Work, member_id: UUID) -> None:
    """Hold what strangers learn of a member: wherever files are held in the same work, before these."""
    queries.hold(work, member_id)


def hold_free_profiles(work: Work, member_ids: Collection[UUID]) -> bool:
    """Hold what strangers learn of some members without waiting for anybody. Returns whether nobody else holds any of it."""
    return queries.hold_free(work, member_ids)


def hold_profile_of_member(work: Work, member: Member, _: UUID | None = None) -> None:
    """Hold what strangers learn of a member who leaves or moves: his pledges may have written it by now, and his post writes it in
    the end, so that between these whatever hangs on him is locked in one order."""
    hold_profile(work, member.id)


def mend_profiles(work: Work, sources: Mapping[Section, Source]) -> int:
    """Write down anew what is not what the rooms say, of all members. Returns how many sections of members were wrong."""
    mended, last = mend_some_profiles(work, sources, None)
    while last is not None:
        more, last = mend_some_profiles(work, sources, last)
        mended += more
    return mended


def mend_some_profiles(work: Work, sources: Mapping[Section, Source], after: UUID | None) -> tuple[int, UUID | None]:
    """The same of so many members as are told of at once, from the first or from the one after a key.

    Returns how many sections were wrong, which should be none, and the key to go on after, None behind the last: what no scan shows
    any more, and is left from before, is not wrong, nor what there was no room for, which is written down now.
    """
    keys, mended = queries.members_after(work, after, AT_ONCE), 0
    for section, source in sources.items():
        told, stored = source(work, keys), queries.stored(work, section, keys)
        shown = {key: still_shown(section, entries, work.today) for key, entries in stored.items()}
        differ = [key for key in keys if told.get(key, []) != shown.get(key, [])]
        write_section(work, section, source, differ)
        mended += sum(not is_only_short(section, stored.get(key, ()), shown.get(key, ()), told.get(key, ())) for key in differ)
    return mended, keys[-1] if len(keys) == AT_ONCE else None


def _chunks(keys: Iterable[UUID]) -> Iterator[list[UUID]]:
    left = iter(keys)
    while some := list(islice(left, AT_ONCE)):
        yield some
