"""How the tests of sign-in and of accounts ask, and what they read of the answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event, update

from tests.conftest import PASSWORD, PUBLIC_URL, District
from tests.transport import Client

NEW_PASSWORD = "kestrel violet 82 anchor"
PROBLEM = "application/problem+json"


def code(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    return str(answer.json()["code"])


def attempt(client: TestClient, username: str, password: str = PASSWORD, *, device: str | None = None) -> Any:
    """Sign in, on the device that a token was given to."""
    return client.post("/v1/sessions", json={"username": username, "password": password, "device_token": device})


def refresh(client: TestClient, token: str) -> Any:
    return client.post("/v1/sessions/refresh", json={"refresh_token": token})


def alive(client: TestClient, access_token: str) -> bool:
    answer = client.get("/v1/accounts/mine", headers={"Authorization": f"Bearer {access_token}"})
    assert answer.status_code in (200, 401), answer.text
    return bool(answer.status_code == 200)


def elsewhere(app: FastAPI, address: str = "203.0.113.7", *, beside: TestClient | None = None) -> TestClient:
    """A client in another network than the district's, of the application that runs already. Who asks several things at once needs
    the running client to stand `beside`: else each would be asked in an event loop of its own."""
    client = Client(app, base_url=PUBLIC_URL, raise_server_exceptions=False, client=(address, 50000))
    client.portal = beside.portal if beside else None
    return client


def change(district: District, model: Any, condition: Any, **values: Any) -> None:
    """Move stored moments, as time would."""
    with district.work() as work:
        assert work.exec(update(model).where(condition).values(**values)).rowcount > 0


def without_request(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name not in ("instance", "request_id")}


@contextmanager
def counted_writes(district: District, written: list[str]) -> Iterator[None]:
    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE", "SAVEPOINT", "BEGIN IMMEDIATE")):
            written.append(statement)

    engine = district.house.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", note)
