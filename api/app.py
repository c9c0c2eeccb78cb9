"""The composition root: the rooms' doors hung into one application."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from starlette.datastructures import State
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from api import logs
from api.access import routes as access
from api.access.permissions import PUBLIC
from api.accounts import routes as accounts
from api.accounts.otp import routes as second_factors
from api.accounts.todo import ENDING_ROLES, KNOWN_PASSWORDS, SLIP_REQUESTS
from api.audit import routes as audit
from api.building import build
from api.cards import routes as cards
from api.cards.todo import EXPIRING_CARDS, LOST_CARDS, LOST_PLATES
from api.complaints import routes as complaints
from api.complaints.rules import TooManyReceiptMisses
from api.complaints.todo import COMPLAINTS
from api.corrections import routes as corrections
from api.corrections.todo import CORRECTIONS
from api.files import routes as files
from api.honors import routes as honors
from api.house import House
from api.inspections import routes as inspections
from api.inspections.circular import routes as inspection_circulars
from api.inspections.figures import routes as inspection_figures
from api.keys import routes as keys
from api.lists import routes as lists
from api.members import routes as members
from api.members.todo import PROBATIONS
from api.organizations import routes as organizations
from api.organizations.todo import TELEPHONES
from api.packs import routes as packs
from api.pages.imprint import Imprint, Imprints
from api.performance.appeals import routes as appeals
from api.performance.appeals.todo import APPEALS
from api.performance.appraisals import routes as appraisals
from api.performance.appraisals.todo import APPRAISALS
from api.performance.boards import routes as boards
from api.performance.indicators import routes as indicators
from api.performance.indicators.todo import INDICATOR_ENTRIES
from api.performance.periods import routes as periods
from api.performance.periods.counting import Counting
from api.performance.scores import routes as scores
from api.photos import routes as photos
from api.pledges import routes as pledges
from api.pledges.campaigns import routes as campaigns
from api.pledges.evaluations import routes as pledge_evaluations
from api.pledges.figures import routes as pledge_figures
from api.pledges.ledger import routes as pledge_ledger
from api.pledges.progress import routes as pledge_progress
from api.pledges.public import routes as public_pledges
from api.pledges.public.ready import ReadyWalls
from api.pledges.review import routes as pledge_review
from api.pledges.rhythm import routes as pledge_years
from api.pledges.todo import PLEDGES
from api.posts import routes as posts
from api.posts.todo import POST_APPLICATIONS
from api.printing import routes as printing
from api.privacy import routes as privacy
from api.rectifications import routes as rectifications
from api.rectifications.todo import RECTIFICATIONS
from api.settings import Settings
from api.standards import routes as standards
from api.status_lists import routes as status_lists
from api.status_lists.ready import ReadyLists
from api.status_lists.service import Signing
from api.todo import routes as todo
from api.todo.service import Source
from api.transfers import routes as transfers
from api.transfers.todo import TRANSFERS
from api.uploads import MAX_BODY_BYTES
from api.venues import routes as venues
from api.venues.public import VenueReader
from api.venues.signs import routes as venue_signs
from api.verification import routes as verification
from api.verification.counts import ScanCounts
from api.verification.misses import Misses
from api.verification.reader import reader
from api.web import cors, error_handlers, health
from api.web.dispatch import Dispatch
from api.web.document import describe
from api.web.documentation import add_documentation
from api.web.front import Front
from api.web.in_hand import InHand
from api.web.middleware import Middleware
from api.web.pages import show_lost
from api.web.shares import Shares
from api.web.writes import LOCKED_AT_ONCE, Writes

ROUTERS: tuple[APIRouter, ...] = (
    verification.front,
    status_lists.front,
    verification.photos,
    verification.pages,
    verification.views,
    keys.router,
    status_lists.router,
    access.sessions,
    second_factors.second_factors,
    accounts.accounts,
    accounts.grants,
    organizations.router,
    members.router,
    cards.router,
    public_pledges.pages,
    public_pledges.pictures,
    complaints.pages,
    complaints.router,
    corrections.router,
    transfers.router,
    files.router,
    photos.photos,
    photos.consents,
    packs.router,
    pledge_years.years,
    pledge_figures.figures,
    pledge_ledger.ledgers,
    pledge_evaluations.of_pledges,
    pledge_evaluations.evaluations,
    campaigns.router,
    pledges.router,
    pledge_review.reviews,
    pledge_progress.entries,
    honors.router,
    standards.router,
    lists.pages,
    lists.router,
    venue_signs.signs,
    venues.router,
    inspection_figures.figures,
    inspection_circulars.circulars,
    inspections.router,
    rectifications.router,
    printing.router,
    privacy.router,
    posts.router,
    appeals.of_scores,
    scores.router,
    appeals.router,
    indicators.router,
    periods.router,
    appraisals.router,
    boards.pages,
    boards.router,
    todo.router,
    audit.router,
    health.router,
)

TODO: Final[tuple[Source, ...]] = (
    KNOWN_PASSWORDS,
    SLIP_REQUESTS,
    ENDING_ROLES,
    CORRECTIONS,
    TRANSFERS,
    PROBATIONS,
    LOST_CARDS,
    LOST_PLATES,
    EXPIRING_CARDS,
    TELEPHONES,
    COMPLAINTS,
    *PLEDGES,
    *RECTIFICATIONS,
    POST_APPLICATIONS,
    APPEALS,
    INDICATOR_ENTRIES,
    *APPRAISALS,
)
"""What may wait for somebody."""


class Parts(State):
    """The parts of an application, as ordinary attributes: Starlette's own would look for each as for one that is missing."""

    def __setattr__(self, name: Any, value: Any) -> None:
        object.__setattr__(self, name, value)


class Application(FastAPI):
    """FastAPI with our own layers outside all of its layers: what surrounds every request, and the routes of the front."""

    def __init__(self, *, routes: Sequence[BaseRoute], **options: Any) -> None:
        super().__init__(routes=list(routes), **options)
        self.state = Parts()
        self.layers: ASGIApp = Middleware(Front(self, routes), super().__call__)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.layers(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings) -> Application:
    """Put an application together. It opens no connection before it is started."""
    logs.configure(settings.log_level)
    house = build(settings, serves=True)
    app = Application(
        title="亮显 liangxian",
        version="0.1.0",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        max_body_size=MAX_BODY_BYTES,
        telemetry={"auto_configure": False, "logs": False},
        # The routes themselves, which are built once a process: including a router builds its routes anew, at the first request.
        routes=[*(route for router in ROUTERS for route in router.routes), *cors.PREFLIGHT],
        lifespan=_lifespan,
    )
    app.state.house = house
    app.state.reader = reader(settings.database_read_url or settings.database_url, serves=True)
    app.state.venues = VenueReader(house.database)
    app.state.imprints = Imprints(_imprint(settings), app.state.reader.district)
    app.state.counts = ScanCounts(house.database)
    app.state.counting = Counting(house.database)
    app.state.misses = Misses()
    app.state.receipt_misses = Misses(refusal=TooManyReceiptMisses)
    app.state.lists = ReadyLists(house.database, Signing(house.keys, settings.base_url))
    app.state.walls = ReadyWalls()
    app.state.in_hand = InHand(settings.requests_at_once, settings.requests_waiting)
    app.state.shares = Shares()
    app.state.writes, app.state.waits = Writes(), Writes(at_once=LOCKED_AT_ONCE)
    app.state.todo = TODO
    if settings.docs:
        add_documentation(app)
    app.router.middleware_stack = Dispatch(app.router, PUBLIC)
    error_handlers.install(app, show_lost)
    describe(app)
    return app


def _imprint(settings: Settings) -> Imprint:
    return Imprint(
        site=settings.base_url.partition("://")[2],
        sponsor=settings.sponsor,
        sponsor_phone=settings.sponsor_phone,
        sponsor_address=settings.sponsor_address,
        filing_number=settings.filing_number,
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    house: House = app.state.house
    await app.state.reader.open()
    await app.state.counts.start()
    await app.state.counting.start()
    try:
        yield
    finally:
        await app.state.counting.stop()
        await app.state.counts.stop()
        await app.state.reader.close()
        house.database.close()
