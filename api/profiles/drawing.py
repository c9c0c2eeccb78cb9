"""Pledges and posts as pages list them."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

from api.language import Language, said
from api.pages.render import Asked, Blank, Sheet, day, escaped, render, sheet, words_of
from api.profiles.rules import ARCHIVED, Line
from api.profiles.sections import PostEntry
from api.profiles.words import LABELS, SLOTS, STATES
from models.enums import PledgeState

_UNDER_WAY: Final = frozenset({"open", "overdue"})
"""Of these a bar shows how far they have come."""
_VALUES: Final = ("content", "standing", "percent", "reason", "last", "note", "link")
"""What an item says."""


_WORDS: Final = words_of(LABELS)


class PostLine(NamedTuple):
    """A post as a page lists it; `slot` is A or B."""

    title: str
    slot: str | None
    organization: str | None
    sent_by: str | None
    duties: tuple[str, ...]


class Shape(NamedTuple):
    """What of an item is there: items of one shape differ in nothing but their values."""

    is_overdue: bool
    is_open: bool
    rating: bool
    reason: bool
    note: bool
    link: bool


def draw_pledges(lines: Sequence[Line], asked: Asked, *, address: str | None, rating: bool) -> bytes:
    """Items of a list, one or more. `address` is where the code is told of whose pledges they are, None where nothing is to lead
    on; `rating` says whether the link to a pledge asks for a rating, as long as that takes any."""
    shapes: list[Shape] = []
    texts: list[str] = []
    leads_to = f"{address}/pledges/"
    with_choices = asked.link(leads_to).removeprefix(leads_to)
    for line in lines:
        told: dict[str, Any] = line  # type: ignore[assignment]
        standing, last, reason = standing_of(line), told["last_progress"], told["outcome_reason"]
        takes_ratings = rating and standing != ARCHIVED
        shapes.append(
            Shape(standing == "overdue", standing in _UNDER_WAY, takes_ratings, bool(reason), last is not None, bool(address))
        )
        texts += (
            told["content"],
            _said(standing, told["due_on"], told["settled_on"], asked.language),
            str(told["percent"]),
            reason or "",
            _day(last["happened_on"], asked.language) if last else "",
            last["note"] if last else "",
            f"{leads_to}{told['id']}{with_choices}",
        )
    drawn, chosen = _items(asked._replace(seen=None), tuple(shapes))
    return drawn.join(chosen(escaped(texts)))


def posts_told(posts: Sequence[PostEntry]) -> tuple[PostLine, ...]:
    """Those of some posts that a page has more to tell of than their title within the Party."""
    return tuple(
        PostLine(
            post["title"],
            SLOTS.get(post.get("slot", "")),
            post.get("organization"),
            post.get("sent_by"),
            tuple(post.get("duties", ())),
        )
        for post in posts
        if "slot" in post or "duties" in post
    )


@lru_cache(maxsize=1024)
def draw_posts(posts: Sequence[PostLine], asked: Asked) -> bytes:
    """Items of a list, one or more."""
    return render("profiles/post_lines.html", "", asked, _WORDS, posts=posts).encode()


def standing_of(line: Line) -> str:
    """How a pledge stands: a key of `STATES`. What has been assessed was fulfilled, unless there is a reason why not."""
    state = str(line["state"])
    if state == PledgeState.published:
        return "overdue" if line["is_overdue"] else "open"
    if state == PledgeState.evaluated:
        return "evaluated_unfulfilled" if line["outcome_reason"] else "evaluated_fulfilled"
    return state


def standing_said(line: Line, language: Language) -> str:
    """How a pledge stands, in words, with the day that matters."""
    told: dict[str, Any] = line  # type: ignore[assignment]
    return _said(standing_of(line), told["due_on"], told["settled_on"], language)


@lru_cache(maxsize=4096)
def _said(standing: str, due_on: str, settled_on: str | None, language: Language) -> str:
    settled = _day(settled_on, language) if settled_on else ""
    return said(STATES[standing], language).format(due=_day(due_on, language), settled=settled)


@lru_cache(maxsize=4096)
def _day(on: str, language: Language) -> str:
    return day(date.fromisoformat(on), language)


@lru_cache(maxsize=1024)
def _items(asked: Asked, shapes: tuple[Shape, ...]) -> tuple[Sheet, Callable[[Sequence[bytes]], Sequence[bytes]]]:
    """The items of all lists of these shapes, drawn at once: item by item would take twice as long. Beside them what chooses,
    of all values in the order of `_VALUES`, those that stand in the blanks."""
    names = [f"{name}{number}" for number in range(len(shapes)) for name in _VALUES]
    items = [(shape, {name: Blank(f"{name}{number}") for name in _VALUES}) for number, shape in enumerate(shapes)]
    drawn = sheet("profiles/pledge_lines.html", "", asked, _WORDS, items=items)
    return drawn, itemgetter(*(names.index(name) for name in drawn.blanks))
