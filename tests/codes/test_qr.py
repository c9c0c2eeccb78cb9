import io
import os
import random
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter
from qrcode.main import QRCode
from qrcode.util import lost_point

from api.adapters.jose import PrivateKey
from api.codes import qr
from api.codes.qr import Matrix
from api.codes.reading import address, printed_code
from api.codes.signing import sign_code
from models.enums import PlateKind

HOST = "https://lx.example.gov.cn"
KEY = PrivateKey.from_bytes(bytes(range(32)))
CODES = int(os.environ.get("DRAWN_CODES", "1000"))


def printed_text(chance: random.Random) -> str:
    return address(HOST, printed_code(chance.choice(list(PlateKind)), chance.getrandbits(65)))


def dynamic_text(chance: random.Random) -> str:
    code = sign_code(
        credential_number=chance.getrandbits(48),
        issued_at=chance.getrandbits(32),
        status_list=chance.getrandbits(16),
        status_index=chance.getrandbits(20),
        key=KEY,
        slot=chance.getrandbits(8),
    )
    return address(HOST, code.pack())


KINDS = pytest.mark.parametrize(
    ("text", "draw", "version", "level"), [(printed_text, qr.printed, "3", "Q"), (dynamic_text, qr.dynamic, "6", "M")]
)


def picture(code: Matrix, scale: int = 3) -> Image.Image:
    return Image.open(io.BytesIO(qr.png(code, scale=scale))).convert("L")


def decoded(image: Image.Image) -> tuple[str, str, str]:
    """Text, version and level, as an independent reader sees them; empty when it sees no code."""
    read = zxingcpp.read_barcode(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    facts: Any = read.extra if read else None
    return (read.text, facts["Version"], facts["ECLevel"]) if read else ("", "", "")


@KINDS
def test_every_code_of_each_kind_is_read_at_its_version_and_level(
    text: Callable[[random.Random], str], draw: Callable[[str], Matrix], version: str, level: str
) -> None:
    chance = random.Random(990101)
    for _ in range(CODES):
        content = text(chance)
        assert decoded(picture(draw(content))) == (content, version, level)


@KINDS
def test_the_modules_are_those_that_the_package_itself_draws(
    text: Callable[[random.Random], str], draw: Callable[[str], Matrix], version: str, level: str
) -> None:
    chance = random.Random(1)
    chosen = set()
    for _ in range(60):
        content = text(chance)
        code = QRCode(error_correction={"Q": qr.LEVEL_Q, "M": qr.LEVEL_M}[level])
        code.add_data(content, optimize={"3": 0, "6": 20}[version])
        code.make()
        chosen.add(code.best_mask_pattern())
        code.make()
        assert list(draw(content).rows()) == ["".join("01"[bool(module)] for module in row) for row in code.modules]
    assert len(chosen) > 4


@pytest.mark.parametrize("dark", [0.0, 0.1, 0.3, 0.5, 0.8, 0.95, 1.0])
def test_a_symbol_loses_as_much_as_the_package_says(dark: float) -> None:
    chance = random.Random(9)
    for size in (21, 29, 41):
        for _ in range(10):
            modules: list[list[bool | None]] = [[chance.random() < dark for _ in range(size)] for _ in range(size)]
            # Lookalikes of a finder pattern are rare by chance: put some in, at the edges too.
            for y, x in ((0, 0), (5, size - 11), (size - 1, 3)):
                modules[y][x : x + 11] = [bool(int(module)) for module in chance.choice(("10111010000", "00001011101"))]
            for given in (modules, [list(column) for column in zip(*modules, strict=True)]):
                bits = int("".join("01"[bool(module)] for row in given for module in row), 2)
                assert qr._penalty(bits, size) == lost_point(given)


@pytest.mark.parametrize("length", [1, 60, 120, 200, 380])
def test_any_text_of_any_version_is_read(length: int) -> None:
    content = "亮显" * length
    code = qr.matrix(content, level=qr.LEVEL_M)
    assert decoded(picture(code)) == (content, str(code.version), "M")


def test_a_text_that_no_version_holds_is_refused() -> None:
    with pytest.raises(ValueError):
        qr.matrix("亮" * 800, level=qr.LEVEL_M)


def test_a_printed_code_is_drawn_once() -> None:
    content = printed_text(random.Random(7))
    assert qr.printed(content) is qr.printed(content)


@KINDS
@pytest.mark.parametrize("module_pixels", [2, 3, 5])
@pytest.mark.parametrize("harm", ["blur", "turn", "jpeg", "stain", "grey"])
def test_codes_that_were_photographed_badly_are_read(
    text: Callable[[random.Random], str],
    draw: Callable[[str], Matrix],
    version: str,
    level: str,
    module_pixels: int,
    harm: str,
) -> None:
    chance = random.Random(f"{harm}{module_pixels}")
    for _ in range(20):
        content = text(chance)
        image = picture(draw(content), scale=module_pixels)
        if harm == "blur":
            image = image.filter(ImageFilter.GaussianBlur(module_pixels / 3))
        elif harm == "turn":
            image = image.resize((image.width * 2, image.height * 2), Image.Resampling.BICUBIC)
            image = image.rotate(chance.uniform(-30, 30), Image.Resampling.BICUBIC, expand=True, fillcolor=255)
        elif harm == "jpeg":
            buffer = io.BytesIO()
            image.save(buffer, "JPEG", quality=40)
            image = Image.open(buffer)
        elif harm == "stain":
            # A twentieth of the code, in the middle, where no finder pattern lies.
            side = round(module_pixels * draw(content).size * 0.05**0.5)
            left, top = ((image.width - side) // 2 + chance.randint(-module_pixels, module_pixels) for _ in range(2))
            ImageDraw.Draw(image).rectangle((left, top, left + side, top + side), fill=128)
        else:
            image = image.point(lambda value: 110 + value // 5)
        assert decoded(image)[0] == content


def test_hosts_up_to_three_characters_longer_than_the_example_keep_the_versions() -> None:
    assert qr.fits(HOST) == (qr.PRINTED_VERSION, qr.DYNAMIC_VERSION) == (3, 6)
    assert [qr.fits(HOST + "x" * more) for more in (3, 4, 5)] == [(3, 6), (3, 7), (4, 7)]
    assert qr.fits("https://a.cn") == (3, 6)


def test_what_fits_is_told_as_it_is_drawn() -> None:
    chance = random.Random(2)
    for host in ("https://a.cn", HOST, HOST + "xxxx", "http://127.0.0.1:8000", "https://a_b.example"):
        drawn_printed = qr.printed(address(host, printed_text(chance)[-15:]))
        drawn_dynamic = qr.dynamic(address(host, dynamic_text(chance)[-199:]))
        assert qr.fits(host) == (drawn_printed.version, drawn_dynamic.version)


def modules_of_path(drawing: str, side: int) -> set[tuple[int, int]]:
    drawn = [(float(x), float(y), int(length)) for x, y, length in re.findall(r"M([\d.]+) ([\d.]+)h(\d+)", drawing)]
    assert all(y % 1 == 0.5 for _, y, _ in drawn)
    modules = {(int(x) + step, int(y)) for x, y, length in drawn for step in range(length)}
    assert max(max(module) for module in modules) < side
    return modules


@KINDS
def test_a_vector_picture_has_the_same_modules_and_is_small(
    text: Callable[[random.Random], str], draw: Callable[[str], Matrix], version: str, level: str
) -> None:
    code = draw(text(random.Random(3)))
    drawing = qr.svg(code, title='张三的桌牌 <1> & "2"')
    tree = ElementTree.fromstring(drawing)
    paths = tree.findall("{http://www.w3.org/2000/svg}path")
    expected = {(x + 4, y + 4) for y, row in enumerate(code.rows()) for x, module in enumerate(row) if module == "1"}
    assert modules_of_path(paths[1].get("d", ""), code.side) == expected
    assert tree.findtext("{http://www.w3.org/2000/svg}title") == '张三的桌牌 <1> & "2"'
    assert tree.get("viewBox") == f"0 0 {code.size + 8} {code.size + 8}"
    assert tree.get("shape-rendering") == "crispEdges"
    assert tree.get("width") is tree.get("height") is None
    assert len(drawing) < 6000


def test_a_vector_picture_has_its_true_size() -> None:
    tree = ElementTree.fromstring(qr.svg(qr.printed(printed_text(random.Random(4))), title="x", side_mm=30))
    assert (tree.get("width"), tree.get("height")) == ("30mm", "30mm")


def test_a_module_of_less_than_half_a_millimetre_is_refused() -> None:
    code = qr.printed(printed_text(random.Random(4)))
    assert 'width="18.5mm"' in qr.svg(code, title="x", side_mm=18.5)
    for side in (18.4, 0.0, -30.0):
        with pytest.raises(ValueError, match=r"18\.5 mm"):
            qr.svg(code, title="x", side_mm=side)


@KINDS
@pytest.mark.parametrize("scale", [1, 2, 3, 8, 32])
def test_a_pixel_picture_has_the_same_modules_in_one_bit_each(
    text: Callable[[random.Random], str], draw: Callable[[str], Matrix], version: str, level: str, scale: int
) -> None:
    code = draw(text(random.Random(5)))
    image = Image.open(io.BytesIO(qr.png(code, scale=scale)))
    assert (image.format, image.mode, image.size) == ("PNG", "1", (code.side * scale, code.side * scale))
    small = image.resize((code.side, code.side), Image.Resampling.NEAREST)
    rows = ["0" * code.side] * 4 + [f"0000{row}0000" for row in code.rows()] + ["0" * code.side] * 4
    pixels = [small.getpixel((x, y)) for y in range(code.side) for x in range(code.side)]
    assert pixels == [255 * (module == "0") for row in rows for module in row]
    assert image.tobytes() == small.resize(image.size, Image.Resampling.NEAREST).tobytes()


@pytest.mark.parametrize("scale", [0, -1, 33, 10**9])
def test_a_scale_out_of_its_bounds_is_refused(scale: int) -> None:
    with pytest.raises(ValueError, match="1 to 32 pixels"):
        qr.png(qr.printed(printed_text(random.Random(6))), scale=scale)


def test_a_code_drawn_in_a_terminal_is_read() -> None:
    content = printed_text(random.Random(8))
    lines = [re.sub("\x1b\\[[0-9;]*m", "", line) for line in qr.terminal(content).splitlines()]
    image = Image.new("L", (len(lines[0]), 2 * len(lines)), 255)
    for y, line in enumerate(lines):
        for x, character in enumerate(line):
            upper, lower = {" ": (255, 255), "▀": (0, 255), "▄": (255, 0), "█": (0, 0)}[character]
            image.putpixel((x, 2 * y), upper)
            image.putpixel((x, 2 * y + 1), lower)
    assert decoded(image.resize((image.width * 4, image.height * 4), Image.Resampling.NEAREST))[0] == content
