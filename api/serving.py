"""What the server's workers load, and how uvicorn runs them."""

import resource
from typing import Any, Final

from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from api.settings import Settings
from api.web.protocol import Protocol

UVICORN: Final[dict[str, Any]] = {
    "http": Protocol,
    "ws": "none",
    "access_log": False,
    "log_level": "error",
    "server_header": False,
    "proxy_headers": False,
    "timeout_worker_healthcheck": 60,
}
"""The server's own log would write paths, tell each fault of a client as a warning, and believe whatever proxy. On a busy machine
it would kill each worker that has not loaded within five seconds, for as long as the machine is busy with that."""

MOST_DESCRIPTORS: Final = 1 << 12


class Workers(Multiprocess):
    """uvicorn's own, which learns at once that a worker has died while it is waited for."""

    def keep_subprocess_alive(self) -> None:
        for worker in self.processes:
            # The worker has its own; with this one open, its pipe would not end with it.
            worker.child_conn.close()
        super().keep_subprocess_alive()


def application() -> FastAPI:
    # Not loaded by the process that only keeps the workers: it would hold a third of a worker's memory for nothing.
    from api.app import create_app

    _allow_descriptors()
    return create_app(Settings())


def _allow_descriptors() -> None:
    """Take as many as the system lets us have: a connection is one, and what is usual at first is soon used up by a stranger."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[0]), hard))
