"""The three lists (三清单一流程): what a village has to do, must not do, and may decide, by numbered editions."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Response, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.access.permissions import Permission
from api.access.scope import Access
from api.adapters.cells import UNREADABLE
from api.adapters.sheets import open_sheets
from api.drafts import DraftExists, NoItems
from api.errors import NotFound, PreconditionFailed, PreconditionRequired, Refusal
from api.files.dependencies import JPEG, Known, picture_answer
from api.files.rules import NotYourFile
from api.language import Language
from api.lists import drafts, importing, schemas, service
from api.lists.item_file import ItemFile, NoListItems, read_items
from api.lists.page import READING, item_page, list_page, lists_page
from api.lists.rules import HIGHEST_NUMBER, NoList, NumberTaken
from api.lists.telling import PATH
from api.schemas import Page
from api.uploads import (
    MAX_SHEET_BYTES,
    Imported,
    RowRejected,
    SheetImported,
    SheetLeftOut,
    told,
    told_changes,
    told_left_out,
    told_sheets,
)
from api.web.answers import TAGGED, answers
from api.web.cors import FOR_EVER, KEPT
from api.web.dependencies import (
    DryRun,
    HouseDep,
    IfMatch,
    IfMatchSent,
    Importing,
    LanguageDep,
    OriginDep,
    PagesDep,
    Reading,
    Writing,
    created,
    requires,
    tag,
)
from api.web.idempotency import HouseRoute
from api.web.pages import PAGE_HEADERS, AskedDep, PageRoute, refusal_page
from models.list_enums import ListKind


class ListRoute(PageRoute):
    """A page of the lists."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        return refusal_page(request, refusal, READING)


router = APIRouter(prefix=PATH, tags=["lists"], route_class=HouseRoute)
pages = APIRouter(prefix="/lists", tags=["lists"], route_class=ListRoute)

WriteAccess = Annotated[Access, requires(Permission.list_write)]
Kind = Annotated[ListKind, Path(openapi_examples={"power": {"value": "power"}})]
EditionNumber = Annotated[int, Path(ge=1, le=1_000_000, examples=[1])]
ItemNumber = Annotated[int, Path(ge=1, le=HIGHEST_NUMBER, description="the number of the item", examples=[12])]
PartAsked = Annotated[int, Query(ge=1, description="of a list that is long")]
EDITED: Final = answers(NotFound, PreconditionFailed, PreconditionRequired)


def get_items_file(file: UploadFile) -> ItemFile:
    return read_items(*open_sheets(file.file))


# Stands before `Importing` in a signature, so that the file has been read before the transaction begins.
ItemsFile = Annotated[ItemFile, Depends(get_items_file)]


@pages.get("")
def read_lists(asked: AskedDep, work: Reading) -> HTMLResponse:
    """The page of the three lists, with the edition of each that holds."""
    return HTMLResponse(lists_page(service.read_lists(work), asked, at=work.at.astimezone(work.zone)), headers=PAGE_HEADERS)


@pages.get("/{kind}")
def read_list(kind: Kind, asked: AskedDep, work: Reading, page: PartAsked = 1) -> HTMLResponse:
    """The page of a list: its items by their numbers, a long one in parts."""
    view = service.read_list(work, kind)
    return HTMLResponse(list_page(view, asked, at=work.at.astimezone(work.zone), page=page), headers=PAGE_HEADERS)


@pages.get("/{kind}/{item}")
def read_list_item(kind: Kind, item: ItemNumber, asked: AskedDep, work: Reading) -> HTMLResponse:
    """The page of an item, whole, with its flow."""
    found = service.read_list_item(work, kind, item)
    return HTMLResponse(item_page(found, asked, at=work.at.astimezone(work.zone)), headers=PAGE_HEADERS)


@router.get("/{kind}", response_model=schemas.EditionWhole, responses=answers(NoList) | TAGGED)
def show_list(kind: Kind, work: Reading, known: Known, response: Response) -> schemas.EditionWhole | Response:
    """The edition of a list that holds, with its items. Its `ETag` is its `token`."""
    token, view = service.show_list(work, kind, known)
    headers = KEPT | {"ETag": f'"{token}"'}
    if view is None:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return schemas.EditionWhole.of(view)


@router.get("/{kind}/editions", responses=answers(NoList))
def list_editions(kind: Kind, work: Reading, pages: PagesDep) -> Page[schemas.EditionShown]:
    """The published editions of a list, the newest first."""
    items, following = service.list_editions(work, kind, pages)
    return Page(items=[schemas.EditionShown.model_validate(item) for item in items], next_cursor=following)


@router.get("/{kind}/editions/{number}", responses=answers(NoList))
def show_edition(kind: Kind, number: EditionNumber, work: Reading) -> schemas.EditionWhole:
    """A published edition with its items."""
    return schemas.EditionWhole.of(service.show_edition(work, kind, number))


@router.get("/{kind}/pictures/{digest}", responses=answers(NotFound) | JPEG, response_class=Response)
def show_list_picture(
    kind: Kind,
    digest: Annotated[str, Path(max_length=64, examples=[schemas.DIGEST])],
    house: HouseDep,
    origin: OriginDep,
    known: Known,
) -> Response:
    """The picture of a flow, which is the same for ever."""
    answer = picture_answer(service.show_list_picture(house.database, origin, house.storage, digest, known))
    answer.headers.update(FOR_EVER)
    return answer


@router.post("/{kind}/draft", status_code=201, responses=answers(NoList, DraftExists))
def create_list_draft(
    kind: Kind, body: schemas.ListDraftWrite, access: WriteAccess, work: Writing, response: Response
) -> schemas.ListDraftShown:
    """Begin the next edition: with the items of a published one, or with none. There is one draft of each list at most."""
    draft = drafts.create_list_draft(work, kind, body.based_on, body.title, body.change_note)
    created(response, f"{PATH}/{kind}/draft")
    tag(response, draft.row)
    return schemas.ListDraftShown.of(draft)


@router.get("/{kind}/draft", responses=answers(NotFound))
def show_list_draft(kind: Kind, access: WriteAccess, work: Reading, response: Response) -> schemas.ListDraftShown:
    """The draft with its items."""
    draft = drafts.show_list_draft(work, kind)
    tag(response, draft.row)
    return schemas.ListDraftShown.of(draft)


@router.patch("/{kind}/draft", responses=EDITED)
def edit_list_draft(
    kind: Kind, body: schemas.ListDraftEdit, access: WriteAccess, work: Writing, expected: IfMatch, response: Response
) -> schemas.ListDraftShown:
    """Give the draft another title or note."""
    draft = drafts.edit_list_draft(work, kind, body.sent(), expected)
    tag(response, draft.row)
    return schemas.ListDraftShown.of(draft)


@router.delete("/{kind}/draft", status_code=204, responses=answers(NotFound, PreconditionFailed))
def delete_list_draft(kind: Kind, access: WriteAccess, work: Writing, expected: IfMatchSent) -> None:
    """Throw the draft away."""
    drafts.delete_list_draft(work, kind, expected)


@router.post("/{kind}/draft/items", status_code=201, responses=answers(NotFound, NotYourFile, NumberTaken))
def add_list_item(
    kind: Kind, body: schemas.ListItemWrite, access: WriteAccess, work: Writing, response: Response
) -> schemas.ListDraftItem:
    """Add an item to the draft."""
    item = drafts.add_list_item(work, access, kind, body.model_dump(exclude={"flow_picture_id"}), body.flow_picture_id)
    created(response, f"{PATH}/{kind}/draft")
    tag(response, item)
    return schemas.ListDraftItem.of_item(item, kind)


@router.patch("/{kind}/draft/items/{item}", responses=EDITED | answers(NotFound, NotYourFile, NumberTaken))
def edit_list_item(
    kind: Kind,
    item: ItemNumber,
    body: schemas.ListItemEdit,
    access: WriteAccess,
    work: Writing,
    expected: IfMatch,
    response: Response,
) -> schemas.ListDraftItem:
    """Change an item of the draft."""
    edited = drafts.edit_list_item(work, access, kind, item, body.sent(), expected)
    tag(response, edited)
    return schemas.ListDraftItem.of_item(edited, kind)


@router.delete("/{kind}/draft/items/{item}", status_code=204, responses=answers(NotFound, PreconditionFailed))
def delete_list_item(kind: Kind, item: ItemNumber, access: WriteAccess, work: Writing, expected: IfMatchSent) -> None:
    """Take an item out of the draft."""
    drafts.delete_list_item(work, kind, item, expected)


@router.post(
    "/{kind}/draft/import",
    max_body_size=MAX_SHEET_BYTES,
    responses=answers(*UNREADABLE, NotFound, NoListItems, importing.ListItemsRejected),
)
def import_list_items(
    kind: Kind, access: WriteAccess, file: ItemsFile, work: Importing, language: LanguageDep, dry_run: DryRun = False
) -> schemas.ListItemsImported:
    """Load items into the draft from a spreadsheet (序号, 事项, 内容, and 适用 and 流程 if you like). Sending it again changes
    nothing.

    A row is the draft's item of that number, of which only what the row states is changed. 适用 names 村, 社区 and 经济合作社; a
    new item that names none applies to all. 流程 is written 步骤（谁，几天）→步骤（谁）.
    """
    try:
        done = importing.import_list_items(work, kind, file, dry_run=dry_run)
    except importing.ListItemsRejected as refusal:
        refusal.members.update(_imported(refusal.done, language).model_dump(exclude={"changes", "changes_count"}))
        raise
    return _imported(done, language)


@router.post("/{kind}/draft/publish", responses=answers(NotFound, NoItems, PreconditionFailed))
def publish_list_draft(kind: Kind, access: WriteAccess, work: Writing, expected: IfMatchSent) -> schemas.EditionWhole:
    """Publish the draft: it holds from this moment on, and nothing of it is changed any more."""
    return schemas.EditionWhole.of(drafts.publish_list_draft(work, kind, expected))


def _imported(done: Imported, language: Language) -> schemas.ListItemsImported:
    return schemas.ListItemsImported(
        rows=done.rows,
        created=done.created,
        updated=done.updated,
        unchanged=done.unchanged,
        rejected_count=len(done.rejected),
        rejected=[RowRejected.model_validate(row) for row in told(done.rejected, language)],
        sheets=[SheetImported.model_validate(sheet) for sheet in told_sheets(done.sheets)],
        left_out=[SheetLeftOut.model_validate(left) for left in told_left_out(done.left_out, language)],
        **told_changes(done.sheets),
    )
