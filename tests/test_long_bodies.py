"""Whatever a long body says, nobody else waits while its words are read: what takes long of that is done in a thread."""

import asyncio
import json
from collections.abc import Iterator
from itertools import count
from time import thread_time
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from fastapi._compat import ModelField
from fastapi.routing import APIRoute, iter_route_contexts

from api import written
from api.uploads import MAX_BODY_BYTES
from api.web.entrance import MOST_AT_ONCE
from api.web.error_handlers import MOST_FAULTS
from api.web.shares import WORDS
from api.written import holds_identity_number, remember_what_is_searched
from models.enums import Role
from tests.conftest import District
from tests.routes import document, resolved

ON_ENGINES = ("sqlite",)
COUNTED = count()
WORST = ("\ufdfa", "\u249a", "1900 1 1 ", "九 1990-1-1 ", "①一O1十月1990-1-1 ", "a\u0301\u0316", "1990\u32c0\u33e0", "abc d", "汉1")


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each text that is searched, whether everybody waits meanwhile."""
    found: list[bool] = []

    def searching(text: str) -> bool:
        found.append(_is_in_the_loop())
        return holds_identity_number(text)

    monkeypatch.setattr(written, "holds_identity_number", searching)
    return found


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+JSON"])
def test_the_words_of_a_long_body_are_searched_while_nobody_waits(
    app: FastAPI, district: District, searched: list[bool], kind: str
) -> None:
    secretary = district.sign_in(Role.secretary, "B11")

    def inspect(notes: int, status: int = 404) -> list[bool]:
        items = [{"code": f"DK-{number:02}", "result": "fail", "note": f"1900 1 1 {number}"} for number in range(notes)]
        body = {"client_id": str(uuid4()), "venue_id": str(uuid4()), "standard_number": 1, "unannounced": False, "revision": 1}
        searched.clear()
        answer = secretary.post(
            "/v1/inspections",
            headers={"Content-Type": kind},
            json=body | {"started_at": "2026-01-01T01:00:00Z", "items": items},
        )
        assert answer.status_code == status
        return searched

    assert inspect(90) == [False] * 90
    assert inspect(1) == [True]
    app.state.shares._held[WORDS, UUID(secretary.account_id)] = WORDS.each
    assert inspect(90, status=503) == []
    assert inspect(1) == [True]


def test_no_door_searches_the_words_of_a_body_again_or_takes_long_over_what_is_left(app: FastAPI, searched: list[bool]) -> None:
    fields = list(_bodies(app))
    assert len(fields) > 60
    looked_at = 0
    for name, field, example in fields:
        for worst in WORST:
            body = _filled(example, (worst * 200)[:200])
            remember_what_is_searched()
            searched.clear()
            first = field.validate(body)
            looked_at += len(searched)
            searched.clear()
            began = thread_time()
            again = field.validate(body)
            took = thread_time() - began
            assert (first[0], len(first[1])) == (again[0], len(again[1]))
            assert not searched, name
            assert took < 0.06, (name, worst, took)
    assert looked_at > 3_000


def test_of_very_many_faults_the_first_are_told_and_none_is_looked_for_while_all_wait(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    validate, asked = ModelField.validate, list[bool]()

    def validating(field: ModelField, *values: Any, **named: Any) -> Any:
        asked.append(_is_in_the_loop())
        return validate(field, *values, **named)

    monkeypatch.setattr(ModelField, "validate", validating)
    member, made_up = district.sign_in(Role.member, "B11"), {f"x{number}": 0 for number in range(5_000)}
    asked.clear()
    for caller, path in ((district.client, "/v1/sessions"), (member, "/v1/pledges")):
        answer = caller.post(path, json=made_up)
        assert (answer.status_code, len(answer.json()["errors"])) == (422, MOST_FAULTS)
    assert asked == [False, False]
    few = member.post("/v1/pledges", json=dict.fromkeys("abc", "x" * 1_000)).json()["errors"]
    assert {"body.a", "body.b", "body.c", "body.kind"} <= {fault["field"] for fault in few}
    answer = member.get("/v1/pledges?" + "&".join(made_up))
    assert (answer.status_code, len(answer.json()["errors"])) == (422, MOST_FAULTS)


def _is_in_the_loop() -> bool:
    """Whether everybody waits for what is done now."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _bodies(app: FastAPI) -> Iterator[tuple[str, Any, Any]]:
    """What reads the body of each door that takes JSON, and an example of one."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and route.body_field:
            for method in route.methods or ():
                sent = (
                    document()["paths"].get(str(context.path), {}).get(method.lower(), {}).get("requestBody", {}).get("content", {})
                )
                if "application/json" in sent:
                    schema = resolved(document(), sent["application/json"]["schema"])
                    for one in [schema, *(resolved(document(), other) for other in schema.get("anyOf", ()))]:
                        for example in one.get("examples", ()):
                            yield route.name, route.body_field, example


def _filled(example: Any, text: str) -> Any:
    """As large a body as is taken, with as many entries in its lists, and words in place of each text that may be some."""
    times, filled = 1, _with(example, text, 1)
    while times < 4096 and len(json.dumps(_with(example, text, times * 2), ensure_ascii=False).encode()) < MAX_BODY_BYTES:
        larger = _with(example, text, times * 2)
        if len(json.dumps(larger)) < len(json.dumps(filled)) + 100:
            break
        times, filled = times * 2, larger
    assert len(json.dumps(filled, ensure_ascii=False).encode()) < MAX_BODY_BYTES + MOST_AT_ONCE
    return filled


def _with(sent: Any, text: str, times: int) -> Any:
    if isinstance(sent, dict):
        return {name: _with(value, text, times) for name, value in sent.items()}
    if isinstance(sent, list):
        return [_with(value, text, 1) for _ in range(times) for value in sent]
    if isinstance(sent, str) and any(character > "\u2e80" for character in sent):
        # No two alike, since none is searched twice.
        return f"{text[:-5]} {next(COUNTED) % 1000}"
    return sent
