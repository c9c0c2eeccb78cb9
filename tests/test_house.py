"""The promises of the house that hold everywhere, held by a machine."""

import ast
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import Enum
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from api.access.permissions import PERMISSIONS, PUBLIC, Permission
from api.app import ROUTERS
from models import metadata
from models.base import Personal
from tests.routes import doors

ON_ENGINES = ("sqlite",)
PROJECT = Path(__file__).parent.parent
NO_SERVICE = {"routes.py", "schemas.py", "rules.py", "queries.py"}
SOURCES = [*PROJECT.glob("api/**/*.py"), *PROJECT.glob("models/**/*.py")]


def test_every_route_names_one_permission_or_is_named_public(app: FastAPI) -> None:
    faults = [door for door in doors(app) if (len(door.permissions) == 1) == (door.name in PUBLIC) or len(door.permissions) > 1]
    assert not faults


def test_no_name_in_the_public_list_is_left_over(app: FastAPI) -> None:
    assert {door.name for door in doors(app)} >= PUBLIC


def test_every_permission_is_asked_for_by_a_route_and_held_by_a_role(app: FastAPI) -> None:
    asked = {permission for door in doors(app) for permission in door.permissions}
    assert asked == set(Permission)
    held = {permission for permissions in PERMISSIONS.values() for permission in permissions}
    assert held == set(Permission) - {Permission.own_account}


def test_who_asks_is_found_out_before_a_writing_transaction_claims_a_key(app: FastAPI) -> None:
    for door in doors(app):
        if {"access", "work"} <= set(door.parameters):
            assert door.parameters.index("access") < door.parameters.index("work"), door.name


def test_the_scan_door_stands_before_every_other_route(app: FastAPI) -> None:
    assert next(doors(app)).name == "verify_code"


def test_every_path_of_the_api_begins_with_its_tag(app: FastAPI) -> None:
    for path, item in app.openapi()["paths"].items():
        for operation in item.values():
            if path.startswith("/v1/"):
                assert operation["tags"] == [path.split("/")[2]], path


def test_a_first_segment_belongs_to_one_router() -> None:
    prefixes = [router.prefix for router in ROUTERS if router.prefix]
    assert len(prefixes) == len(set(prefixes))


def test_route_service_and_operation_bear_one_name(app: FastAPI) -> None:
    """A route's function is named like the service function that it calls, apart from those that only draw or look."""
    rooms = (
        "access", "accounts", "organizations", "members", "cards", "audit",
        "complaints", "corrections", "todo", "transfers", "files", "photos", "keys", "status_lists", "packs",
    )  # fmt: skip
    for room in rooms:
        routes = ast.parse((PROJECT / "api" / room / "routes.py").read_text(encoding="utf-8"))
        parts = [part for part in (PROJECT / "api" / room).glob("*.py") if part.name not in NO_SERVICE]
        verbs = {verb for part in parts for verb in re.findall(r"^def ([a-z]\w+)", part.read_text(encoding="utf-8"), re.MULTILINE)}
        for node in routes.body:
            if isinstance(node, ast.FunctionDef) and _is_route(node) and not node.name.startswith("draw_"):
                called = {
                    child.func.attr
                    for child in ast.walk(node)
                    if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute) and child.func.attr in verbs
                }
                assert node.name in called or node.name == "sign_out", f"{room}: {node.name} calls {called}"


def _is_route(node: ast.FunctionDef) -> bool:
    calls = (decorator.func for decorator in node.decorator_list if isinstance(decorator, ast.Call))
    return any(isinstance(call, ast.Attribute) and call.attr in ("get", "post", "put", "patch", "delete") for call in calls)


def test_every_column_is_classified() -> None:
    for table in metadata.sorted_tables:
        for column in table.columns:
            assert column.info.get("personal") in set(Personal), f"{table.name}.{column.name}"
            assert "retain_days" in column.info
            if column.name.endswith("_sealed") and table.name == "member":
                assert column.info["personal"] is Personal.sensitive


def test_every_stored_word_stands_in_a_check() -> None:
    for table in metadata.sorted_tables:
        declared = str(CreateTable(table).compile(dialect=sqlite.dialect()))
        for column in table.columns:
            if isinstance(column.type, Enum):
                assert column.type.create_constraint and not column.type.native_enum
                assert column.type.enums == [member.value for member in column.type.enum_class or ()]
                words = ", ".join(f"'{word}'" for word in column.type.enums)
                assert f"CONSTRAINT ck_{table.name}_{column.type.name} CHECK ({column.name} IN ({words}))" in declared


def test_every_constraint_has_a_name() -> None:
    for table in metadata.sorted_tables:
        assert all(rule.name for rule in table.constraints), table.name


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_sources_keep_to_their_places(source: Path) -> None:
    text = source.read_text(encoding="utf-8")
    place = source.relative_to(PROJECT)
    if place.parts[0] == "api":
        if place.name != "queries.py" and place.parts[1] not in {"access"}:
            assert not re.search(r"(?<![\w.])select\(", text), "select( stands in queries.py or access/"
        if place != Path("api/database.py") and place != Path("api/schema.py"):
            assert ".commit(" not in text, "commits happen in database.py"
    if place.parts[0] == "models":
        assert "from __future__" not in text
        if place.name == "base.py":
            assert "sa_column=" not in text
    assert len(text.splitlines()) <= 470, "a file this long wants to be two"


def test_nobody_but_the_adapters_names_python_jose_or_passlib() -> None:
    for source in SOURCES:
        text = source.read_text(encoding="utf-8")
        if source.name != "jose.py":
            assert not re.search(r"^\s*(from|import) jose\b", text, re.MULTILINE), source
        if source.name != "passwords.py":
            assert not re.search(r"^\s*(from|import) passlib\b", text, re.MULTILINE), source
