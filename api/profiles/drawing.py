"""Pledges, posts and honours as pages list them."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from api.language import Language, said
from api.pages.imprint import Imprint
from api.pages.render import Asked, Blank, Fragment, day, escaped, fragment, render, words_of
from api.profiles.rules import ARCHIVED, HonorTold, Line
from api.profiles.sections import PostEntry
from api.profiles.words import LABELS, SLOTS, STATES
from models.post_enums import PostKind, PostSlot

_SHARED: Final = ("leads_to", "choices")
"""What all items of a list say alike."""
_VALUES: Final = ("content", "standing", "percent", "reason", "last", "note", "id")
"""What an item says."""
_WORDS: Final = words_of(LABELS)


class PostLine(NamedTuple):
    """A post as a page lists it; `slot` is A or B, where it matters which."""

    title: str
    slot: str | None
    organization: str | None
    sent_by: str | None
    duties: tuple[str, ...]


Shape = tuple[str, bool, bool, bool]
"""What of an item is there: how the pledge stands, whether it takes ratings, whether there is a reason, and a note. Items of one
shape differ in nothing but their values."""


def draw_pledges(lines: Sequence[Line], asked: Asked, *, address: str | None, rating: bool) -> bytes:
    """Items of a list, one or more. `address` is where the code is told of whose pledges they are, None where nothing is to lead
    on; `rating` says whether the link to a pledge asks for a rating, as long as that takes any."""
    items, texts = list_pledges(lines, asked, address=address, rating=rating)
    return items.sheet.fill(escaped(texts))


def list_pledges(lines: Sequence[Line], asked: Asked, *, address: str | None, rating: bool) -> tuple[Fragment, list[str]]:
    """The same to stand in a sheet: the items but for their values, and those, which are to be escaped."""
    language, shapes = asked.language, []
    texts = [address or "", asked.choices(of_a_code=address is not None)]
    for line in lines:
        standing, reason, last = standing_of(line), line.outcome_reason, line.last_progress
        shapes.append((standing, rating and standing != ARCHIVED, reason is not None, last is not None))
        texts += (
            line.content,
            _said(standing, line.due_on, line.settled_on, language),
            str(line.percent),
            reason or "",
            _day(last.happened_on, language) if last else "",
            last.note if last else "",
            line.id,
        )
    return _items(language, address is not None, tuple(shapes)), texts


def posts_told(posts: Sequence[PostEntry]) -> tuple[PostLine, ...]:
    """Those of some posts that a page has more to tell of than their title within the Party."""
    return tuple(
        PostLine(
            post["title"],
            SLOTS[post["slot"]] if post["post"] == PostKind.window or post.get("slot") == PostSlot.backup else None,
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


@lru_cache(maxsize=1024)
def draw_honors(honors: Sequence[HonorTold], asked: Asked) -> bytes:
    """Items of a list, one or more: the title, who awarded it, and the year."""
    return render("profiles/honor_lines.html", "", asked, _WORDS, honors=honors).encode()


def standing_of(line: Line) -> str:
    """How a pledge stands: a key of `STATES`. What has been assessed was fulfilled, unless there is a reason why not."""
    if line.state == "published":
        return "overdue" if line.is_overdue else "open"
    if line.state == "evaluated":
        return "evaluated_unfulfilled" if line.outcome_reason else "evaluated_fulfilled"
    return line.state


def standing_said(line: Line, language: Language) -> str:
    """How a pledge stands, in words, with the day that matters."""
    return _said(standing_of(line), line.due_on, line.settled_on, language)


@lru_cache(maxsize=4096)
def _said(standing: str, due_on: str, settled_on: str | None, language: Language) -> str:
    settled = _day(settled_on, language) if settled_on else ""
    return said(STATES[standing], language).format(due=_day(due_on, language), settled=settled)


@lru_cache(maxsize=4096)
def _day(on: str, language: Language) -> str:
    return day(date.fromisoformat(on), language)


@lru_cache(maxsize=1024)
def _items(language: Language, lead_on: bool, shapes: tuple[Shape, ...]) -> Fragment:
    """The items of all lists of these shapes, drawn at once: item by item would take twice as long. It is filled with what they
    share and the values of each in turn."""
    names = [*_SHARED, *(f"{name}{number}" for number in range(len(shapes)) for name in _VALUES)]
    items = [(shape, {name: Blank(f"{name}{number}") for name in _VALUES}) for number, shape in enumerate(shapes)]
    shared = {name: Blank(name) for name in _SHARED}
    # Nothing of who runs this, nor of the choices, stands in an item but in its link.
    asked = Asked(language, large=False, imprint=Imprint(site=""))
    return fragment("profiles/pledge_lines.html", asked, _WORDS, names, items=items, lead_on=lead_on, **shared)
