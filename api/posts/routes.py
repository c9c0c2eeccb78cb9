"""Posts (岗位): what an organisation has, who holds them, and who asks to (设岗定责)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.access.about import ABOUT_SOMEBODY
from api.access.permissions import Permission
from api.access.scope import Access
from api.adapters.paper import BadPaperFont
from api.errors import AlreadyAsked, AlreadyDecided, BadSpan, Invalid, NotFound, PreconditionFailed, PreconditionRequired
from api.members.rules import BranchClosed, MemberHasLeft
from api.posts import applications, catalogue, figures, holdings, letter, rules, schemas, service, warnings
from api.posts.words import LETTER
from api.schemas import Day, Page
from api.web.answers import answers, raw
from api.web.dependencies import IfMatch, IfMatchSent, LanguageDep, PagesDep, Reading, SettingsDep, Writing, created, requires, tag
from api.web.downloads import MISSING_CHARACTERS, attachment, missing_characters
from api.web.idempotency import HouseRoute
from api.web.negotiation import PDF
from models.enums import RequestState
from models.post_enums import PostKind

router = APIRouter(prefix="/v1/posts", tags=["posts"], route_class=HouseRoute)

OwnAccess = Annotated[Access, requires(Permission.own_record)]
ReadAccess = Annotated[Access, requires(Permission.post_read)]
WriteAccess = Annotated[Access, requires(Permission.post_write)]
ExportAccess = Annotated[Access, requires(Permission.post_write, step_up=True)]

GIVEN = (
    NotFound,
    *ABOUT_SOMEBODY,
    rules.HeldByRoster,
    rules.PostClosed,
    MemberHasLeft,
    rules.NotOfThisOrganization,
    rules.SendingOrganizationMissing,
    rules.AlreadyHolds,
    rules.NoSeat,
    rules.TooManyHoldings,
    rules.TooManyPosts,
)
DECIDED = (NotFound, *ABOUT_SOMEBODY, AlreadyDecided, PreconditionFailed)


@router.get("/catalogue")
def list_post_catalogue(access: ReadAccess) -> schemas.Catalogue:
    """The posts of published practice, to copy from."""
    return schemas.Catalogue.of(catalogue.list_post_catalogue())


@router.get("/mine", responses=answers(NotFound))
def show_own_posts(access: OwnAccess, work: Reading) -> schemas.OwnPostsShown:
    """What one holds oneself, what one may apply for in one's branch, and what one has asked for."""
    own = applications.show_own_posts(work, access)
    told = {"holdings": own.holdings, "announced": own.announced, "applications": [one.fields for one in own.applications]}
    return schemas.OwnPostsShown.model_validate(told)


@router.get("/warnings", responses=answers(NotFound))
def list_post_warnings(
    access: ReadAccess,
    work: Reading,
    language: LanguageDep,
    organization_id: Annotated[UUID | None, Query(description="this organisation and everything below it")] = None,
) -> list[schemas.PostWarning]:
    """What is worth a look about branches, their committees and their windows; nothing is refused for it."""
    found = warnings.list_post_warnings(work, access, organization_id)
    return [schemas.PostWarning.of(name, one, language) for name, one in found]


@router.get("/figures", responses=answers(NotFound))
def show_post_figures(
    access: ReadAccess,
    work: Reading,
    organization_id: Annotated[UUID | None, Query(description="this organisation and everything below it")] = None,
    on: Annotated[Day | None, Query(description="the day of which it is told; today without one")] = None,
) -> schemas.PostFigures:
    """How many full members have a post, and how many window posts a backup: two whole numbers each, summed up the tree."""
    return schemas.PostFigures.of(figures.show_post_figures(work, access, organization_id, on))


@router.get("/applications")
def list_post_applications(
    access: WriteAccess, work: Reading, pages: PagesDep, post_id: UUID | None = None, state: RequestState | None = None
) -> Page[schemas.ApplicationShown]:
    """The applications for posts within reach, the newest first."""
    items, following = applications.list_post_applications(work, access, pages, post_id=post_id, state=state)
    return Page(items=[schemas.ApplicationShown.model_validate(item.fields) for item in items], next_cursor=following)


@router.post("/applications/{application_id}/accept", responses=answers(*GIVEN, AlreadyDecided, PreconditionFailed))
def accept_post_application(
    application_id: UUID,
    body: schemas.Accepting,
    access: WriteAccess,
    work: Writing,
    expected: IfMatchSent,
    response: Response,
) -> schemas.ApplicationShown:
    """Give the post to whoever asks for it."""
    told = applications.accept_post_application(work, access, application_id, body.slot, body.since, expected)
    return _application(told, response)


@router.post("/applications/{application_id}/refuse", responses=answers(*DECIDED))
def refuse_post_application(
    application_id: UUID,
    body: schemas.PostBecause,
    access: WriteAccess,
    work: Writing,
    expected: IfMatchSent,
    response: Response,
) -> schemas.ApplicationShown:
    """Leave the post as it is. The member reads the reason."""
    return _application(applications.refuse_post_application(work, access, application_id, body.reason, expected), response)


@router.post("/applications/{application_id}/withdraw", responses=answers(NotFound, AlreadyDecided, PreconditionFailed))
def withdraw_post_application(
    application_id: UUID, access: OwnAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.ApplicationShown:
    """Take back what one has asked for oneself, or was recommended for, as long as it waits."""
    return _application(applications.withdraw_post_application(work, access, application_id, expected), response)


@router.get("", responses=answers(NotFound))
def list_posts(
    access: ReadAccess,
    work: Reading,
    pages: PagesDep,
    organization_id: Annotated[UUID | None, Query(description="this organisation and everything below it")] = None,
    kind: PostKind | None = None,
    venue_id: UUID | None = None,
    vacant: Annotated[bool | None, Query(description="whether a seat of slot A is free today; without it, all")] = None,
    closed: Annotated[bool, Query(description="whether closed ones are listed too")] = False,
) -> Page[schemas.PostShown]:
    """The posts within reach, the oldest first, each with who holds it today."""
    items, following = service.list_posts(
        work, access, pages, organization_id=organization_id, kind=kind, venue_id=venue_id, vacant=vacant, closed=closed
    )
    return Page(items=[schemas.PostShown.model_validate(item.fields) for item in items], next_cursor=following)


@router.post(
    "",
    status_code=201,
    responses=answers(NotFound, *ABOUT_SOMEBODY, BranchClosed, rules.PartyPostTaken, rules.TooManyOnRoster, Invalid),
)
def create_post(body: schemas.PostWrite, access: WriteAccess, work: Writing, response: Response) -> schemas.PostShown:
    """Add a post. Of one within the Party the roster says who holds it; to name it is to act about these."""
    content = body.model_dump(exclude={"organization_id", "kind", "party_post", "duties"})
    told = service.create_post(
        work,
        access,
        organization_id=body.organization_id,
        kind=body.kind,
        party_post=body.party_post,
        content=content | {"duties": schemas.stored_duties(body.duties)},
    )
    created(response, f"/v1/posts/{told.post.id}")
    return _post(told, response)


@router.get("/{post_id}", responses=answers(NotFound))
def show_post(post_id: UUID, access: ReadAccess, work: Reading, response: Response) -> schemas.PostShown:
    return _post(service.show_post(work, access, post_id), response)


@router.patch(
    "/{post_id}",
    responses=answers(
        NotFound,
        *ABOUT_SOMEBODY,
        rules.PostClosed,
        rules.TooManyOnRoster,
        rules.NoSeat,
        Invalid,
        PreconditionFailed,
        PreconditionRequired,
    ),
)
def edit_post(
    post_id: UUID, body: schemas.PostEdit, access: WriteAccess, work: Writing, expected: IfMatch, response: Response
) -> schemas.PostShown:
    """Change what is told of a post. To change what its holders' cards tell of it (`title`, `duties`, `is_public`) is to act about
    these."""
    return _post(service.edit_post(work, access, post_id, body.content(), expected), response)


@router.post("/{post_id}/close", responses=answers(NotFound, *ABOUT_SOMEBODY, rules.TooManyOnRoster, PreconditionFailed))
def close_post(
    post_id: UUID, body: schemas.PostBecause, access: WriteAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.PostShown:
    """Close a post. From today on nobody holds it."""
    return _post(service.close_post(work, access, post_id, body.reason, expected), response)


@router.post("/{post_id}/announce", responses=answers(NotFound, rules.PostClosed, rules.HeldByRoster, BadSpan, PreconditionFailed))
def announce_post(
    post_id: UUID, body: schemas.Announcement, access: WriteAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.PostShown:
    """Let members apply for a post until a day."""
    return _post(service.announce_post(work, access, post_id, body.until, expected), response)


@router.post(
    "/{post_id}/applications", status_code=201, responses=answers(NotFound, rules.NotAnnounced, rules.AlreadyHolds, AlreadyAsked)
)
def apply_for_post(
    post_id: UUID, body: schemas.Applying, access: OwnAccess, work: Writing, response: Response
) -> schemas.ApplicationShown:
    """Ask for an announced post of one's branch."""
    told = applications.apply_for_post(work, access, post_id, body.statement)
    created(response, "/v1/posts/mine")
    return _application(told, response)


@router.post(
    "/{post_id}/recommend",
    status_code=201,
    responses=answers(
        NotFound, *ABOUT_SOMEBODY, MemberHasLeft, rules.NotOfThisOrganization, rules.NotAnnounced, rules.AlreadyHolds, AlreadyAsked
    ),
)
def recommend_for_post(
    post_id: UUID, body: schemas.Recommending, access: WriteAccess, work: Writing, response: Response
) -> schemas.ApplicationShown:
    """Recommend a member for an announced post."""
    told = applications.recommend_for_post(work, access, post_id, body.member_id, body.statement)
    created(response, "/v1/posts/applications")
    return _application(told, response)


@router.post("/{post_id}/holdings", status_code=201, responses=answers(*GIVEN, rules.SendingOrganizationUnexpected, BadSpan))
def add_holding(
    post_id: UUID, body: schemas.HoldingWrite, access: WriteAccess, work: Writing, response: Response
) -> schemas.HoldingShown:
    """Give a post to a member, in one step with taking it from another where `replaces` names his holding."""
    told = holdings.add_holding(work, access, post_id, **dict(body))
    created(response, f"/v1/posts/{post_id}")
    return _holding(told, response)


@router.post("/{post_id}/holdings/{holding_id}/end", responses=answers(NotFound, *ABOUT_SOMEBODY, BadSpan, PreconditionFailed))
def end_holding(
    post_id: UUID,
    holding_id: UUID,
    body: schemas.HoldingEnd,
    access: WriteAccess,
    work: Writing,
    expected: IfMatchSent,
    response: Response,
) -> schemas.HoldingShown:
    """Take a post from whoever holds it. What he was sent to is ended where he belongs too."""
    return _holding(holdings.end_holding(work, access, post_id, holding_id, body.reason, body.until, expected), response)


@router.get(
    "/{post_id}/holdings/{holding_id}/letter.pdf",
    responses=answers(NotFound, BadPaperFont) | raw(PDF, f"The letter of duty. {MISSING_CHARACTERS}"),
    response_class=Response,
)
def draw_letter(post_id: UUID, holding_id: UUID, access: ExportAccess, work: Reading, settings: SettingsDep) -> Response:
    """The letter of duty (岗位责任书) on A4, for the organisation and the holder to sign."""
    drawn = letter.draw_letter(work, access, post_id, holding_id, settings.paper_font)
    return Response(drawn.pdf, media_type=PDF, headers=attachment("letter.pdf", LETTER) | missing_characters(drawn.missing))


def _post(told: service.Told, response: Response) -> schemas.PostShown:
    tag(response, told.post)
    return schemas.PostShown.model_validate(told.fields)


def _holding(told: holdings.HoldingTold, response: Response) -> schemas.HoldingShown:
    tag(response, told.holding)
    return schemas.HoldingShown.model_validate(told.fields)


def _application(told: applications.ApplicationTold, response: Response) -> schemas.ApplicationShown:
    tag(response, told.application)
    return schemas.ApplicationShown.model_validate(told.fields)
