"""Boards: of a branch, a town or the district, as JSON, as a page to be printed, and as a workbook."""

import io
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.access.permissions import Permission
from api.access.rules import PasswordChangeRequired
from api.access.scope import Access
from api.errors import Forbidden, NotFound, Refusal, Unauthenticated
from api.performance.boards import schemas, service
from api.performance.boards.page import READING, board_page
from api.performance.words import LABELS
from api.todo.dependencies import SourcesDep
from api.web.answers import answers, raw
from api.web.dependencies import Reading, requires
from api.web.downloads import WORKBOOK, attachment
from api.web.idempotency import HouseRoute
from api.web.pages import AROUND_A_SCAN, PAGE_HEADERS, AskedDep, PrintedRoute, refusal_page, wants_page


class BoardRoute(PrintedRoute):
    """A board, or the page of one."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        return refusal_page(request, refusal, READING) if wants_page(request) else super().refused(request, refusal)

    def astray(self, request: Request, error: RequestValidationError) -> Response:
        return self.refused(request, NotFound()) if wants_page(request) else super().astray(request, error)


pages = APIRouter(tags=["boards"], route_class=BoardRoute)
router = APIRouter(tags=["boards"], route_class=HouseRoute)

ReadAccess = Annotated[Access, requires(Permission.board_read)]
ExportAccess = Annotated[Access, requires(Permission.board_read, step_up=True)]
UNSEEN: Final = (Unauthenticated, Forbidden, PasswordChangeRequired)
"""What stands in the way of whoever may not see a board, told on a page too."""
AsPage = Annotated[bool, Depends(wants_page)]
PeriodAsked = Annotated[
    str | None,
    Query(max_length=7, description="a quarter or a year; the quarter of today where none is given", examples=["2026-Q3"]),
]


@pages.get("/v1/boards/{organization_id}", response_model=schemas.BoardShown, responses=answers(NotFound, *UNSEEN))
def show_board(
    organization_id: UUID,
    asked: AskedDep,
    access: ReadAccess,
    work: Reading,
    sources: SourcesDep,
    as_page: AsPage,
    response: Response,
    period: PeriodAsked = None,
) -> schemas.BoardShown | Response:
    """What an organisation has reached in a period (看板). A branch's is counted as it is asked for while the period is open, all
    others are of what was counted last. With `Accept: text/html` it is a page to be printed, with the same numbers."""
    board = service.show_board(work, access, organization_id, period, sources)
    if as_page:
        return HTMLResponse(board_page(board, asked, at=work.at.astimezone(work.zone)), headers=PAGE_HEADERS)
    response.headers.update(AROUND_A_SCAN)
    return schemas.BoardShown.model_validate(board)


@router.get("/v1/boards/{organization_id}/xlsx", responses=answers(NotFound) | raw(WORKBOOK, "The board"), response_class=Response)
def write_board(
    organization_id: UUID, access: ExportAccess, work: Reading, sources: SourcesDep, period: PeriodAsked = None
) -> Response:
    """The same as a workbook, in Chinese."""
    target = io.BytesIO()
    board = service.write_board(work, access, organization_id, period, sources, target)
    named = LABELS["board_heading"].zh.format(period=board.period)
    headers = attachment(f"board-{board.period}.xlsx", f"{board.organization_name}{named}.xlsx")
    return Response(target.getvalue(), media_type=WORKBOOK, headers=headers)
