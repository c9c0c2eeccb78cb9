"""What the routes around a scan share, in whichever room."""

from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import Depends, Path
from starlette.requests import Request

from api.verification import service
from api.verification.rules import ScanAnswer
from api.web.dependencies import client_address, get_house, get_origin
from api.web.pages import AskedDep, imprints_of

Code = Annotated[str, Path(max_length=4000, examples=["D7K2M9Q4R8T3V6X"])]
"""What stands after `/C/`, as it was scanned or typed."""


class Scanned(NamedTuple):
    """The card that a code leads to, if it leads to any, and what a scan tells."""

    card_id: UUID | None
    told: ScanAnswer


async def find_scanned(request: Request, code: str) -> Scanned:
    """What a scan of a code leads to. One that leads to nothing counts as a miss. Raises `TooManyMisses` or `Unavailable`."""
    zone = get_house(request).settings.zone
    imprint = await imprints_of(request).get()
    found = Scanned(*await service.find_card(request.app.state.reader, code, get_origin(request).at, zone, imprint.phone))
    if found.card_id is None:
        count_miss(request)
    return found


async def get_scanned(code: Code, request: Request) -> Scanned:
    return await find_scanned(request, code)


ScannedDep = Annotated[Scanned, Depends(get_scanned)]


def of_a_scan(code: Code, asked: AskedDep) -> None:
    """What a scan takes, for the document: its route reads all of it from the request."""


def count_miss(request: Request) -> None:
    """Count that a request asked for a code that there is not. Raises `TooManyMisses`.

    Whose request it is, is found out only here, so that a hit costs nothing more.
    """
    request.app.state.misses.count(client_address(request))
