"""Party members and what is recorded of their membership; rosters (花名册) to load them from."""

import io
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response, UploadFile

from api.access.about import ABOUT_SOMEBODY
from api.access.names import one_named
from api.access.permissions import Permission
from api.access.rules import ForTheLevelAbove
from api.access.scope import Access
from api.adapters.cells import UNREADABLE
from api.adapters.cipher import Cipher
from api.adapters.sheets import open_sheets
from api.database import Work
from api.days import day_of
from api.errors import Invalid, NotFound, PreconditionFailed, PreconditionRequired
from api.language import Language, said
from api.members import elsewhere, rules, schemas, service
from api.members.record import masked
from api.members.roster.outcomes import ImportedMembers
from api.members.roster.reading import NoRoster, Roster, read_roster
from api.schemas import Page
from api.uploads import MAX_SHEET_BYTES, RowRejected, SheetLeftOut, told, told_changes, told_left_out, told_sheets, told_warnings
from api.web.answers import answers, raw
from api.web.dependencies import (
    DryRun,
    HouseDep,
    IfMatch,
    IfMatchSent,
    Importing,
    LanguageDep,
    OnErrorAsked,
    OriginDep,
    PagesDep,
    Reading,
    Words,
    Writing,
    all_named,
    created,
    requires,
    tag,
)
from api.web.downloads import WORKBOOK, attachment
from api.web.idempotency import HouseRoute
from models.enums import MemberStatus
from models.member import Member

router = APIRouter(prefix="/v1/members", tags=["members"], route_class=HouseRoute)

ReadAccess = Annotated[Access, requires(Permission.member_read)]
WriteAccess = Annotated[Access, requires(Permission.member_write)]
RestoreAccess = Annotated[Access, requires(Permission.member_write, step_up=True)]
ImportAccess = Annotated[Access, requires(Permission.member_import)]
ExportAccess = Annotated[Access, requires(Permission.member_import, step_up=True)]
OwnAccess = Annotated[Access, requires(Permission.own_record)]


OwnBranch = Annotated[
    UUID | None,
    Query(description="the branch of the rows that name none, such as all rows of a branch's own list"),
]


def get_roster(file: UploadFile, house: HouseDep, origin: OriginDep, organization_id: OwnBranch = None) -> Roster:
    zone = house.settings.zone
    today = day_of(origin.at, zone)
    roster = read_roster(*open_sheets(file.file), today=today, zone=zone, is_of_one_branch=organization_id is not None)
    return service.read_ahead(roster)


# Stands before `Importing` in a signature, so that the file has been read before the transaction begins.
RosterFile = Annotated[Roster, Depends(get_roster)]

MARKED_NAMES = {Language.zh: "花名册-核对结果.xlsx", Language.en: "roster-checked.xlsx"}
MARKED = raw(WORKBOOK, "The marked workbook")


@router.get("", responses=answers(NotFound))
def list_members(
    access: ReadAccess,
    work: Reading,
    pages: PagesDep,
    q: Annotated[Words | None, Query(description="how the name begins")] = None,
    organization_id: Annotated[UUID | None, Query(description="an organisation: its members and those below it")] = None,
    status: Annotated[MemberStatus | None, Query(description="without it, all who have not left")] = None,
) -> Page[schemas.MemberListed]:
    """The members within reach, by name."""
    items, following = service.list_members(work, access, pages, beginning=q, organization_id=organization_id, status=status)
    return Page(items=[schemas.MemberListed.model_validate(item) for item in items], next_cursor=following)


@router.post(
    "/import",
    max_body_size=MAX_SHEET_BYTES,
    responses=answers(NotFound, *UNREADABLE, NoRoster, service.RosterRejected),
)
def import_members(
    access: ImportAccess,
    roster: RosterFile,
    house: HouseDep,
    origin: OriginDep,
    work: Importing,
    language: LanguageDep,
    organization_id: OwnBranch = None,
    dry_run: DryRun = False,
    on_error: OnErrorAsked = service.OnError.abort,
) -> schemas.MembersImported:
    """Load a roster (花名册) from a spreadsheet, whatever the order of its columns. Sending it again changes nothing.

    A row is the member with its identity number; without one, the member of that branch with the same name and birth. Of a known
    member only what the row states is changed: an empty cell leaves the stored value, except under 流动党员 and 失联党员, where
    it means no. A row never moves a member to another branch, nor changes anything about the one who sends it; a probationary
    member becomes a full one by the rules of `confirm`, with 转正日期. Where no column tells the branch, the sheet's title or name
    may.
    """
    try:
        done = service.import_members(
            work, access, roster, house.cipher, organization_id=organization_id, dry_run=dry_run, on_error=on_error
        )
    except service.RosterRejected as refusal:
        refusal.members.update(_imported(refusal.done, language).model_dump())
        raise
    if dry_run and done.told_elsewhere:
        elsewhere.note_dry_run(house.database, origin, access, done.told_elsewhere)
    return _imported(done, language)


@router.post(
    "/import/marked",
    max_body_size=MAX_SHEET_BYTES,
    responses=answers(NotFound, *UNREADABLE, NoRoster) | MARKED,
    response_class=Response,
)
def mark_roster(
    access: ExportAccess,
    roster: RosterFile,
    house: HouseDep,
    origin: OriginDep,
    work: Reading,
    language: LanguageDep,
    organization_id: OwnBranch = None,
) -> Response:
    """The roster given back as a workbook, nothing stored: behind its columns stand what an import would do with each row (结果)
    and everything that is wrong with it, cell by cell (问题). Corrected, it can be sent again as it is."""
    target = io.BytesIO()
    done = service.mark_roster(work, access, roster, house.cipher, target, organization_id=organization_id, language=language)
    if done.told_elsewhere:
        elsewhere.note_dry_run(house.database, origin, access, done.told_elsewhere)
    return Response(target.getvalue(), media_type=WORKBOOK, headers=attachment("roster.xlsx", MARKED_NAMES[language]))


@router.get("/mine", responses=answers(NotFound))
def show_own_member(access: OwnAccess, work: Reading, house: HouseDep, response: Response) -> schemas.MemberShown:
    """The record of the member whose account asks."""
    return _shown(work, access, service.show_own_member(work, access), house.cipher, response)


@router.get("/{member_id}", responses=answers(NotFound))
def show_member(member_id: UUID, access: ReadAccess, work: Reading, house: HouseDep, response: Response) -> schemas.MemberShown:
    """A member's record. Identity number and telephone are masked; of the address only whether there is one."""
    return _shown(work, access, service.show_member(work, access, member_id), house.cipher, response)


@router.post(
    "",
    status_code=201,
    responses=answers(NotFound, Invalid, ForTheLevelAbove, rules.HasLeft, rules.IdentityNumberTaken, rules.IdentityNumberUnchecked),
)
def create_member(
    body: schemas.MemberWrite, access: WriteAccess, work: Writing, house: HouseDep, response: Response
) -> schemas.MemberShown:
    """Add a member to an organisation. Who has left its branch is not entered anew but taken back by `restore`; where the level
    above has recorded of somebody that he is a member no more, it enters whoever has the same name."""
    content = body.model_dump(exclude={"organization_id"})
    member = service.create_member(work, access, body.organization_id, content, house.cipher)
    created(response, f"/v1/members/{member.id}")
    return _shown(work, access, member, house.cipher, response)


@router.patch(
    "/{member_id}",
    responses=answers(
        NotFound,
        Invalid,
        *ABOUT_SOMEBODY,
        rules.HasLeft,
        rules.IdentityNumberTaken,
        rules.IdentityNumberUnchecked,
        rules.MemberHasLeft,
        PreconditionFailed,
        PreconditionRequired,
    ),
)
def edit_member(
    member_id: UUID,
    body: schemas.MemberEdit,
    access: WriteAccess,
    work: Writing,
    house: HouseDep,
    expected: IfMatch,
    response: Response,
) -> schemas.MemberShown:
    """Change the data of a member other than oneself. To belong elsewhere is no edit but a transfer; and nobody becomes by an
    edit who has left the branch."""
    changes = body.sent()
    member = service.edit_member(work, access, member_id, changes, house.cipher, expected)
    return _shown(work, access, member, house.cipher, response)


@router.post(
    "/{member_id}/leave",
    responses=answers(NotFound, Invalid, *ABOUT_SOMEBODY, rules.MemberHasLeft, rules.TooManyLeavings, PreconditionFailed),
)
def leave_member(
    member_id: UUID,
    body: schemas.Leaving,
    access: WriteAccess,
    work: Writing,
    house: HouseDep,
    expected: IfMatchSent,
    response: Response,
) -> schemas.MemberLeft:
    """Mark a member as left: the identity card and the account end with it.

    One who has left stays so. The same again changes nothing; another kind, day or reason is recorded in place of what stands,
    with an event of its own, and what stands from above the branch only from there, or by whoever has recorded it.
    `namesakes` tells who of the branch is perhaps the same person and has not left.
    """
    member, namesakes = service.leave_member(work, access, member_id, body.kind, body.left_on, body.reason, expected)
    shown = _shown(work, access, member, house.cipher, response)
    return schemas.MemberLeft(**shown.model_dump(), namesakes=[schemas.MemberListed.model_validate(one) for one in namesakes])


@router.post(
    "/{member_id}/confirm",
    responses=answers(NotFound, Invalid, *ABOUT_SOMEBODY, rules.NotOnProbation, rules.MemberHasLeft, PreconditionFailed),
)
def confirm_member(
    member_id: UUID,
    body: schemas.Confirmation,
    access: WriteAccess,
    work: Writing,
    house: HouseDep,
    expected: IfMatchSent,
    response: Response,
) -> schemas.MemberShown:
    """Make a probationary member a full one (转正). The identity card is then good for as long as a full member's."""
    member = service.confirm_member(work, access, member_id, body.confirmed_on, expected)
    return _shown(work, access, member, house.cipher, response)


@router.post(
    "/{member_id}/restore",
    responses=answers(
        NotFound, Invalid, *ABOUT_SOMEBODY, rules.NotLeft, rules.BranchClosed, rules.MemberErased, PreconditionFailed
    ),
)
def restore_member(
    member_id: UUID,
    body: schemas.Restoring,
    access: RestoreAccess,
    work: Writing,
    house: HouseDep,
    language: LanguageDep,
    expected: IfMatchSent,
    response: Response,
) -> schemas.MemberRestored:
    """Take back a member who was marked as left by mistake or has come back.

    A new card is issued if he had one, and the account enabled if the leaving had shut it. Printed codes, posts, and other roles
    than a member's do not come back: `notes` says what is left to do. What was recorded from above the branch is taken back from
    there, or by whoever has recorded it.
    """
    member, notes = service.restore_member(work, access, member_id, body.status, body.reason, expected)
    shown = _shown(work, access, member, house.cipher, response)
    return schemas.MemberRestored(**shown.model_dump(), notes=[said(note, language) for note in notes])


@router.get("/{member_id}/events", responses=answers(NotFound))
def list_membership_events(member_id: UUID, access: ReadAccess, work: Reading) -> schemas.MembershipEvents:
    """What has happened in a membership, the newest first: confirmed, transferred, left, restored, each with its reason."""
    found = service.list_membership_events(work, access, member_id)
    return schemas.MembershipEvents(items=all_named(schemas.MembershipEventShown, work, access, found))


def _shown(work: Work, access: Access, member: Member, cipher: Cipher, response: Response) -> schemas.MemberShown:
    tag(response, member)
    return schemas.MemberShown.model_validate({**one_named(work, access, member), **masked(member, cipher)})


def _imported(done: ImportedMembers, language: Language) -> schemas.MembersImported:
    return schemas.MembersImported(
        branch=done.branch,
        rows=done.rows,
        created=done.created,
        updated=done.updated,
        unchanged=done.unchanged,
        rejected_count=len(done.rejected),
        rejected=[RowRejected.model_validate(row) for row in told(done.rejected, language)],
        **told_warnings(done.warnings, language),
        **told_changes(done.sheets),
        sheets=[
            schemas.RosterSheetImported(**shown, branch=sheet.branch)
            for shown, sheet in zip(told_sheets(done.sheets), done.sheets, strict=True)
        ],
        left_out=[SheetLeftOut.model_validate(left) for left in told_left_out(done.left_out, language)],
    )
