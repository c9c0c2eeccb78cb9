"""Every route of the application, for the promises that hold for all of them."""

import json
from collections.abc import Iterator
from copy import deepcopy
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from api.access.permissions import Permission
from api.web.dependencies import STEP_UP, UNENROLLED, get_access


class Door(NamedTuple):
    name: str
    path: str
    method: str
    permissions: tuple[Permission, ...]
    parameters: tuple[str, ...]
    succeeds: bool
    """Whether it has any answer but a refusal."""
    marks: frozenset[str] = frozenset()
    """What its permission is marked with."""


@cache
def document() -> dict[str, Any]:
    """The committed OpenAPI document, which `test_openapi.py` holds to be the one that is served: to build it takes seconds."""
    found: dict[str, Any] = json.loads((Path(__file__).parents[1] / "openapi" / "openapi.json").read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=1)
def doors(app: FastAPI) -> tuple[Door, ...]:
    return tuple(_doors(app))


def _doors(app: FastAPI) -> Iterator[Door]:
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context, "dependant", None) or getattr(context.original_route, "dependant", None)
        scopes = _scopes(dependant) if dependant else []
        marks = frozenset(scopes) & {STEP_UP, UNENROLLED}
        permissions = tuple(dict.fromkeys(Permission(scope) for scope in scopes if scope not in marks))
        names = tuple(item.name for item in dependant.dependencies) if dependant else ()
        status = getattr(context, "status_code", None) or getattr(context.original_route, "status_code", None) or 200
        for method in sorted((context.methods or set()) - {"HEAD"}):
            yield Door(str(context.name), str(context.path), method, permissions, names, status < 400, marks)


def resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """A part of the OpenAPI document, or what it refers to."""
    while "$ref" in part:
        _, _, section, name = part["$ref"].split("/")
        part = document["components"][section][name]
    return deepcopy(part)


def refusals(operation: dict[str, Any], status: str) -> frozenset[str]:
    """The codes of the problems that an operation of the document names for a status."""
    answer = resolved(document(), operation["responses"].get(status, {}))
    return frozenset(answer.get("content", {}).get("application/problem+json", {}).get("examples", ()))


def _scopes(dependant: Any) -> list[str]:
    found = [scope for item in dependant.dependencies for scope in _scopes(item)]
    if dependant.call is get_access:
        found += dependant.own_oauth_scopes or []
    return found
