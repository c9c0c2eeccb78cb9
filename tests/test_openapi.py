"""The contract with the mobile team: complete, exampled, and the very document that is served."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.access.permissions import PUBLIC
from api.adapters.paper import BadPaperFont
from api.app import TODO, create_app
from api.constraints import every_kind
from api.errors import BadSpan, NotFound, Refusal
from api.schemas import Edited
from api.settings import Settings, fresh_secrets
from api.web.answers import answers, raw
from api.web.document import text_of
from api.web.documentation import TYPES
from api.web.error_handlers import MEDIA_TYPE
from tests.routes import doors, resolved
from tests.transport import Client

COMMITTED = Path(__file__).parents[1] / "openapi" / "openapi.json"
PROBLEM = "application/problem+json"
METHODS = {"get", "post", "patch", "put", "delete"}


@pytest.fixture(scope="module")
def application() -> FastAPI:
    """The application; what stands in its document needs no database."""
    secrets: dict[str, Any] = {name.lower(): value for name, value in fresh_secrets().items()}
    return create_app(
        Settings(_env_file=None, database_url="sqlite:////nonexistent", public_url="https://lx.example.gov.cn", **secrets)
    )


@pytest.fixture(scope="module")
def document(application: FastAPI) -> dict[str, Any]:
    return application.openapi()


@pytest.fixture(scope="module")
def reader(application: FastAPI) -> TestClient:
    """A client of the pages about the API; the application is not started."""
    return Client(application)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation, with what stands once for several of them in its place."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert method in METHODS, f"{path}: {method}"
            answers = {status: resolved(document, answer) for status, answer in operation["responses"].items()}
            for answer in answers.values():
                answer["headers"] = {name: resolved(document, header) for name, header in answer["headers"].items()}
                for item_ in answer.get("content", {}).values():
                    if "examples" in item_:
                        item_["examples"] = {name: resolved(document, one) for name, one in item_["examples"].items()}
            sent = [resolved(document, parameter) for parameter in operation.get("parameters", ())]
            yield path, method, {**operation, "responses": answers, "parameters": sent}


def has_example(document: dict[str, Any], schema: dict[str, Any], seen: frozenset[str] = frozenset()) -> bool:
    """Whether a schema, or any part of it, shows what it looks like."""
    if schema.get("examples") or "example" in schema:
        return True
    reference = schema.get("$ref", "")
    if reference in seen:
        return False
    seen |= {reference} if reference else set()
    schema = resolved(document, schema)
    if schema.get("examples") or "example" in schema:
        return True
    parts = [*schema.get("properties", {}).values(), *schema.get("anyOf", ()), *schema.get("allOf", ())]
    if "items" in schema:
        parts.append(schema["items"])
    return any(has_example(document, part, seen) for part in parts)


def test_the_committed_document_is_the_one_that_is_served(document: dict[str, Any], reader: TestClient) -> None:
    assert COMMITTED.read_text(encoding="utf-8") == text_of(document), "run `make openapi`"
    assert text_of(reader.get("/openapi.json").json()) == text_of(document)


def test_every_operation_bears_the_name_of_its_route(application: FastAPI, document: dict[str, Any]) -> None:
    names = {(door.path, door.method.lower()): door.name for door in doors(application)}
    found = [(path, method, operation["operationId"]) for path, method, operation in operations(document)]
    assert [item for item in found if names[item[0], item[1]] != item[2]] == []
    assert len({name for _, _, name in found}) == len(found)


def test_every_route_of_the_api_stands_in_the_document(application: FastAPI, document: dict[str, Any]) -> None:
    told = {(path, method) for path, method, _ in operations(document)}
    # What only a browser asks, on its own, is no part of the contract.
    routes = {(door.path, door.method.lower()) for door in doors(application) if door.path.startswith("/v1/")}
    assert {route for route in routes if route[1] != "options"} <= told


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        assert operation.get("summary") or operation.get("description"), f"{method} {path}"
        assert operation["tags"], f"{method} {path}"


def test_every_success_has_an_example(document: dict[str, Any]) -> None:
    without = []
    for path, method, operation in operations(document):
        answers = {status: answer for status, answer in operation["responses"].items() if status < "400"}
        assert answers, f"{method} {path} never succeeds"
        for status, answer in answers.items():
            content = answer.get("content", {})
            assert content or status in ("204", "303", "304"), f"{method} {path} {status} has no content"
            if content and not any(
                "example" in item or item.get("examples") or has_example(document, item.get("schema", {}))
                for item in content.values()
            ):
                without.append(f"{method} {path} {status}")
    assert without == []


def test_every_body_that_is_sent_has_an_example(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        for kind, item in operation.get("requestBody", {}).get("content", {}).items():
            if kind in ("application/json", "application/x-www-form-urlencoded"):
                assert has_example(document, item["schema"]), f"{method} {path}"
            else:
                assert kind == "multipart/form-data", f"{method} {path}: {kind}"


def test_every_problem_is_problem_json_with_its_schema_and_an_example(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        problems = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        assert {"500", "503"} <= set(problems), f"{method} {path}"
        for status, answer in problems.items():
            place = f"{method} {path} {status}"
            if set(answer["content"]) == {"text/html"} and path.startswith(("/C/", "/R/")):
                continue
            assert set(answer["content"]) <= {PROBLEM, "text/html"}, place
            schema = answer["content"][PROBLEM]["schema"]["$ref"].rpartition("/")[2]
            assert schema == "Problem" or (path.startswith(("/C/", "/R/")) and status == "404"), place
            for code, example in answer["content"][PROBLEM].get("examples", {}).items():
                assert str(example["value"]["status"]) == status, place
                assert example["value"]["code"] == code, place
                assert set(example["value"]) <= set(document["components"]["schemas"][schema]["properties"]), place
                assert not re.search(r"[{}]", example["value"]["detail"]), f"{place}: {example['value']['detail']}"


def test_answers_that_are_named_in_two_places_are_told_together() -> None:
    told = answers(NotFound, BadSpan) | answers(BadPaperFont) | raw("text/plain", "Words")
    assert {status: {*entry["content"].get(MEDIA_TYPE, {}).get("examples", ())} for status, entry in told.items()} == {
        200: set(),
        404: {"not_found"},
        422: {"bad_span", "bad_paper_font"},
    }


def test_every_further_member_of_a_refusal_is_described_with_the_codes_that_bring_it(document: dict[str, Any]) -> None:
    problem = document["components"]["schemas"]["Problem"]
    told = [(kind.code(), name) for kind in every_kind(Refusal) for name in kind.tells]
    assert {("not_in_this_state", "state"), ("not_in_this_state", "needs")} <= set(told)
    assert [one for one in told if one[0] not in problem["properties"].get(one[1], {}).get("description", "")] == []
    assert not {name for _, name in told} & set(problem["required"]), "a code does without what others bring"


def test_a_refusal_that_is_about_a_field_is_answered_where_a_body_has_it(document: dict[str, Any]) -> None:
    about = {kind.code(): kind.of_field.partition(".")[0] for kind in every_kind(Refusal) if kind.of_field}
    found = set()
    for path, method, operation in operations(document):
        codes = {
            code
            for answer in operation["responses"].values()
            for code in answer.get("content", {}).get(PROBLEM, {}).get("examples", {})
        }
        sent = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        bodies = [resolved(document, one) for one in sent.get("anyOf", [sent])]
        names = {name for body in bodies for name in body.get("properties", {})}
        for code in codes & about.keys():
            assert about[code] in names, f"{method} {path}: {code} is of_field {about[code]!r}, which is not in its body"
        found |= codes
    assert {"vote_not_carried", "code_taken", "already_published"} <= about.keys() <= found


def test_what_a_form_cannot_do_without_is_demanded(document: dict[str, Any]) -> None:
    demanded = {name: schema["required"] for name, schema in document["components"]["schemas"].items() if name.endswith("Form")}
    assert demanded == {"RatingForm": ["grade", "key"], "ReportForm": ["kind"]}


def test_no_framework_error_schema_is_left(document: dict[str, Any]) -> None:
    assert not {"HTTPValidationError", "ValidationError"} & set(document["components"]["schemas"])
    assert "HTTPValidationError" not in text_of(document)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for section, name in re.findall(r'"#/components/(\w+)/([^"]+)"', text_of(document)):
        assert name in document["components"][section]


def test_a_schema_bears_a_plain_name(document: dict[str, Any]) -> None:
    assert [name for name in document["components"]["schemas"] if not re.fullmatch(r"([A-Z][a-z]+)+", name)] == []


def test_whatever_stands_once_for_several_is_used(document: dict[str, Any]) -> None:
    used = set(re.findall(r'"#/components/(\w+)/([^"]+)"', text_of(document)))
    sections = {section for section in document["components"] if section != "securitySchemes"}
    assert {(section, name) for section in sections for name in document["components"][section]} - used == set()
    assert len(COMMITTED.read_bytes()) < 6_500 * len(list(operations(document)))


def test_no_schema_is_null_alone_or_names_what_it_does_not_forbid(document: dict[str, Any]) -> None:
    found = [part for schema in document["components"]["schemas"].values() for part in parts(document, schema)]
    assert found
    optional = [part for part in found for kind in part.get("anyOf", ()) if kind == {"type": "null"}]
    assert sum(part == {"type": "null"} for part in found) == len(optional)
    assert [part for part in found if part.get("additionalProperties") is True and "properties" in part] == []


def test_what_is_no_json_says_that_it_is_bytes_or_text(document: dict[str, Any]) -> None:
    sent = [operation["requestBody"] for _, _, operation in operations(document) if "requestBody" in operation]
    answered = [answer for _, _, operation in operations(document) for answer in operation["responses"].values()]
    texts = {"text/html", "image/svg+xml", "application/statuslist+jwt", "application/lx-pack+jwt"}
    files = 0
    for place in [*sent, *answered]:
        for kind, item in place.get("content", {}).items():
            if kind == "multipart/form-data":
                (schema,) = item["schema"]["properties"].values()
            elif kind.endswith("json") or kind == "application/x-www-form-urlencoded":
                continue
            else:
                schema = item["schema"]
            assert schema["type"] == "string", kind
            assert kind in texts or schema["format"] == "binary", kind
            files += kind not in texts
    assert files > 15


def test_everything_but_what_is_public_needs_to_be_signed_in(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        public = operation["operationId"] in PUBLIC
        assert bool(operation.get("security")) is not public, f"{method} {path}"
        assert ("401" in operation["responses"]) or public, f"{method} {path}"
        permission = next((name for scheme in operation["security"] for names in scheme.values() for name in names), None)
        assert ("403" in operation["responses"]) or permission in (None, "own_account"), f"{method} {path}"


def test_every_operation_says_who_may_call_it(document: dict[str, Any]) -> None:
    told = {operation["operationId"]: operation["description"].rpartition("\n\n")[2] for _, _, operation in operations(document)}
    assert told["suspend_card"].endswith("hold: `district_officer`, `secretary`, `town_officer`.")
    assert told["sign_in"] == "For anybody, without signing in."
    assert told["list_sessions"] == "For everybody who is signed in."
    assert {text.partition(" ")[0] for text in told.values()} == {"For", "Needs"}


def test_every_tag_is_described_by_the_module_of_its_routes(document: dict[str, Any]) -> None:
    told = {tag["name"]: tag["description"] for tag in document["tags"]}
    assert all(told.values())
    assert {tag for _, _, operation in operations(document) for tag in operation["tags"]} == set(told)


def test_a_header_is_spelled_one_way_and_declared_wherever_it_is_sent(document: dict[str, Any]) -> None:
    spelled = set()
    for path, method, operation in operations(document):
        place = f"{method} {path}"
        sent = {parameter["name"]: parameter for parameter in operation["parameters"] if parameter["in"] == "header"}
        for status, answer in operation["responses"].items():
            spelled |= set(answer["headers"])
            assert "X-Request-Id" in answer["headers"], place
            assert ("Retry-After" in answer["headers"]) is (status in ("429", "503")), place
            if status < "400":
                assert ("Idempotent-Replayed" in answer["headers"]) is ("Idempotency-Key" in sent), place
        spelled |= set(sent)
        if "If-Match" in sent:
            assert sent["If-Match"]["required"] is ("428" in operation["responses"]), place
    assert len(spelled) == len({name.lower() for name in spelled})
    assert all(re.fullmatch(r"[A-Z][A-Za-z]*(-[A-Z][a-z]+)*", name) for name in spelled), spelled


def test_every_change_in_place_demands_the_version(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        names = {parameter["name"] for parameter in operation["parameters"]}
        if method == "patch":
            assert "If-Match" in names and {"412", "428"} <= set(operation["responses"]), path
        if method == "post" and operation["security"]:
            assert "Idempotency-Key" in names, path


def parts(document: dict[str, Any], schema: Any) -> Iterator[dict[str, Any]]:
    """A schema and all that it is made of."""
    waiting, seen = [schema], set()
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            name = part.get("$ref")
            waiting += [item for key, item in part.items() if key not in ("examples", "example")]
            if name is not None and name not in seen:
                seen.add(name)
                waiting.append(resolved(document, part))
        elif isinstance(part, list):
            waiting += part


def test_a_body_of_changes_names_no_default_that_a_client_could_write_out(document: dict[str, Any]) -> None:
    bodies = {f"patch {path}": operation["requestBody"] for path, method, operation in operations(document) if method == "patch"}
    edits = [kind.__name__ for kind in Edited.__subclasses__()]
    assert bodies and {"OrganizationEdit", "MemberEdit", "Changes"} <= set(edits)
    bodies |= {name: document["components"]["schemas"][name] for name in edits}
    for name, body in bodies.items():
        for part in parts(document, body):
            assert "default" not in part, name
            assert {"type": "null"} not in part.get("anyOf", ()) or part["description"].endswith("null takes it away"), name
    assert not any(document["components"]["schemas"][name].get("required") for name in edits)


@pytest.mark.parametrize("kind", Edited.__subclasses__(), ids=lambda kind: str(kind.__name__))
def test_a_client_that_writes_out_what_it_was_given_resets_nothing_else(kind: type[Edited]) -> None:
    """A generated client makes a body from the defaults that the document names, and puts in what its user has set."""
    told = kind.model_json_schema()
    made = {name: part["default"] for name, part in told["properties"].items() if "default" in part}
    body: dict[str, Any] = told.get("examples", [{"mobile": "13800138000"}])[0]
    assert kind.model_validate(made | body).sent().keys() == body.keys()


class Links(HTMLParser):
    """Gathers what a page makes a browser load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in {"src", "href", "action", "srcset"}]


def test_the_documentation_names_no_foreign_host(reader: TestClient) -> None:
    page = reader.get("/docs")
    assert page.status_code == 200
    links = Links(page.text).found
    assert {f"/docs/{name}" for name in TYPES} <= set(links)
    assert [link for link in links if not link.startswith(("/docs/", "data:"))] == []
    assert not re.search(r"https?:|//[a-z]", re.sub(r"<!--.*?-->", "", page.text, flags=re.DOTALL))
    style = reader.get("/docs/swagger-ui.css").text
    loaded = [url for url in re.findall(r"url\(\s*[\"']?([^\"')]+)", style) if not url.startswith(("data:", "#"))]
    assert loaded == [] and "@import" not in style


def test_the_documentation_begins_folded_and_is_sent_compressed(reader: TestClient) -> None:
    page = reader.get("/docs", headers={"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert '"docExpansion": "none"' in page.text


def test_tags_stand_in_the_order_in_which_one_meets_them(document: dict[str, Any]) -> None:
    named = [tag["name"] for tag in document["tags"]]
    met = [tag for _, _, operation in operations(document) for tag in operation["tags"]]
    assert named == list(dict.fromkeys(met))


def test_the_browser_is_told_to_ask_nobody_else(reader: TestClient) -> None:
    policy = reader.get("/docs").headers["Content-Security-Policy"]
    rules = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for name in ("script-src", "style-src", "img-src", "connect-src"):
        words = set(rules[name].split())
        assert "'self'" in words
        assert all(re.fullmatch(r"'self'|data:|'unsafe-inline'|'sha256-[A-Za-z0-9+/=]+'", word) for word in words), policy
    assert "unsafe-inline" not in rules["script-src"]


@pytest.mark.parametrize("name", TYPES)
def test_an_asset_is_served_from_the_package(reader: TestClient, name: str) -> None:
    answer = reader.get(f"/docs/{name}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith(TYPES[name])
    assert len(answer.content) > 10_000


@pytest.mark.parametrize("name", ["nothing.js", "..%2f..%2fsettings.py", "redoc.standalone.js"])
def test_no_other_file_is_served(reader: TestClient, name: str) -> None:
    assert reader.get(f"/docs/{name}").status_code == 404


def test_words_of_which_more_may_come_are_listed_and_bind_nobody(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    told = {
        code
        for _, _, operation in operations(document)
        for answer in operation["responses"].values()
        for code in answer.get("content", {}).get(PROBLEM, {}).get("examples", ())
    }
    for place, words in (
        (("Problem", "code"), told),
        (("Fault", "rule"), {"missing", "uuid_parsing", "deadline_out_of_range"}),
        (("TodoItem", "kind"), {source.kind for source in TODO}),
        (("TodoItem", "target_type"), {"card", "transfer"}),
    ):
        field = schemas[place[0]]["properties"][place[1]]
        assert (field["type"], "enum" in field) == ("string", False), place
        assert words <= set(field["x-extensible-enum"]), place
    assert {"bad_cursor", "bad_idempotency_key", "idempotency_key_reused", "unreadable", "conflict", "about_oneself"} <= told


def test_a_name_stands_beside_every_key_of_an_organisation_of_a_member_and_of_who_has_done_something(
    document: dict[str, Any],
) -> None:
    """In all that is answered, but for what a verb for many has passed over: of that the key stands with the reason."""
    without, found = [], 0
    for name, schema in document["components"]["schemas"].items():
        is_answered = schema.get("additionalProperties") is not False and not name.endswith("Skipped")
        for field, described in schema.get("properties", {}).items():
            if is_answered and re.search(r"(^|_)(organization|member)_id$|_by$", field) and "'uuid'" in str(described):
                found += 1
                if f"{field.removesuffix('_id')}_name" not in schema["properties"]:
                    without.append(f"{name}.{field}")
    assert without == []
    assert found > 20
