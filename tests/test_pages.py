"""Pages by key: what a cursor leads on to, and what reaching it costs however far down the list it lies."""

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlakeyset import serialize_bookmark
from sqlakeyset.columns import parse_ob_clause
from sqlmodel import col, select

from api.access.permissions import roles_with
from api.pagination import Pages
from models.enums import Role
from models.member import Member
from tests.accounts.people import enrol
from tests.conftest import District
from tests.plans import plans
from tests.routes import doors

SAMPLES: dict[type, Any] = {int: 2026, str: "石桥村", date: date(2026, 7, 1), UUID: UUID(int=7)}


def behind(rows: Any, limit: int = 50) -> Pages:
    """A page that begins somewhere within a list."""
    place = tuple(SAMPLES[one.comparable_value.type.python_type] for one in parse_ob_clause(rows))
    first = Pages(bytes(32), "list", limit, None)
    return Pages(first.key, first.rows, limit, first._seal(serialize_bookmark((place, False))))


@pytest.fixture
def lists(app: FastAPI, district: District, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What each list reads that is not of one thing, for whoever reaches most, by its operation."""
    found: dict[str, Any] = {}
    with monkeypatch.context() as patched:
        for door in doors(app):
            if door.method == "GET" and "{" not in door.path and "pages" in door.parameters:
                patched.setattr(Pages, "read", lambda _, work, rows, most=None, name=door.name: ([], found.update({name: rows})))
                role = min(roles_with(door.permissions[0]), default=Role.member) if door.permissions else Role.member
                district.sign_in(role, "D").get(door.path)
    return found


@pytest.mark.engine("postgresql")
def test_a_page_behind_the_first_is_found_by_comparing_rows_with_one(district: District, lists: dict[str, Any]) -> None:
    assert lists.keys() > {"list_members", "list_honors", "list_venues", "list_organizations", "list_accounts", "list_cards"}
    for name, rows in lists.items():
        order = [one.element for one in parse_ob_clause(rows)]
        assert not [one for one in order if one.nullable], f"{name}: nothing lies behind what has no value"
        (plan,) = plans(district.house, "ORDER BY", partial(behind(rows).read, rows=rows))
        assert len(order) == 1 or "(ROW(" in plan, (name, plan)
        names = [one.name for one in order]
        indexed = [[one.name for one in index.columns][: len(order)] for index in order[0].table.indexes]
        assert len(order) == 1 or names not in indexed or "Index Cond: (ROW(" in plan, (name, plan)


def test_pages_of_any_order_join_into_the_whole_list(district: District) -> None:
    enrol(district, "B11", *("王秀兰", "李建国", "王秀兰", "陈国华", "王秀兰"))
    joined, named, key = col(Member.joined_on), col(Member.full_name), col(Member.id)
    for order in ((named, key), (named.desc(), key.desc()), (named.desc(), key), (joined, named.desc(), key), (key.desc(),)):
        rows = select(Member).order_by(*order)
        with district.work() as work:
            told, cursor = Pages(bytes(32), "list", 1, None).read(work, rows)
            while cursor:
                page, cursor = Pages(bytes(32), "list", 1, cursor).read(work, rows)
                told += page
            assert told == work.exec(rows).all()
