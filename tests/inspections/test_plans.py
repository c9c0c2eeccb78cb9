"""Lists, to-do lists and figures of inspections and of what they have found are read by indexes, so that they cost the same however
much has been inspected before."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.access.permissions import PERMISSIONS, Permission
from api.access.scope import Access
from api.database import Work
from api.inspections.circular.telling import tell_circular
from api.inspections.figures.service import show_inspection_figures
from api.inspections.rules import Asked
from api.inspections.service import list_inspections, list_own_inspections
from api.pagination import Pages
from api.rectifications.service import list_rectifications
from api.rectifications.todo import RECTIFICATIONS
from api.todo.service import gathered
from models.enums import RectificationState, Role
from tests.conftest import District
from tests.plans import plans
from tests.rectifications.kept import add_failure, add_inspection, only
from tests.standards.asking import TODAY

FIRST = Pages(bytes(32), "list", 50, None)
INSPECTIONS: dict[str, Any] = dict.fromkeys(("organization_id", "venue_id", "since", "until"))
FOUND: dict[str, Any] = dict.fromkeys(("organization_id", "inspection_id", "state", "overdue"))
TABLES = "inspection|inspection_item|rectification|rectification_event|standard_item"
WHOLE = re.compile(
    # An index of what waits alone is short; the key is walked from the newest on, as far as the page goes.
    rf"SCAN (?:{TABLES}|organization)(?:_\d+)?\b(?! USING (?:COVERING )?INDEX (?:ix_\w+_(?:un)?claimed|sqlite_autoindex_\w+_1))"
    # PostgreSQL may look once at all organisations, where SQLite would do so for each row.
    rf"|Seq Scan on (?:{TABLES})\b"
)
"""What a plan says of a table that is read as a whole."""
ROLES = {"D": Role.district_officer, "T1": Role.town_officer, "B11": Role.secretary}
Ask = Callable[[Work], object]


@pytest.fixture
def filled(district: District) -> District:
    """A district in which much has been inspected, and each thing has come so far. Of an empty table no index is better than
    another."""
    account_id = UUID(district.sign_in(None, "D").account_id)
    with district.work() as work:
        for number in range(200):
            code = ("B11", "B12", "V2", "B21", "B22")[number % 5]
            inspection = add_inspection(work, {"organization_id": district.ids[code], "account_id": account_id})
            inspection.finished_at = work.at - timedelta(days=number)
            row = only(work, add_failure(work, inspection))
            row.due_on = work.today - timedelta(days=number)
            if number % 4:
                row.state, row.claimed_by, row.claimed_at = RectificationState.claimed, account_id, work.at
            if number % 4 > 1:
                row.state, row.confirmed_at = RectificationState.confirmed, work.at - timedelta(days=number)
    if not district.house.database.is_sqlite:
        with district.house.database.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    return district


def asks(district: District, where: str) -> dict[str, tuple[Ask, str]]:
    """What somebody at an organisation may ask for, each with the index that a plan must name where just one will do."""
    account_id = UUID(district.sign_in(ROLES[where], where).account_id)
    access = Access(account_id, account_id, district.ids[where], None, Permission.inspection_read, ())
    listed: dict[str, tuple[dict[str, Any], str]] = {
        "inspections": ({}, ""),
        "inspections of one organisation": ({"organization_id": district.ids["B11"]}, "ix_inspection_organization_id"),
        "inspections of one venue": ({"venue_id": uuid4()}, "ix_inspection_venue_id_finished_at"),
        "inspections of some days": ({"since": TODAY - timedelta(days=9), "until": TODAY}, "finished_at"),
    }
    found: dict[str, tuple[dict[str, Any], str]] = {
        "rectifications": ({}, ""),
        "rectifications of one organisation": ({"organization_id": district.ids["B11"]}, "ix_rectification_organization_id"),
        "rectifications of one inspection": ({"inspection_id": uuid4()}, "ix_rectification_inspection_id"),
        "rectifications of one state": ({"state": RectificationState.claimed}, ""),
        "rectifications that are overdue": ({"overdue": True}, ""),
    }
    made: dict[str, tuple[Ask, str]] = {
        "own inspections": (lambda work: list_own_inspections(work, access, FIRST), "ix_inspection_inspected_by_id")
    }
    made |= {
        name: (partial(_asked, list_inspections, access, INSPECTIONS | wanted), index) for name, (wanted, index) in listed.items()
    }
    made |= {name: (partial(_asked, list_rectifications, access, FOUND | wanted), index) for name, (wanted, index) in found.items()}
    for source in RECTIFICATIONS:
        if source.permission in PERMISSIONS[ROLES[where]]:
            made[source.kind] = partial(_gathered, access.using(source.permission), source), ""
    asked = Asked(since=TODAY - timedelta(days=9), until=TODAY)
    made["figures"] = (lambda work: show_inspection_figures(work, access, asked)), ""
    made["circular"] = (lambda work: tell_circular(work, access, asked)), "ix_rectification_inspection_id"
    return made


def _asked(ask: Callable[..., object], access: Access, wanted: dict[str, Any], work: Work) -> object:
    return ask(work, access, FIRST, **wanted)


def _gathered(access: Access, source: Any, work: Work) -> object:
    return gathered(work, access, source)


def test_nothing_that_is_read_of_inspections_reads_a_whole_table(filled: District) -> None:
    for where in ROLES:
        for name, (ask, index) in asks(filled, where).items():
            found = plans(filled.house, "SELECT", ask)
            read = [plan for plan in found if "inspection" in plan or "rectification" in plan]
            assert read and not any(WHOLE.search(plan) for plan in read), (where, name, read)
            assert any(index in plan for plan in read), (where, name, read)
