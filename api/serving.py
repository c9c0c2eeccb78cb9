"""What the server's workers load, and how uvicorn runs them."""

from typing import Any, Final

from fastapi import FastAPI

from api.settings import Settings
from api.web.protocol import Protocol

UVICORN: Final[dict[str, Any]] = {
    "http": Protocol,
    "ws": "none",
    "access_log": False,
    "log_level": "error",
    "server_header": False,
    "proxy_headers": False,
}
"""The server's own log would write paths, tell each fault of a client as a warning, and believe whatever proxy."""


def application() -> FastAPI:
    # Not loaded by the process that only keeps the workers: it would hold a third of a worker's memory for nothing.
    from api.app import create_app

    return create_app(Settings())
