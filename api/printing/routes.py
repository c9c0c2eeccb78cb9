"""Printing: plates of cards and signs of venues at their true size, in batches; and the emblem that some of them bear."""

import io
from collections.abc import Iterator
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response, UploadFile

from api.access.names import named, one_named
from api.access.permissions import Permission
from api.access.scope import Access
from api.adapters.paper import BadPaperFont
from api.adapters.pictures import PictureDamaged, PictureTooLarge
from api.codes.rules import CodeTooSmall
from api.errors import NotFound
from api.files.brought import Prepared, stored_for_request
from api.files.dependencies import CountedPlace, Known
from api.printing import choosing, emblem, lists, rules, schemas, service, words
from api.printing.choosing import Chosen
from api.printing.drawing import Paper
from api.schemas import Page
from api.standards.rules import EmblemNotAllowed
from api.uploads import MAX_BODY_BYTES
from api.web.answers import answers, raw
from api.web.dependencies import (
    HouseDep,
    OriginDep,
    PagesDep,
    Reading,
    Writing,
    created,
    requires,
    shown_named,
    tag,
)
from api.web.downloads import WORKBOOK, ZIP, attachment
from api.web.idempotency import HouseRoute
from api.web.negotiation import PDF
from api.web.writes import count_write
from models.enums import FilePurpose

router = APIRouter(prefix="/v1/printing", tags=["printing"], route_class=HouseRoute)

PrintAccess = Annotated[Access, requires(Permission.plate_write)]
ExportAccess = Annotated[Access, requires(Permission.plate_write, step_up=True)]
EmblemAccess = Annotated[Access, requires(Permission.emblem_write)]

PLATES: Final = raw(PDF, "The plates, one a page, or on A4 with crop marks")
PNG: Final = raw("image/png", "The picture", tagged=True)

Part = Annotated[int, Query(ge=1, le=20, description="which hundred of its plates")]


def get_paper(house: HouseDep) -> Paper:
    """What plates are printed with; the fonts are read before the transaction begins."""
    paper = Paper.of(house.settings)
    paper.read_fonts()
    return paper


PaperDep = Annotated[Paper, Depends(get_paper)]


def get_emblem(access: EmblemAccess, file: UploadFile, place: CountedPlace) -> Iterator[Prepared]:
    with stored_for_request(place, emblem.read_emblem(file.file, access.account_id), FilePurpose.emblem) as prepared:
        yield prepared


# Stands before `Writing` in a signature, so that the picture is read and stored before the transaction begins, and looked after
# once it has ended.
SentEmblem = Annotated[Prepared, Depends(get_emblem, scope="function")]

CANNOT = (NotFound, BadPaperFont, CodeTooSmall, rules.NothingToPrint, rules.NoEmblem)


def get_chosen(
    body: schemas.PrintBatchWrite, access: PrintAccess, paper: PaperDep, house: HouseDep, origin: OriginDep, request: Request
) -> Chosen:
    with house.database.reading(origin) as work:
        return _counted(request, access, choosing.choose_print_batch(work, access, body.asked(), paper))


def get_chosen_again(
    batch_id: UUID,
    body: schemas.Reprint,
    access: PrintAccess,
    paper: PaperDep,
    house: HouseDep,
    origin: OriginDep,
    request: Request,
) -> Chosen:
    with house.database.reading(origin) as work:
        return _counted(request, access, choosing.choose_reprint(work, access, batch_id, body.reason, paper))


def _counted(request: Request, access: Access, chosen: Chosen) -> Chosen:
    """Each part of a batch counts as a write of its own: its rows stay for good."""
    count_write(request, access.account_id, rules.parts(len(chosen.items)) - 1)
    return chosen


# These stand before `Writing` in a signature, so that plates are chosen before the transaction begins.
ChosenPlates = Annotated[Chosen, Depends(get_chosen)]
ChosenAgain = Annotated[Chosen, Depends(get_chosen_again)]


@router.get("/templates")
def list_print_templates(access: PrintAccess) -> schemas.PrintTemplates:
    """What may be printed: the true sizes, what stands there, and by which article the emblem may."""
    return schemas.PrintTemplates(items=[schemas.PrintTemplateShown.of(one) for one in service.list_print_templates()])


@router.post(
    "/batches",
    status_code=201,
    responses=answers(*CANNOT, rules.DoesNotFit, EmblemNotAllowed, rules.TooManyPlates),
)
def create_print_batch(
    access: PrintAccess, chosen: ChosenPlates, paper: PaperDep, work: Writing, response: Response
) -> schemas.PrintBatchWhole:
    """Choose plates to be printed together: of all members whose card is valid, by name, or of those who are named; with
    `make_missing` the first plate of the kind is made for whoever has none. Who is left out is told with the reason."""
    return _made(work, access, service.create_print_batch(work, access, chosen, paper), response)


@router.get("/batches", responses=answers(NotFound))
def list_print_batches(
    access: PrintAccess,
    work: Reading,
    pages: PagesDep,
    organization_id: Annotated[UUID | None, Query(description="this organisation and everything below it")] = None,
) -> Page[schemas.PrintBatchShown]:
    """The batches within reach, the newest first, each with the first of those who were left out of it."""
    items, following = service.list_print_batches(work, access, pages, organization_id=organization_id)
    names = named(work, access, [one.batch for one in items])
    shown = [schemas.PrintBatchShown.of(name, one) for name, one in zip(names, items, strict=True)]
    return Page(items=shown, next_cursor=following)


@router.get("/batches/{batch_id}", responses=answers(NotFound))
def show_print_batch(batch_id: UUID, access: PrintAccess, work: Reading, response: Response) -> schemas.PrintBatchWhole:
    """A batch with its plates and their codes."""
    return _shown(work, access, service.show_print_batch(work, access, batch_id), response)


@router.get("/batches/{batch_id}/left-out", responses=answers(NotFound))
def list_left_out(batch_id: UUID, access: PrintAccess, work: Reading, pages: PagesDep) -> Page[schemas.LeftOutShown]:
    """Who was left out of a batch, and why, in the order in which it was chosen."""
    found, following = service.list_left_out(work, access, pages, batch_id)
    return Page(items=[schemas.LeftOutShown.of(one) for one in found], next_cursor=following)


@router.get(
    "/batches/{batch_id}/plates.pdf",
    responses=answers(NotFound, BadPaperFont, rules.NothingToPrint, rules.NoEmblem) | PLATES,
    response_class=Response,
)
def draw_plates(
    batch_id: UUID, access: ExportAccess, paper: PaperDep, house: HouseDep, origin: OriginDep, part: Part = 1
) -> Response:
    """A hundred plates of a batch at their true size, with what is true now. What may not be printed any more is passed over.

    Where another part is being drawn, this one waits for five seconds, and is then to be asked for again.
    """
    content = service.draw_plates(house.database, origin, house.storage, access, batch_id, part, paper)
    return Response(content, media_type=PDF, headers=attachment(f"plates-{part:03}.pdf", f"{words.PLATES}{part:03}.pdf"))


@router.get(
    "/batches/{batch_id}/codes.zip",
    responses=answers(NotFound, BadPaperFont) | raw(ZIP, "The QR codes as PNG, one bit and ten pixels a module"),
    response_class=Response,
)
def draw_codes(batch_id: UUID, access: ExportAccess, paper: PaperDep, work: Reading, part: Part = 1) -> Response:
    """The QR codes of a hundred plates of a batch, for an engraver."""
    drawn = service.part_of_batch(work, access, batch_id, part, paper)
    headers = attachment(f"codes-{part:03}.zip", f"{words.CODES}{part:03}.zip")
    return Response(lists.codes_zip(drawn, paper), media_type=ZIP, headers=headers)


@router.get(
    "/batches/{batch_id}/serials.xlsx",
    responses=answers(NotFound, BadPaperFont) | raw(WORKBOOK, "The list, in Chinese"),
    response_class=Response,
)
def write_serials(batch_id: UUID, access: ExportAccess, paper: PaperDep, work: Reading) -> Response:
    """The plates of a batch as a list: number, name, organisation, kind, code, address, day."""
    target = io.BytesIO()
    lists.write_serials(work, service.part_of_batch(work, access, batch_id, None, paper), paper, target)
    return Response(target.getvalue(), media_type=WORKBOOK, headers=attachment("serials.xlsx", f"{words.SERIALS}.xlsx"))


@router.post("/batches/{batch_id}/reprint", status_code=201, responses=answers(*CANNOT))
def reprint_batch(access: PrintAccess, chosen: ChosenAgain, work: Writing, response: Response) -> schemas.PrintBatchWhole:
    """Print the plates of a batch again, with the codes that they have. A lost one is replaced instead, by its card."""
    return _made(work, access, service.reprint_batch(work, access, chosen), response)


@router.post(
    "/emblem",
    status_code=201,
    max_body_size=rules.MOST_EMBLEM_BYTES + MAX_BODY_BYTES,
    responses=answers(
        NotFound,
        rules.EmblemNotPng,
        rules.EmblemTooLarge,
        rules.EmblemShape,
        rules.EmblemColour,
        PictureDamaged,
        PictureTooLarge,
    ),
)
def upload_emblem(access: EmblemAccess, prepared: SentEmblem, work: Writing, response: Response) -> schemas.EmblemShown:
    """Bring the picture of the emblem that plates may bear: a square PNG of at least 600 pixels, gold or red, 2 MB at the most. It
    keeps its transparency, and is printed as it is."""
    file = emblem.upload_emblem(work, access, prepared)
    created(response, "/v1/printing/emblem")
    return shown_named(schemas.EmblemShown, work, access, file, response)


@router.get("/emblem", responses=answers(NotFound) | PNG, response_class=Response)
def show_emblem(access: EmblemAccess, house: HouseDep, origin: OriginDep, known: Known) -> Response:
    """The picture of the emblem."""
    found = emblem.show_emblem(house.database, origin, house.storage, access, known)
    headers = {"ETag": f'"{found.digest}"', "Content-Disposition": 'attachment; filename="emblem.png"'}
    if found.content is None:
        return Response(status_code=304, headers=headers)
    return Response(found.content, headers=headers, media_type=found.media_type)


@router.delete("/emblem", status_code=204, responses=answers(NotFound))
def remove_emblem(access: EmblemAccess, work: Writing) -> None:
    """Remove the picture of the emblem: nothing is printed with it any more."""
    emblem.remove_emblem(work, access)


def _made(work: Writing, access: Access, told: service.BatchTold, response: Response) -> schemas.PrintBatchWhole:
    created(response, f"/v1/printing/batches/{told.batch.id}")
    return _shown(work, access, told, response)


def _shown(work: Reading, access: Access, told: service.BatchTold, response: Response) -> schemas.PrintBatchWhole:
    tag(response, told.batch)
    return schemas.PrintBatchWhole.of(one_named(work, access, told.batch), told)
