"""What routes that take and answer pictures share, in whichever room."""

from typing import Annotated

from fastapi import BackgroundTasks, Depends, Request, Response

from api.adapters.pictures import MAX_PICTURE_BYTES
from api.files import service
from api.uploads import MAX_BODY_BYTES
from api.web.answers import raw
from api.web.dependencies import HouseDep
from api.web.representation import known_tags

MAX_PICTURE_BODY = MAX_PICTURE_BYTES + MAX_BODY_BYTES
"""A picture of the largest size and the form around it."""

JPEG = raw("image/jpeg", "The picture", tagged=True)


async def get_gone(background: BackgroundTasks, house: HouseDep) -> list[str]:
    """An empty list for the keys of objects that were brought for nothing: no row of a file that is ready has ever named them, so
    that no backup reads them. They are deleted after the answer, and so after the commit; where the request fails they stay."""
    gone: list[str] = []
    background.add_task(service.discard, house.storage, gone)
    return gone


Gone = Annotated[list[str], Depends(get_gone)]


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
