"""The composition root: the rooms' doors hung into one application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from api import error_handlers, health, logs
from api.access import routes as access
from api.access import service as access_service
from api.audit import routes as audit
from api.cards import routes as cards
from api.cards import service as cards_service
from api.documentation import add_documentation, describe
from api.house import House, build
from api.members import routes as members
from api.members import service as members_service
from api.middleware import Surroundings
from api.organizations import routes as organizations
from api.settings import Settings
from api.uploads import MAX_BODY_BYTES
from api.verification import routes as verification
from api.verification.counts import ScanCounts
from api.verification.queries import reader

ROUTERS: tuple[APIRouter, ...] = (
    verification.keys,
    access.sessions,
    access.accounts,
    access.grants,
    organizations.router,
    members.router,
    cards.router,
    audit.router,
    health.router,
)


class Application(FastAPI):
    """FastAPI with our own layer outside all of its layers, among them the limit of a body's size."""

    def build_middleware_stack(self) -> ASGIApp:
        return Surroundings(super().build_middleware_stack())


def create_app(settings: Settings) -> FastAPI:
    """Put an application together. It opens no connection before it is started."""
    logs.configure(settings.log_level)
    house = build(settings)
    app = Application(
        title="亮显 liangxian",
        version="0.1.0",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        max_body_size=MAX_BODY_BYTES,
        telemetry={"auto_configure": False, "logs": False},
        generate_unique_id_function=lambda route: route.name,
        routes=list(verification.DOOR),
        lifespan=_lifespan,
    )
    app.state.house = house
    app.state.reader = reader(settings.database_read_url or settings.database_url)
    app.state.counts = ScanCounts(house.database)
    members_service.when_a_member_leaves[:] = [cards_service.revoke_card_of_member, access_service.shut_account_of_member]
    for router in ROUTERS:
        app.include_router(router)
    if settings.docs:
        add_documentation(app)
    error_handlers.install(app)
    describe(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    house: House = app.state.house
    await app.state.reader.open()
    await app.state.counts.start()
    try:
        yield
    finally:
        await app.state.counts.stop()
        await app.state.reader.close()
        house.database.close()
