"""The page that the code of a venue opens: what it is, when it is open, whom to call, who is on duty, what else is near."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from api.codes.reading import grouped, path_of
from api.language import said
from api.pages.render import Asked, dialled, moment, render, words_of
from api.posts.rules import MOST_COUNTED
from api.venues.rules import Linked, PublicVenue, hours_lines
from api.venues.words import KINDS, LABELS

A_KILOMETRE: Final = 1000
_WORDS: Final = words_of(LABELS)


def draw_venue(venue: PublicVenue, asked: Asked, *, code: str, at: datetime) -> str:
    """Show a venue. `code` is what stands after `/C/` in the address, and `at` the moment of the check in the district's time."""
    language, address, words = asked.language, path_of(code), _WORDS[asked.language]

    def told(one: Linked) -> tuple[str, str, str, str | None]:
        distance = None if one.distance_m is None else _distance(words, one.distance_m)
        return asked.link(path_of(one.code)), one.name, said(KINDS[one.kind], language), distance

    return render(
        "venues/venue.html",
        address,
        asked,
        _WORDS,
        is_open=venue.is_open,
        name=venue.name,
        kind=said(KINDS[venue.kind], language),
        organization=venue.organization,
        verified_at=moment(at, language),
        verified_at_iso=at.isoformat(timespec="seconds"),
        hours=hours_lines(venue.opening_hours, language) if venue.opening_hours else [],
        place=venue.address,
        services=words["venue_between"].join(venue.services),
        phone=venue.phone,
        phone_of=venue.phone_of,
        dialled=dialled(venue.phone),
        posts=venue.posts,
        posts_more=_more(venue.posts_more),
        parent=told(venue.parent) if venue.parent else None,
        children=[told(one) for one in venue.children],
        children_more=_more(venue.children_more),
        nearest=[told(one) for one in venue.nearest],
        wall_link=asked.link(f"{address}/wall"),
        report_link=asked.link(f"{address}/report"),
        paper_code=grouped(venue.code),
    )


def _more(number: int) -> str | None:
    """How many there are beyond what is named, as far as it is counted."""
    return None if number == 0 else f"{number}+" if number == MOST_COUNTED else str(number)


def _distance(words: Mapping[str, str], metres: int) -> str:
    """A distance as people say it: to ten metres, and from a kilometre on to a hundred."""
    if metres < A_KILOMETRE:
        return words["venue_metres"].format(n=max(10, round(metres, -1)))
    return words["venue_kilometres"].format(n=round(metres / A_KILOMETRE, 1))
