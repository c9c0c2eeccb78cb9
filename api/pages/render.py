"""The pages that people without the app see: values in, HTML text out."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from operator import itemgetter
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup, escape

from api.errors import Text
from api.language import Language, said
from api.pages.imprint import Imprint
from api.pages.words import LABELS, MONTHS

_HERE = Path(__file__).parent


def _style(path: Path) -> str:
    """A style without what is written for those who read it."""
    return re.sub(r"/\*.*?\*/|(?<!\s)\s*\n\s*", "", path.read_text(encoding="utf-8"))


def _source(style: str) -> str:
    """How the policy of a page names a style that it admits."""
    return f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"


STYLE: Final = _style(_HERE / "style.css")
"""Of all pages."""
STYLES: Final = {f"{path.parent.parent.name}/{path.name}": _style(path) for path in sorted(_HERE.parent.glob("*/templates/*.css"))}
"""What some pages have beside it, by the room and the file: it would be weight on every other page."""
CONTENT_SECURITY_POLICY: Final = (
    f"default-src 'none'; style-src {' '.join(map(_source, (STYLE, *STYLES.values())))}; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


_OPEN: Final = "\ue000"
_CLOSE: Final = "\ue001"
_BLANK: Final = re.compile(f"{_OPEN}(\\w+){_CLOSE}")
_BETWEEN: Final = "\0"
OF_A_CODE: Final = ("/C/", _OPEN)
"""How the address of a page about a code begins, or the blank for one."""
_DOT: Final = "·"
_BREAKABLE_DOT: Final = "·<wbr>"
_NUMBER: Final = re.compile(r"([+\d(（][\d\s()（）\-－—]{0,38}\d)", re.ASCII)


class Asked(NamedTuple):
    """How a page is to be, and who runs what it belongs to. `seen` is the note that its links to pages about the same code hold on
    to (`verification/notes.py`)."""

    language: Language
    large: bool
    imprint: Imprint
    seen: str | None = None

    def link(self, address: str) -> str:
        """An address of ours with the choices that a page keeps."""
        choices = self.choices(of_a_code=not address or address.startswith(OF_A_CODE))
        return f"{address}{'&' if '?' in address else '?'}{choices}"

    def choices(self, *, of_a_code: bool) -> str:
        """The choices that a page keeps, as they stand in an address; with the note, if that is one of the same code."""
        seen = f"&seen={self.seen}" if self.seen and of_a_code else ""
        return f"lang={self.language}{'&large=1' if self.large else ''}{seen}"


Words: TypeAlias = Mapping[Language, Mapping[str, str]]


def words_of(*labels: Mapping[str, Text]) -> Words:
    """What the pages of a room say, in each language: its `labels`, and those of the frame beside them. A name stands once."""
    together: dict[str, Text] = {}
    for more in (LABELS, *labels):
        if twice := sorted(together.keys() & more.keys()):
            raise ValueError(f"a page would have two meanings for {twice}: give the label in the room's words.py another name")
        together |= more
    return {language: {name: said(text, language) for name, text in together.items()} for language in Language}


def render(template: str, address: str, asked: Asked, words: Words, **values: object) -> str:
    """Fill a template, named `ROOM/FILE.html`. `address` is where the page stands, for the links that change its language or size;
    empty: where it was asked for. `words` are those of the room."""
    return _PAGES[template].render(_frame(address, asked), words=words[asked.language], **values)


class Blank(str):
    """A value of a sheet that is not known yet, by its name. Two characters that no font has stand around it in the template."""

    def __new__(cls, name: str) -> "Blank":
        return super().__new__(cls, f"{_OPEN}{name}{_CLOSE}")


@dataclass(frozen=True)
class Sheet:
    """A page that has been drawn but for its blanks: the bytes between them, with room for each, and which of the values that it is
    filled with stands in each."""

    parts: tuple[bytes, ...]
    chosen: Callable[[Sequence[bytes]], Iterable[bytes]]

    def fill(self, values: Sequence[bytes]) -> bytes:
        """The page with these values in its blanks, as they are, in the order in which it was told their names."""
        parts = list(self.parts)
        parts[1::2] = self.chosen(values)
        return b"".join(parts)


@dataclass(frozen=True, eq=False)
class Fragment:
    """What may stand in a sheet, drawn but for blanks of its own, and the names of those."""

    markup: Markup
    names: tuple[str, ...]

    @cached_property
    def sheet(self) -> Sheet:
        """The same by itself."""
        return _cut(self.markup, self.names)


def broken(name: bytes) -> bytes:
    """A name that is written already, as the templates break it."""
    return name.replace(_DOT.encode(), _BREAKABLE_DOT.encode())


def escaped(texts: Sequence[str]) -> list[bytes]:
    """These texts as a template would write them. All at once: each by itself would take several times as long."""
    written = escape(_BETWEEN.join(texts)).encode().split(_BETWEEN.encode())
    return written if len(written) == len(texts) else escaped([text.replace(_BETWEEN, "") for text in texts])


def sheet(template: str, address: str, asked: Asked, words: Words, names: Sequence[str], **values: object) -> Sheet:
    """Draw a page for many: like `render`, with a `Blank` for each value that will differ, by the `names` of those. There are
    several in it."""
    return _cut(render(template, address, asked, words, **values), names)


def fragment(template: str, asked: Asked, words: Words, names: Sequence[str], **values: object) -> Fragment:
    """Draw what will stand in sheets: like `sheet`."""
    return Fragment(Markup(render(template, "", asked, words, **values)), tuple(names))


def _cut(drawn: str, names: Sequence[str]) -> Sheet:
    parts = _BLANK.split(drawn)
    return Sheet(tuple(part.encode() for part in parts), itemgetter(*map(names.index, parts[1::2])))


class Task(NamedTuple):
    """What a page could not do: its heading, what that does not mean or what helps, whether to try again may help, and whether to
    type a code leads on."""

    heading: Text
    meaning: Text
    may_help_again: bool = True
    has_code: bool = True


CHECKING: Final = Task(LABELS["problem_heading"], LABELS["problem_meaning"])
WANDERING: Final = Task(LABELS["lost_heading"], LABELS["lost_meaning"], may_help_again=False)
AN_HOUR: Final = 3600


def problem_page(
    problem: Text | None,
    asked: Asked,
    *,
    retry_after: int | None = None,
    task: Task = CHECKING,
) -> str:
    """Say that something could not be done, and why, if there is more to say than the heading does.

    `retry_after` is in seconds and told in the unit that one would say aloud; after more than an hour nobody is asked to wait or to
    try again.
    """
    is_soon = retry_after is None or retry_after <= AN_HOUR
    return render(
        "pages/problem.html",
        "",
        asked,
        _WORDS,
        heading=said(task.heading, asked.language),
        problem=said(problem, asked.language) if problem else None,
        is_soon=is_soon and task.may_help_again,
        wait=waiting(retry_after, asked.language) if retry_after and is_soon else None,
        meaning=said(task.meaning, asked.language),
        has_code=task.has_code,
        phone=asked.imprint.phone,
        dialled=dialled(asked.imprint.phone),
    )


def lost_page(asked: Asked) -> str:
    """Say that there is nothing at an address, and where to go on."""
    return problem_page(None, asked, task=WANDERING)


def waiting(seconds: int, language: Language) -> str:
    """How long to wait, in the unit that one would say aloud."""
    unit, length = next(one for one in _UNITS if seconds >= one[1])
    return said(LABELS[unit], language).format(n=-(-seconds // length))


@lru_cache(maxsize=4096)
def dialled(phone: str | None) -> str | None:
    """The digits to dial of a telephone number as it was written, without its extension or a second number; None if it has none, or
    where there is no number."""
    found = re.search(r"\+?[\d(（][\d\s()（）\-－—]*", phone or "", re.ASCII)
    return re.sub(r"[^+\d]", "", found[0]) or None if found else None


@lru_cache(maxsize=4096)
def unbroken(phone: str) -> Markup:
    """A telephone as it was written, of which no number is broken at the end of a line."""
    pieces = _NUMBER.split(phone)
    pieces[1::2] = [Markup('<span class="phone">{}</span>').format(number) for number in pieces[1::2]]
    return Markup("").join(pieces)


def _frame(address: str, asked: Asked) -> dict[str, object]:
    """What every page needs. The choices stand in each link, so that neither a cookie nor a script has to keep them."""
    language, large, imprint, _ = asked
    other = Language.en if language is Language.zh else Language.zh
    return {
        "language": language,
        "large": large,
        "imprint": imprint,
        "tag": _TAGS[language],
        "other_tag": _TAGS[other],
        "language_link": asked._replace(language=other).link(address),
        "size_link": asked._replace(large=not large).link(address),
        "retry_link": asked.link(address),
        "home_link": asked.link("/"),
        "type_link": asked.link("/C"),
        "receipt_link": asked.link("/R"),
    }


def moment(at: datetime, language: Language) -> str:
    """A moment as it is read, to the second."""
    between = " " if language is Language.zh else ", "
    return f"{day(at, language)}{between}{at.hour:02}:{at.minute:02}:{at.second:02}"


def day(on: date, language: Language) -> str:
    """A day as it is read."""
    if language is Language.zh:
        return f"{on.year}年{on.month}月{on.day}日"
    return f"{on.day}\N{NO-BREAK SPACE}{MONTHS[on.month - 1]}\N{NO-BREAK SPACE}{on.year}"


def _at_dots(host: str) -> Markup:
    """A host's name may be broken behind its dots."""
    return escape(host).replace(".", Markup(".<wbr>"))


def _breakable(name: str) -> Markup:
    """A long name of several parts may be broken after the dot between them, and only there."""
    return escape(name).replace(_DOT, Markup(_BREAKABLE_DOT))


_UNITS: Final = (("wait_minutes", 60), ("wait_seconds", 1))
_TAGS: Final[Mapping[Language, str]] = {Language.zh: "zh-CN", Language.en: "en"}
_WORDS: Final = words_of()

_TEMPLATES = Environment(
    loader=PrefixLoader({folder.parent.name: FileSystemLoader(folder) for folder in _HERE.parent.glob("*/templates")}),
    autoescape=True,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
_TEMPLATES.filters.update(breakable=_breakable, at_dots=_at_dots, unbroken=unbroken, dialled=dialled)
_TEMPLATES.globals |= {"style": Markup(STYLE), "styles": {name: Markup(style) for name, style in STYLES.items()}}
_PAGES = {name: _TEMPLATES.get_template(name) for name in _TEMPLATES.list_templates(extensions=["html"])}
