"""What of a section a stranger is shown on a day, and which entries a section holds for that."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from api.profiles.sections import PledgeEntry, PostEntry
from models.enums import NameDisplay

MOST_ON_A_CARD: Final = 10
YEARS_KEPT: Final = 3
"""A pledge for next year may be published in spring, when last year's are still shown."""
LAST_YEAR_UNTIL: Final = (3, 31)
ARCHIVED: Final = "archived"

MOST_POSTS: Final = 20
"""That a section holds: one with a last day stays there when that has passed, since nothing is written on that day."""

Line = Mapping[str, object]
"""A pledge as a stranger is told of it: what `lines.PledgeLine` describes."""


def display_name(full_name: str, policy: NameDisplay) -> str:
    """The name as the organisation's policy shows it: whole, or the surname's first character and a star for each further one."""
    if policy is NameDisplay.full:
        return full_name
    return full_name[:1] + "*" * (len(full_name) - 1)


def kept_posts(entries: Iterable[PostEntry]) -> list[PostEntry]:
    """What the section `posts` holds of all that a member holds and will hold, in the order in which it is shown: posts within the
    Party first, which have no days, then what he has held longest; of more than fit those that end last."""
    last_first = sorted(entries, key=lambda entry: entry.get("until") or "~", reverse=True)[:MOST_POSTS]
    return sorted(last_first, key=lambda entry: entry.get("since") or "")


def posts_on_card(entries: Iterable[PostEntry], today: date) -> tuple[PostEntry, ...]:
    """The posts that a valid card shows on a day."""
    day = today.isoformat()
    return tuple(entry for entry in entries if entry.get("since", day) <= day < entry.get("until", "~"))


def kept_pledges(entries: Iterable[PledgeEntry]) -> list[PledgeEntry]:
    """What the section `pledges` holds of all of a member's, in the order in which it is shown: whatever a scan may show on any day
    from now on, and no more of it than it could, so that a section does not grow with the years."""
    by_year: dict[int, list[PledgeEntry]] = {}
    for entry in open_first(entries):
        by_year.setdefault(entry["year"], []).append(entry)
    newest = sorted(by_year, reverse=True)[:YEARS_KEPT]
    return open_first(entry for year in newest for entry in by_year[year][:MOST_ON_A_CARD])


def open_first(entries: Iterable[PledgeEntry]) -> list[PledgeEntry]:
    """In the order in which they are shown: what is still to be done by its day, then what is settled, the latest first."""
    by_key = sorted(entries, key=lambda entry: entry["id"])
    settled = sorted((one for one in by_key if one["settled_on"]), key=lambda one: one["settled_on"] or "", reverse=True)
    return sorted((one for one in by_key if not one["settled_on"]), key=lambda one: one["due_on"]) + settled


def years_shown(today: date) -> Sequence[int]:
    """The years whose pledges stand on cards and walls: this one, and the last until 31 March."""
    return (today.year, today.year - 1) if (today.month, today.day) <= LAST_YEAR_UNTIL else (today.year,)


def pledges_on_card(entries: Iterable[PledgeEntry], today: date) -> list[Line]:
    """The pledges that a valid card shows on a day, open ones first."""
    years = years_shown(today)
    return [pledge_line(entry, today) for entry in entries if entry["year"] in years][:MOST_ON_A_CARD]


def pledge_line(entry: PledgeEntry, today: date) -> Line:
    """A pledge as it is told on a day."""
    line: dict[str, object] = {**entry}
    del line["year"], line["is_claimed"]
    if entry["year"] < today.year and is_archived(entry["year"], today):
        line["state"] = ARCHIVED
    line["is_overdue"] = line["state"] == "published" and not entry["is_claimed"] and entry["due_on"] < today.isoformat()
    return line


def is_archived(year: int, today: date) -> bool:
    """Whether nothing changes any more about the pledges of a year: from 1 April after it."""
    return today >= date(year + 1, 4, 1)
