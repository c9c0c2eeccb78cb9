"""The application as it is served: by uvicorn, at an address of its own."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from api.app import Application
from api.serving import UVICORN
from api.settings import Settings


@contextmanager
def serving(make: Callable[[str], Application], **options: Any) -> Iterator[tuple[Application, str]]:
    """Serve the application that `make` puts together for an address on a free port of this machine, as the server's workers do but
    for uvicorn's `options`. Yields both."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = make(url)
        server = uvicorn.Server(uvicorn.Config(app, **UVICORN | {"log_level": "error"} | options))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        until = time.monotonic() + 60
        while not server.started and time.monotonic() < until:
            time.sleep(0.02)
        try:
            assert server.started
            yield app, url
        finally:
            server.should_exit = True
            thread.join(timeout=60)


def environment(settings: Settings) -> dict[str, str]:
    given = {name.upper(): value for name, value in settings.model_dump(mode="json", exclude_none=True).items()}
    secrets = ("token_secret", "data_keys", "digest_key", "audit_key")
    given |= {name.upper(): getattr(settings, name).get_secret_value() for name in secrets}
    kept = {name: str(value) for name, value in given.items() if name != "TRUSTED_PROXIES"}
    return {**os.environ, **kept, "LOG_LEVEL": "ERROR", "LANGUAGE": "zh"}
