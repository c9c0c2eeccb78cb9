"""Whether the process lives, and whether it can do its work."""

from typing import Literal

from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.answers import answers
from api.dependencies import DatabaseDep, OriginDep
from api.errors import Unavailable
from api.idempotency import HouseRoute
from api.schemas import Shown, example

router = APIRouter(tags=["health"], route_class=HouseRoute)


class Health(Shown):
    model_config = Shown.model_config | example(status="ok")

    status: Literal["ok"] = "ok"


@router.get("/livez")
def livez() -> Health:
    """The process answers."""
    return Health()


@router.get("/readyz", responses=answers(Unavailable))
def readyz(database: DatabaseDep, origin: OriginDep) -> Health:
    """The database answers too."""
    try:
        with database.reading(origin) as work:
            work.connection().execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        raise Unavailable(retry_after=3) from error
    return Health()
