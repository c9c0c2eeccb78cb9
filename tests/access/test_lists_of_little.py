"""What is asked for of a branch, a person or a thing is found there, and not among all of a year or a state in the district."""

from collections.abc import Callable
from datetime import date
from enum import Enum
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Index, inspect
from sqlmodel import col, select

from api.access import scope
from api.access.permissions import BRANCHES, Permission
from api.access.scope import Access, within
from api.database import Work
from api.lists.queries import flow_picture
from api.pagination import Pages
from api.performance.appraisals.queries import belonging
from api.performance.periods.queries import values
from api.pledges.evaluations.queries import listed as evaluations_listed
from api.pledges.evaluations.queries import shown
from api.pledges.rhythm.queries import publishable
from api.pledges.rules import ToldState
from api.pledges.service import list_pledges
from api.pledges.waiting.queries import words_to_read
from api.rectifications.service import list_rectifications
from models.base import OwnedRecord, metadata
from models.enums import OrganizationKind, RectificationState, Role, WordsState
from models.organization import Organization
from tests.conftest import District
from tests.plans import plans

ON_ENGINES = ("sqlite",)
FIRST = Pages(bytes(32), "list", 50, None)
SAMPLES: dict[type, Any] = {int: 1, str: "x", date: date(2026, 1, 1), bool: True}


def access_of(district: District, role: Role, code: str, permission: Permission) -> Access:
    key = UUID(district.sign_in(role, code).account_id)
    return Access(key, key, district.ids[code], None, permission, ())


def owned() -> list[tuple[type[OwnedRecord], Index]]:
    """The models of rows that are an organisation's, with their indexes that begin with a year, a state or another word."""
    models = [mapper.class_ for mapper in inspect(Organization).registry.mappers if issubclass(mapper.class_, OwnedRecord)]
    found = [(model, index) for model in models for index in metadata.tables[str(model.__tablename__)].indexes]
    return [(model, index) for model, index in found if index.columns[0].type.python_type in SAMPLES or _words(index) is not None]


def _words(index: Index) -> type[Enum] | None:
    return getattr(index.columns[0].type, "enum_class", None)


@pytest.mark.parametrize(
    ("role", "code", "below"),
    [
        (Role.secretary, "B11", None),
        (Role.district_officer, "D", "B11"),
        (Role.town_officer, "T1", None),
        (Role.district_officer, "D", "T1"),
    ],
)
def test_a_filter_of_a_list_of_little_is_not_what_it_begins_with(
    district: District, role: Role, code: str, below: str | None
) -> None:
    access = access_of(district, role, code, Permission.member_read)
    place = district.ids[below] if below else None
    assert len(owned()) > 10
    for model, index in owned():
        first, words = index.columns[0], _words(index)
        wanted = {first.name: next(iter(words)) if words else SAMPLES[first.type.python_type]}

        def ask(work: Work, model: Any = model, wanted: dict[str, Any] = wanted) -> object:
            found = access.listed(work, model, organization_id=place, **wanted)
            return work.exec(found.order_by(col(model.id).desc()).limit(51)).all()

        (plan,) = plans(district.house, f"FROM {model.__tablename__} \nWHERE {model.__tablename__}.organization_id IN", ask)
        assert str(index.name) not in plan, (model, index.name, plan)


def test_the_lists_with_filters_of_their_own_neither(district: District) -> None:
    branch, nothing = district.ids["B11"], dict.fromkeys(("organization_id", "member_id", "year", "kind", "state", "is_overdue"))
    unasked = dict.fromkeys(("organization_id", "inspection_id", "state", "overdue"))
    for role, code, below in ((Role.secretary, "B11", None), (Role.district_officer, "D", branch)):
        access = partial(access_of, district, role, code)
        pledges = partial(list_pledges, access=access(Permission.own_pledge), pages=FIRST)
        failures = partial(list_rectifications, access=access(Permission.inspection_read), pages=FIRST)
        some, of_place = {"organization_id": below, "state": RectificationState.claimed}, nothing | {"organization_id": below}
        asked: list[tuple[str, Callable[[Work], object], str]] = [
            ("pledge", partial(pledges, **nothing | {"member_id": uuid4(), "year": 2026}), "ix_pledge_year"),
            ("rectification", partial(failures, **unasked | some), "ix_rectification_unconfirmed"),
            ("rectification", partial(failures, **unasked | some | {"inspection_id": uuid4()}), "ix_rectification_unconfirmed"),
            ("evaluation", partial(_words_held, access(Permission.pledge_review), below, None), "ix_evaluation_words"),
            ("evaluation", partial(_words_held, access(Permission.pledge_review), None, uuid4()), "ix_evaluation_words"),
            ("evaluation", partial(shown, pledge_id=uuid4(), most=9), "ix_evaluation_words"),
            ("pledge", partial(publishable, organization_id=branch, year=2026), "ix_pledge_year"),
            ("stored_file", partial(flow_picture, digest="0" * 64), "ix_stored_file_state"),
        ]
        if below:
            asked += [
                ("pledge", partial(pledges, **of_place | {"year": 2026}), "ix_pledge_year"),
                ("pledge", partial(pledges, **of_place | {"state": ToldState.archived}), "ix_pledge_year"),
                ("pledge", partial(pledges, **of_place | {"state": ToldState.draft}), "ix_pledge_not_published"),
            ]
        for table, ask, index in asked:
            plan = plans(district.house, f"FROM {table} ", ask)[0]
            assert index not in plan and "SEARCH" in plan, (code, index, plan)


@pytest.mark.parametrize("wanted", [{"year": 2026}, {"state": ToldState.archived}])
def test_a_secretary_who_asks_for_all_pledges_walks_those_of_the_year(district: District, wanted: dict[str, Any]) -> None:
    """She sees what everybody sees, of the whole district."""
    nothing = dict.fromkeys(("organization_id", "member_id", "year", "kind", "state", "is_overdue"))
    access = access_of(district, Role.secretary, "B11", Permission.own_pledge)
    plan = plans(district.house, "FROM pledge ", lambda work: list_pledges(work, access, FIRST, **nothing | wanted))[0]
    assert "ix_pledge_year_id" in plan and "TEMP B-TREE" not in plan


def test_who_is_in_a_round_is_not_looked_for_in_all_rounds_of_the_year(district: District) -> None:
    (plan,) = plans(district.house, "FROM appraisal", lambda work: belonging(work, [uuid4()], None, 9))
    assert "ix_appraisal_year_id" not in plan and "ix_appraisal_item_member_id" in plan


def test_the_values_of_a_period_are_found_by_the_organisations(district: District) -> None:
    access = access_of(district, Role.secretary, "B11", Permission.board_read)
    (plan,) = plans(district.house, "FROM indicator_value", lambda work: values(work, access, "2026-Q3", None, None))
    assert "period=? AND organization_id=?" in plan


def test_what_waits_for_a_secretary_is_found_by_her_branch(district: District) -> None:
    access = access_of(district, Role.secretary, "B11", Permission.pledge_review)
    (plan,) = plans(district.house, "FROM evaluation ", lambda work: work.execute(words_to_read(work, access)).all())
    assert "ix_evaluation_words" not in plan and "SCAN evaluation" not in plan


def test_the_evaluations_of_a_branch_are_found_by_it_and_not_by_all_that_an_officer_reaches(district: District) -> None:
    access = access_of(district, Role.town_officer, "T1", Permission.pledge_review)
    (plan,) = plans(district.house, "FROM evaluation ", partial(_words_held, access, district.ids["B11"], None))
    assert plan.count("SEARCH organization USING INDEX sqlite_autoindex_organization_3") == 2, "and not the town's besides"


def _words_held(access: Access, below: UUID | None, pledge_id: UUID | None, work: Work) -> object:
    top = work.get_one(Organization, below) if below else None
    found = evaluations_listed(work, access, below=top, pledge_id=pledge_id, words_state=WordsState.held)
    return work.exec(found.limit(51)).all()


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize(
    ("role", "code", "below", "little"),
    [
        (Role.secretary, "T1", None, None),
        (Role.deputy, "T1", None, None),
        (Role.secretary, "T1", "B11", True),
        (Role.secretary, "V1", None, True),
        (Role.town_officer, "T1", None, None),
        (Role.district_officer, "D", "T1", None),
        (Role.district_officer, "D", "B11", True),
        (Role.district_officer, "D", None, False),
        (Role.town_officer, "T2", None, None),
        (Role.district_officer, "D", "T2", None),
    ],
)
def test_what_somebody_reaches_is_little_but_for_towns_and_departments_of_many_branches(
    district: District, monkeypatch: pytest.MonkeyPatch, role: Role, code: str, below: str | None, little: bool | None, few: bool
) -> None:
    with district.work() as work:
        town, department = (work.get_one(Organization, district.ids[code]) for code in ("T2", "T1"))
        department.kind = OrganizationKind.department
        of_each = [
            len(work.exec(select(Organization.id).where(within(top), col(Organization.kind).in_(BRANCHES))).all())
            for top in (town, department)
        ]
    assert of_each[0] == of_each[1]
    monkeypatch.setattr(scope, "FEW", of_each[0] - (not few))
    access = access_of(district, role, code, Permission.board_read)
    with district.work() as work:
        top = work.get_one(Organization, district.ids[below]) if below else None
        assert access.asks_little(work, top) is (few if little is None else little)
        assert (access.about(top) if top else access).reaches_few(work) is (few if little is None else little)
