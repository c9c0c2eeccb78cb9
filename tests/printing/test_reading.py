"""Codes cut out of rendered plates are read by two readers that know nothing of each other, however badly they were treated.

`PLATES_READ` of each kind of harm; the suite takes 50, `make endure` a thousand.
"""

import os
from collections import Counter
from random import Random

import deqr
import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter

from api.codes.reading import address
from api.printing.drawing import first_corner
from api.printing.templates import TEMPLATES
from models.print_enums import PrintKind, PrintLayout
from tests.printing.plates import HOST, PAPER, code_of, codes, face, printed

PLATES = int(os.environ.get("PLATES_READ", "50"))
LEAST_READ = 0.995
CORNERS = {
    PrintKind.name_badge: (58.6, 9),
    PrintKind.desk_plate: (130, 11),
    PrintKind.post_plate: (130, 11),
    PrintKind.window_plate: (358, 26),
    PrintKind.household_plate: (82, 11),
    PrintKind.venue_sign: (100, 10),
}
"""Where the code of each template begins, with its quiet zone."""
HARMED = (PrintKind.name_badge, PrintKind.desk_plate)
"""The finest code, and the one that most people scan."""
_QRDEC = deqr.QRdecDecoder()


def by_zxing(image: Image.Image) -> str:
    found = zxingcpp.read_barcode(image)
    return found.text if found else ""


def by_zbar(image: Image.Image) -> str:
    """The reader of zbar."""
    return "".join(str(entry.data) for code in _QRDEC.decode(image) for entry in code.data_entries)


def plain(image: Image.Image, _: Random) -> Image.Image:
    return image


def blurred(image: Image.Image, _: Random) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(image.width / 37 / 3))


def seen_askew(image: Image.Image, chance: Random) -> Image.Image:
    """In perspective: each corner drawn out by up to a twelfth of the side, as by a telephone that is held askew."""
    far, (width, height) = image.width / 12, image.size
    across = [chance.uniform(0, far) for _ in range(8)]
    corners = (
        *(-across[0], -across[1]),
        *(-across[2], height + across[3]),
        *(width + across[4], height + across[5]),
        *(width + across[6], -across[7]),
    )
    return image.transform(image.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=255)


def photocopied(image: Image.Image, chance: Random) -> Image.Image:
    """Greyer, noisier, and harder in contrast."""
    noise = Image.effect_noise(image.size, chance.uniform(40, 70))
    grey = Image.blend(image.point(lambda value: 70 + value * 0.55), noise, 0.25)
    copied = grey.filter(ImageFilter.GaussianBlur(image.width / 37 / 5))
    return copied.point(lambda value: max(0, min(255, int((value - 128) * 1.8 + 128))))


def stained(image: Image.Image, chance: Random) -> Image.Image:
    """With a round stain on a twentieth of the symbol, away from the finder patterns."""
    soiled, module = image.copy(), image.width / 37
    diameter = 29 * module * (0.05 * 4 / 3.14159) ** 0.5
    left, top = ((image.width - diameter) / 2 + chance.uniform(-4, 4) * module for _ in range(2))
    ImageDraw.Draw(soiled).ellipse((left, top, left + diameter, top + diameter), fill=90)
    return soiled


HARMS = (plain, blurred, seen_askew, photocopied, stained)
READERS = (by_zxing, by_zbar)


@pytest.mark.parametrize("layout", PrintLayout)
@pytest.mark.parametrize("kind", PrintKind)
def test_the_code_of_each_template_is_read_alone_and_on_a_sheet(kind: PrintKind, layout: PrintLayout) -> None:
    template, (x, y) = TEMPLATES[kind], CORNERS[kind]
    left, top = first_corner(template) if layout is PrintLayout.a4 else (0.0, 0.0)
    if layout is PrintLayout.a4 and not template.on_a4:
        return
    image = code_of(pypdfium2.PdfDocument(printed(kind, layout=layout))[0], left + x, top + y, template.code_side)
    assert {read(image) for read in READERS} == {address(HOST, face(kind).code)}


def test_printed_codes_are_read_by_two_readers() -> None:
    unread: Counter[str] = Counter()
    for kind in HARMED:
        (x, y), side = CORNERS[kind], TEMPLATES[kind].code_side
        plates = codes(kind, PLATES // len(HARMED))
        document = pypdfium2.PdfDocument(PAPER.print(plates, kind, PrintLayout.single, None))
        for plate, page in zip(plates, document, strict=True):
            text, image, chance = address(HOST, plate.code), code_of(page, x, y, side), Random(plate.code)
            for harm in HARMS:
                harmed = harm(image, chance)
                unread.update(f"{harm.__name__} {read.__name__}" for read in READERS if read(harmed) != text)
    assert all(number <= PLATES * (1 - LEAST_READ) for number in unread.values()), unread
