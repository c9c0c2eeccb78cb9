"""Each template measured as it comes out of a renderer: its size, its code, its crop marks, and what stands near the emblem."""

import re
from dataclasses import replace

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageChops

from api.codes.reading import address
from api.printing.drawing import CLEAR, INSET, first_corner
from api.printing.templates import TEMPLATES
from models.print_enums import PrintKind, PrintLayout
from tests.printing.plates import HOST, PAPER, POINT, codes, cut, emblem, face, pages, printed, rendered

SIZES = {
    "name_badge": (85.6, 54, 22, 10, 10),
    "desk_plate": (200, 100, 60, 2, 20),
    "post_plate": (200, 100, 60, 2, 20),
    "window_plate": (500, 250, 120, 0, 40),
    "household_plate": (150, 100, 60, 2, None),
    "venue_sign": (200, 140, 90, 2, None),
}
"""Width, height, side of the code, how many on A4, and the diameter of the emblem."""
SHEETED = [kind for kind in PrintKind if TEMPLATES[kind].on_a4]
WITH_EMBLEM = [kind for kind in PrintKind if TEMPLATES[kind].emblem]
A4 = (210.0, 297.0)
DPI = 200
"""Enough to measure by."""


def inked(image: Image.Image) -> tuple[float, float, float, float] | None:
    """The edges of what is not white, in millimetres."""
    box = ImageChops.difference(image, Image.new("RGB", image.size, "white")).convert("L").point(lambda v: v and 255).getbbox()
    return None if box is None else (box[0] * 25.4 / DPI, box[1] * 25.4 / DPI, box[2] * 25.4 / DPI, box[3] * 25.4 / DPI)


def test_the_sizes_are_those_of_the_contract() -> None:
    told = {kind.value: (one.width, one.height, one.code_side, one.on_a4, one.emblem) for kind, one in TEMPLATES.items()}
    assert told == SIZES


@pytest.mark.parametrize("kind", PrintKind)
def test_a_page_is_the_plate_and_a_sheet_is_a4(kind: PrintKind) -> None:
    template = TEMPLATES[kind]
    assert pages(printed(kind, "long")) == [pytest.approx((template.width, template.height), abs=0.1)]
    assert b"/PrintScaling /None" in printed(kind, "long")
    if template.on_a4:
        assert pages(printed(kind, layout=PrintLayout.a4)) == [pytest.approx(A4, abs=0.1)] * 2


@pytest.mark.parametrize("words", ["short", "long"])
@pytest.mark.parametrize("kind", PrintKind)
def test_nothing_is_printed_within_four_millimetres_of_the_edge(kind: PrintKind, words: str) -> None:
    edges = inked(rendered(printed(kind, words, bears=True), dpi=DPI))
    assert edges is not None
    left, top, right, bottom = edges
    template = TEMPLATES[kind]
    assert min(left, top, template.width - right, template.height - bottom) == pytest.approx(INSET, abs=0.2)


@pytest.mark.parametrize("kind", PrintKind)
def test_the_code_is_as_wide_as_told_keeps_its_quiet_zone_and_is_in_vectors(kind: PrintKind) -> None:
    one, pdf = face(kind, "long"), printed(kind, "long")
    page = rendered(pdf, dpi=DPI)
    read = zxingcpp.read_barcode(page)
    assert read is not None and read.text == address(HOST, one.code)
    assert (read.extra["Version"], read.extra["ECLevel"]) == ("3", "Q")  # type: ignore[index]
    side = TEMPLATES[kind].code_side
    module, symbol = side / 37, side * 29 / 37
    assert module >= 0.5
    corners = [read.position.top_left, read.position.top_right, read.position.bottom_right, read.position.bottom_left]
    points = [(corner.x * 25.4 / DPI, corner.y * 25.4 / DPI) for corner in corners]
    left, top = points[0]
    for (x, y), (across, down) in zip(points, ((0, 0), (1, 0), (1, 1), (0, 1)), strict=True):
        assert (x, y) == pytest.approx((left + across * symbol, top + down * symbol), abs=0.5)
    around = cut(page, left - 4 * module, top - 4 * module, side, side, DPI)
    edges = inked(around)
    assert edges == pytest.approx((4 * module, 4 * module, 33 * module, 33 * module), abs=0.3)
    assert not re.search(rb"/Subtype\s*/Image", pdf)


def lines_of_ink(image: Image.Image, *, upright: bool) -> list[tuple[float, float, float]]:
    """The thin lines of a picture: where each is, and from where to where it reaches, in millimetres."""
    image = image.convert("L").point(lambda v: 255 if v < 200 else 0)
    if not upright:
        image = image.transpose(Image.Transpose.TRANSPOSE)
    found = []
    for x in range(image.width):
        box = image.crop((x, 0, x + 1, image.height)).getbbox()
        if box:
            found.append((x * 25.4 / DPI, box[1] * 25.4 / DPI, box[3] * 25.4 / DPI))
    return found


@pytest.mark.parametrize("kind", SHEETED)
def test_crop_marks_of_three_millimetres_stand_one_off_the_grid_in_the_middle_of_the_sheet(kind: PrintKind) -> None:
    template = TEMPLATES[kind]
    left, top = first_corner(template)
    wide, high = template.columns * template.width, template.rows * template.height
    assert (left, top) == pytest.approx(((210 - wide) / 2, (297 - high) / 2)) and min(left, top) >= 5
    page = rendered(printed(kind, layout=PrintLayout.a4), dpi=DPI)
    above = lines_of_ink(cut(page, 0, 0, 210, top - 0.5, DPI), upright=True)
    beside = lines_of_ink(cut(page, 0, 0, left - 0.5, 297, DPI), upright=False)
    for column in range(template.columns + 1):
        x = left + column * template.width
        mark = next(line for line in above if line[0] == pytest.approx(x, abs=0.2))
        assert mark[1:] == pytest.approx((top - 4, top - 1), abs=0.2)
    for row in range(template.rows + 1):
        y = top + row * template.height
        mark = next(line for line in beside if line[0] == pytest.approx(y, abs=0.2))
        assert mark[1:] == pytest.approx((left - 4, left - 1), abs=0.2)
    assert len(above) < 4 * (template.columns + 1) and len(beside) < 4 * (template.rows + 1)
    for place in range(template.on_a4):
        row, column = divmod(place, template.columns)
        plate = cut(page, left + column * template.width, top + row * template.height, template.width, template.height, DPI)
        edges = inked(plate)
        assert edges is not None and edges[:2] == pytest.approx((INSET, INSET), abs=0.2)


@pytest.mark.parametrize("words", ["short", "long"])
@pytest.mark.parametrize("kind", WITH_EMBLEM)
def test_the_emblem_has_its_size_and_its_colours_and_nothing_within_five_millimetres(kind: PrintKind, words: str) -> None:
    side, pdf = TEMPLATES[kind].emblem, printed(kind, words, bears=True)
    assert side is not None
    objects = [found for found in pypdfium2.PdfDocument(pdf)[0].get_objects() if found.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
    (found,) = objects
    left, bottom, right, upper = (edge * POINT for edge in found.get_bounds())
    assert (right - left, upper - bottom) == pytest.approx((side, side), abs=0.1)
    y = TEMPLATES[kind].height - upper
    page = rendered(pdf, dpi=DPI)
    around = cut(page, left - CLEAR, y - CLEAR, side + 2 * CLEAR, side + 2 * CLEAR, DPI)
    edges = inked(around)
    assert edges == pytest.approx((CLEAR, CLEAR, CLEAR + side, CLEAR + side), abs=0.3)
    assert page.getpixel((round((left + side / 2) * DPI / 25.4), round((y + side / 2) * DPI / 25.4))) == (218, 165, 32)
    without = rendered(printed(kind, words), dpi=DPI)
    assert inked(cut(ImageChops.difference(page, without), left, y, side, side, DPI)) is not None
    read = zxingcpp.read_barcode(page)
    assert read is not None and read.position.top_left.x * 25.4 / DPI > left + side + CLEAR


@pytest.mark.parametrize("kind", WITH_EMBLEM)
def test_the_emblem_is_in_a_file_once(kind: PrintKind) -> None:
    pdf = PAPER.print(codes(kind, 3), kind, PrintLayout.single, emblem())
    # The picture and its mask.
    assert len(re.findall(rb"/Subtype\s*/Image", pdf)) == 2


def test_rare_characters_that_a_font_has_are_printed() -> None:
    text = pypdfium2.PdfDocument(printed(PrintKind.desk_plate, "rare"))[0].get_textpage().get_text_bounded()
    assert "䶮" in text and "㛃" in text and "〓" not in text


@pytest.mark.parametrize("kind", PrintKind)
def test_a_plate_tells_its_code_the_host_and_the_telephone_in_words(kind: PrintKind) -> None:
    one = face(kind)
    text = pypdfium2.PdfDocument(printed(kind))[0].get_textpage().get_text_bounded()
    code = f"{one.code[:5]}-{one.code[5:10]}-{one.code[10:]}"
    for words in (code, "lx.example.gov.cn", "0574-00001234", one.place):
        assert words in text, text
    if kind is PrintKind.household_plate:
        assert "共产党员户" in text and "李" not in text
    else:
        assert one.post in text


@pytest.mark.parametrize("kind", PrintKind)
def test_no_text_reaches_into_the_code_however_long_it_is(kind: PrintKind) -> None:
    pdf = printed(kind, "long", bears=True)
    page, module = rendered(pdf, dpi=DPI), TEMPLATES[kind].code_side / 37
    read = zxingcpp.read_barcode(page)
    assert read is not None
    corner = read.position.top_left
    left, top = corner.x * 25.4 / DPI - 4 * module, corner.y * 25.4 / DPI - 4 * module
    side = TEMPLATES[kind].code_side
    textpage = pypdfium2.PdfDocument(pdf)[0].get_textpage()
    height = TEMPLATES[kind].height
    for number in range(textpage.count_chars()):
        x1, y1, x2, y2 = (edge * POINT for edge in textpage.get_charbox(number))
        is_beside = x2 <= left + 0.3 or x1 >= left + side - 0.3 or height - y1 <= top + 0.3 or height - y2 >= top + side - 0.3
        assert is_beside, textpage.get_text_range(number, 1)


LONGEST = "村级便民服务中心综合窗口政策宣传矛盾调解环境卫生治安维护信息咨询" * 3


@pytest.mark.parametrize("kind", [kind for kind in PrintKind if "post" in TEMPLATES[kind].carries])
def test_words_that_are_too_long_take_two_lines_and_are_then_cut_but_never_too_small_to_read(kind: PrintKind) -> None:
    one = replace(face(kind, "long"), name="买" * 50, post=LONGEST[:80])
    textpage = pypdfium2.PdfDocument(PAPER.print([one], kind, PrintLayout.single, emblem()))[0].get_textpage()
    sizes = {}
    for number in range(textpage.count_chars()):
        if (character := textpage.get_text_range(number, 1)) in LONGEST + "买":
            left, _, right, _ = textpage.get_charbox(number, loose=True)
            sizes[character] = (right - left) * POINT
    # A glyph fills its square but for a hair.
    assert min(sizes.values()) >= TEMPLATES[kind].smallest * 0.98
    assert TEMPLATES[kind].smallest >= 2


def test_the_plate_of_a_post_says_how_many_duties_there_are_where_it_carries_fewer() -> None:
    def words(unsaid: int) -> str:
        one = replace(face(PrintKind.post_plate, "long"), unsaid=unsaid)
        pdf = PAPER.print([one], PrintKind.post_plate, PrintLayout.single, None)
        text: str = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded()
        return text

    assert "等共8项" in words(3) and "5. " in words(3)
    assert "等共" not in words(0)
