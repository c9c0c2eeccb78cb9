"""The published status lists, by which anybody can tell which cards are good.

A list's own route does without dependencies: every reader in the district fetches it.
"""

from functools import lru_cache
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Path, Response
from starlette.requests import Request
from starlette.responses import Response as PlainResponse

from api.errors import NotFound, Refusal
from api.status_lists import schemas, service, token
from api.status_lists.ready import MOST_LISTS, ReadyLists
from api.web.answers import Responses, answers, raw
from api.web.cors import FOR_ANYBODY
from api.web.dependencies import Reading, SettingsDep
from api.web.error_handlers import refusal_answer
from api.web.front import FrontRoute, Headers, Ready, ready_headers
from api.web.idempotency import HouseRoute
from api.web.representation import has_already
from api.web.requests import header

KEPT: Final = FOR_ANYBODY | {"Cache-Control": "public, max-age=60"}
"""A list is signed at most once a minute."""

SIGNED: Final = raw(token.MEDIA_TYPE, "The list", binary=False, example="eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIifQ.c2ln")[200]
LIST: Final[Responses] = {
    200: {**SIGNED, "headers": {"ETag": {"$ref": "#/components/headers/ETag"}}},
    304: {"description": "It is still the one that the `ETag` names"},
    **answers(NotFound),
}

router = APIRouter(prefix=token.PATH, tags=["status-lists"], route_class=HouseRoute)
front = APIRouter(tags=["status-lists"], route_class=FrontRoute)


def of_a_list(
    number: Annotated[int, Path(ge=0, le=65535, description="the list that a code or a pack names", examples=[0])],
    if_none_match: Annotated[str | None, Header(max_length=1000)] = None,
) -> None:
    """What a list is asked for with, for the document: its route reads all of it from the request."""


@router.get("")
def list_status_lists(work: Reading, settings: SettingsDep, response: Response) -> schemas.StatusLists:
    """Where the status lists are (the aggregation of the IETF Token Status List), for readers that work without a network."""
    response.headers.update(KEPT)
    return schemas.StatusLists(status_lists=list(service.list_status_lists(work, settings.base_url)))


@front.get(f"{token.PATH}/{{number}}", dependencies=[Depends(of_a_list)], response_class=PlainResponse, responses=LIST)
async def show_status_list(request: Request) -> PlainResponse:
    """One status list as a signed token (IETF Token Status List): 2 bits a card, 0 valid, 1 revoked, 2 suspended, 3 expired.

    Hold it for its `ttl`, then fetch it again with `If-None-Match`; after its `exp` it says nothing more. It is signed at most once
    a minute, and the same bytes from every worker until something has changed.
    """
    number = request.path_params["number"]
    lists: ReadyLists = request.app.state.lists
    try:
        if not (number.isascii() and number.isdigit() and len(number) <= 5):
            raise NotFound
        signed = await lists.get(int(number), request.state.origin)
    except Refusal as refusal:
        return refusal_answer(request, refusal, FOR_ANYBODY)
    if has_already(header(request, b"if-none-match"), signed.etag):
        return PlainResponse(status_code=304, headers=_tagged(signed.etag))
    return Ready(signed.content, 200, _ready(signed.etag))


def _tagged(etag: str) -> dict[str, str]:
    return KEPT | {"ETag": etag, "Access-Control-Expose-Headers": "ETag"}


@lru_cache(maxsize=MOST_LISTS)
def _ready(etag: str) -> Headers:
    return ready_headers(_tagged(etag) | {"Content-Type": token.MEDIA_TYPE})
