"""Drawing QR codes. `qrcode` encodes the text; masks and pictures are our own, for there it spends four fifths of its time.

A code never carries an emblem, and never stands on one.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from typing import Any, Final, NamedTuple

from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.main import QRCode

from api.codes.reading import ALPHABET, address

LEVEL_M: Final = ERROR_CORRECT_M
LEVEL_Q: Final = ERROR_CORRECT_Q

PRINTED_VERSION: Final = 3
DYNAMIC_VERSION: Final = 6
"""The versions that codes have as long as the host is short; each one more costs distance at which they are read."""

QUIET_ZONE: Final = 4
"""Light modules around a code (ISO/IEC 18004)."""

SMALLEST_MODULE: Final = 0.5
"""Millimetres of a printed module below which telephones fail."""

LARGEST_SCALE: Final = 32

_SPLIT: Final = 20


class Matrix(NamedTuple):
    """The modules of a code without its quiet zone, row after row: the top left one is the highest bit, 1 is dark."""

    size: int
    bits: int

    @property
    def version(self) -> int:
        return (self.size - 17) // 4

    @property
    def side(self) -> int:
        """Modules from edge to edge of the picture, with the quiet zone."""
        return self.size + 2 * QUIET_ZONE

    def rows(self) -> Iterator[str]:
        """The rows from the top, each as `size` characters, 0 for light and 1 for dark."""
        modules = f"{self.bits:0{self.size**2}b}"
        return (modules[start : start + self.size] for start in range(0, self.size**2, self.size))

    def runs(self) -> Iterator[tuple[int, int, int]]:
        """The dark runs as row, column and length in modules, counted from the edge of the quiet zone."""
        for y, row in enumerate(self.rows(), QUIET_ZONE):
            for run in re.finditer("1+", row):
                yield y, run.start() + QUIET_ZONE, run.end() - run.start()


class Fit(NamedTuple):
    """The versions that the two kinds of code come out at."""

    printed: int
    dynamic: int


@lru_cache(maxsize=4096)
def printed(text: str) -> Matrix:
    """Draw a printed code: level Q, for it gets dirty, and one segment, without which one in a hundred needs a version more."""
    return matrix(text, level=LEVEL_Q)


def dynamic(text: str) -> Matrix:
    """Draw a dynamic code: level M, its digits in a segment of their own."""
    return matrix(text, level=LEVEL_M, split=_SPLIT)


def matrix(text: str, *, level: int, split: int = 0) -> Matrix:
    """Draw `text` in the smallest version that holds it at error correction `level`, in the most legible mask.

    `split` is how many characters of a narrower kind get a segment of their own; 0 keeps everything in one. ValueError for a
    text that not even version 40 holds.
    """
    code = _encoded(text, level, split)
    code.makeImpl(True, 0)
    size = code.modules_count
    trial = _bits(code)
    masks = _masks(code.version, level)
    best = min(masks, key=lambda mask: _penalty(trial ^ mask.trial, size))
    return Matrix(size, trial ^ best.final)


def fits(public_url: str) -> Fit:
    """Tell the versions of the codes of that address, without drawing them."""
    return Fit(
        _encoded(address(public_url, ALPHABET[-1] * 15), LEVEL_Q, 0).version,
        _encoded(address(public_url, "1" + "9" * 198), LEVEL_M, _SPLIT).version,
    )


def svg(code: Matrix, *, title: str, side_mm: float | None = None) -> str:
    """A picture for print and screen: one path of runs.

    `side_mm` is its true side, quiet zone included; without it the picture takes the size that the page gives it. ValueError when
    that makes a module smaller than half a millimetre.
    """
    if side_mm is not None and side_mm < code.side * SMALLEST_MODULE:
        raise ValueError(f"a code of {code.side} modules needs {code.side * SMALLEST_MODULE} mm")
    side = code.side
    true_size = "" if side_mm is None else f' width="{side_mm:g}mm" height="{side_mm:g}mm"'
    path = "".join(f"M{x} {y}.5h{length}" for y, x, length in code.runs())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img"{true_size} viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<title>{escape(title)}</title><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path stroke="#000" d="{path}"/></svg>'
    )


def png(code: Matrix, *, scale: int = 8) -> bytes:
    """A picture of one bit a pixel, `scale` pixels (1 to 32) a module. ValueError for another scale."""
    if not 1 <= scale <= LARGEST_SCALE:
        raise ValueError(f"a module has 1 to {LARGEST_SCALE} pixels")
    side = code.side * scale
    margin = "1" * QUIET_ZONE * scale
    light = _scanline("1" * side)
    lines = [light * QUIET_ZONE * scale]
    for row in code.rows():
        pixels = row.replace("1", "x").replace("0", "1" * scale).replace("x", "0" * scale)
        lines.append(_scanline(margin + pixels + margin) * scale)
    lines.append(lines[0])
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = (b"IHDR" + header, b"IDAT" + zlib.compress(b"".join(lines)), b"IEND")
    return b"\x89PNG\r\n\x1a\n" + b"".join(struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks)


def terminal(text: str) -> str:
    """Draw any text for a terminal, two rows a line, black on white whatever colours the terminal has."""
    drawn = matrix(text, level=LEVEL_M, split=_SPLIT)
    light = "0" * drawn.side
    margin = "0" * QUIET_ZONE
    rows = [light] * QUIET_ZONE + [margin + row + margin for row in drawn.rows()] + [light] * (QUIET_ZONE + 1)
    halves = {("0", "0"): " ", ("1", "0"): "▀", ("0", "1"): "▄", ("1", "1"): "█"}
    lines = ("".join(halves[pair] for pair in zip(*rows[at : at + 2], strict=True)) for at in range(0, drawn.side, 2))
    return "".join(f"\x1b[38;5;16;48;5;231m{line}\x1b[0m\n" for line in lines)


def _scanline(pixels: str) -> bytes:
    # A PNG's line begins with the byte of its filter, which is none, and ends with whole bytes.
    return bytes(1) + (int(pixels, 2) << -len(pixels) % 8).to_bytes((len(pixels) + 7) // 8)


def _encoded(text: str, level: int, split: int) -> QRCode[Any]:
    code = QRCode(error_correction=level)
    code.add_data(text, optimize=split)
    return code


def _bits(code: QRCode[Any]) -> int:
    return int("".join("1" if module else "0" for row in code.modules for module in row), 2)


class _Mask(NamedTuple):
    trial: int
    final: int


@lru_cache(maxsize=16)
def _masks(version: int, level: int) -> tuple[_Mask, ...]:
    """What turns a symbol that was drawn for trial in mask 0 into one for trial, and into the finished one, in each mask.

    `qrcode` leaves out the format information while it tries masks. Which modules differ does not depend on the text.
    """
    code = QRCode(version=version, error_correction=level)
    code.add_data("0", optimize=0)

    def drawn(trial: bool, mask: int) -> int:
        code.makeImpl(trial, mask)
        return _bits(code)

    first = drawn(True, 0)
    return tuple(_Mask(first ^ drawn(True, mask), first ^ drawn(False, mask)) for mask in range(8))


def _penalty(bits: int, size: int) -> int:
    """What a symbol loses by long runs, blocks, lookalikes of a finder pattern, and an uneven share of dark modules.

    The four features of ISO/IEC 18004, 7.8.3, for all modules at once: shifted by one, the integer holds every module's left
    neighbour, and shifted by `size` the one above it.
    """
    everywhere = (1 << size**2) - 1
    light = bits ^ everywhere
    lost = 10 * int(abs(100 * bits.bit_count() / size**2 - 50) / 5)

    like_left = (light ^ bits >> 1) & _columns_from(1, size)
    like_above = (light ^ bits >> size) & everywhere >> size
    lost += 3 * (like_above & like_left & like_left >> size).bit_count()

    for step, like, windows in ((1, like_left, _columns_from(10, size)), (size, like_above, everywhere)):
        threes = like & like >> step
        fives = threes & threes >> 2 * step
        runs = fives & ~(fives >> step)
        lost += fives.bit_count() + 2 * runs.bit_count()

        dark_at, light_at = ([modules >> distance * step for distance in range(7)] for modules in (bits, light))
        finder = dark_at[0] & light_at[1] & dark_at[2] & dark_at[3] & dark_at[4] & light_at[5] & dark_at[6]
        margin = light_at[0] & light_at[1] & light_at[2] & light_at[3]
        lost += 40 * ((finder & margin >> 7 * step | margin & finder >> 4 * step) & windows).bit_count()
    return lost


@lru_cache(maxsize=128)
def _columns_from(first: int, size: int) -> int:
    return int(("0" * first + "1" * (size - first)) * size, 2)
