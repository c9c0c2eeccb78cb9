"""Where the OpenAPI document is served, and the page that shows it without asking any other host."""

import json
from base64 import b64encode
from collections.abc import Callable, Hashable
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import NamedTuple, TypeVar

import fastapi_offline
from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.web.negotiation import JSON
from api.web.representation import GZIPPED, compressed, digest_of, wants_gzip

R = TypeVar("R")

ASSETS = Path(fastapi_offline.__file__).parent / "static"
TYPES = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}
FOLDED = {"docExpansion": "none", "defaultModelsExpandDepth": 0, "filter": True}
"""The page begins with the tags alone: unfolded, more than a hundred operations are a long search."""


class Packed(NamedTuple):
    """Bytes that are the same for everybody, and the same compressed, once for all."""

    content: bytes
    gzipped: bytes
    digest: str

    @classmethod
    def of(cls, content: bytes) -> "Packed":
        return cls(content, compressed(content), digest_of(content))


def made_once(make: Callable[..., R]) -> Callable[..., R]:
    """A function that is called once for what it is given. Of many who ask at first one makes it, and the others wait: to make it
    takes a processor a second."""
    lock, made = Lock(), cache(make)

    def give(*arguments: Hashable) -> R:
        with lock:
            return made(*arguments)

    return give


@made_once
def _asset(name: str) -> Packed:
    return Packed.of((ASSETS / name).read_bytes())


def _kept(request: Request, packed: Packed, media_type: str, **more: str) -> Response:
    """An answer that a client may keep, if only it asks each time whether it is still the same, with more headers."""
    is_gzipped = wants_gzip(request.headers.get("accept-encoding"))
    headers = {
        "ETag": f'"{packed.digest}{GZIPPED if is_gzipped else ""}"',
        "Vary": "Accept-Encoding",
        "Cache-Control": "no-cache",
        **more,
    }
    if is_gzipped:
        return Response(packed.gzipped, headers=headers | {"Content-Encoding": "gzip"}, media_type=media_type)
    return Response(packed.content, headers=headers, media_type=media_type)


def add_documentation(app: FastAPI) -> None:
    """Serve `/openapi.json` and, from the packaged assets, `/docs`."""

    @made_once
    def document() -> Packed:
        return Packed.of(json.dumps(app.openapi(), ensure_ascii=False).encode())

    def show_openapi(request: Request) -> Response:
        return _kept(request, document(), JSON)

    @made_once
    def page() -> tuple[Packed, str]:
        """The page, and the policy that lets its own script run and nothing else."""
        content = bytes(
            get_swagger_ui_html(
                openapi_url="/openapi.json",
                title=app.title,
                swagger_js_url="/docs/swagger-ui-bundle.js",
                swagger_css_url="/docs/swagger-ui.css",
                swagger_favicon_url="data:,",
                swagger_ui_parameters=FOLDED,
            ).body
        )
        script = content.partition(b"<script>")[2].partition(b"</script>")[0]
        digest = b64encode(sha256(script).digest()).decode()
        policy = (
            f"default-src 'none'; script-src 'self' 'sha256-{digest}'; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        return Packed.of(content), policy

    def show_documentation(request: Request) -> Response:
        packed, policy = page()
        return _kept(request, packed, "text/html", **{"Content-Security-Policy": policy})

    def show_documentation_asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in TYPES:
            raise HTTPException(404)
        return _kept(request, _asset(name), TYPES[name])

    app.router.routes.extend(
        [
            Route("/openapi.json", show_openapi),
            Route("/docs", show_documentation),
            Route("/docs/{name}", show_documentation_asset),
        ]
    )
