"""Pages that fill by themselves: blocks, each as high as it has to be, below each other on as many pages as they need."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from api.adapters.paper import BLACK, Ink, Sheets

_APART: Final = 25.4 / 72 * 1.45
"""The millimetres between two lines of one point."""


@dataclass(frozen=True)
class Block:
    """What stays on one page: how high it is, and how it is drawn below a `y`. `head` stands above it again where it begins a page;
    what is `joined` is not parted from what follows."""

    height: float
    draw: Callable[[float], None]
    head: "Block | None" = None
    joined: bool = False


@dataclass(frozen=True)
class Frame:
    """Where blocks stand on pages: from which `y` on the first, from which on the others, and down to which."""

    first_top: float
    top: float
    bottom: float


def paged(blocks: Sequence[Block], frame: Frame) -> list[list[tuple[float, Block]]]:
    """Blocks on pages, each with the `y` at which it begins."""
    pages: list[list[tuple[float, Block]]] = [[]]
    y = frame.first_top
    for number, block in enumerate(blocks):
        parted = next((last for last in range(number, len(blocks)) if not blocks[last].joined), len(blocks))
        if pages[-1] and y + sum(one.height for one in blocks[number : parted + 1]) > frame.bottom:
            pages.append([])
            y = frame.top
            if block.head:
                pages[-1].append((y, block.head))
                y += block.head.height
        pages[-1].append((y, block))
        y += block.height
    return pages


def stacked(parts: Sequence[Block], *, head: Block | None = None, joined: bool = False, least: float = 0) -> Block:
    """Blocks below each other as one."""

    def drawn(y: float) -> None:
        for part in parts:
            part.draw(y)
            y += part.height

    return Block(max(least, sum(part.height for part in parts)), drawn, head, joined)


def line_height(size: float) -> float:
    """From one line of a text of that size to the next, in millimetres."""
    return size * _APART


@dataclass(frozen=True)
class Desk:
    """Makes blocks of words, whose height is known before they are drawn: where nothing else is asked for, `width` wide from `left`
    on."""

    sheets: Sheets
    left: float
    width: float

    def paragraph(
        self,
        said: str,
        size: float,
        ink: Ink = BLACK,
        *,
        x: float | None = None,
        width: float | None = None,
        before: float = 0,
        after: float = 0,
        joined: bool = False,
    ) -> Block:
        """Words in as many lines as they take, with space above and below; 1.45 times as far apart as they are high."""
        at = self.left if x is None else x
        lines, high = self.sheets.wrapped(said, size, self.width if width is None else width), line_height(size)

        def drawn(y: float) -> None:
            for place, line in enumerate(lines):
                self.sheets.text(at, y + before + place * high + high * 0.75, line, size, ink)

        return Block(before + len(lines) * high + after, drawn, joined=joined)

    def lines(self, said: str, size: float) -> list[Block]:
        """Words of any length, line by line, so that they may go on on the next page."""
        return [self.paragraph(line, size) for part in said.splitlines() for line in self.sheets.wrapped(part, size, self.width)]
