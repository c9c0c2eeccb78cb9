"""Whether the process lives, and whether it can do its work."""

from typing import Final, Literal

from anyio import CapacityLimiter, fail_after, to_thread
from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.database import Database, Origin
from api.errors import Unavailable
from api.schemas import Shown, example
from api.web.answers import answers
from api.web.dependencies import DatabaseDep, OriginDep
from api.web.idempotency import HouseRoute

router = APIRouter(tags=["health"], route_class=HouseRoute)

PATIENCE: Final = 3
"""Seconds. A database that is frozen, or cut off by the network, refuses nothing and answers nothing."""

_AT_ONCE: Final = CapacityLimiter(4)
"""Those who ask such a database stay behind when nobody waits for them any more; there are never more of them."""


class Health(Shown):
    model_config = Shown.model_config | example(status="ok")

    status: Literal["ok"] = "ok"


@router.get("/livez")
async def livez() -> Health:
    """The process answers."""
    return Health()


@router.get("/readyz", responses=answers(Unavailable))
async def readyz(database: DatabaseDep, origin: OriginDep) -> Health:
    """The database answers too, within three seconds."""
    try:
        with fail_after(PATIENCE):
            await to_thread.run_sync(_ask, database, origin, abandon_on_cancel=True, limiter=_AT_ONCE)
    except (SQLAlchemyError, TimeoutError) as error:
        raise Unavailable(retry_after=3) from error
    return Health()


def _ask(database: Database, origin: Origin) -> None:
    with database.reading(origin) as work:
        work.connection().execute(text("SELECT 1"))
