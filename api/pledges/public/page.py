"""The pages of a branch's wall and of a single public pledge, with the form on which it is rated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from urllib.parse import quote

from markupsafe import Markup

from api.errors import Text
from api.language import said
from api.pages.render import Asked, Task, day, dialled, render, words_of
from api.pledges.public.rules import PledgeView, ProgressShown, Wall
from api.pledges.words import GRADES, LABELS, QUARTERS
from api.profiles.drawing import draw_pledges, standing_of, standing_said
from api.profiles.rules import Line
from api.profiles.words import CATEGORIES, KINDS
from api.profiles.words import LABELS as LABELS_OF_LISTS
from models.enums import PledgeCategory, PledgeKind

READING: Final = Task(LABELS["unfound_heading"], LABELS["unfound_meaning"], is_of_cards=False, may_help_again=False)
LONGEST_KEPT: Final = 1000
"""Characters that stand in the form again, of whatever was sent."""
_WORDS: Final = words_of(LABELS_OF_LISTS, LABELS)


@dataclass(frozen=True)
class Rated:
    """What stands in the form for rating. `key` is the form's own, made when it was first shown."""

    key: str
    grade: str = ""
    words: str = field(default="", repr=False)


def wall_page(wall: Wall, asked: Asked, *, code: str, years: Sequence[int]) -> str:
    """All public pledges of a branch, to be read on a screen or printed for the notice board. `years` are those with a wall."""
    address = code_address(code)
    phone, language = wall.service_phone, asked.language
    return render(
        "pledges/wall.html",
        f"{address}/wall",
        asked,
        _WORDS,
        organization=wall.organization,
        year=wall.year,
        as_of=day(wall.as_of, language),
        phone=phone,
        dialled=dialled(phone),
        totals=wall.totals,
        satisfied=wall.satisfaction.numerator,
        graded=wall.satisfaction.denominator,
        share=_percent(wall.satisfaction.value),
        own=_items(wall.organization_pledges, asked, address),
        members=[(member.display_name, _items(member.pledges, asked, address)) for member in wall.members],
        publications=[
            (said(QUARTERS[published.quarter[-1]], language), day(published.published_at, language))
            for published in wall.publications
        ],
        years=[(year, f"{asked.link(f'{address}/wall')}&year={year}") for year in years if year != wall.year],
        card_link=asked.link(address),
    )


def pledge_page(
    view: PledgeView,
    rated: Rated,
    asked: Asked,
    *,
    code: str,
    faults: Mapping[str, Text] | None = None,
    trouble: Text | None = None,
    phone: str | None = None,
) -> str:
    """A public pledge with what has been done for it and how it was rated, and the form for rating it.

    `faults` are what is wrong with `rated`, by the field's name; `trouble` is why it could not be taken in, and `phone` whom to
    call then.
    """
    line: dict[str, Any] = dict(view.line)
    language, address = asked.language, code_address(code)
    here = pledge_address(code, line["id"])
    return render(
        "pledges/pledge.html",
        here,
        asked,
        _WORDS,
        name=view.display_name,
        organization=view.organization,
        content=line["content"],
        measure=line["measure"],
        due=day(date.fromisoformat(line["due_on"]), language),
        kind=said(KINDS[PledgeKind(line["kind"])], language),
        category=said(CATEGORIES[PledgeCategory(line["category"])], language),
        standing=standing_said(view.line, language),
        is_overdue=standing_of(view.line) == "overdue",
        percent=line["percent"],
        reason=line["outcome_reason"],
        texts=[(one, day(one.published_on, language), day(one.due_on, language)) for one in view.texts[::-1]],
        progress=[_progress(one, asked, here) for one in view.progress],
        grades=[(grade.value, said(words, language)) for grade, words in GRADES.items()],
        tally=view.tally,
        words_shown=[(one.words, said(GRADES[one.grade], language), day(one.on, language)) for one in view.words],
        period=view.evaluation.period,
        already=view.evaluation.already,
        key=rated.key,
        grade=rated.grade,
        entered=rated.words[:LONGEST_KEPT],
        faults={name: said(fault, language) for name, fault in (faults or {}).items()},
        trouble=said(trouble, language) if trouble else None,
        phone=phone,
        dialled=dialled(phone),
        rate_link=asked.link(f"{here}/evaluations"),
        card_link=asked.link(address),
        wall_link=asked.link(f"{address}/wall"),
    )


def code_address(code: str) -> str:
    return f"/C/{quote(code, safe='')}"


def pledge_address(code: str, pledge_id: object) -> str:
    """Where a public pledge is told in full."""
    return f"{code_address(code)}/pledges/{pledge_id}"


def picture_address(code: str, pledge_id: object, file_id: object) -> str:
    return f"{pledge_address(code, pledge_id)}/pictures/{file_id}"


def _items(lines: Sequence[Line], asked: Asked, address: str) -> Markup:
    """The items of a list of pledges, each leading to its own page."""
    return Markup(b"".join(draw_pledges([line], asked, address=address, rating=False) for line in lines).decode())


def _progress(one: ProgressShown, asked: Asked, here: str) -> tuple[str, str, int | None, list[tuple[str, str]]]:
    named = _WORDS[asked.language]["progress_picture"]
    pictures = [(f"{here}/pictures/{key}", named.format(n=number)) for number, key in enumerate(one.picture_ids, 1)]
    return day(one.happened_on, asked.language), one.note, one.percent, pictures


def _percent(value: float | None) -> str | None:
    """A share as it is read: a whole percentage, rounded down, so that nothing that is not all reads 100 %."""
    return None if value is None else f"{int(value * 100)}%"
