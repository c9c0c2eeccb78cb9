"""What of a section a stranger is shown on a day, and which entries a section holds for that."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from msgspec import Struct, convert, to_builtins

from api.profiles.sections import Entries, HonorEntry, PledgeEntry, PostEntry, ProgressEntry, Section
from models.enums import NameDisplay

MOST_ON_A_CARD: Final = 10
MOST_HONORS: Final = 5
LAST_YEAR_UNTIL: Final = (3, 31)
ARCHIVED: Final = "archived"
FOR_GOOD: Final = "9999-12-31"
"""Sorts after every day that ISO 8601 writes."""

MOST_KEPT: Final[Mapping[Section, int]] = {
    Section.posts: 21,
    Section.honors: 4 * MOST_HONORS,
    Section.pledges: 3 * MOST_ON_A_CARD,
}
"""How many entries a section holds whatever its room has, since each scan reads all of them. What there is no room for is filled in
at night, before it is to be shown: of twenty honours five at the most end on one day, and of pledges a card shows ten."""


class Line(Struct, frozen=True):
    """A pledge as a stranger is told of it: what `lines.PledgeLine` describes."""

    id: str
    kind: str
    category: str
    content: str
    measure: str
    due_on: str
    percent: int
    state: str
    is_overdue: bool
    outcome_reason: str | None
    last_progress: ProgressEntry | None
    settled_on: str | None


class HonorTold(Struct, frozen=True):
    """An honour as a stranger is told of it: what `lines.HonorLine` describes."""

    title: str
    level: str
    awarded_by: str
    awarded_on: str


def display_name(full_name: str, policy: NameDisplay) -> str:
    """The name as the organisation's policy shows it: whole, or the surname's first character and a star for each further one."""
    if policy is NameDisplay.full:
        return full_name
    return full_name[:1] + "*" * (len(full_name) - 1)


def kept_posts(entries: Iterable[PostEntry]) -> list[PostEntry]:
    """What the section `posts` holds of all that a member holds and will hold, in the order in which it is shown: posts within the
    Party first, which have no days, then what he has held longest; of more than fit those that begin first."""
    return sorted(entries, key=lambda entry: entry.get("since") or "")[: MOST_KEPT[Section.posts]]


def posts_on_card(entries: Iterable[PostEntry], today: date) -> tuple[PostEntry, ...]:
    """The posts that a valid card shows on a day."""
    day = today.isoformat()
    return tuple([entry for entry in entries if entry.get("since", day) <= day < entry.get("until", FOR_GOOD)])


def kept_pledges(entries: Iterable[PledgeEntry], today: date) -> list[PledgeEntry]:
    """What the section `pledges` holds of all of a member's, in the order in which it is shown: whatever a scan may show from today
    on, and no more of it than it could, so that a section does not grow with the years."""
    years = years_kept(today)
    by_year: dict[int, list[PledgeEntry]] = {}
    for entry in open_first(entries):
        if entry.year in years:
            by_year.setdefault(entry.year, []).append(entry)
    return open_first(entry for of_year in by_year.values() for entry in of_year[:MOST_ON_A_CARD])


def still_shown(section: Section, entries: Entries, today: date) -> Entries:
    """What a section that was written on an earlier day would hold if it were written today."""
    kept = entries
    if section is Section.posts:
        kept = [entry for entry in entries if str(entry.get("until", FOR_GOOD)) > today.isoformat()]
    elif section is Section.pledges:
        kept = to_builtins(kept_pledges(convert(entries, list[PledgeEntry]), today))
    elif section is Section.honors:
        kept = to_builtins(kept_honors(convert(entries, list[HonorEntry]), today))
    return kept


def is_only_short(section: Section, entries: Entries, shown: Entries, told: Entries) -> bool:
    """Whether a section that was full when it was written lacks nothing but what there was no room for: `shown` is what is left of
    it on a day, and `told` what it should hold then."""
    return len(entries) == MOST_KEPT[section] and list(told[: len(shown)]) == list(shown)


def open_first(entries: Iterable[PledgeEntry]) -> list[PledgeEntry]:
    """In the order in which they are shown: what is still to be done by its day, then what is settled, the latest first."""
    by_key = sorted(entries, key=lambda entry: entry.id)
    settled = sorted((one for one in by_key if one.settled_on), key=lambda one: one.settled_on or "", reverse=True)
    return sorted((one for one in by_key if not one.settled_on), key=lambda one: one.due_on) + settled


def years_shown(today: date) -> Sequence[int]:
    """The years whose pledges stand on cards and walls: this one, and the last until 31 March."""
    return (today.year, today.year - 1) if (today.month, today.day) <= LAST_YEAR_UNTIL else (today.year,)


def years_kept(today: date) -> Sequence[int]:
    """The years whose pledges a section holds: those that are shown, and the next, which is the last that a pledge may be of."""
    return range(min(years_shown(today)), today.year + 2)


def pledges_on_card(entries: Iterable[PledgeEntry], today: date) -> list[Line]:
    """The pledges that a valid card shows on a day, open ones first."""
    years = years_shown(today)
    return [pledge_line(entry, today) for entry in [one for one in entries if one.year in years][:MOST_ON_A_CARD]]


def pledge_line(entry: PledgeEntry, today: date) -> Line:
    """A pledge as it is told on a day."""
    state = ARCHIVED if entry.year < today.year and is_archived(entry.year, today) else entry.state
    return Line(
        entry.id,
        entry.kind,
        entry.category,
        entry.content,
        entry.measure,
        entry.due_on,
        entry.percent,
        state,
        state == "published" and not entry.is_claimed and entry.due_on < today.isoformat(),
        entry.outcome_reason,
        entry.last_progress,
        entry.settled_on,
    )


def is_archived(year: int, today: date) -> bool:
    """Whether nothing changes any more about the pledges of a year: from 1 April after it."""
    return today >= date(year + 1, 4, 1)


def kept_honors(newest_first: Iterable[HonorEntry], today: date) -> list[HonorEntry]:
    """What the section `honors` holds of all of a member's, the newest first: whatever a scan may show from today on. One that ends
    while five newer ones are still borne is never shown. Of more than fit those that are shown first, which are the newest."""
    kept: list[HonorEntry] = []
    for entry in newest_first:
        if len(kept) == MOST_KEPT[Section.honors]:
            break
        outlasting = sum(_is_borne(one, entry.valid_until or FOR_GOOD) for one in kept)
        if _is_borne(entry, today.isoformat()) and outlasting < MOST_HONORS:
            kept.append(entry)
    return kept


def honors_on_card(entries: Iterable[HonorEntry], today: date) -> list[HonorTold]:
    """The honours that a valid card shows on a day: the newest five that are borne then."""
    borne = [entry for entry in entries if _is_borne(entry, today.isoformat())][:MOST_HONORS]
    return [HonorTold(one.title, one.level, one.awarded_by, one.awarded_on) for one in borne]


def _is_borne(entry: HonorEntry, day: str) -> bool:
    return (entry.valid_until or FOR_GOOD) >= day
