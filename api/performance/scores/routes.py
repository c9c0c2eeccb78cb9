"""Scores of members (积分): never public, and nobody is ranked."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.access.about import ABOUT_SOMEBODY
from api.access.permissions import Permission
from api.access.scope import Access
from api.errors import Invalid, NotFound
from api.files.rules import NotYourFile
from api.members.rules import MemberHasLeft
from api.performance.scores import rules, schemas, service, telling
from api.schemas import Because, Page
from api.web.answers import answers
from api.web.dependencies import PagesDep, Reading, Writing, created, requires
from api.web.idempotency import HouseRoute

router = APIRouter(prefix="/v1/scores", tags=["scores"], route_class=HouseRoute)

OwnAccess = Annotated[Access, requires(Permission.own_score)]
BoardAccess = Annotated[Access, requires(Permission.board_read)]
SchemeAccess = Annotated[Access, requires(Permission.indicator_write)]
WriteAccess = Annotated[Access, requires(Permission.score_write)]

YearAsked = Annotated[schemas.Year | None, Query(description="this year where none is named")]


@router.get("/schemes", responses=answers())
def list_score_schemes(access: OwnAccess, work: Reading) -> schemas.SchemesShown:
    """The schemes by which a year may be scored, with where each is from, and which years have chosen one."""
    years = {str(year): scheme for year, scheme in service.list_score_schemes(work).items()}
    return schemas.SchemesShown(items=[schemas.SchemeShown.of(one) for one in rules.SCHEMES.values()], years=years)


@router.post("/years", status_code=201, responses=answers(rules.SchemeInUse, rules.YearOver, Invalid))
def choose_score_scheme(body: schemas.YearWrite, access: SchemeAccess, work: Writing, response: Response) -> schemas.YearShown:
    """Choose by which scheme a year is scored in the whole district, before its first entry."""
    row = service.choose_score_scheme(work, access, body.year, body.scheme, body.reason)
    created(response, "/v1/scores/schemes")
    return schemas.YearShown.of(row)


@router.get("", responses=answers(NotFound))
def list_scores(
    access: OwnAccess,
    work: Reading,
    pages: PagesDep,
    organization_id: Annotated[UUID | None, Query(description="one's own branch where none is named")] = None,
    year: YearAsked = None,
) -> Page[schemas.ScoreListed]:
    """What the members of one's branch have come to, by name; entries are for each himself and for those who lead the branch."""
    items, following = telling.list_scores(work, access, pages, organization_id=organization_id, year=year)
    return Page(items=[schemas.ScoreListed.of(*item) for item in items], next_cursor=following)


@router.get("/mine", responses=answers(NotFound))
def show_own_score(access: OwnAccess, work: Reading, year: YearAsked = None) -> schemas.ScoreShown:
    """One's own score, with every entry and appeal."""
    return schemas.ScoreShown.of(telling.show_own_score(work, access, year))


@router.get("/{member_id}", responses=answers(NotFound))
def show_score(member_id: UUID, access: BoardAccess, work: Reading, year: YearAsked = None) -> schemas.ScoreShown:
    """A member's score; to officers above only the entries that are theirs to decide about, without the total."""
    return schemas.ScoreShown.of(telling.show_score(work, access, member_id, year))


@router.post(
    "/entries",
    status_code=201,
    responses=answers(
        NotFound,
        NotYourFile,
        *ABOUT_SOMEBODY,
        MemberHasLeft,
        rules.YearOver,
        rules.SectionNotInScheme,
        rules.TooManyScoreEntries,
        Invalid,
    ),
)
def create_score_entry(
    body: schemas.ScoreEntryWrite, access: WriteAccess, work: Writing, response: Response
) -> schemas.ScoreEntryShown:
    """Enter something into a member's score. Entries are never changed: a mistake is reversed, and entered anew."""
    entry = service.create_score_entry(work, access, **body.model_dump())
    created(response, f"/v1/scores/{entry.member_id}?year={entry.year}")
    return schemas.ScoreEntryShown.of(telling.tell_entry(work, access, entry))


@router.post(
    "/entries/{entry_id}/reverse",
    status_code=201,
    responses=answers(NotFound, *ABOUT_SOMEBODY, rules.YearOver, rules.AlreadyReversed),
)
def reverse_score_entry(
    entry_id: UUID, body: Because, access: WriteAccess, work: Writing, response: Response
) -> schemas.ScoreEntryShown:
    """Put a mistake right: the answer is the counter-entry, and neither of the two counts."""
    counter = service.reverse_score_entry(work, access, entry_id, body.reason)
    created(response, f"/v1/scores/{counter.member_id}?year={counter.year}")
    return schemas.ScoreEntryShown.of(telling.tell_entry(work, access, counter))
