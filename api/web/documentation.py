"""Where the OpenAPI document is served, and the page that shows it without asking any other host."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import fastapi_offline
from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from api.errors import NotFound

ASSETS = Path(fastapi_offline.__file__).parent / "static"
TYPES = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}


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
