"""Plates drawn at their true size, alone on a page or on sheets of A4 with crop marks. All measures are millimetres.

The emblem stands on white, with nothing within `CLEAR` of it, and is put there as the district has brought it. Colour stops
`INSET` before the edge, so that no plate needs a bleed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.adapters.paper import BLACK, GREY, RED, Ink, Sheets, characters_at_hand
from api.codes import qr
from api.codes.reading import address, grouped
from api.printing.templates import SHEET, TEMPLATES, Template
from api.printing.words import TITLES
from api.settings import Settings
from models.print_enums import PrintKind, PrintLayout

INSET: Final = 4.0
CLEAR: Final = 5.0
CROP_MARK, CROP_GAP = 3.0, 1.0
"""How long a crop mark is, and how far off the plates it begins."""
_POINT: Final = 25.4 / 72
_BEFORE_BREAKING: Final = 0.6
"""To which part of its size a line shrinks before it is broken into several."""
_PITCH: Final = 1.45
"""Of lines of running text, in their size."""
_HOUSEHOLD: Final = "共产党员户"
_HOURS: Final = "开放时间"


@dataclass(frozen=True)
class Face:
    """What stands on one plate. `place` is the branch, or whose a venue is; `name` the member's or the venue's; `post` a post or
    the kind of a venue; `lines` are duties, who shares a window, or opening hours. `unsaid` is how many more duties there are."""

    code: str
    place: str
    phone: str | None
    name: str = ""
    post: str = ""
    lines: tuple[str, ...] = ()
    unsaid: int = 0

    @property
    def characters(self) -> str:
        """All that is people's words on it."""
        return "".join((self.place, self.name, self.post, *self.lines))


@dataclass(frozen=True)
class Paper:
    """What plates are printed with: the public address, and the installation's own font, if it has one."""

    base_url: str
    font: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Paper":
        return cls(settings.base_url, settings.paper_font)

    @property
    def host(self) -> str:
        return self.base_url.partition("://")[2]

    def read_fonts(self) -> None:
        """Read beforehand which characters there are, which takes a while the first time. Raises `BadPaperFont`."""
        characters_at_hand(self.font)

    def print(self, faces: Sequence[Face], kind: PrintKind, layout: PrintLayout, emblem: bytes | None) -> bytes:
        """The plates in their order as PDF, in vectors but for the emblem. Raises `BadPaperFont`."""
        template, draw = TEMPLATES[kind], _DRAWN[kind]
        size = SHEET if layout is PrintLayout.a4 else (template.width, template.height)
        sheets = Sheets(TITLES[kind], size=size, extra_font=self.font)
        at_once = template.on_a4 if layout is PrintLayout.a4 else 1
        for number, face in enumerate(faces):
            place = number % at_once
            if place == 0:
                sheets.page()
                if layout is PrintLayout.a4:
                    _crop_marks(sheets, template)
            left, top = _corner(template, place) if layout is PrintLayout.a4 else (0.0, 0.0)
            draw(_Plate(sheets, left, top, template, self, emblem), face)
        return sheets.done()


def first_corner(template: Template) -> tuple[float, float]:
    """The upper left corner of the plates in the middle of a sheet."""
    return (SHEET[0] - template.columns * template.width) / 2, (SHEET[1] - template.rows * template.height) / 2


def _corner(template: Template, place: int) -> tuple[float, float]:
    left, top = first_corner(template)
    row, column = divmod(place, template.columns)
    return left + column * template.width, top + row * template.height


def _crop_marks(sheets: Sheets, template: Template) -> None:
    left, top = first_corner(template)
    right, bottom = left + template.columns * template.width, top + template.rows * template.height
    begin, end = CROP_GAP, CROP_GAP + CROP_MARK
    for column in range(template.columns + 1):
        x = left + column * template.width
        sheets.line(x, top - end, x, top - begin, thickness=0.1)
        sheets.line(x, bottom + begin, x, bottom + end, thickness=0.1)
    for row in range(template.rows + 1):
        y = top + row * template.height
        sheets.line(left - end, y, left - begin, y, thickness=0.1)
        sheets.line(right + begin, y, right + end, y, thickness=0.1)


@dataclass(frozen=True)
class _Plate:
    """Where a plate lies on a page, and what it is drawn with."""

    sheets: Sheets
    left: float
    top: float
    template: Template
    paper: Paper
    emblem: bytes | None

    def centred(self, x: float, y: float, words: str, size: float, width: float, ink: Ink = BLACK, *, bold: bool = False) -> None:
        self.sheets.centred(self.left + x, self.top + y, words, size, width, ink, is_bold=bold)

    def fitted(
        self, x: float, y: float, words: str, size: float, width: float, ink: Ink = BLACK, *, bold: bool = False, lines: int = 2
    ) -> None:
        """One line on a baseline, or where it would have to be much smaller, several around where it would have stood."""
        for line, at, fitting in self._around(y, words, size, width, lines):
            self.sheets.text(self.left + x, self.top + at, line, fitting, ink, is_bold=bold)

    def legible(
        self, x: float, y: float, words: str, size: float, width: float, ink: Ink = BLACK, *, bold: bool = False, lines: int = 2
    ) -> None:
        """The same with the middle of each line at `x`."""
        for line, at, fitting in self._around(y, words, size, width, lines):
            self.centred(x, at, line, fitting, width, ink, bold=bold)

    def _around(self, y: float, words: str, size: float, width: float, lines: int) -> Iterator[tuple[str, float, float]]:
        """Lines with their baselines and their size."""
        if self.sheets.width(words, size * _BEFORE_BREAKING) <= width:
            fitting = size * min(1.0, width / max(self.sheets.width(words, size), 0.1))
            yield words, y, fitting
            return
        found, fitting = self._even(words, max(size * _BEFORE_BREAKING, self.smallest), width, lines)
        pitch = fitting * _POINT * 1.25
        first = y - (size - fitting) * _POINT * 0.36 - (len(found) - 1) * pitch / 2
        for number, line in enumerate(found):
            yield line, first + number * pitch, fitting

    @property
    def smallest(self) -> float:
        """The size in points below which nobody's words are set."""
        return self.template.smallest / _POINT

    def bar(self, y: float, height: float) -> None:
        """A red bar from side to side."""
        self.sheets.area(self.left + INSET, self.top + y, self.template.width - 2 * INSET, height, RED)

    def badge(self, x: float, y: float) -> float:
        """The emblem with its upper left corner there, where the plate bears one. Returns where a line beside it may begin."""
        if self.emblem is None or self.template.emblem is None:
            return x
        self.sheets.picture(self.emblem, self.left + x, self.top + y, self.template.emblem, self.template.emblem)
        return x + self.template.emblem + CLEAR + 1

    def qr(self, face: Face, x: float, y: float) -> None:
        """The QR code with its quiet zone, which begins there."""
        matrix = qr.printed(address(self.paper.base_url, face.code))
        self.sheets.squares(self.left + x, self.top + y, self.template.code_side / matrix.side, matrix.runs())

    def coded(self, face: Face, x: float, y: float, size: float, small: float) -> None:
        """The QR code, and below it what a person without a camera needs: its text, where to type it, whom to call."""
        side, pitch = self.template.code_side, small * _POINT * 1.5
        middle, under = x + side / 2, y + side + size * _POINT
        self.qr(face, x, y)
        self.centred(middle, under, grouped(face.code), size, side)
        self.centred(middle, under + 1.15 * pitch, f"扫码核验，或上 {self.paper.host} 输编号", small, side, GREY)
        if face.phone:
            self.centred(middle, under + 2.15 * pitch, f"电话 {face.phone}", small, side, GREY)

    def block(
        self, x: float, middle: float, words: str, size: float, width: float, lines: int, ink: Ink = BLACK, *, bold: bool = False
    ) -> None:
        """Lines that begin at `x` and stand around a middle, each about as long as the others; few words stay on one."""
        found, size = self._even(words, size, width, lines)
        pitch = size * _POINT * 1.35
        first = middle - (len(found) - 1) * pitch / 2 + size * _POINT * 0.36
        for number, line in enumerate(found):
            self.sheets.text(self.left + x, self.top + first + number * pitch, line, size, ink, is_bold=bold)

    def _even(self, words: str, size: float, width: float, lines: int) -> tuple[list[str], float]:
        found, size = self.sheets.broken(words, size, width, lines, smallest=self.smallest)
        words = "".join(found)
        length = -(-len(words) // len(found))
        even = [words[start : start + length] for start in range(0, len(words), length)]
        fits = all(self.sheets.width(line, size) <= width for line in even)
        return (even if fits else found), size

    def paragraphs(self, x: float, y: float, lines: Sequence[str], size: float, width: float, height: float) -> None:
        """Paragraphs below each other, smaller where they would need more than a height, and at last the longest of them cut."""
        while True:
            found = [self.sheets.wrapped(line, size, width) for line in lines]
            room = int(height / (size * _POINT * _PITCH))
            if sum(map(len, found)) <= room or size <= self.smallest:
                break
            size = max(size * 0.95, self.smallest)
        while sum(map(len, found)) > room and (longest := max(found, key=len))[1:]:
            longest.pop()
            longest[-1] = self.sheets.cut_short(longest[-1], size, width)
        self._listed(x, y, [part for paragraph in found for part in paragraph], size)

    def lines(self, x: float, y: float, lines: Sequence[str], size: float, width: float, height: float) -> None:
        """Lines of one size below each other, none of them broken."""
        longest = max(self.sheets.width(line, size) for line in lines)
        self._listed(x, y, lines, size * min(1.0, width / longest, height / (len(lines) * size * _POINT * _PITCH)))

    def _listed(self, x: float, y: float, lines: Sequence[str], size: float) -> None:
        for number, line in enumerate(lines):
            self.sheets.text(self.left + x, self.top + y + (number * _PITCH + 1) * size * _POINT, line, size)


def _spread(name: str) -> str:
    """A name of two characters is written as wide as one of three."""
    return f"{name[0]}　{name[1]}" if len(name) == 2 else name


def _name(plate: _Plate, middle: float, y: float, name: str, size: float, width: float) -> None:
    """A name in one line, or where it is very long in two, at the point between its parts that lies nearest to the middle."""
    words = _spread(name)
    if plate.sheets.width(words, size) <= width * 1.6:
        plate.centred(middle, y, words, size, width, bold=True)
        return
    points = [place + 1 for place, character in enumerate(words) if character == "·"] or [(len(words) + 1) // 2]
    half, pitch = min(points, key=lambda place: abs(2 * place - len(words))), size * _POINT * 0.6
    longer = max(plate.sheets.width(part, size / 2) for part in (words[:half], words[half:]))
    fitting = size / 2 * min(1.0, width / longer)
    if fitting < plate.smallest:
        plate.legible(middle, y - pitch / 2, name, size / 2, width, bold=True, lines=3)
        return
    plate.centred(middle, y - pitch, words[:half], fitting, width, bold=True)
    plate.centred(middle, y, words[half:], fitting, width, bold=True)


def _name_badge(plate: _Plate, face: Face) -> None:
    plate.bar(INSET, 1.2)
    begin = plate.badge(6, 10.5)
    plate.block(begin, 15.5, face.place, 8.5, 55 - begin, 3)
    _name(plate, 31, 36.5, face.name, 27, 48)
    plate.legible(31, 44, face.post, 11.5, 48, RED)
    side = plate.template.code_side
    plate.qr(face, 58.6, 9)
    plate.centred(58.6 + side / 2, 34.2, grouped(face.code), 6.4, side)
    phone = f"　电话 {face.phone}" if face.phone else ""
    plate.centred(42.8, 49.1, f"扫码核验，或上 {plate.paper.host} 输编号{phone}", 6.2, 73, GREY)


def _header(plate: _Plate, face: Face) -> None:
    plate.bar(INSET, 3)
    plate.bar(93, 3)
    begin = plate.badge(12, 13)
    plate.block(begin, 23, face.place, 16, 122 - begin, 2)
    plate.coded(face, 130, 11, 13, 8.4)


def _desk_plate(plate: _Plate, face: Face) -> None:
    _header(plate, face)
    _name(plate, 67, 64, face.name, 62, 110)
    plate.legible(67, 81, face.post, 24, 110, RED)


def _post_plate(plate: _Plate, face: Face) -> None:
    _header(plate, face)
    if not face.lines:
        plate.legible(67, 57, face.post, 36, 110, RED, bold=True)
        _name(plate, 67, 80, face.name, 40, 110)
        return
    name = _spread(face.name)
    taken = min(plate.sheets.width(name, 26), 42)
    plate.fitted(12, 49, face.post, 27, 104 - taken, RED, bold=True)
    plate.fitted(122 - taken, 49, name, 26, taken, bold=True, lines=3)
    duties = [f"{number}. {duty}" for number, duty in enumerate(face.lines, 1)]
    more = [f"等共{len(duties) + face.unsaid}项"] if face.unsaid else []
    plate.paragraphs(12, 56, duties + more, 15, 110, 34)


def _window_plate(plate: _Plate, face: Face) -> None:
    plate.bar(INSET, 6)
    plate.bar(240, 6)
    begin = plate.badge(25, 24)
    plate.block(begin, 44, face.place, 38, 350 - begin, 2)
    plate.fitted(25, 122, face.post, 130, 320, RED, bold=True)
    for number, holder in enumerate(face.lines):
        plate.fitted(25, 174 + 46 * number, holder, 78, 320, bold=True)
    plate.coded(face, 358, 26, 26, 17)


def _household_plate(plate: _Plate, face: Face) -> None:
    plate.bar(INSET, 3)
    plate.bar(93, 3)
    plate.fitted(12, 46, _HOUSEHOLD, 36, 66, RED, bold=True)
    plate.block(12, 66, face.place, 15, 66, 4)
    plate.coded(face, 82, 11, 13, 8.4)


def _venue_sign(plate: _Plate, face: Face) -> None:
    plate.bar(INSET, 3)
    plate.bar(133, 3)
    plate.fitted(12, 25, face.post, 17, 84, RED)
    plate.block(12, 53, face.name, 34, 84, 3, bold=True)
    if face.lines:
        plate.fitted(12, 84, _HOURS, 12, 84, GREY)
        plate.lines(12, 87, face.lines, 14, 84, 28)
    plate.block(12, 123, face.place, 11, 84, 2, GREY)
    plate.coded(face, 100, 10, 18, 11.5)


_DRAWN: Final = {
    PrintKind.name_badge: _name_badge,
    PrintKind.desk_plate: _desk_plate,
    PrintKind.post_plate: _post_plate,
    PrintKind.window_plate: _window_plate,
    PrintKind.household_plate: _household_plate,
    PrintKind.venue_sign: _venue_sign,
}
