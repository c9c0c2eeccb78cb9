"""What goes with the plates of a batch to whoever makes them: the codes as pictures, and a list of what is what."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO

from api.adapters.cells import Cell
from api.adapters.workbook_pages import Dressed, Page, Shade
from api.adapters.workbook_writer import write_workbook
from api.codes import qr
from api.codes.reading import address, grouped
from api.database import Work
from api.days import day_of
from api.printing.drawing import Paper
from api.printing.service import Drawn
from api.printing.words import COLUMNS, SERIALS, TITLES

PIXELS_A_MODULE = 10


def codes_zip(drawn: Drawn, paper: Paper) -> bytes:
    """The QR codes of plates as pictures of one bit a pixel, named by their positions and codes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for position, _, face in drawn.plates:
            picture = qr.png(qr.printed(address(paper.base_url, face.code)), scale=PIXELS_A_MODULE)
            # Of no moment of its own, so that the same codes make the same bytes.
            archive.writestr(zipfile.ZipInfo(f"{position:04}-{grouped(face.code)}.png"), picture)
    return target.getvalue()


def write_serials(work: Work, drawn: Drawn, paper: Paper, target: IO[bytes]) -> None:
    """The plates of a batch as a workbook, in Chinese."""
    day = day_of(drawn.batch.created_at, work.zone)

    def rows() -> Iterator[tuple[int, Sequence[Dressed]]]:
        yield 1, [Dressed(Cell(name), Shade.grey, is_bold=True) for name, _ in COLUMNS]
        for row, (position, name, face) in enumerate(drawn.plates, 2):
            code, url = grouped(face.code), address(paper.base_url, face.code)
            told = (position, name, face.place, TITLES[drawn.batch.kind], code, url, day)
            yield row, [Dressed(Cell(value)) for value in told]

    write_workbook(target, [Page(SERIALS, [width for _, width in COLUMNS], rows(), header_row=1)])
