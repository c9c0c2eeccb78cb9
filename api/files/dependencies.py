"""What routes that take and answer pictures share, in whichever room."""

from typing import Annotated

from fastapi import Depends, Request, Response

from api.adapters.pictures import MAX_PICTURE_BYTES
from api.files import service
from api.files.brought import Place
from api.uploads import MAX_BODY_BYTES
from api.web.answers import raw
from api.web.dependencies import HouseDep, OriginDep
from api.web.representation import known_tags
from api.web.writes import OF_AN_OBJECT, count_write

MAX_PICTURE_BODY = MAX_PICTURE_BYTES + MAX_BODY_BYTES
"""A picture of the largest size and the form around it."""

JPEG = raw("image/jpeg", "The picture", tagged=True)


async def get_place(house: HouseDep, origin: OriginDep) -> Place:
    return Place(house.storage, house.database, origin)


PlaceDep = Annotated[Place, Depends(get_place)]


async def get_counted_place(request: Request, place: PlaceDep) -> Place:
    """Counts the request as more than one write, once it is known who asks."""
    count_write(request, request.state.access.account_id, OF_AN_OBJECT - 1)
    return place


CountedPlace = Annotated[Place, Depends(get_counted_place)]
"""For what brings another object, or begins to. Stands behind who asks: what is sent again under its key brings none."""


async def get_known(request: Request) -> frozenset[str]:
    """The digests of what the client has already, by `If-None-Match`: it need not even be read from the storage."""
    return known_tags(request.headers.get("if-none-match", ""))


Known = Annotated[frozenset[str], Depends(get_known)]


def picture_answer(found: service.ReadFile) -> Response:
    """A picture that a browser saves under our own name instead of showing it in our name."""
    headers = {"ETag": f'"{found.digest}"', "Content-Disposition": f'attachment; filename="{found.file_id}.jpg"'}
    if found.content is None:
        return Response(status_code=304, headers=headers)
    return Response(found.content, headers=headers, media_type=found.media_type)
