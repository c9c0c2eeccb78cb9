"""The pages of a branch's wall, of a single public pledge with the form on which it is rated, and of what was done for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Final, NamedTuple
from uuid import UUID

from markupsafe import Markup, escape

from api.codes.reading import as_printed, path_of
from api.errors import NotFound, Refusal
from api.language import said
from api.pages.paging import in_parts, part
from api.pages.render import Asked, Task, day, dialled, moment, render, words_of
from api.pledges.figures.rules import Ratio
from api.pledges.public.rules import PictureShown, PledgeView, ProgressShown, ProgressView, TextShown, Wall, WordsShown
from api.pledges.words import GRADES, LABELS, QUARTERS
from api.profiles.drawing import draw_pledges, standing_of, standing_said
from api.profiles.rules import Line
from api.profiles.words import CATEGORIES, KINDS
from api.profiles.words import LABELS as LABELS_OF_LISTS
from api.verification.rules import ScanAnswer, phone_of
from api.verification.words import whom_of_organization
from models.enums import PledgeCategory, PledgeKind

READING: Final = Task(LABELS["unfound_heading"], LABELS["unfound_meaning"], may_help_again=False)
LONGEST_KEPT: Final = 1000
"""Characters that stand in the form again, of whatever was sent."""
BEGINNING: Final = 20
"""Characters of a text that tell it from others, where it does not stand whole."""
WALL_ROOM: Final = 13_600
PROGRESS_ROOM: Final = 4_400
TEXTS_ROOM: Final = 2_000
WORDS_ROOM: Final = 1_700
"""Bytes of a page for what there may be any number of; with all else that stands there a page stays under 30 KB."""
_AROUND: Final = 300
"""Bytes of an item beside what people wrote."""
_AROUND_A_LINE: Final = 610
"""The same of a pledge on a wall, without the address of the code and the choices."""
_OF_A_PICTURE: Final = 500
_FIRST_PICTURES: Final = 3
"""Of what was done; the others stand on its own page."""
_WORDS: Final = words_of(LABELS_OF_LISTS, LABELS)


@dataclass(frozen=True)
class Rated:
    """What stands in the form for rating. `key` is the form's own, made when it was first shown."""

    key: str
    grade: str = ""
    words: str = field(default="", repr=False)


class Picture(NamedTuple):
    """A picture on a page: its address, what it is, and how much higher than wide."""

    link: str
    alt: str
    steepness: float

    def height(self, width: int) -> int:
        """In CSS pixels."""
        return round(width * self.steepness)


class Entry(NamedTuple):
    """What was done, as a page tells it. `link` is where its pictures stand in full size."""

    on: str
    note: str
    percent: int | None
    pictures: Sequence[Picture]
    link: str


def wall_page(wall: Wall, asked: Asked, *, code: str, years: Sequence[int], at: datetime, told: ScanAnswer, page: int = 1) -> str:
    """All public pledges of a branch, to be read on a screen or printed for the notice board. `years` are those with a wall; `at`
    is when it is read, in the district's time; `told` is what a scan tells of the code; `page` is the part that is
    shown, from 1. Raises `NotFound` beyond the last part."""
    address = path_of(code)
    phone, language = wall.service_phone, asked.language
    authors = [(None, wall.organization_pledges), *wall.members]
    lines = [(number, line) for number, (_, of_author) in enumerate(authors) for line in of_author]
    around = len(asked.link(address))
    parts = in_parts(lines, WALL_ROOM, lambda item: around + _size_of_line(item[1]))
    if page > len(parts):
        raise NotFound
    of_year = f"{address}/wall" if wall.year == wall.as_of.year else f"{address}/wall?year={wall.year}"
    return render(
        "pledges/wall.html",
        _of_part(of_year, page),
        asked,
        _WORDS,
        organization=wall.organization,
        year=wall.year,
        as_of=day(wall.as_of, language),
        phone=phone,
        phone_of=phone_of(told),
        who=said(whom_of_organization(told), language),
        dialled=dialled(phone),
        totals=wall.totals,
        satisfied=wall.satisfaction.numerator,
        graded=wall.satisfaction.denominator,
        share=_percent(wall.satisfaction),
        sections=[
            (authors[number][0], Markup().join(_item(line, asked, address) for _, line in of_author))
            for number, of_author in groupby(parts[page - 1], key=lambda line: line[0])
        ],
        publications=[
            (said(QUARTERS[published.quarter[-1]], language), day(published.published_at, language))
            for published in wall.publications
        ],
        years=[(year, asked.link(f"{address}/wall?year={year}")) for year in years if year != wall.year],
        card_link=asked.link(address),
        of_venue=told.venue is not None,
        moment=moment(at, language),
        paper_code=as_printed(code),
        more=wall.more,
        **_paging(of_year, asked, page, len(parts)),
    )


def pledge_page(
    view: PledgeView,
    rated: Rated,
    asked: Asked,
    *,
    code: str,
    at: datetime,
    told: ScanAnswer,
    page: int = 1,
    refusal: Refusal | None = None,
) -> str:
    """A public pledge with what has been done for it and how it was rated, and the form for rating it.

    `at` is when it is read, in the district's time, and `told` what a scan tells of the code; `page` is the part that is shown of
    what is long, from 1: each has the next of what was done, of the texts and of residents' words, and the first the form.
    `refusal` is why `rated` could not be taken in. Raises `NotFound` beyond the last part.
    """
    line, language, address = view.line, asked.language, path_of(code)
    here = pledge_address(code, line.id)
    faults = {fault.field.removeprefix("body."): said(fault.text, language) for fault in refusal.faults} if refusal else {}
    progress = in_parts(view.progress, PROGRESS_ROOM, _size_of_progress)
    texts = in_parts(view.texts[::-1] if len(view.texts) > 1 else (), TEXTS_ROOM, _size_of_text)
    words = in_parts(view.words, WORDS_ROOM, _size_of_words)
    pages = max(len(progress), len(texts), len(words))
    if page > pages:
        raise NotFound
    return render(
        "pledges/pledge.html",
        _of_part(here, page),
        asked,
        _WORDS,
        whose=view.display_name or view.organization,
        organization=view.organization,
        content=line.content,
        beginning=_beginning(line.content),
        measure=line.measure,
        due=day(date.fromisoformat(line.due_on), language),
        kind=said(KINDS[PledgeKind(line.kind)], language),
        category=said(CATEGORIES[PledgeCategory(line.category)], language),
        standing=standing_said(line, language),
        is_overdue=standing_of(line) == "overdue",
        percent=line.percent,
        reason=line.outcome_reason,
        texts=[(one, day(one.published_on, language), day(one.due_on, language)) for one in part(texts, page)],
        first_pictures=_FIRST_PICTURES,
        progress=[_entry(one, asked, here) for one in part(progress, page)],
        grades=[(grade.value, said(label, language)) for grade, label in GRADES.items()],
        tally=view.tally,
        words_shown=[(one.words, said(GRADES[one.grade], language), day(one.on, language)) for one in part(words, page)],
        period=view.evaluation.period,
        already=view.evaluation.already,
        key=rated.key,
        grade=rated.grade,
        entered=rated.words[:LONGEST_KEPT],
        faults=faults,
        trouble=said(refusal.sentence(), language) if refusal and not faults else None,
        phone=told.service_phone,
        phone_of=phone_of(told),
        who=said(whom_of_organization(told), language),
        dialled=dialled(told.service_phone),
        rate_link=asked.link(f"{here}/evaluations"),
        pledge_link=asked.link(here),
        card_link=asked.link(address),
        of_venue=told.venue is not None,
        wall_link=asked.link(f"{address}/wall"),
        moment=moment(at, language),
        paper_code=as_printed(code),
        **_paging(here, asked, page, pages),
    )


def progress_page(view: ProgressView, asked: Asked, *, code: str, pledge_id: UUID, at: datetime) -> str:
    """What was done for a public pledge at one time, with its pictures as large as the window. `at` is when it is read."""
    here = pledge_address(code, pledge_id)
    entry = _entry(view.progress, asked, here)
    return render(
        "pledges/progress.html",
        f"{here}/progress/{view.progress.id}",
        asked,
        _WORDS,
        whose=view.display_name or view.organization,
        content=view.content,
        beginning=_beginning(view.content),
        **entry._asdict(),
        pledge_link=asked.link(here),
        moment=moment(at, asked.language),
        paper_code=as_printed(code),
    )


def pledge_address(code: str, pledge_id: object) -> str:
    """Where a public pledge is told in full."""
    return f"{path_of(code)}/pledges/{pledge_id}"


def _item(line: Line, asked: Asked, address: str) -> Markup:
    """An item of a list of pledges, leading to its own page."""
    return Markup(draw_pledges([line], asked, address=address, rating=False).decode())


def _entry(one: ProgressShown, asked: Asked, here: str) -> Entry:
    words, count = _WORDS[asked.language], len(one.pictures)
    pictures = [
        Picture(
            f"{here}/pictures/{picture.id}",
            f"{words['picture_number'].format(n=number, count=count)}{words['colon']}{_beginning(one.note)}",
            _steepness(picture),
        )
        for number, picture in enumerate(one.pictures, 1)
    ]
    link = f"{here}/progress/{one.id}"
    return Entry(day(one.happened_on, asked.language), one.note, one.percent, pictures, asked.link(link))


def _steepness(picture: PictureShown) -> float:
    return picture.height / picture.width if picture.width and picture.height else 0.75


def _beginning(text: str) -> str:
    return text if len(text) <= BEGINNING else f"{text[:BEGINNING]}…"


def _size_of_line(line: Line) -> int:
    last = line.last_progress
    # What it is stands in its link too, for whoever has that read out.
    written = f"{line.content}{line.content}{line.outcome_reason or ''}{last.note if last else ''}"
    return _AROUND_A_LINE + len(escape(written).encode())


def _size_of_progress(one: ProgressShown) -> int:
    return _AROUND + len(one.note.encode()) + _OF_A_PICTURE * len(one.pictures[:_FIRST_PICTURES])


def _size_of_text(one: TextShown) -> int:
    return _AROUND + sum(len((text or "").encode()) for text in (one.content, one.measure, one.reason))


def _size_of_words(one: WordsShown) -> int:
    return _AROUND + len(one.words.encode())


def _of_part(address: str, page: int) -> str:
    """An address with the part of it that is asked for."""
    return address if page == 1 else f"{address}{'&' if '?' in address else '?'}page={page}"


def _paging(address: str, asked: Asked, page: int, pages: int) -> dict[str, object]:
    before, after = (asked.link(_of_part(address, number)) for number in (page - 1, page + 1))
    return {"page": page, "pages": pages, "before_link": before, "next_link": after}


def _percent(share: Ratio) -> str | None:
    """A share as it is read: a whole percentage, rounded down, so that nothing that is not all reads 100 %."""
    return f"{100 * share.numerator // share.denominator}%" if share.denominator else None
