"""Every request that the OpenAPI document shows as an example, sent as it stands: what is copied from there is understood."""

import uuid
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from api.access.permissions import Permission, roles_with
from models.enums import Role
from models.member import Member
from tests.conftest import Caller, District
from tests.routes import document, resolved

ON_ENGINES = ("sqlite",)
NOT_UNDERSTOOD = {400, 415, 422, 500}
NOT_ALLOWED = {401, 403}
"""Would tell nothing of what was sent: who asks is looked at first."""
PLAIN = {"If-Match": '"1"', "since": "2026-07-01T00:00:00Z", "until": "2026-07-02T00:00:00Z"}
"""What stands for parameters of which the document says by words and by their schema what they are."""
SENT_AS = {"application/json": "json", "application/x-www-form-urlencoded": "data"}


def shown(told: dict[str, Any], part: dict[str, Any]) -> Any:
    """The first example of a parameter or a schema; None where there is none."""
    schema = resolved(told, part.get("schema", part))
    many = part.get("examples") or schema.get("examples")
    if isinstance(many, dict):
        many = [one["value"] for one in many.values()]
    return part.get("example", many[0] if many else None)


def examples_of(told: dict[str, Any], body: dict[str, Any]) -> list[Any]:
    """The whole examples of a body, or one put together from those of its fields."""
    schema = resolved(told, body["schema"])
    whole = [one["value"] for one in body.get("examples", {}).values()] or schema.get("examples", [])
    fields = {name: shown(told, field) for name, field in schema.get("properties", {}).items()}
    return whole or [{name: value for name, value in fields.items() if value is not None}]


def requests_of(told: dict[str, Any], path: str, operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Address and what is sent there, for each example of a body; files are in the tests of what reads them."""
    headers: dict[str, Any] = {}
    query: dict[str, Any] = {}
    for parameter in (resolved(told, one) for one in operation.get("parameters", ())):
        name, example = parameter["name"], shown(told, parameter)
        if example is None and parameter.get("required"):
            example = PLAIN.get(name) or str(uuid.uuid4())
        if parameter["in"] == "path":
            path = path.replace(f"{{{name}}}", str(example))
        elif example is not None:
            (headers if parameter["in"] == "header" else query)[name] = example
    usual = {"headers": headers, "params": query}
    contents = operation.get("requestBody", {}).get("content", {})
    if not contents:
        yield path, usual
    for kind, body in contents.items():
        if kind in SENT_AS:
            yield from ((path, {**usual, SENT_AS[kind]: example}) for example in examples_of(told, body))


def test_every_request_of_the_document_is_understood_as_it_stands(district: District, app: FastAPI) -> None:
    callers: dict[Role, Caller] = {}

    def caller(role: Role) -> Caller:
        if role not in callers:
            content = {"organization_id": district.ids["B11"], "joined_on": "1995-07-01", "status": "full", "full_name": "王秀兰"}
            with district.work() as work:
                member = Member.model_validate(content)
                work.add(member)
            callers[role] = district.sign_in(role, "B11" if role is Role.member else "D", member_id=member.id)
        return callers[role]

    told = document()
    sent, misunderstood = 0, []
    operations = [(path, method, one) for path, methods in told["paths"].items() for method, one in methods.items()]
    # What removes something comes last, since others ask about it.
    for path, method, operation in sorted(operations, key=lambda one: one[1] == "delete"):
        permissions = [Permission(name) for scheme in operation["security"] for names in scheme.values() for name in names]
        role = min((role for permission in permissions for role in roles_with(permission)), default=None)
        for address, request in requests_of(told, path, operation):
            if role is not None:
                request["headers"] = {**request["headers"], **caller(role).headers}
            answer = district.client.request(method, address, **request)
            sent += 1
            if answer.status_code in NOT_UNDERSTOOD or (role is not None and answer.status_code in NOT_ALLOWED):
                misunderstood.append((operation["operationId"], answer.status_code, answer.text))
            if role is not None and method == "delete":
                # It may have ended the session that asked.
                del callers[role]
    assert misunderstood == []
    assert sent > 100
