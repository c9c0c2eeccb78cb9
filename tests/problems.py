"""What is promised of every answer that is a problem (RFC 9457)."""

import re
from typing import Any

MARK = "echo-7f3a9c"


def assert_problem(answer: Any, status: int, code: str | None = None) -> dict[str, Any]:
    """Hold an answer against everything that is promised of a problem; returns its body."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert re.fullmatch(r"[a-z][a-z_]+", body["code"])
    assert body["type"] == f"urn:liangxian:problem:{body['code']}"
    assert body["title"] and body["detail"]
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert body["instance"] == f"urn:liangxian:request:{body['request_id']}"
    assert code is None or body["code"] == code
    assert MARK not in answer.text
    assert "Traceback" not in answer.text and ".py" not in answer.text
    return body


def fields(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(fault["field"], fault["rule"]) for fault in body["errors"]]
