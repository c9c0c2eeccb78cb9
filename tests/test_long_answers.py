"""However long an answer is, nobody else waits while it is written: its bytes are made in the thread that it was made in itself."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi._compat import ModelField
from fastapi.datastructures import DefaultPlaceholder
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from api.access.permissions import roles_with
from api.database import Work
from api.pagination import MOST_ROWS_WITH_THEIRS, Pages
from api.web.answer_field import AT_ONCE, AnswerField
from api.web.entrance import PLACE
from models.enums import Role
from tests.conftest import District
from tests.routes import Door, document, doors, resolved

ON_ENGINES = ("sqlite",)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bool, int]]:
    """Of each answer or piece of one that is written, whether everybody waits meanwhile, and how many rows a list has."""
    found: list[tuple[bool, int]] = []
    write = TypeAdapter.dump_json

    def writing(adapter: TypeAdapter[Any], shown: Any, **options: Any) -> bytes:
        found.append((_is_in_the_loop(), len(shown) if isinstance(shown, list) else 0))
        return write(adapter, shown, **options)

    monkeypatch.setattr(TypeAdapter, "dump_json", writing)
    return found


def _is_in_the_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def test_answers_are_written_while_nobody_waits(district: District, written: list[tuple[bool, int]]) -> None:
    officer = district.sign_in(Role.town_officer, "T1")
    for path in ("/v1/posts/warnings", f"/v1/pledges/figures?organization_id={district.ids['T1']}", "/v1/organizations"):
        written.clear()
        answer = officer.get(path)
        assert answer.status_code == 200
        assert [in_the_loop for in_the_loop, _ in written] == [False], path
        assert answer.json()


def test_every_answer_that_is_made_in_a_thread_is_written_there(app: FastAPI) -> None:
    made = [route for route in app.routes if isinstance(route, APIRoute) and PLACE in route.dependencies]
    usual = [route for route in made if route.response_field and isinstance(route.response_class, DefaultPlaceholder)]
    assert len(usual) > 200
    assert [route.name for route in usual if not isinstance(route.response_field, AnswerField)] == []
    # They are written whole, so nothing that a route says of leaving fields out would be heeded.
    for route in usual:
        assert route.response_model_by_alias, route.name
        assert not (route.response_model_include or route.response_model_exclude), route.name
        assert not (route.response_model_exclude_unset or route.response_model_exclude_defaults), route.name
        assert not route.response_model_exclude_none, route.name


@pytest.mark.parametrize("rows", (0, 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE))
def test_long_lists_are_written_in_pieces_between_which_others_run(
    app: FastAPI, written: list[tuple[bool, int]], rows: int
) -> None:
    field = next(route.response_field for route in app.routes if isinstance(route, APIRoute) and route.name == "list_post_warnings")
    assert isinstance(field, AnswerField)
    row: dict[str, Any] = {"organization_name": "石桥村", "post_id": None, "rule": "few_members", "text": "[]", "basis": []}
    told = [row | {"organization_id": str(uuid4())} for _ in range(rows)]
    value, faults = field.validate(told, loc=("response",))
    assert faults == []
    assert json.loads(field.serialize_json(value)) == told
    assert sum(number for _, number in written) == rows
    assert max(number for _, number in written) <= AT_ONCE


def test_an_answer_that_is_not_as_it_is_described_stays_a_fault(app: FastAPI) -> None:
    field = next(route.response_field for route in app.routes if isinstance(route, APIRoute) and route.name == "list_post_warnings")
    assert isinstance(field, ModelField)
    value, faults = field.validate([{"text": 1}], loc=("response",))
    assert value is None
    assert faults


def test_every_list_whose_rows_bring_rows_of_their_own_is_told_in_smaller_pages(
    app: FastAPI, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [door for door in doors(app) if door.method == "GET" and "{" not in door.path and _brings_rows(door)]
    assert {door.name for door in found} > {"list_campaigns", "list_posts", "list_print_batches", "list_rectifications"}
    bounds: list[int | None] = []
    read = Pages.read

    def noting(pages: Pages, work: Work, rows: Any, *, most: int | None = None) -> tuple[list[Any], str | None]:
        bounds.append(most)
        return read(pages, work, rows, most=most)

    monkeypatch.setattr(Pages, "read", noting)
    for door in found:
        bounds.clear()
        role = min(roles_with(door.permissions[0]), default=Role.member)
        answer = district.sign_in(role, "D").get(door.path, params={"limit": 200})
        assert answer.status_code == 200, f"{door.name}: {answer.text}"
        assert [most for most in bounds if most and most <= MOST_ROWS_WITH_THEIRS], f"{door.name}: give `most` to the reading"


def _brings_rows(door: Door) -> bool:
    """Whether the answer of a list has in each row a list of things that have several fields."""
    answer = (
        document()["paths"]
        .get(door.path, {})
        .get("get", {})
        .get("responses", {})
        .get("200", {})
        .get("content", {})
        .get("application/json", {})
    )
    page = resolved(document(), answer.get("schema", {})).get("properties", {})
    if "next_cursor" not in page:
        return False
    row = resolved(document(), page["items"]["items"])
    lists = [resolved(document(), one["items"]) for one in row["properties"].values() if one.get("type") == "array"]
    return any(one.get("type") == "object" for one in lists)
