"""Sheets to print, as PDF: text in a packaged Chinese font, of which only the glyphs in use are embedded.

A character that neither this font nor the installation's own (`PAPER_FONT`) has is printed as 〓, the printer's mark for a missing
sort, and told in `Sheets.missing`; it never becomes an empty box that nobody notices.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

import pylopdf_fonts_zh_cn

from api.errors import Invalid, Text

MISSING_SORT = "〓"
CUT: Final = "…"

_OPENING, _CLOSING = r"（《〈「『【〔“‘(\[{", r"，。、；：？！）》〉」』】〕”’…—～·％℃)\]},.;:?!%"
_PARTS = re.compile(rf"[{_OPENING}]*(?:[!-~×±–°]+|.)[{_CLOSING}]*\s*", re.DOTALL)
"""What stays on one line, with the marks that cling to it: a character, a number or a foreign word."""

Ink = tuple[int, int, int]
BLACK, GREY, PALE, RED = (26, 26, 26), (96, 96, 96), (170, 170, 170), (176, 32, 28)

A4: Final = (210.0, 297.0)
"""Width and height in millimetres."""
_BOLDER: Final = 0.03
"""How much a bold glyph's outline is thickened, as a part of its size: the packaged font has one weight."""


class BadPaperFont(Invalid):
    text = Text("设置 PAPER_FONT 所指的字体文件无法使用。", "The font file that PAPER_FONT names cannot be used.")


@dataclass(frozen=True)
class _Run:
    family: str
    words: str
    width: float


@dataclass(frozen=True)
class Drawn:
    """Sheets as a file, and the characters on them that no font at hand has."""

    pdf: bytes = field(repr=False)
    missing: frozenset[str]


class Sheets:
    """Pages that are drawn on in millimetres from the upper left corner; a text's `y` is its baseline, its size in points."""

    def __init__(self, title: str, *, size: tuple[float, float] = A4, extra_font: Path | None = None) -> None:
        """`size` is the width and height of every page in millimetres. Raises `BadPaperFont`."""
        self.missing: set[str] = set()
        self._widths: dict[str, float] = {}
        from api.adapters.pdf import Document

        self._pdf = Document(title, size)
        self._pdf.add_font("sans", fname=pylopdf_fonts_zh_cn.sans_path())
        self._families = ["sans"]
        if extra_font is not None:
            try:
                self._pdf.add_font("extra", fname=extra_font)
            except Exception as error:
                raise BadPaperFont from error
            self._families.append("extra")
        self._cmaps = self._pdf.cmaps

    def has(self, character: str) -> bool:
        """Whether a font at hand has a character."""
        return self._family_of(character) is not None

    @property
    def characters(self) -> frozenset[int]:
        """The numbers of all characters that fonts at hand have."""
        return frozenset(number for cmap in self._cmaps.values() for number in cmap)

    def page(self) -> None:
        self._pdf.add_page()
        # fpdf2 names the size once, where pages inherit it: not every program that measures a page looks there.
        page = self._pdf.pages[self._pdf.page]
        page.media_box = "[0 0 {:.2f} {:.2f}]".format(*page.dimensions())

    def text(
        self, x: float, y: float, words: str, size: float, ink: Ink = BLACK, *, from_right: bool = False, is_bold: bool = False
    ) -> float:
        """Write one line; `x` is where it begins, or ends. Returns its width."""
        runs = list(self._runs(words, size))
        width = sum(run.width for run in runs)
        at = x - width if from_right else x
        self._pdf.set_text_color(*ink)
        for run in runs:
            self._pdf.set_font(run.family, size=size)
            if is_bold:
                self._pdf.bold_text(at, y, run.words, size * _BOLDER, ink)
            else:
                self._pdf.text(at, y, run.words)
            at += run.width
        return width

    def fitted(self, x: float, y: float, words: str, size: float, width: float, ink: Ink = BLACK, *, is_bold: bool = False) -> None:
        """Write one line, smaller where it would be wider than `width`."""
        self.text(x, y, words, self._fitting(words, size, width), ink, is_bold=is_bold)

    def centred(
        self, x: float, y: float, words: str, size: float, width: float, ink: Ink = BLACK, *, is_bold: bool = False
    ) -> None:
        """The same with its middle at `x`."""
        size = self._fitting(words, size, width)
        self.text(x - self.width(words, size) / 2, y, words, size, ink, is_bold=is_bold)

    def _fitting(self, words: str, size: float, width: float) -> float:
        return size * min(1.0, width / max(self.width(words, size), 0.1))

    def broken(self, words: str, size: float, width: float, lines: int, smallest: float = 0.0) -> tuple[list[str], float]:
        """Break words between any two characters into at most so many lines of a width, smaller where they would be more, and cut
        short where they would be smaller than the smallest size: the lines, and the size that they fit in."""
        while True:
            found = [""]
            for character in words:
                if found[-1] and self.width(found[-1] + character, size) > width:
                    found.append("")
                found[-1] += character
            if len(found) <= lines:
                return found, size
            if size <= smallest:
                return [*found[: lines - 1], self.cut_short(found[lines - 1], size, width)], size
            size = max(size * 0.95, smallest)

    def cut_short(self, line: str, size: float, width: float) -> str:
        """The beginning of a line, as much of it as leaves room for the mark that it goes on."""
        while line and self.width(line + CUT, size) > width:
            line = line[:-1]
        return line + CUT

    def wrapped(self, words: str, size: float, width: float) -> list[str]:
        """Break words into lines of a width: neither before a closing mark, after an opening one, nor within a number or a foreign
        word, but for one that is wider than a whole line."""
        lines, taken = [""], 0.0
        for part in _PARTS.findall(words):
            for piece in part if self.width(part.rstrip(), size) > width else (part,):
                if lines[-1] and taken + self.width(piece.rstrip(), size) > width:
                    lines.append("")
                    taken = 0.0
                lines[-1] += piece
                taken += self.width(piece, size)
        return lines

    def pitched(self, x: float, y: float, words: str, size: float, pitch: float, ink: Ink = BLACK) -> None:
        """Write characters each in the middle of a cell of its own, `pitch` wide."""
        for place, character in enumerate(words):
            self.text(x + place * pitch + (pitch - self.width(character, size)) / 2, y, character, size, ink)

    def width(self, words: str, size: float) -> float:
        return size * sum(map(self._width_of, words))

    def line(self, x1: float, y1: float, x2: float, y2: float, ink: Ink = BLACK, *, thickness: float = 0.2) -> None:
        self._pdf.set_draw_color(*ink)
        self._pdf.set_line_width(thickness)
        self._pdf.line(x1, y1, x2, y2)

    def cut(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """A dashed line to cut along."""
        self._pdf.set_dash_pattern(dash=1.6, gap=1.4)
        self.line(x1, y1, x2, y2, PALE, thickness=0.15)
        self._pdf.set_dash_pattern()

    def box(self, x: float, y: float, width: float, height: float, ink: Ink = PALE) -> None:
        self._pdf.set_draw_color(*ink)
        self._pdf.set_line_width(0.15)
        self._pdf.rect(x, y, width, height)

    def picture(self, content: bytes, x: float, y: float, width: float, height: float) -> None:
        """A picture in its own proportions, within a box of that size. It is kept in the file once, a JPEG as it is."""
        self._pdf.image(BytesIO(content), x, y, width, height, keep_aspect_ratio=True)

    def area(self, x: float, y: float, width: float, height: float, ink: Ink) -> None:
        """Fill a rectangle."""
        self._pdf.set_fill_color(*ink)
        self._pdf.rect(x, y, width, height, style="F")

    def squares(self, x: float, y: float, side: float, runs: Iterable[tuple[int, int, int]]) -> None:
        """Draw black squares of `side` millimetres as vectors: runs of a grid that begins at `x` and `y`, each told by its row, its
        column and its length."""
        self._pdf.squares(x, y, side, runs)

    def done(self) -> bytes:
        return bytes(self._pdf.output())

    def _runs(self, words: str, size: float) -> Iterator[_Run]:
        family, run = "", ""
        for character in words:
            found = self._family_of(character)
            if found is None:
                self.missing.add(character)
                found, character = "sans", MISSING_SORT
            if run and found != family:
                yield self._run(family, run, size)
                run = ""
            family, run = found, run + character
        if run:
            yield self._run(family, run, size)

    def _width_of(self, character: str) -> float:
        """The width of a character of one point."""
        if character not in self._widths:
            self._widths[character] = sum(run.width for run in self._runs(character, 1))
        return self._widths[character]

    def _family_of(self, character: str) -> str | None:
        return next((name for name in self._families if ord(character) in self._cmaps[name]), None)

    def _run(self, family: str, words: str, size: float) -> _Run:
        self._pdf.set_font(family, size=size)
        return _Run(family, words, self._pdf.get_string_width(words))


@lru_cache(maxsize=2)
def characters_at_hand(extra_font: Path | None) -> frozenset[int]:
    """The characters that the packaged font and the installation's own have, by their numbers. Raises `BadPaperFont`."""
    return Sheets("", extra_font=extra_font).characters
