"""A thousand desk plates on paper, against a loop of fpdf2 that does no more than it must."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import pylopdf_fonts_zh_cn
from fpdf import FPDF

from api.codes import qr
from api.codes.reading import address, grouped, new_printed_code
from api.printing.drawing import Face, Paper
from models.enums import PlateKind
from models.print_enums import PrintKind, PrintLayout
from tests.bench.crafts import PUBLIC_URL
from tests.bench.measure import Finding, Plan, compare, feeding, finding
from tests.bench.places import Places

OWED: Final = 1.3
SURNAMES: Final = "王李张刘陈杨黄赵周吴"
GIVEN: Final = "国华秀兰建军桂英志强"


def plates(places: Places, plan: Plan, tell: Callable[[str], None]) -> Iterator[Finding]:
    """Both write the same words and draw the same codes, none of them drawn before, into one file."""
    number, rounds = plan.pick(1000, 10), plan.pick(3, 1)
    tell(f"{number:,} desk plates")
    sheets = [[_face(place) for place in range(number)] for _ in range(2 * (rounds + 1))]
    paper = Paper(PUBLIC_URL)
    drawn = compare(
        feeding(lambda faces: paper.print(faces, PrintKind.desk_plate, PrintLayout.single, None), sheets[::2]),
        feeding(_bare, sheets[1::2]),
        rounds=rounds,
        each=1,
    )
    yield finding("print.plates", "a thousand desk plates as PDF", "a bare loop of fpdf2", drawn, OWED)


def _face(place: int) -> Face:
    name = SURNAMES[place % 10] + GIVEN[place // 10 % 10] + GIVEN[place // 100 % 10]
    return Face(new_printed_code(PlateKind.desk_plate), "石桥村第一党支部", "0574-00001234", name, "组织委员")


def _bare(faces: Sequence[Face]) -> bytes:
    pdf = FPDF(format=(200, 100), unit="mm")
    pdf.set_auto_page_break(False)
    pdf.add_font("sans", fname=pylopdf_fonts_zh_cn.sans_path())
    for face in faces:
        pdf.add_page()
        pdf.set_fill_color(176, 32, 28)
        pdf.rect(4, 4, 192, 3, style="F")
        pdf.rect(4, 93, 192, 3, style="F")
        lines = (
            (12, 25, 16, face.place),
            (30, 64, 62, face.name),
            (45, 81, 24, face.post),
            (138, 76, 13, grouped(face.code)),
            (132, 80, 8.4, f"扫码核验，或上 {PUBLIC_URL[8:]} 输编号"),
            (145, 85, 8.4, f"电话 {face.phone}"),
        )
        for x, y, size, words in lines:
            pdf.set_font("sans", size=size)
            pdf.text(x, y, words)
        code = qr.printed(address(PUBLIC_URL, face.code))
        module = 60 / code.side
        pdf.set_fill_color(0)
        for row, column, length in code.runs():
            pdf.rect(130 + column * module, 11 + row * module, length * module, module, style="F")
    return bytes(pdf.output())
