"""What the server's workers load, and how uvicorn runs them."""

import ctypes
import resource
from typing import Any, Final

from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from api.settings import Settings
from api.web.protocol import Protocol

UVICORN: Final[dict[str, Any]] = {
    "http": Protocol,
    "loop": "api.web.acceptance:Loop",
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
M_ARENA_MAX: Final = -8
"""The number of glibc's `mallopt` for how many arenas there may be."""
ARENAS: Final = 2
"""By itself glibc has eight for each processor, and keeps in each what the threads that use it have once needed at most."""


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
    bound_arenas()
    return create_app(Settings())


def _allow_descriptors() -> None:
    """Take as many as the system lets us have: a connection is one, and what is usual at first is soon used up by a stranger."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[0]), hard))


def bound_arenas() -> None:
    """Have the threads of this process share what memory they free, where the C library is glibc: a worker that has once made large
    papers in each of its threads would keep a gigabyte for ever. Python's lock lets one of them take memory at a time anyway."""
    if (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(M_ARENA_MAX, ARENAS)
