"""Pages by key: what a cursor leads on to, and what reaching it costs however far down the list it lies."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlakeyset import serialize_bookmark
from sqlakeyset.columns import parse_ob_clause
from sqlalchemy import UniqueConstraint
from sqlmodel import col, select

from api.access.permissions import roles_with
from api.pagination import Pages, of_many
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
def lists_of(app: FastAPI, district: District, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, Any]]:
    """What each list reads that is not of one thing, for who may ask for it at an organisation, by its operation."""

    def read_at(code: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for door in doors(app):
            if door.method == "GET" and "{" not in door.path and "pages" in door.parameters:
                role = min(roles_with(door.permissions[0]), default=Role.member) if door.permissions else Role.member
                with monkeypatch.context() as patched:
                    noted = partial(found.__setitem__, door.name)
                    patched.setattr(Pages, "read", lambda _, work, rows, most=None, noted=noted: ([], noted(rows)))
                    district.sign_in(role, code).get(door.path)
        assert found.keys() > {"list_members", "list_honors", "list_venues", "list_organizations", "list_accounts", "list_cards"}
        return found

    return read_at


@pytest.mark.engine("postgresql")
def test_a_page_behind_the_first_of_much_is_found_by_comparing_rows_with_one(
    district: District, lists_of: Callable[[str], dict[str, Any]]
) -> None:
    for name, rows in lists_of("D").items():
        order = [one.element for one in parse_ob_clause(rows)]
        assert not [one for one in order if one.nullable], f"{name}: nothing lies behind what has no value"
        (plan,) = plans(district.house, "ORDER BY", partial(behind(rows).read, rows=rows))
        unique = [one for one in order[0].table.constraints if isinstance(one, UniqueConstraint)]
        differ = len(order) == 1 or [order[0].name] in [one.columns.keys() for one in unique]
        assert differ or "(ROW(" in plan, (name, plan)
        names = [one.name for one in order]
        indexed = [[one.name for one in index.columns][: len(order)] for index in order[0].table.indexes]
        assert differ or names not in indexed or "Index Cond: (ROW(" in plan, (name, plan)


@pytest.mark.engine("postgresql")
def test_a_page_behind_the_first_of_little_is_not_looked_for_in_the_order_of_all(
    district: District, lists_of: Callable[[str], dict[str, Any]]
) -> None:
    """PostgreSQL judges by the first value alone how many rows lie behind others, and may expect hardly any where half a district
    shares the last one."""
    for name, rows in lists_of("B11").items():
        (plan,) = plans(district.house, "ORDER BY", partial(behind(rows).read, rows=rows))
        assert "(ROW(" not in plan, (name, plan)


def test_pages_of_any_order_join_into_the_whole_list(district: District) -> None:
    enrol(district, "B11", *("王秀兰", "李建国", "王秀兰", "陈国华", "王秀兰"))
    joined, named, key = col(Member.joined_on), col(Member.full_name), col(Member.id)
    for order in ((named, key), (named.desc(), key.desc()), (named.desc(), key), (joined, named.desc(), key), (key.desc(),)):
        ordered = select(Member).order_by(*order)
        for rows in (ordered, of_many(ordered)):
            with district.work() as work:
                told, cursor = Pages(bytes(32), "list", 1, None).read(work, rows)
                while cursor:
                    page, cursor = Pages(bytes(32), "list", 1, cursor).read(work, rows)
                    told += page
                assert told == work.exec(rows).all()
