"""What the tests of pages share, whichever browser draws them."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from html import unescape
from importlib import import_module
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

from api.language import Language

Draw = Callable[[Language, bool], str]

ROOMS = [import_module(f"tests.{part.parent.name}.specimens") for part in sorted(Path(__file__).parents[1].glob("*/specimens.py"))]


def _gathered() -> Iterator[tuple[str, Draw]]:
    seen: dict[str, str] = {}
    for room in ROOMS:
        for name, draw in room.PAGES.items():
            assert name not in seen, f"{room.__name__} and {seen[name]} both have a page {name!r}: give one of them another name"
            seen[name] = room.__name__
            # Drawn once, however many tests ask something of it.
            yield name, cache(draw)


PAGES: dict[str, Draw] = dict(_gathered())
"""Every page there is, by its name: in a language, in large print or not."""
HOST = "http://pages.test"
HEIGHTS = {320: 568, 1280: 800}
"""Of the window, by its width: the smallest telephone and an office computer."""
LOOK = (Path(__file__).parent / "look.js").read_text(encoding="utf-8").partition("\n")[2]
"""A function of the page that tells what stands in it; sizes are CSS pixels."""


@cache
def portrait() -> bytes:
    """A photo of nobody, of the size that photos are kept in."""
    picture = Image.new("RGB", (600, 800), "#7a96b4")
    drawing = ImageDraw.Draw(picture)
    drawing.ellipse((180, 140, 420, 440), fill="#e6c3a5")
    drawing.ellipse((60, 480, 540, 1100), fill="#33415c")
    content = BytesIO()
    picture.save(content, "JPEG")
    return content.getvalue()


OWED = 30_000
"""Bytes that a page may have, photos aside."""


def shown(html: str) -> str:
    """What a reader sees of a page's body, without a break in a name."""
    body = html[html.index("<body>") :].replace("<wbr>", "")
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


def links(html: str) -> list[str]:
    return [unescape(link) for link in re.findall(r'href="([^"]*)"', html[html.index("<body>") :])]
