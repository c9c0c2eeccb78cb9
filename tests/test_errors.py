"""Whatever goes wrong is answered as a problem (RFC 9457) that tells programs a code, people a sentence, and nobody a secret."""

import ast
import importlib
import json
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from fastapi.testclient import TestClient

import api
from api import logs
from api.app import create_app
from api.errors import Refusal, Text
from api.organizations import service as organizations
from api.settings import Settings, fresh_secrets
from api.uploads import MAX_BODY_BYTES
from api.web.error_handlers import HTTP_TEXT, STATUS, VALIDATION_TEXT, status_of
from models.enums import Role
from tests.conftest import PASSWORD, PUBLIC_URL, Caller, District
from tests.problems import MARK, assert_problem, fields
from tests.transport import Client

SECRET = "欧阳秀兰 13800138000"
SOURCES = sorted(Path(api.__path__[0]).rglob("*.py"))


def assert_dressed(answer: Any) -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-Id"])
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    # A browser sends a form with an Origin that says something only from a page that may say where it stands.
    assert answer.headers["Referrer-Policy"] == ("same-origin" if b"<form" in answer.content else "no-referrer")
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= {*policy}
    assert "Cache-Control" in answer.headers
    assert "server" not in answer.headers


@pytest.fixture(scope="module")
def door() -> TestClient:
    """A client of an application whose database is never reached: what is wrong with a request is found before that."""
    secrets: dict[str, Any] = {name.lower(): value for name, value in fresh_secrets().items()}
    settings = Settings(_env_file=None, database_url="sqlite:////nonexistent", public_url=PUBLIC_URL, log_level="ERROR", **secrets)
    return Client(create_app(settings), base_url=PUBLIC_URL, raise_server_exceptions=False)


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.district_officer, "D")


@pytest.mark.parametrize("path", [f"/{MARK}", f"/v1/{MARK}", f"/v1/members/mine/{MARK}", "/v1/", "/livez/", "/docs/../x"])
def test_an_unknown_address_is_a_404_problem(door: TestClient, path: str) -> None:
    assert_problem(door.get(path), 404, "not_found")


@pytest.mark.parametrize("path", ["/v1/sessions/refresh", "/livez", "/v1/members/import"])
def test_another_method_is_a_405_problem_that_names_the_allowed_ones(door: TestClient, path: str) -> None:
    answer = door.request("PUT", path, json={"x": MARK})
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"]


def test_a_body_too_large_is_a_413_problem_whether_its_length_is_told_or_not(door: TestClient) -> None:
    large = json.dumps({"username": MARK, "password": "x" * MAX_BODY_BYTES}).encode()
    headers = {"Content-Type": "application/json"}
    assert_problem(door.post("/v1/sessions", content=large, headers=headers), 413, "too_large")

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(large), 4096):
            yield large[start : start + 4096]

    answer = door.post("/v1/sessions", content=pieces(), headers=headers)
    assert "content-length" not in answer.request.headers
    assert_problem(answer, 413, "too_large")
    assert_dressed(answer)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_body_too_large_is_told_in_the_language_that_is_preferred(door: TestClient, language: str) -> None:
    headers = {"Content-Type": "application/json", "Accept-Language": language}
    answer = door.post("/v1/sessions", content=b" " * (MAX_BODY_BYTES + 1), headers=headers)
    body = assert_problem(answer, 413)
    assert body["detail"] == ("内容过大。" if language == "zh" else "This is too large.")
    assert answer.headers["Content-Language"] == language


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "1" + "0" * 30, "null", "true", "[]", "{}"])
def test_an_odd_value_in_a_body_is_a_422_problem(door: TestClient, number: str) -> None:
    for body in (f'{{"username": {number}, "password": "x"}}', f'{{"username": "x", "password": {number}}}', number):
        answer = door.post("/v1/sessions", content=body, headers={"Content-Type": "application/json"})
        assert_problem(answer, 422, "invalid")


def test_an_odd_number_in_a_query_is_a_422_problem(district: District, officer: Caller) -> None:
    odd = ("NaN", "Infinity", "-Infinity", "1e400", "1" + "0" * 30, "1" + "0" * 5000, "", MARK)
    for path, name in (
        ("/v1/organizations", "limit"),
        (f"/v1/cards/{district.ids['D']}/plates/{district.ids['D']}/qr.svg", "side_mm"),
        (f"/v1/cards/{district.ids['D']}/plates/{district.ids['D']}/qr.png", "scale"),
    ):
        for number in odd:
            body = assert_problem(officer.get(path, params={name: number}), 422, "invalid")
            assert [field for field, _ in fields(body)] == [f"query.{name}"]


def test_a_naive_or_impossible_moment_is_a_422_problem(district: District) -> None:
    member = district.sign_in(Role.member, "B11")
    for moment in ("2026-10-01T08:00:00", MARK, "9999999999999999999999", "10000-01-01T00:00:00Z"):
        answer = member.get("/v1/cards/mine/scans", params={"since": moment, "until": "2026-10-02T08:00:00+08:00"})
        body = assert_problem(answer, 422, "invalid")
        assert [field for field, _ in fields(body)] == ["query.since"]


def test_an_extra_field_is_a_422_problem_that_does_not_repeat_what_was_made_up(door: TestClient) -> None:
    body = assert_problem(door.post("/v1/sessions", json={"username": "x", "password": "y", MARK: MARK}), 422, "invalid")
    assert [rule for _, rule in fields(body)] == ["extra_forbidden"]


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"",
        b'{"username": ',
        b'{"username": "\xff\xfe", "password": "x"}',
        MARK.encode(),
        b'{"username": 1' + b"0" * 5000 + b', "password": "x"}',
        b"[" * 50_000,
        b'{"a":' * 10_000,
        b'"\\ud800"',
        b'{"username": "\\ud800", "password": "x"}',
    ],
    ids=["open", "empty", "cut", "not-utf-8", "words", "huge-number", "deep-list", "deep-object", "surrogate", "surrogate-within"],
)
def test_broken_json_is_a_problem_of_the_one_who_sent_it(door: TestClient, content: bytes) -> None:
    answer = door.post("/v1/sessions", content=content, headers={"Content-Type": "application/json"})
    assert_problem(answer, 400 if answer.status_code == 400 else 422)


def test_where_json_breaks_off_is_told_by_line_and_character_and_not_as_a_field(door: TestClient) -> None:
    headers = {"Content-Type": "application/json", "Accept-Language": "en"}
    answer = door.post("/v1/sessions", content='{\n  "username": "王",\n  "password" "x"\n}'.encode(), headers=headers)
    told = {"field": "body", "rule": "json_invalid", "detail": "This is not valid JSON from line 3, character 14 on."}
    assert assert_problem(answer, 422, "invalid")["errors"] == [told]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", MARK, ""])
def test_another_content_type_is_a_415_problem(door: TestClient, kind: str) -> None:
    content = json.dumps({"username": "x", "password": "y"})
    assert_problem(door.post("/v1/sessions", content=content, headers={"Content-Type": kind}), 415, "unsupported_media_type")


def test_a_form_that_cannot_be_read_is_a_problem_of_the_one_who_sent_it(officer: Caller) -> None:
    content = f"--{MARK}\r\nbroken"
    headers = {"Content-Type": f"multipart/form-data; boundary={MARK}"}
    answer = officer.post("/v1/organizations/import", content=content, headers=headers)
    assert answer.status_code in (400, 422)
    assert_problem(answer, answer.status_code)


def test_a_nul_is_refused_and_is_never_a_failure(district: District, officer: Caller) -> None:
    client, nul = district.client, "a\x00bcd"
    assert_problem(client.post("/v1/sessions", json={"username": nul, "password": PASSWORD}), 422, "invalid")
    assert_problem(client.post("/v1/sessions", json={"username": officer.username, "password": nul}), 401)
    assert_problem(client.post("/v1/sessions/refresh", json={"refresh_token": nul}), 401)
    for path in ("/v1/organizations", "/v1/members", "/v1/accounts"):
        assert_problem(officer.get(path, params={"q": nul}), 422, "invalid")
    body = {"username": nul, "organization_id": str(district.ids["D"])}
    assert_problem(officer.post("/v1/accounts", json=body), 422, "invalid")
    member = {"organization_id": str(district.ids["B11"]), "full_name": "王秀兰", "joined_on": "1995-07-01"}
    for name in ("employer", "home_address", "remark", "ethnicity", "mobile"):
        assert_problem(officer.post("/v1/members", json={**member, name: nul}), 422, "invalid")
    for table in (f"编码,名称,类型,上级编码\nV7,{nul},村,T1\n", f"编码,名称,类型,上级编码\n{nul},新村,村,T1\n"):
        answer = officer.post("/v1/organizations/import", files={"file": ("x.csv", table.encode())})
        assert answer.status_code in (200, 422), answer.text
    assert_problem(client.get("/C/a%00b", headers={"Accept": "application/json"}), 404)


def test_a_cursor_that_is_not_ours_is_a_422_problem(officer: Caller) -> None:
    for cursor in ("x", MARK, "A" * 1000, "=" * 8, "é"):
        assert_problem(officer.get("/v1/organizations", params={"cursor": cursor}), 422, "bad_cursor")
    assert_problem(officer.get("/v1/organizations", params={"cursor": "A" * 1001}), 422, "invalid")


def test_an_idempotency_key_that_cannot_be_one_is_a_422_problem(district: District, officer: Caller) -> None:
    for key in ("", "x" * 65, "a b"):
        answer = officer.post(f"/v1/organizations/{district.ids['V1']}/close", headers={"Idempotency-Key": key})
        assert_problem(answer, 422, "bad_idempotency_key")


@pytest.mark.parametrize("token", ["", "x", "x.y.z", MARK, "é"])
def test_a_token_that_is_none_is_a_401_problem(door: TestClient, token: str) -> None:
    answer = door.get("/v1/accounts/mine", headers={b"Authorization": f"Bearer {token}".encode()})
    assert_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_what_is_not_a_key_is_a_422_problem(officer: Caller) -> None:
    body = assert_problem(officer.get(f"/v1/members/{MARK}"), 422, "invalid")
    assert [field for field, _ in fields(body)] == ["path.member_id"]


def test_a_problem_is_in_english_for_who_prefers_it_and_in_chinese_otherwise(door: TestClient) -> None:
    for path, chinese, english in (
        ("/nowhere", "没有这个地址。", "There is nothing at this address."),
        ("/v1/accounts/mine", "请先登录。", "Please sign in first."),
    ):
        for header, wanted in (
            ("en-GB", english),
            ("zh-CN", chinese),
            ("fr", english),
            ("ug", chinese),
            ("zh;q=0.4, en;q=0.6", english),
        ):
            answer = door.get(path, headers={"Accept-Language": header})
            assert answer.json()["detail"] == wanted
            assert answer.headers["Content-Language"] == ("en" if wanted is english else "zh")
    answer = door.post("/v1/sessions", json={"username": "x"}, headers={"Accept-Language": "en"})
    assert answer.json()["errors"] == [{"field": "body.password", "rule": "missing", "detail": "This is required."}]


def test_a_failure_tells_nothing_neither_in_the_answer_nor_in_the_log(
    officer: Caller, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(SECRET)

    logs.configure("INFO")
    monkeypatch.setattr(organizations, "list_organizations", fail)
    answer = officer.get("/v1/organizations", params={"q": "欧阳秀兰"})
    assert_problem(answer, 500, "unexpected")
    assert_dressed(answer)
    assert SECRET not in answer.text and "RuntimeError" not in answer.text
    out, err = capfd.readouterr()
    assert "欧阳" not in out + err and "13800138000" not in out + err and "Traceback" not in out + err
    lines = [json.loads(line) for line in err.splitlines()]
    assert {line["request_id"] for line in lines} == {answer.headers["X-Request-Id"]}
    failed, request = lines
    assert (failed["event"], failed["level"], failed["error"]) == ("request_failed", "error", "RuntimeError")
    assert re.fullmatch(r"test_errors\.py:\d+", failed["where"])
    assert (request["event"], request["status"], request["operation"]) == ("request", 500, "list_organizations")
    assert officer.get("/v1/accounts/mine").status_code == 200, "the next request is answered"


def test_a_log_line_is_json_and_tells_the_operation_but_neither_path_nor_person(
    district: District, officer: Caller, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.configure("INFO")
    key = str(district.ids["V1"])
    asked = [
        officer.get(f"/v1/organizations/{key}"),
        officer.get("/v1/members", params={"q": "欧阳秀兰"}),
        district.client.get("/C/D7K2M9Q4R8T3V6X"),
        district.client.post("/v1/sessions", json={"username": officer.username, "password": MARK}),
        district.client.get(f"/{MARK}"),
    ]
    out, err = capfd.readouterr()
    assert out == ""
    lines = [json.loads(line) for line in err.splitlines()]
    assert [line["request_id"] for line in lines] == [answer.headers["X-Request-Id"] for answer in asked]
    assert [line["status"] for line in lines] == [answer.status_code for answer in asked]
    assert [line["operation"] for line in lines] == ["show_organization", "list_members", "verify_code", "sign_in", None]
    assert [line["account"] for line in lines[:2]] == [officer.account_id] * 2
    for value in (key, "欧阳", "D7K2M9Q4R8T3V6X", officer.username, MARK, "/v1", officer.access_token):
        assert value not in err
    for line in lines:
        assert set(line) == {"event", "level", "timestamp", "request_id", "method", "operation", "status", "ms", "account"}


def test_every_answer_bears_the_headers_of_the_house(district: District, officer: Caller) -> None:
    client = district.client
    asked = [
        client.get("/livez"),
        client.get("/readyz"),
        client.get("/nowhere"),
        client.put("/livez"),
        client.get("/C"),
        client.get("/C/D7K2M9Q4R8T3V6X"),
        client.get("/docs"),
        client.get("/openapi.json"),
        client.get("/docs/swagger-ui.css"),
        client.get("/.well-known/jwks.json"),
        client.get("/v1/accounts/mine"),
        client.post("/v1/sessions", json={}),
        client.post("/v1/sessions", content=b" " * (MAX_BODY_BYTES + 1)),
        officer.get("/v1/organizations"),
        officer.get(f"/v1/organizations/{district.ids['V1']}"),
    ]
    for answer in asked:
        assert_dressed(answer)
        may_keep = answer.url.path in ("/.well-known/jwks.json", "/openapi.json", "/docs", "/docs/swagger-ui.css")
        assert (answer.headers["Cache-Control"] == "no-store") is not may_keep, answer.url
    assert len({answer.headers["X-Request-Id"] for answer in asked}) == len(asked)


def test_a_request_id_that_a_client_sends_is_not_taken(door: TestClient) -> None:
    assert door.get("/livez", headers={"X-Request-Id": MARK}).headers["X-Request-Id"] != MARK


def refusals() -> list[type[Refusal]]:
    for module in pkgutil.walk_packages(api.__path__, "api."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found: list[type[Refusal]] = []
    waiting = list(Refusal.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith("api."):
            found.append(kind)
    return sorted(set(found), key=lambda kind: kind.__name__)


REFUSALS = refusals()


def blanks(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name is not None}


def test_the_walk_meets_the_refusals_of_every_room() -> None:
    rooms = {kind.__module__.split(".")[1] for kind in REFUSALS}
    assert {"errors", "access", "organizations", "members", "cards", "adapters", "web", "pagination"} <= rooms


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_every_refusal_has_a_status_and_a_sentence_in_both_languages(kind: type[Refusal]) -> None:
    assert status_of(kind) in STATUS.values()
    assert re.search(r"[\u4e00-\u9fff]", kind.text.zh) and kind.text.zh[-1] in "。！？"
    assert not re.search(r"[\u4e00-\u9fff]", kind.text.en) and kind.text.en[-1] in ".!?"
    assert blanks(kind.text.zh) == blanks(kind.text.en)
    assert "" not in blanks(kind.text.zh)


def test_a_title_has_no_blank_and_stands_wherever_the_sentence_has_one() -> None:
    for kind in REFUSALS:
        assert kind.title is not None or not blanks(kind.text.zh), kind.__name__
        if kind.title is not None:
            assert not blanks(kind.title.zh) and not blanks(kind.title.en)
            assert re.search(r"[\u4e00-\u9fff]", kind.title.zh) and not re.search(r"[\u4e00-\u9fff]", kind.title.en)


def test_what_is_said_otherwise_somewhere_has_a_title_of_its_own() -> None:
    calls = [node for source in SOURCES for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Call)]
    otherwise = {ast.unparse(call.func) for call in calls if any(word.arg == "instead" for word in call.keywords)}
    assert "ForTheLevelAbove" in otherwise
    for kind in REFUSALS:
        # The kinds that all rooms share say nothing that is true of one reason alone.
        if kind.__name__ in otherwise and kind.__module__ != "api.errors":
            assert kind.title is not None, kind.__name__


def test_a_title_is_the_same_whatever_the_detail_says(door: TestClient, officer: Caller) -> None:
    unknown, absent = door.get("/nowhere"), officer.get(f"/v1/members/{officer.account_id}")
    assert assert_problem(unknown, 404, "not_found")["title"] == assert_problem(absent, 404, "not_found")["title"]
    assert unknown.json()["detail"] != absent.json()["detail"]
    files = ({"file": (f"{heading}.csv", f"{heading}\n".encode())} for heading in ("名称,类型", "编码,类型"))
    told = [assert_problem(officer.post("/v1/organizations/import", files=sent), 422, "no_tree") for sent in files]
    assert told[0]["title"] == told[1]["title"] and told[0]["detail"] != told[1]["detail"]


def test_a_problems_code_belongs_to_one_refusal() -> None:
    assert [code for code, number in Counter(kind.code() for kind in REFUSALS).items() if number > 1] == []


def test_whoever_refuses_fills_in_what_the_sentence_leaves_blank() -> None:
    wanting = {kind.__name__: blanks(kind.text.zh) for kind in REFUSALS if blanks(kind.text.zh)}
    assert wanting, "no sentence has a blank any more: this test is not needed"
    filled = set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name):
                assert node.exc.id not in wanting, f"{source.name}:{node.lineno}"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                if name in wanting:
                    assert node.args and isinstance(node.args[0], ast.Dict), f"{source.name}:{node.lineno}"
                    keys = {key.value for key in node.args[0].keys if isinstance(key, ast.Constant)}
                    assert keys == wanting[name], f"{source.name}:{node.lineno}"
                    filled.add(name)
    assert filled == set(wanting)


@pytest.mark.parametrize("text", [*HTTP_TEXT.values(), *VALIDATION_TEXT.values()], ids=lambda text: text.en)
def test_every_other_sentence_stands_in_both_languages(text: Text) -> None:
    assert text.zh.endswith("。") and text.en.endswith(".")
    assert (
        blanks(text.zh) == blanks(text.en) <= {"ge", "le", "multiple_of", "min_length", "max_length", "expected", "line", "column"}
    )


def test_a_number_out_of_range_is_told_the_range(district: District) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    told = officer.get("/v1/members?limit=400").json()["errors"]
    assert told == [{"field": "query.limit", "rule": "less_than_equal", "detail": "不能大于 200。"}]


def test_a_value_that_cannot_be_taken_is_told_which_could_be(district: District) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    pledge = {
        "kind": "monthly",
        "category": "service",
        "content": "太短",
        "measure": "长" * 201,
        "due_on": "31.12.2026",
        "visibility": "all",
    }
    several = secretary.post("/v1/pledges/publish", json={"ids": []})
    graded = secretary.post(f"/v1/pledges/{district.ids['B11']}/evaluations", json={"source": "masses", "grade": "average"})
    year = secretary.get("/v1/pledges?year=this")
    found = {
        told["field"]: told["detail"]
        for answer in (secretary.post("/v1/pledges", json=pledge), several, graded, year)
        for told in assert_problem(answer, 422, "invalid")["errors"]
    }
    assert found == {
        "body.kind": "只能是：'annual', 'instant'。",
        "body.content": "不能为空或过短，至少 10 个字符。",
        "body.measure": "文字过长，最多 200 个字符。",
        "body.due_on": "日期不对，请写成 2026-01-31 这样。",
        "body.visibility": "只能是：'branch', 'inner_party', 'public'。",
        "body.ids": "至少 1 项。",
        "body.source": "只能是：'self', 'peers', 'organization'。",
        "query.year": "只能是整数。",
    }
