"""What waits about things to be put right is found among what waits, and not by holding it against all organisations."""

import re
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.access.scope import Access
from api.database import Work
from api.rectifications.todo import RECTIFICATIONS
from api.todo.service import LONGEST, Source, gathered
from models.enums import OrganizationKind, RectificationState, Role
from models.organization import Organization
from models.rectification import Rectification
from tests.conftest import District
from tests.plans import effort, plans
from tests.rectifications.kept import add_inspection

DEPARTMENTS, BRANCHES = 30, 20
OVERDUE = RECTIFICATIONS[2]
JOINED = re.compile(r"(?:Join Filter|Cond): \([^']*\brectification\.\w+ = |(?:Join Filter|Hash Cond): [^']*= rectification\.")


def _below(work: Work, above: Organization, kind: OrganizationKind) -> Organization:
    one = Organization(code=uuid4().hex[:8], name="某组织", kind=kind, parent_id=above.id, path="")
    one.path = f"{above.path}{one.id.hex}/"
    work.add(one)
    work.flush()
    return one


@pytest.fixture
def filled(district: District) -> District:
    """Departments with branches, and branches that have none, of which each has something that is late, and something that is told
    to be done."""
    by = UUID(district.sign_in(None, "D").account_id)
    with district.work() as work:
        root = work.get_one(Organization, district.ids["D"])
        for _ in range(DEPARTMENTS):
            department = _below(work, root, OrganizationKind.department)
            for _ in range(BRANCHES):
                _below(work, department, OrganizationKind.branch)
        inspection = add_inspection(work, {"organization_id": district.ids["B11"], "account_id": by})
        found: dict[str, Any] = {"inspection_id": inspection.id, "venue_id": inspection.venue_id, "source_kind": "test"}
        found |= {"code": "DK-01", "name": "桌牌", "finding": "缺失", "due_on": work.today - timedelta(days=1)}
        claimed: dict[str, Any] = {"state": RectificationState.claimed, "claimed_by": by, "claimed_at": work.at}
        for _ in range(LONGEST + 1):
            branch = _below(work, root, OrganizationKind.branch)
            for how in ({}, claimed):
                work.add(Rectification(**found, **how, organization_id=branch.id, source_id=uuid4()))
        work.flush()
    if not district.house.database.is_sqlite:
        with district.house.database.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    return district


def access_of(district: District, source: Source) -> Access:
    key = UUID(district.sign_in(Role.district_officer, "D").account_id)
    return Access(key, key, district.ids["D"], None, source.permission, ())


@pytest.mark.engine("postgresql")
@pytest.mark.parametrize("source", RECTIFICATIONS, ids=lambda source: source.kind)
def test_what_waits_is_joined_with_nothing(filled: District, source: Source) -> None:
    access = access_of(filled, source)
    found = plans(filled.house, "FROM rectification", lambda work: gathered(work, access, source), choosing=True)
    assert len(found) == 2, "it is told of, and counted"
    assert not [plan for plan in found if JOINED.search(plan)]


@pytest.mark.engine("postgresql")
def test_what_comes_to_the_district_is_told_by_one_look_at_the_organisations(filled: District) -> None:
    access = access_of(filled, OVERDUE)
    with filled.work() as work:
        assert gathered(work, access, OVERDUE).total == LONGEST + 1, "it has come to none in between"
    ask = partial(gathered, access=access, source=OVERDUE)
    assert effort(filled.house, "FROM rectification", "organization", ask, choosing=True) < 10 * DEPARTMENTS * BRANCHES
