"""The published status lists, by which anybody can tell which cards are good.

A list's own route does without dependencies: every reader in the district fetches it.
"""

from functools import lru_cache
from typing import Final

from fastapi import APIRouter, Response
from starlette.requests import Request
from starlette.responses import Response as PlainResponse
from starlette.routing import Route

from api.errors import NotFound, Refusal
from api.status_lists import schemas, service, token
from api.status_lists.ready import MOST_LISTS, ReadyLists
from api.web.cors import FOR_ANYBODY
from api.web.dependencies import Reading, SettingsDep
from api.web.error_handlers import refusal_answer
from api.web.front import Headers, Ready, header, ready_headers
from api.web.idempotency import HouseRoute

KEPT: Final = FOR_ANYBODY | {"Cache-Control": "public, max-age=60"}
"""A list is signed at most once a minute."""

router = APIRouter(prefix=token.PATH, tags=["status-lists"], route_class=HouseRoute)


@router.get("")
def list_status_lists(work: Reading, settings: SettingsDep, response: Response) -> schemas.StatusLists:
    """Where the status lists are (the aggregation of the IETF Token Status List), for readers that work without a network."""
    response.headers.update(KEPT)
    return schemas.StatusLists(status_lists=list(service.list_status_lists(work, settings.base_url)))


async def show_status_list(request: Request) -> PlainResponse:
    """One status list as a signed token, the same bytes from every worker until something has changed."""
    number = request.path_params["number"]
    lists: ReadyLists = request.app.state.lists
    try:
        if not (number.isascii() and number.isdigit() and len(number) <= 5):
            raise NotFound
        signed = await lists.get(int(number), request.state.origin)
    except Refusal as refusal:
        return refusal_answer(request, refusal, FOR_ANYBODY)
    known = header(request, b"if-none-match")
    if known and (known == "*" or signed.etag in (tag.strip().removeprefix("W/") for tag in known.split(","))):
        return PlainResponse(status_code=304, headers=_tagged(signed.etag))
    return Ready(signed.content, 200, _ready(signed.etag))


def _tagged(etag: str) -> dict[str, str]:
    return KEPT | {"ETag": etag, "Access-Control-Expose-Headers": "ETag"}


@lru_cache(maxsize=MOST_LISTS)
def _ready(etag: str) -> Headers:
    return ready_headers(_tagged(etag) | {"Content-Type": token.MEDIA_TYPE})


LISTS = [Route(f"{token.PATH}/{{number}}", show_status_list, methods=["GET"])]
"""The route that stands right behind the scan door."""
