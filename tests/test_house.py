"""The promises of the house that hold everywhere, held by a machine."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest
from fastapi import FastAPI
from sqlalchemy import Enum, String
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable
from sqlmodel.sql.sqltypes import AutoString

from api.access.permissions import PERMISSIONS, Permission
from api.app import ROUTERS
from api.foreign import read_json
from models import metadata
from models.base import Personal, Whose
from tests.routes import document, doors

ON_ENGINES = ("sqlite",)
PROJECT = Path(__file__).parent.parent
OWN = {"routes", "schemas", "page", "commands", "queries"}
"""The parts of a room that no other room calls; `web` and the files that put everything together are no rooms."""
A_DAY_BEGINS = re.compile(r"\.date\(\)|\.today\(\)|\.combine\(|\btime\.min\b|\bhour=0\b")
LATER = ("boto3", "botocore", "fpdf", "fontTools", "openpyxl", "pypinyin")
"""What is large, and asked for by few requests."""
SOURCES = [*PROJECT.glob("api/**/*.py"), *PROJECT.glob("models/**/*.py")]


def test_every_permission_is_asked_for_by_a_route_and_held_by_a_role(app: FastAPI) -> None:
    asked = {permission for door in doors(app) for permission in door.permissions}
    assert asked == set(Permission)
    held = {permission for permissions in PERMISSIONS.values() for permission in permissions}
    assert held == set(Permission) - {Permission.own_account}


def test_a_server_starts_without_what_few_requests_need() -> None:
    code = f"import sys, api.app; print(*sys.modules.keys() & {set(LATER)})"
    told = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


def test_who_asks_is_found_out_before_a_writing_transaction_claims_a_key(app: FastAPI) -> None:
    for door in doors(app):
        if {"access", "work"} <= set(door.parameters):
            assert door.parameters.index("access") < door.parameters.index("work"), door.name


def test_the_scan_door_stands_before_every_other_route(app: FastAPI) -> None:
    assert doors(app)[0].name == "verify_code"


def test_every_path_of_the_api_begins_with_its_tag(app: FastAPI) -> None:
    for path, item in document()["paths"].items():
        for operation in item.values():
            if path.startswith("/v1/"):
                assert operation["tags"] == [path.split("/")[2]], path


def test_a_first_segment_belongs_to_one_router() -> None:
    prefixes = [router.prefix for router in ROUTERS if router.prefix]
    assert len(prefixes) == len(set(prefixes))


def test_route_service_and_operation_bear_one_name() -> None:
    """A route's function is named like the service function that it calls, apart from those that only draw, and pages."""
    for doors_of_room in PROJECT.glob("api/**/routes.py"):
        parts = [part for part in doors_of_room.parent.rglob("*.py") if part != doors_of_room]
        verbs = {verb for part in parts for verb in re.findall(r"^def ([a-z]\w+)", part.read_text(encoding="utf-8"), re.MULTILINE)}
        for node in ast.parse(doors_of_room.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and _is_route(node) and not node.name.startswith("draw_"):
                called = {
                    child.func.attr
                    for child in ast.walk(node)
                    if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute) and child.func.attr in verbs
                }
                assert node.name in called, f"{doors_of_room.parent.name}: {node.name} calls {called}"


def _is_route(node: ast.FunctionDef) -> bool:
    calls = (decorator.func for decorator in node.decorator_list if isinstance(decorator, ast.Call))
    doors = [call for call in calls if isinstance(call, ast.Attribute) and call.attr in ("get", "post", "put", "patch", "delete")]
    return any(not isinstance(door.value, ast.Name) or door.value.id != "pages" for door in doors)


def test_every_column_is_classified() -> None:
    for table in metadata.sorted_tables:
        for column in table.columns:
            assert column.info.get("personal") in set(Personal), f"{table.name}.{column.name}"
            assert "retain_days" in column.info
            if column.name.endswith("_sealed") and table.name == "member":
                assert column.info["personal"] is Personal.sensitive


PEOPLE_WRITE = re.compile(r"(^|_)(name|title|text|words|note|remark|reason|details|comment|address|contact)$")


def test_what_people_write_about_a_person_is_not_called_plain() -> None:
    """Short words of our own, codes and digests are: they have 100 characters at the most, and no such name."""
    for table in metadata.sorted_tables:
        if any(column.info["whose"] for column in table.columns):
            for column in table.columns:
                is_text = isinstance(column.type, String | AutoString) and not isinstance(column.type, Enum)
                if is_text and column.info["personal"] is Personal.none:
                    length = getattr(column.type, "length", None)
                    assert length is not None and length <= 100, f"{table.name}.{column.name}"
                    assert not PEOPLE_WRITE.search(column.name), f"{table.name}.{column.name}"


def test_every_row_about_a_person_leads_to_the_member_whose_it_is() -> None:
    """On the way each step is a key of the table that it names, or, where a row may hang on several, the table stands beside it."""
    for table in metadata.sorted_tables:
        step, seen = table, [table.name]
        while step.name != "member":
            marked = [column for column in step.columns if column.info["whose"]]
            if step is table and not marked and all(column.info["personal"] is Personal.none for column in table.columns):
                break
            assert len(marked) == 1, f"{' > '.join(seen)} names {len(marked)} columns"
            leads_to = marked[0].info["whose"]
            if leads_to == Whose.nobody:
                break
            if leads_to == Whose.what_it_hangs_on:
                assert marked[0].name.replace("_id", "_kind") in step.columns
                break
            assert {key.column.table.name for key in marked[0].foreign_keys} <= {leads_to}, f"{step.name}.{marked[0].name}"
            assert leads_to not in seen
            step, seen = metadata.tables[leads_to], [*seen, leads_to]


def test_every_stored_word_stands_in_a_check() -> None:
    for table in metadata.sorted_tables:
        declared = str(CreateTable(table).compile(dialect=sqlite.dialect()))
        for column in table.columns:
            if isinstance(column.type, Enum):
                assert column.type.create_constraint and not column.type.native_enum
                assert column.type.enums == [member.value for member in column.type.enum_class or ()]
                words = ", ".join(f"'{word}'" for word in column.type.enums)
                assert f"CONSTRAINT ck_{table.name}_{column.type.name} CHECK ({column.name} IN ({words}))" in declared


def test_every_file_of_stored_words_is_kept_from_importing() -> None:
    linter = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (kept,) = (rule["source_modules"] for rule in linter["contracts"] if rule["name"].startswith("The stored words"))
    assert sorted(kept) == sorted(f"models.{source.stem}" for source in PROJECT.glob("models/*enums.py"))


def test_every_constraint_has_a_name() -> None:
    for table in metadata.sorted_tables:
        assert all(rule.name for rule in table.constraints), table.name


def test_sources_keep_to_their_places() -> None:
    faults = [f"{source.relative_to(PROJECT)}: {fault}" for source in SOURCES for fault in _faults(source)]
    assert not faults


def test_a_day_is_the_districts_and_neither_the_machines_nor_utcs() -> None:
    elsewhere = re.compile(r"\bdate\.today\(|\bnow\(UTC\)\.date\(")
    sources = {source for folder in ("api", "models", "tests") for source in PROJECT.glob(f"{folder}/**/*.py")}
    wrong = sorted(str(source.relative_to(PROJECT)) for source in sources if elsewhere.search(source.read_text(encoding="utf-8")))
    assert not wrong, f"{wrong}: take work.today, or in a test district_day() of tests/clock.py"


def test_no_name_hides_an_import() -> None:
    hidden = [f"{source.relative_to(PROJECT)}: {name}" for source in SOURCES for name in _hiding(ast.parse(source.read_text()))]
    assert not hidden


def _hiding(module: ast.Module) -> Iterator[str]:
    imports = (node for node in module.body if isinstance(node, ast.Import | ast.ImportFrom))
    imported = {(alias.asname or alias.name).split(".")[0] for node in imports for alias in node.names}
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)]
    for node in [inner for function in functions for inner in ast.walk(function)]:
        if isinstance(node, ast.arg) and node.arg in imported:
            yield node.arg
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in imported:
            yield node.id


def test_an_audit_action_is_a_literal_where_it_is_named() -> None:
    """So that one search finds it. A function that records what its callers have done takes it as `audit_action`."""
    wrong = [f"{source.relative_to(PROJECT)}:{line}" for source in SOURCES for line in _put_together(ast.parse(source.read_text()))]
    assert not wrong, f'{wrong[0]}: write the action itself there, as in work.record("submit_pledge", ...)'


def _put_together(module: ast.Module) -> Iterator[int]:
    handing_on = {
        function.name: [argument.arg for argument in function.args.args].index("audit_action")
        for function in ast.walk(module)
        if isinstance(function, ast.FunctionDef) and "audit_action" in {argument.arg for argument in function.args.args}
    }
    for call in ast.walk(module):
        if isinstance(call, ast.Call):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            at = 0 if name in ("record", "record_batch", "record_reading") else handing_on.get(name)
            if at is not None and not _is_literal(call.args[at]):
                yield call.lineno


def _is_literal(action: ast.expr) -> bool:
    if isinstance(action, ast.IfExp):
        return _is_literal(action.body) and _is_literal(action.orelse)
    return isinstance(action, ast.Constant) or (isinstance(action, ast.Name) and action.id == "audit_action")


def _faults(source: Path) -> Iterator[str]:
    text, place = source.read_text(encoding="utf-8"), source.relative_to(PROJECT)
    if place.parts[0] == "api":
        if place.name != "queries.py" and place.parts[1] != "access" and re.search(r"(?<![\w.])select\(", text):
            yield "select( stands in queries.py or access/"
        if place not in (Path("api/database.py"), Path("api/schema.py")) and ".commit(" in text:
            yield "commits happen in database.py"
        if place != Path("api/access/scope.py") and "with_for_update" in text:
            yield "locks are taken by scope.py"
        # A cell of a sheet holds a day and no moment, whatever type the sheet gives it.
        if place != Path("api/days.py") and place.parts[1] != "adapters" and A_DAY_BEGINS.search(text):
            yield "a day of the district begins in days.py"
    elif "from __future__" in text or (place.name == "base.py" and "sa_column=" in text):
        yield "SQLModel does not bear this"
    if len(text.splitlines()) > 400:
        yield "a file this long wants to be two"


def test_a_room_calls_anothers_service_and_never_its_doors_or_queries() -> None:
    graph = grimp.build_graph("api")
    rooms = {room for room in graph.find_children("api") if graph.find_children(room)} - {"api.web", "api.adapters"}
    modules = [(room, module) for room in rooms for module in graph.find_descendants(room)]
    wrong = [
        f"{module} calls {called}"
        for room, module in modules
        for called in graph.find_modules_directly_imported_by(module)
        if called.rpartition(".")[2] in OWN and called.count(".") > 1 and not called.startswith(f"{room}.")
    ]
    assert not wrong


def test_no_test_takes_what_it_needs_from_another_test() -> None:
    """What several tests use stands in a file of its own, so that whoever reads or changes one of them need not know the others."""
    taken = re.compile(r"^(?:from|import) tests\b.*\btest_\w+", re.MULTILINE)
    for source in PROJECT.glob("tests/**/*.py"):
        found = taken.findall(source.read_text(encoding="utf-8"))
        assert not found, f"{source.relative_to(PROJECT)}: {found}: move what both use into a file that is no test"


def test_rules_ask_no_clock() -> None:
    for source in PROJECT.glob("api/**/rules.py"):
        called = {node.attr for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)}
        assert not called & {"now", "utcnow", "today"}, source


CHANGING = {"add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "setdefault", "sort", "update"}


def test_no_function_writes_to_what_stands_in_a_module() -> None:
    """Two applications in one process would see each other by it. The lines of the log, which are the process's own, stay apart."""
    found = [f"{source.name}: {line}" for source in SOURCES if source.name != "logs.py" for line in _written_to(source)]
    assert not found


def _written_to(source: Path) -> Iterator[str]:
    module = ast.parse(source.read_text(encoding="utf-8"))
    stored = (name for node in module.body for name in ast.walk(node) if isinstance(node, ast.Assign | ast.AnnAssign))
    names = {name.id for name in stored if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}
    names |= {
        one.asname or one.name for node in ast.walk(module) if isinstance(node, ast.Import | ast.ImportFrom) for one in node.names
    }
    functions = (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    for node in (node for function in functions for node in ast.walk(function)):
        place: ast.AST | None = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
            place = node.func.value
        elif isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
            place = node.value
        elif isinstance(node, ast.AugAssign):
            place = node.target
        while isinstance(place, ast.Attribute | ast.Subscript):
            place = place.value
        if isinstance(node, ast.Global) or (isinstance(place, ast.Name) and place.id in names):
            yield ast.unparse(node)


def test_whatever_serves_the_application_serves_it_by_the_same_means() -> None:
    calls = [
        call
        for source in [*SOURCES, *PROJECT.glob("tests/**/*.py")]
        if "uvicorn" in (text := source.read_text(encoding="utf-8"))
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in {"uvicorn.Config", "uvicorn.run", "Config"}
    ]
    assert len(calls) > 3
    for call in calls:
        assert any(word.arg is None and "UVICORN" in ast.unparse(word.value) for word in call.keywords), ast.unparse(call)


def test_json_that_somebody_else_may_have_written_is_read_by_one_function() -> None:
    for text in ("[" * 1_000_000, '{"a":' * 1_000_000, "", b"\xff", "1" * 5000):
        with pytest.raises(ValueError):
            read_json(text)
    # The adapters read what our own parser of workbooks wrote, and tokens, of which they believe nothing.
    others = [source for source in SOURCES if "adapters" not in source.parts and source.name != "foreign.py"]
    assert not [source for source in others if re.search(r"json\.loads?\(", source.read_text(encoding="utf-8"))]


def test_what_is_old_is_forgotten_a_piece_at_a_time() -> None:
    """A statement that deletes says of what, by keys and words; what is old is as many rows as a crowd has left, and goes by
    `forget_some`."""
    deleting = [
        function
        for source in SOURCES
        for function in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef) and any(map(_deletes, ast.walk(function)))
    ]
    assert "forget_some" in {function.name for function in deleting} and len(deleting) > 5
    orders = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
    for function in deleting:
        compared = [node for node in ast.walk(function) if isinstance(node, ast.Compare) and isinstance(node.ops[0], orders)]
        assert not compared, f"{function.name}: {ast.unparse(compared[0])}"


def _deletes(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "delete" and len(node.args) == 1
