"""What may wait for somebody, for the doors that tell of it."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request

from api.todo.service import Source


async def get_sources(request: Request) -> Sequence[Source]:
    sources: Sequence[Source] = request.app.state.todo
    return sources


SourcesDep = Annotated[Sequence[Source], Depends(get_sources)]
