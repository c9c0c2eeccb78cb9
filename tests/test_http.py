"""What HTTP promises of every address (RFC 9110), walked over all operations."""

import codecs
import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.params import Form
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from python_multipart.multipart import QuerystringParser

from api.access.permissions import PERMISSIONS, PUBLIC, Permission
from api.app import create_app
from api.complaints.rules import LONGEST_CONTACT, LONGEST_DETAILS
from api.errors import ForeignOrigin
from api.house import House
from api.settings import Settings, fresh_secrets
from api.web.pages import MOST_FORM_BYTES
from models.enums import Role
from tests.accounts.people import enrol
from tests.conftest import PASSWORD, PUBLIC_URL, Caller, District
from tests.files.drawings import drawn
from tests.pledges.kept import keep_pledge
from tests.problems import assert_problem, fields
from tests.routes import Door, document, doors, resolved
from tests.transport import Client
from tests.verification.holders import hold

ON_ENGINES = ("sqlite",)
OWN = ("https://lx.example.gov.cn", "https://LX.example.gov.cn:443", "https://testserver", "http://testserver")
FOREIGN = (
    "null",
    "",
    "https://example.org",
    "http://lx.example.gov.cn",
    "https://lx.example.gov.cn:8443",
    "https://lx.example.gov.cn.example.org",
    "https://lx.example.gov.cn, https://example.org",
    "lx.example.gov.cn",
    "file://",
    "https://[",
    "https://lx.example.gov.cn:port",
)
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FORMS = ("multipart/form-data", "Multipart/Form-Data; boundary=json")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest.fixture(scope="module")
def application() -> FastAPI:
    """An application whose database is never reached: what is wrong with a request is found before that."""
    secrets: dict[str, Any] = {name.lower(): value for name, value in fresh_secrets().items()}
    return create_app(
        Settings(_env_file=None, database_url="sqlite:////nonexistent", public_url=PUBLIC_URL, log_level="ERROR", **secrets)
    )


@pytest.fixture(scope="module")
def outside(application: FastAPI) -> TestClient:
    return Client(application, base_url=PUBLIC_URL, raise_server_exceptions=False)


Send = Callable[..., Any]


@pytest.fixture
def send(district: District) -> Send:
    """Sends a request to a door in the name of somebody to whom it is open."""
    callers: dict[Permission, Caller] = {}

    def send(door: Door, **more: Any) -> Any:
        if door.permissions and door.permissions[0] not in callers:
            role = next((role for role in Role if door.permissions[0] in PERMISSIONS[role]), Role.member)
            callers[door.permissions[0]] = district.sign_in(role, "D")
        headers = {**more.pop("headers", {}), **(callers[door.permissions[0]].headers if door.permissions else {})}
        return district.client.request(door.method, filled(door.path), headers=headers, follow_redirects=False, **more)

    return send


def filled(path: str) -> str:
    """A path with something in the place of each parameter."""
    return re.sub(r"\{\w+\}", lambda _: str(uuid4()), path)


def names_of_query(app: FastAPI, door: Door) -> list[str]:
    """The parameters of the query that the document names."""
    operation = document()["paths"].get(door.path, {}).get(door.method.lower(), {})
    sent = [resolved(document(), parameter) for parameter in operation.get("parameters", ())]
    return [parameter["name"] for parameter in sent if parameter["in"] == "query"]


def test_every_address_answers_another_method_with_all_that_it_takes(application: FastAPI, outside: TestClient) -> None:
    taken: dict[str, set[str]] = defaultdict(set)
    for door in doors(application):
        taken[door.path].add(door.method)
    for path, methods in taken.items():
        wanted = methods | ({"HEAD"} if "GET" in methods else set())
        others = [method for method in METHODS if method not in methods] + ([] if "GET" in methods else ["HEAD"])
        for method in others:
            answer = outside.request(method, filled(path))
            assert answer.status_code == 405, f"{method} {path}"
            assert answer.headers["Allow"].split(", ") == sorted(wanted), f"{method} {path}"
            if method != "HEAD":
                assert_problem(answer, 405, "method_not_allowed")


def test_head_tells_of_every_address_what_get_tells_and_sends_no_body(app: FastAPI, district: District) -> None:
    officer, asked = district.sign_in(Role.district_officer, "D"), 0
    for door in doors(app):
        if door.method == "GET":
            path = filled(door.path)
            whole, told = (
                officer.get(path, follow_redirects=False),
                officer.client.head(path, headers=officer.headers, follow_redirects=False),
            )
            assert told.status_code == whole.status_code and told.content == b"", path
            for name in whole.headers.keys() | told.headers.keys():
                if name != "x-request-id":
                    assert told.headers.get(name) == whole.headers.get(name), f"{path}: {name}"
            asked += whole.status_code == 200
    assert asked > 10


def test_a_body_of_another_kind_is_refused_wherever_a_body_is_taken(app: FastAPI, send: Send) -> None:
    taking = {route.name: is_form(route) for route in app.routes if isinstance(route, APIRoute) and route.body_field}
    assert len(taking) > 30
    for door in doors(app):
        if (form := taking.get(door.name)) is not None:
            for kind in (
                "text/plain",
                "application/octet-stream",
                "application/json" if form else "multipart/form-data",
                "application/a/b+json",
                None,
            ):
                answer = send(door, content=b"{}", headers={"Content-Type": kind} if kind else {})
                assert answer.status_code == 415, f"{door.name}: {kind}"
                if door.path.startswith("/v1/"):
                    assert_problem(answer, 415, "unsupported_media_type")
            for kind in FORMS if form else ("application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"):
                answer = send(door, content=b"--json--\r\n" if form else b"{}", headers={"Content-Type": kind})
                assert answer.status_code not in {415, 500}, f"{door.name}: {kind}"


def test_a_form_whose_words_are_not_in_utf_8_is_refused_before_any_is_read(
    app: FastAPI, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up, utf_8 = list[str](), codecs.lookup("utf-8")

    def looking_up(name: str) -> codecs.CodecInfo:
        looked_up.append(name)
        return utf_8

    monkeypatch.setattr("starlette.formparsers.codecs.lookup", looking_up)
    taking = {route.name for route in app.routes if isinstance(route, APIRoute) and route.body_field}
    asked = 0
    for door in doors(app):
        if door.name in taking:
            for said in ("charset=punycode", 'x="; charset=utf-8"; CharSet = "none-such"'):
                for content in (b"", b'--a\r\nContent-Disposition: form-data; name="f"\r\n\r\nx-\r\n--a--\r\n'):
                    headers = {"Content-Type": f"multipart/form-data; boundary=a; {said}", "Idempotency-Key": f"key-{asked}"}
                    answer = send(door, content=content, headers=headers)
                    assert answer.status_code == 415 or not content, f"{door.name}: {said}"
                    asked += 1
    assert asked > 200 and not looked_up


def test_what_comes_beside_a_file_is_little(app: FastAPI) -> None:
    """It is kept in memory; of the file no more than its first megabyte is."""
    limits = [route.form_limits for route in app.routes if isinstance(route, APIRoute) and is_form(route)]
    assert len(limits) > 10
    for one in limits:
        assert one["max_files"] <= 1 and one["max_fields"] * one.get("max_part_size", MOST_FORM_BYTES) <= 1 << 17


def test_no_form_is_read_that_is_longer_than_what_it_asks_for(app: FastAPI, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is escaped is read while everybody waits: 15 ms for 64 KB of it, and for a file of a megabyte a fourth of a second."""
    read: list[bytes] = []
    monkeypatch.setattr(QuerystringParser, "write", lambda _, piece: read.append(piece))
    taking = {route.name for route in app.routes if isinstance(route, APIRoute) and is_form(route)}
    pages = 0
    for door in doors(app):
        if door.name in taking:
            is_page = door.name in PUBLIC
            content = b"%" * (MOST_FORM_BYTES + 1 if is_page else 1)
            answer = send(door, content=content, headers={"Content-Type": "application/x-www-form-urlencoded"})
            assert (answer.status_code, read) == (413 if is_page else 415, []), door
            pages += is_page
    assert 4 <= pages < len(taking)
    longest = {
        "key": "k" * 64,
        "kind": "not_the_person",
        "details": "\U00020000" * LONGEST_DETAILS,
        "contact": "１" * LONGEST_CONTACT,
    }
    assert len(urlencode(longest)) < MOST_FORM_BYTES


def is_form(route: APIRoute) -> bool:
    return route.body_field is not None and isinstance(route.body_field.field_info, Form)


def test_a_parameter_that_an_operation_does_not_know_is_named_and_refused(app: FastAPI, send: Send) -> None:
    walked = 0
    for door in doors(app):
        # Whoever is signed in may be a program in a page anywhere.
        answer = send(door, params={"limti": "1", "x y": ""}, headers={"Origin": "null"} if door.permissions else {})
        if door.permissions:
            body = assert_problem(answer, 422, "invalid")
            assert fields(body) == [("query.limti", "extra_forbidden"), ("query", "extra_forbidden")], door.name
            walked += 1
        else:
            assert answer.status_code != 422 or "extra_forbidden" not in answer.text, door.name
    assert walked > 80


def test_a_parameter_that_an_operation_names_is_not_unknown_to_it(app: FastAPI, send: Send) -> None:
    named = 0
    for door in doors(app):
        if names := names_of_query(app, door):
            assert "extra_forbidden" not in send(door, params=dict.fromkeys(names, "1")).text, door.name
            named += len(names)
    assert named > 20


def test_whoever_is_public_and_changes_something_takes_nothing_from_a_page_elsewhere(
    application: FastAPI, outside: TestClient
) -> None:
    public = [door for door in doors(application) if door.name in PUBLIC and door.method not in ("GET", "OPTIONS")]
    assert {door.path for door in public} >= {"/C", "/c/{code}/report", "/v1/complaints", "/v1/sessions"}
    for door in public:
        for origin in FOREIGN:
            answer = outside.request(door.method, filled(door.path), headers={"Origin": origin, "Host": "testserver"})
            if door.path.startswith("/v1/"):
                assert_problem(answer, 403, "foreign_origin")
            else:
                assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html; charset=utf-8")
                assert ForeignOrigin.text.zh in answer.text
        for headers in ({}, *({"Origin": origin} for origin in OWN)):
            answer = outside.request(door.method, filled(door.path), headers={"Host": "testserver", **headers})
            assert answer.status_code in (404, 422, 503), f"{door.path}: {headers}"


def test_a_cursor_leads_on_in_its_own_list_and_filter_only(app: FastAPI, district: District) -> None:
    lists = [door for door in doors(app) if "cursor" in names_of_query(app, door)]
    assert len(lists) >= 8 and all("pages" in door.parameters for door in lists), "what a cursor is bound to stands in `get_pages`"
    officer = district.sign_in(Role.district_officer, "D")
    narrowed = {"q": "村", "kind": "branch"}
    cursor = officer.get("/v1/organizations", params={**narrowed, "limit": 1}).json()["next_cursor"]
    backwards = dict(reversed(narrowed.items()))
    assert len(officer.get("/v1/organizations", params={"cursor": cursor, **backwards, "limit": 3}).json()["items"]) == 3
    for other in ({}, {"kind": "branch"}, {**narrowed, "kind": "village"}, {**narrowed, "closed": "true"}, {**narrowed, "q": "塘"}):
        assert_problem(officer.get("/v1/organizations", params={**other, "cursor": cursor}), 422, "bad_cursor")
    assert_problem(officer.get("/v1/members", params={"cursor": cursor}), 422, "bad_cursor")


def test_what_was_made_is_shown_where_the_answer_says_to_whoever_made_it(district: District, house: House) -> None:
    holder, branch = hold(house, district.ids["B11"]), str(district.ids["B11"])
    officer = district.sign_in(Role.district_officer, "D")
    member = district.sign_in(Role.member, "B11", member_id=holder.member_id)
    (cardless,) = enrol(district, "B11", "陈国华")
    account = officer.post("/v1/accounts", json={"username": "chen.guohua", "organization_id": branch}).json()["id"]
    report = {"code": holder.code, "kind": "misused", "key": "0192f0c1e5a87cc2"}
    founded = {"code": "B13", "name": "第三党支部", "kind": "branch", "parent_id": str(district.ids["V1"])}
    picture = {"files": {"file": ("照片.png", drawn("PNG"))}}
    shown = {
        "/v1/sessions": (officer, {"json": {"username": officer.username, "password": PASSWORD}}),
        "/v1/organizations": (officer, {"json": founded}),
        "/v1/members": (officer, {"json": {"organization_id": branch, "full_name": "李建国", "joined_on": "1995-07-01"}}),
        "/v1/accounts": (officer, {"json": {"username": "li.jianguo", "organization_id": branch}}),
        "/v1/grants": (officer, {"json": {"account_id": account, "role": "deputy", "organization_id": branch}}),
        "/v1/cards": (officer, {"json": {"member_id": str(cardless)}}),
        f"/v1/cards/{holder.card_id}/plates": (officer, {"json": {"kind": "name_badge"}}),
        "/v1/transfers": (
            officer,
            {"json": {"member_id": str(cardless), "to_organization_id": str(district.ids["B12"]), "reason": "居住地变动"}},
        ),
        "/v1/complaints": (member, {"json": report}),
        "/v1/corrections": (member, {"json": {"changes": {"job_title": "会计"}}}),
        "/v1/consents/mine": (member, {"json": {"kind": "photo", "text_version": "photo-1"}}),
        "/v1/photos/mine": (member, picture),
        "/v1/files": (member, picture),
    }
    for path, (caller, sent) in shown.items():
        made = caller.post(path, **sent)
        assert made.status_code == 201, f"{path}: {made.text}"
        found = caller.get(made.headers["Location"])
        assert found.status_code == 200, f"{path}: {made.headers['Location']}"
        told = made.json().get("id") or made.json().get("receipt_no", "")
        assert told in found.text or found.headers["Content-Type"] == "image/jpeg", path


def test_a_page_that_answers_a_form_with_what_is_to_be_mended_can_be_gone_back_to(district: District, app: FastAPI) -> None:
    code, pledge_id = hold(district.house, district.ids["B11"]).code, keep_pledge(district, "B11")
    forms = [door.path.format(code=code, pledge_id=pledge_id) for door in doors(app) if _takes_a_form(door)]
    assert {"/C", "/R", f"/C/{code}/report"} < set(forms)
    wrong = {"code": "x", "receipt_no": "x", "kind": "x", "grade": "x"}
    for path in forms:
        for status, more in ((422, {}), (403, {"Origin": "https://elsewhere.example"})):
            answer = district.client.post(path, data=wrong, headers=BROWSER | more)
            assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8"), path
            assert answer.headers["Cache-Control"] == "private, no-cache", path
    lost = district.client.post("/nowhere", data={"code": "x"}, headers=BROWSER)
    assert (lost.status_code, lost.headers["Cache-Control"]) == (404, "private, no-cache")


def test_an_address_that_a_browser_opens_by_itself_answers_a_page_even_where_there_is_nothing(
    district: District, app: FastAPI
) -> None:
    known = hold(district.house, district.ids["B11"]).code
    paths = [door.path for door in doors(app) if door.method == "GET" and re.match(r"/[CcRr]/|/lists\b", door.path)]
    for path in paths:
        for code, key in ((known, uuid4()), ("nonsense", "nonsense")):
            address = re.sub(r"{\w+}", str(key), path.replace("{code}", code))
            answer = district.client.get(address, headers=BROWSER)
            assert answer.headers["content-type"] == "text/html; charset=utf-8", address
    for picture in (path for path in paths if path.endswith(("/photo", "/{file_id}"))):
        address = re.sub(r"{\w+}", str(uuid4()), picture.replace("{code}", known))
        drawn_within = district.client.get(address, headers={"Accept": "image/avif,image/webp,image/*,*/*;q=0.8"})
        assert drawn_within.headers["content-type"] == "application/problem+json", address


def _takes_a_form(door: Door) -> bool:
    return door.method == "POST" and not door.path.startswith("/v1/")
