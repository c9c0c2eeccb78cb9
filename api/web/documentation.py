"""The OpenAPI document that the mobile team builds on, and the page that shows it without asking any other host."""

import json
from base64 import b64encode
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from typing import Any

import fastapi_offline
from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from api.complaints import described as complaints
from api.errors import ForeignOrigin, Invalid, NotFound, PreconditionFailed, UnsupportedMediaType
from api.schemas import Problem
from api.status_lists import described as status_lists
from api.verification import described as verification
from api.verification.schemas import CodeUnknown, ScanShown
from api.web.answers import EVERYWHERE, SIGNED_IN, WITH_INPUT, answers
from api.web.error_handlers import MEDIA_TYPE
from api.web.idempotency import LONGEST_KEY

ASSETS = Path(fastapi_offline.__file__).parent / "static"
TYPES = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}

DESCRIPTION = """\
Identity cards that a resident can check, for a district's party members.

* Sign in with `POST /v1/sessions`; send the access token as `Authorization: Bearer ...`; buy the next pair with
  `POST /v1/sessions/refresh`. A lost answer is no harm: send the same refresh token again within 60 seconds.
* Every problem is `application/problem+json` (RFC 9457): `code` is for programs, `detail` for people, in Chinese or, by
  `Accept-Language`, in English.
* `ETag` is the version of a thing. `PATCH` demands it back in `If-Match`; actions check it when it is sent.
* Any `POST` that needs a sign-in may carry an `Idempotency-Key`: sent again within a day it is answered alike and done once.
* Lists are pages: send `next_cursor` back as `cursor`.
* `HEAD` is taken wherever `GET` is. A parameter that an operation does not name is refused (422), but for what is public.
"""


def describe(app: FastAPI) -> None:
    """Give the application its OpenAPI document: `app.openapi()`."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def add_documentation(app: FastAPI) -> None:
    """Serve `/openapi.json` and, from the packaged assets, `/docs`."""

    def show_openapi(request: Request) -> Response:
        return JSONResponse(app.openapi())

    def show_documentation(request: Request) -> Response:
        page = bytes(
            get_swagger_ui_html(
                openapi_url="/openapi.json",
                title=app.title,
                swagger_js_url="/docs/swagger-ui-bundle.js",
                swagger_css_url="/docs/swagger-ui.css",
                swagger_favicon_url="data:,",
            ).body
        ).decode()
        script = page.partition("<script>")[2].partition("</script>")[0]
        digest = b64encode(sha256(script.encode()).digest()).decode()
        policy = (
            f"default-src 'none'; script-src 'self' 'sha256-{digest}'; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
        )
        return HTMLResponse(page, headers={"Content-Security-Policy": policy})

    def show_documentation_asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in TYPES:
            raise NotFound
        return FileResponse(ASSETS / name, media_type=TYPES[name])

    app.router.routes.extend(
        [
            Route("/openapi.json", show_openapi),
            Route("/docs", show_documentation),
            Route("/docs/{name}", show_documentation_asset),
        ]
    )


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes, separate_input_output_schemas=True
    )
    schemas = document["components"]["schemas"]
    for model in (ScanShown, CodeUnknown, Problem):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    for operations in (verification.OPERATIONS, complaints.OPERATIONS, status_lists.OPERATIONS):
        document["paths"].update(deepcopy(operations))
    for path in document["paths"].values():
        for method, operation in path.items():
            _complete(method, operation)
            _name_no_form(operation, schemas)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    return _renamed(document)


def _complete(method: str, operation: dict[str, Any]) -> None:
    """Add the problems that every operation of its sort can answer with, and the headers that it takes."""
    common = list(EVERYWHERE)
    if operation.get("security"):
        common += (*SIGNED_IN, Invalid)
    elif method != "get":
        common.append(ForeignOrigin)
    if operation.get("parameters") or "requestBody" in operation:
        common += WITH_INPUT
    if "requestBody" in operation:
        common.append(UnsupportedMediaType)
    names = {parameter["name"].lower() for parameter in operation.get("parameters", ())}
    if "if-match" in names:
        common.append(PreconditionFailed)
    responses = operation["responses"]
    if "422" in responses and MEDIA_TYPE not in responses["422"].get("content", {}):
        del responses["422"]
    for status, response in answers(*common).items():
        standing = responses.setdefault(str(status), {"description": response["description"], "content": {MEDIA_TYPE: {}}})
        examples = standing["content"].setdefault(MEDIA_TYPE, {}).setdefault("examples", {})
        for code, example in response["content"][MEDIA_TYPE]["examples"].items():
            examples.setdefault(code, example)
    for status, response in responses.items():
        if int(status) >= 400 and set(response["content"]) != {"text/html"}:
            response["content"].pop("application/json", None)
            response["content"][MEDIA_TYPE].setdefault("schema", {"$ref": "#/components/schemas/Problem"})
    if method == "post" and operation.get("security"):
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)


def _name_no_form(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Let a form with a file stand where it is sent: the framework's name for it would be a name of nothing."""
    form = operation.get("requestBody", {}).get("content", {}).get("multipart/form-data")
    if form is not None:
        form["schema"] = schemas.pop(form["schema"]["$ref"].rpartition("/")[2])
        for part in form["schema"]["properties"].values():
            if part.pop("contentMediaType", None):
                part["format"] = "binary"


def _renamed(document: dict[str, Any]) -> dict[str, Any]:
    """The document in which a page of a list bears the name that `Page` gives it, not one put together by the framework."""
    schemas = document["components"]["schemas"]
    renamed = {name: schema["title"] for name, schema in schemas.items() if name.endswith("_")}
    text = json.dumps(document)
    for name, title in renamed.items():
        assert title not in schemas
        text = text.replace(f'"{name}":', f'"{title}":').replace(f'schemas/{name}"', f'schemas/{title}"')
    found: dict[str, Any] = json.loads(text)
    return found


_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "sent again within a day with the same request, it is answered alike and done once",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
}


def text_of(document: dict[str, Any]) -> str:
    """The document as it is committed."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
