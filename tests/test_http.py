"""What HTTP promises of every address (RFC 9110), walked over all operations."""

import re
from collections import defaultdict
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings, fresh_secrets
from models.enums import Role
from tests.conftest import PUBLIC_URL, District
from tests.routes import doors
from tests.test_errors import assert_problem

ON_ENGINES = ("sqlite",)
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
    return TestClient(application, base_url=PUBLIC_URL, raise_server_exceptions=False)


def filled(path: str) -> str:
    """A path with something in the place of each parameter."""
    return re.sub(r"\{\w+\}", lambda _: str(uuid4()), path)


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
