"""Batches of plates from the command line, written into a folder part by part: what is there already is not drawn again."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

from api.database import Origin
from api.errors import NotFound
from api.house import House
from api.organizations import service as organizations
from api.printing import lists, rules, service
from api.printing.choosing import Asked, choose_print_batch
from api.printing.drawing import Paper
from api.printing.service import BatchTold
from api.terminal import whole_file
from models.print_enums import LeftOutReason, PrintKind, PrintLayout
from models.printing import PrintBatch


def new_batch(
    house: House, organization_code: str, kind: PrintKind, layout: PrintLayout, *, emblem: bool, make_missing: bool
) -> BatchTold:
    """Choose a batch for the organisation of a code and everything below it. Raises as `create_print_batch`."""
    paper = Paper.of(house.settings)
    paper.read_fonts()
    with house.database.reading(Origin("cli")) as work:
        organization = organizations.find_organization(work, organization_code)
        asked = Asked(kind, organization.id, layout, emblem=emblem, make_missing=make_missing)
        chosen = choose_print_batch(work, None, asked, paper)
    with house.database.writing(Origin("cli")) as work:
        return service.create_print_batch(work, None, chosen, paper)


def known_batch(house: House, organization_code: str, batch_id: UUID) -> BatchTold:
    """A batch of the organisation of a code that was chosen before. Raises `NotFound`."""
    with house.database.reading(Origin("cli")) as work:
        told = service.told_batch(work, batch_id)
        if organizations.find_organization(work, organization_code).id != told.batch.organization_id:
            raise NotFound
        return told


def reasons_left_out(house: House, batch: PrintBatch) -> Sequence[tuple[LeftOutReason, str | None]]:
    """Why each of those who were left out of a batch was, and which characters no font has."""
    with house.database.reading(Origin("cli")) as work:
        return service.reasons_left_out(work, batch.id)


def write_parts(house: House, batch: PrintBatch, out: Path, told: Callable[[int], None]) -> Iterator[Path]:
    """Write the files of a batch that are not in a folder yet: its parts, their codes, and the list. `told` hears how many parts
    are there. Raises as `draw_plates`."""
    paper, origin = Paper.of(house.settings), Origin("cli")
    for part in range(1, rules.parts(batch.count) + 1):
        pdf, codes = (out / f"{_stem(batch)}-{part:03}.{ending}" for ending in ("pdf", "zip"))
        if not pdf.exists():
            content = service.draw_plates(house.database, origin, house.storage, None, batch.id, part, paper)
            with whole_file(pdf) as file:
                file.write(content)
            yield pdf
        if not codes.exists():
            with house.database.reading(origin) as work, whole_file(codes) as file:
                file.write(lists.codes_zip(service.part_of_batch(work, None, batch.id, part, paper), paper))
            yield codes
        told(part)
    serials = out / f"{_stem(batch)}.xlsx"
    if not serials.exists():
        with house.database.reading(origin) as work, whole_file(serials) as file:
            lists.write_serials(work, service.part_of_batch(work, None, batch.id, None, paper), paper, file)
        yield serials


def _stem(batch: PrintBatch) -> str:
    """How the files of a batch are called, so that two batches may lie in one folder."""
    return f"{batch.kind.value}-{batch.id.hex[-8:]}"
