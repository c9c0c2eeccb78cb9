"""A pledge as a page shows it in a few lines: what, by when, how far, and the last that was told of it."""

from datetime import date
from functools import lru_cache
from typing import Any, Final

from api.language import said
from api.pages.render import Asked, Blank, Sheet, day, sheet
from api.profiles.rules import ARCHIVED, Line
from api.profiles.words import STATES
from models.enums import PledgeState

_UNDER_WAY: Final = frozenset({"open", "overdue"})
"""Of these a bar shows how far they have come."""


def draw_pledge(line: Line, asked: Asked, *, address: str | None, rating: bool) -> bytes:
    """An item of a list. `address` is where the pledge is told in full, None where nothing is to lead there; `rating` says whether
    the link there asks for a rating, as long as the pledge takes any."""
    told: dict[str, Any] = dict(line)
    standing, last = standing_of(line), told["last_progress"]
    values = {
        "content": told["content"],
        "standing": standing_said(line, asked),
        "percent": str(told["percent"]),
        "reason": told["outcome_reason"],
        "last": f"{day(date.fromisoformat(last['happened_on']), asked.language)}" if last else None,
        "note": last["note"] if last else None,
        "more_link": asked.link(f"{address}/pledges/{told['id']}") if address else None,
    }
    filled = tuple(name for name, value in values.items() if value)
    is_open = standing in _UNDER_WAY
    drawn = _item(asked, standing == "overdue", is_open, rating and standing != ARCHIVED, filled)
    return drawn.fill(values)


def standing_of(line: Line) -> str:
    """How a pledge stands: a key of `STATES`. What has been assessed was fulfilled, unless there is a reason why not."""
    state = str(line["state"])
    if state == PledgeState.published:
        return "overdue" if line["is_overdue"] else "open"
    if state == PledgeState.evaluated:
        return "evaluated_unfulfilled" if line["outcome_reason"] else "evaluated_fulfilled"
    return state


def standing_said(line: Line, asked: Asked) -> str:
    """How a pledge stands, in words, with the day that matters."""
    due_on, settled_on = str(line["due_on"]), line["settled_on"]
    return said(STATES[standing_of(line)], asked.language).format(
        due=day(date.fromisoformat(due_on), asked.language),
        settled=day(date.fromisoformat(str(settled_on)), asked.language) if settled_on else "",
    )


@lru_cache(maxsize=256)
def _item(asked: Asked, is_overdue: bool, is_open: bool, rating: bool, filled: tuple[str, ...]) -> Sheet:
    """The item of all pledges that differ in nothing but the values named by `filled`."""
    names = ("content", "standing", "percent", "reason", "last", "note", "more_link")
    blanks = {name: Blank(name) if name in filled else None for name in names}
    return sheet("pledge_line.html", "", asked, is_overdue=is_overdue, is_open=is_open, rating=rating, **blanks)
