"""The district's tree of organisations, from the district down to its branches and groups."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response, UploadFile

from api.access.about import ABOUT_SOMEBODY
from api.access.permissions import Permission
from api.access.scope import Access
from api.adapters.cells import UNREADABLE
from api.adapters.sheets import open_sheets
from api.errors import NotFound, PreconditionFailed, PreconditionRequired
from api.language import Language
from api.organizations import rules, schemas, service
from api.organizations.tree_file import NoTree, Tree, read_tree
from api.schemas import Page
from api.uploads import (
    MAX_SHEET_BYTES,
    MOST_ROWS_TOLD,
    OnError,
    RowRejected,
    SheetImported,
    SheetLeftOut,
    told,
    told_left_out,
    told_sheets,
)
from api.web.answers import answers
from api.web.dependencies import (
    DryRun,
    IfMatch,
    IfMatchSent,
    Importing,
    LanguageDep,
    OnErrorAsked,
    PagesDep,
    Reading,
    Words,
    Writing,
    created,
    requires,
    shown,
)
from api.web.idempotency import HouseRoute
from models.enums import OrganizationKind

router = APIRouter(prefix="/v1/organizations", tags=["organizations"], route_class=HouseRoute)

ReadAccess = Annotated[Access, requires(Permission.organization_read)]
WriteAccess = Annotated[Access, requires(Permission.organization_write)]
MoveAccess = Annotated[Access, requires(Permission.organization_write, step_up=True)]


def get_tree(file: UploadFile) -> Tree:
    return read_tree(*open_sheets(file.file))


# Stands before `Importing` in a signature, so that the file has been read before the transaction begins.
TreeFile = Annotated[Tree, Depends(get_tree)]


@router.get("")
def list_organizations(
    access: ReadAccess,
    work: Reading,
    pages: PagesDep,
    q: Annotated[Words | None, Query(description="words that the name contains, or the whole code")] = None,
    parent_id: UUID | None = None,
    kind: OrganizationKind | None = None,
    closed: Annotated[bool, Query(description="whether closed ones are listed too")] = False,
) -> Page[schemas.OrganizationShown]:
    """The organisations within reach, by name."""
    items, following = service.list_organizations(work, access, pages, words=q, parent_id=parent_id, kind=kind, closed=closed)
    return Page(items=[schemas.OrganizationShown.model_validate(item) for item in items], next_cursor=following)


@router.post(
    "/import",
    max_body_size=MAX_SHEET_BYTES,
    responses=answers(*UNREADABLE, NoTree, service.TreeRejected),
)
def import_organizations(
    access: WriteAccess,
    tree: TreeFile,
    work: Importing,
    language: LanguageDep,
    dry_run: DryRun = False,
    on_error: OnErrorAsked = OnError.abort,
) -> schemas.TreeImported:
    """Load a tree from a spreadsheet (编码, 名称, 类型, 上级编码, and 服务电话 if you like). Sending it again changes nothing.

    All visible sheets with headings for these are read. Of a known code the name is changed where it differs, and the telephone
    where the row states one.
    """
    try:
        done = service.import_organizations(work, access, tree, dry_run=dry_run, on_error=on_error)
    except service.TreeRejected as refusal:
        refusal.members.update(_imported(refusal.done, language).model_dump())
        raise
    return _imported(done, language)


@router.get("/{organization_id}", responses=answers(NotFound))
def show_organization(organization_id: UUID, access: ReadAccess, work: Reading, response: Response) -> schemas.OrganizationShown:
    organization = service.show_organization(work, access, organization_id)
    return shown(schemas.OrganizationShown, organization, response)


@router.post(
    "",
    status_code=201,
    responses=answers(
        NotFound, rules.KindOutOfPlace, rules.SecondRoot, rules.CodeTaken, rules.ParentClosed, rules.TooManyOrganizations
    ),
)
def create_organization(
    body: schemas.OrganizationWrite, access: WriteAccess, work: Writing, response: Response
) -> schemas.OrganizationShown:
    """Add an organisation below another."""
    organization = service.create_organization(work, access, **body.model_dump())
    created(response, f"/v1/organizations/{organization.id}")
    return shown(schemas.OrganizationShown, organization, response)


@router.patch(
    "/{organization_id}",
    responses=answers(NotFound, *ABOUT_SOMEBODY, rules.TooManyHoldPosts, PreconditionFailed, PreconditionRequired),
)
def edit_organization(
    organization_id: UUID,
    body: schemas.OrganizationEdit,
    access: WriteAccess,
    work: Writing,
    expected: IfMatch,
    response: Response,
) -> schemas.OrganizationShown:
    """Rename an organisation, or change its telephone, how its members' names are shown, or the end of its committee's term, by
    which the cards of those who hold a post there are dated."""
    organization = service.edit_organization(work, access, organization_id, body.sent(), expected)
    return shown(schemas.OrganizationShown, organization, response)


@router.post(
    "/{organization_id}/move",
    responses=answers(
        NotFound,
        *ABOUT_SOMEBODY,
        rules.OfficerNeeded,
        rules.TooManyOrganizations,
        rules.Circle,
        rules.RootStays,
        rules.KindOutOfPlace,
        rules.ParentClosed,
        PreconditionFailed,
    ),
)
def move_organization(
    organization_id: UUID,
    body: schemas.OrganizationMove,
    access: MoveAccess,
    work: Writing,
    expected: IfMatchSent,
    response: Response,
) -> schemas.OrganizationShown:
    """Hang an organisation, with everything below it, under another parent. What its members hold of what is above it no more, as
    members of that or by its posts, ends."""
    organization = service.move_organization(work, access, organization_id, body.parent_id, expected)
    return shown(schemas.OrganizationShown, organization, response)


@router.post(
    "/{organization_id}/close",
    responses=answers(NotFound, *ABOUT_SOMEBODY, rules.RootStays, rules.StillOpenBelow, rules.StillHasMembers, PreconditionFailed),
)
def close_organization(
    organization_id: UUID, access: WriteAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.OrganizationShown:
    """Close an organisation that nobody belongs to any more."""
    organization = service.close_organization(work, access, organization_id, expected)
    return shown(schemas.OrganizationShown, organization, response)


def _imported(done: service.ImportedOrganizations, language: Language) -> schemas.TreeImported:
    return schemas.TreeImported(
        rows=done.rows,
        created=done.created,
        updated=done.updated,
        unchanged=done.unchanged,
        rejected_count=len(done.rejected),
        rejected=[RowRejected.model_validate(row) for row in told(done.rejected, language)],
        sheets=[SheetImported.model_validate(sheet) for sheet in told_sheets(done.sheets)],
        left_out=[SheetLeftOut.model_validate(left) for left in told_left_out(done.left_out, language)],
        without_telephone_count=len(done.without_telephone),
        without_telephone=[
            schemas.Silent(sheet=row.table.sheet.title or None, row=row.number, code=row.code, name=row.name)
            for row in done.without_telephone[:MOST_ROWS_TOLD]
        ],
    )
