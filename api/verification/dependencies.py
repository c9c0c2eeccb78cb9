"""What the routes around a scan share, in whichever room."""

from contextlib import suppress
from typing import Annotated, Final, NamedTuple
from uuid import UUID

from fastapi import Depends, Path
from starlette.requests import Request

from api.verification import service
from api.verification.notes import read_note
from api.verification.rules import ScanAnswer, Seen, TooManyMisses
from api.web.dependencies import house_of, origin_of
from api.web.pages import AskedDep, imprints_of, is_followed_here, seen_of
from api.web.requests import client_address
from models.enums import ScanOutcome

Code = Annotated[str, Path(max_length=4000, examples=["D7K2M9Q4R8T3V6X"])]
"""What stands after `/C/`, as it was scanned or typed."""
LONGEST_CODE: Final = 200
"""Characters of it that a page's own links hold: no code is longer, and whatever else somebody scanned would fill the page."""


class Scanned(NamedTuple):
    """The card that a code leads to, if it leads to any, and what a scan tells, which may be of a venue."""

    card_id: UUID | None
    told: ScanAnswer


async def find_scanned(request: Request, code: str) -> Scanned:
    """What a scan of a code leads to. One that leads to nothing counts as a miss. Raises `TooManyMisses` or `Unavailable`."""
    found = await _find(request, code)
    if found.told.outcome is ScanOutcome.not_found:
        count_miss(request)
    return found


async def find_reported(request: Request, code: str) -> Scanned:
    """What a code leads to that somebody reports. It counts as a miss alike, but is never too many: of reports a network has a
    limit of their own. Raises `Unavailable`."""
    found = await _find(request, code)
    if found.told.outcome is ScanOutcome.not_found:
        with suppress(TooManyMisses):
            count_miss(request)
    return found


async def _find(request: Request, code: str) -> Scanned:
    zone, state = house_of(request).settings.zone, request.app.state
    imprint, at, seen = await imprints_of(request).get(), origin_of(request).at, seen_before(request, code)
    return Scanned(*await service.find_card(state.reader, state.venues, code, at, zone, imprint.phone, seen))


def seen_before(request: Request, code: str) -> Seen | None:
    """The earlier scan of a code that the address tells of, by the note of the page where its link stood; None where it tells of
    none."""
    note = seen_of(request)
    if note is None:
        return None
    now = origin_of(request).at
    return read_note(house_of(request).cipher, note, code[:LONGEST_CODE], now, is_ours=is_followed_here(request))


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
