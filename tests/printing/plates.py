"""Plates drawn for the tests, of invented people, with emblems that are nobody's; and what a renderer makes of them."""

from functools import lru_cache
from io import BytesIO
from random import Random
from typing import Any

import pypdfium2
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image, ImageDraw

from api.codes.reading import printed_code
from api.printing.drawing import Face, Paper
from api.printing.templates import TEMPLATES
from models.enums import PlateKind
from models.print_enums import PrintKind, PrintLayout

HOST = "https://lx.example.gov.cn"
PAPER = Paper(HOST)
POINT = 25.4 / 72
DPI = 300
WORDS = {
    "short": ("李明", "石桥村第四党支部", "书记", ("每月走访困难户", "宣传政策", "调解邻里矛盾")),
    "long": (
        "阿卜杜拉·买买提·艾合买提江",
        "中共明州市澄湖区东柳街道南塘河社区第一网格南塘新苑小区联合功能型流动党员支部委员会",
        "党员先锋岗和科技示范岗信息咨询员",
        ("带头学习并宣传党的路线方针政策和国家法律法规，及时把上级精神传达到每一户群众，每月至少组织一次集中学习。",) * 5,
    ),
    "rare": ("䶮㛃", "㛃塘村䶮党支部", "委员", ("帮助䶮家村",)),
}
"""What stands on plates: a name, a branch, a post and duties."""


def face(kind: PrintKind, words: str = "short", number: int = 1) -> Face:
    """A plate of a kind; `number` makes its code."""
    name, place, post, duties = WORDS[words]
    letter = PlateKind.desk_plate if kind is PrintKind.venue_sign else PlateKind(kind.value)
    code, phone = printed_code(letter, number), "0574-00001234"
    match kind:
        case PrintKind.household_plate:
            return Face(code, place, phone)
        case PrintKind.post_plate:
            return Face(code, place, phone, name, post, duties)
        case PrintKind.window_plate:
            return Face(code, place, phone, name, post, (f"A岗  {name}", "B岗  王秀兰"))
        case PrintKind.venue_sign:
            hours = ("周一至周五 8:30–12:00、14:00–17:30", "周六 9:00–11:30", "节假日 休息")
            return Face(code, place, phone, f"{place}党群服务中心", "党群服务中心", hours)
    return Face(code, place, phone, name, post)


def codes(kind: PrintKind, number: int) -> list[Face]:
    """So many plates, each with a code of its own."""
    chance = Random(kind.value)
    return [face(kind, number=chance.getrandbits(65)) for _ in range(number)]


def emblem(size: tuple[int, int] = (700, 700), ink: str = "#daa520", *, spot: str | None = None) -> bytes:
    """A disc on nothing, in no likeness to any emblem; `spot` is the colour of a tenth of it."""
    image = Image.new("RGBA", size)
    drawing = ImageDraw.Draw(image)
    drawing.ellipse((2, 2, size[0] - 3, size[1] - 3), fill=ink)
    if spot:
        drawing.rectangle((size[0] * 0.4, size[1] * 0.3, size[0] * 0.6, size[1] * 0.7), fill=spot)
    written = BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


@lru_cache(maxsize=64)
def printed(kind: PrintKind, words: str = "short", *, layout: PrintLayout = PrintLayout.single, bears: bool = False) -> bytes:
    """One plate; or of a sheet as many as it holds, and one more. It may bear an emblem where its template lets it."""
    number = TEMPLATES[kind].on_a4 + 1 if layout is PrintLayout.a4 else 1
    return PAPER.print([face(kind, words)] * number, kind, layout, emblem() if bears else None)


@lru_cache(maxsize=16)
def rendered(pdf: bytes, page: int = 0, dpi: int = DPI) -> Image.Image:
    """A page as a printer would lay it on paper."""
    picture: Image.Image = pypdfium2.PdfDocument(pdf)[page].render(scale=dpi / 72).to_pil()
    return picture.convert("RGB")


def code_of(page: Any, x: float, y: float, side: float) -> Image.Image:
    """The code of a page of a document, whose quiet zone begins there, as it is on paper in grey."""
    width, height = page.get_size()
    edges = (x / POINT, height - (y + side) / POINT, width - (x + side) / POINT, y / POINT)
    picture: Image.Image = page.render(scale=DPI / 72, crop=edges).to_pil()
    return picture.convert("L")


def pages(pdf: bytes) -> list[tuple[float, float]]:
    """The size of each page in millimetres, by the MediaBox that it names itself."""
    found = []
    for page in pypdfium2.PdfDocument(pdf):
        left, bottom, right, top = page.get_mediabox(fallback_ok=False)
        found.append(((right - left) * POINT, (top - bottom) * POINT))
    return found


def cut(image: Image.Image, x: float, y: float, width: float, height: float, dpi: int = DPI) -> Image.Image:
    """A part of a rendered page, told in millimetres."""
    pixels = dpi / 25.4
    return image.crop((round(x * pixels), round(y * pixels), round((x + width) * pixels), round((y + height) * pixels)))


def font_of(character: str) -> bytes:
    """A font of this one character, drawn as a square."""
    pen = TTGlyphPen(None)
    for place, draw in zip(((100, 0), (900, 0), (900, 800), (100, 800)), (pen.moveTo, *[pen.lineTo] * 3), strict=True):
        draw(place)
    pen.closePath()
    names, written = [".notdef", "square"], BytesIO()
    font = FontBuilder(1000)
    font.setupGlyphOrder(names)
    font.setupCharacterMap({ord(character): "square"})
    font.setupGlyf(dict.fromkeys(names, pen.glyph()))
    font.setupHorizontalMetrics(dict.fromkeys(names, (1000, 100)))
    font.setupHorizontalHeader(ascent=880, descent=-120)
    font.setupNameTable({"familyName": "Square", "styleName": "Regular"})
    font.setupOS2()
    font.setupPost()
    font.save(written)
    return written.getvalue()
