"""How connections are taken: those that wait at the door are taken together.

uvloop takes one in each pass of its loop. Who keeps some hundred connections busy makes each pass long, and whoever comes would
stand behind all of them that he has knocked with.
"""

import asyncio
from collections.abc import Callable
from socket import socket
from typing import Any, Final

import uvloop

from api.web.heartbeat import beating

AT_ONCE: Final = 256
"""So many are on their way at most besides those that uvloop takes: for these descriptors are left (`crowd.py`)."""


class Loop(uvloop.Loop):
    """uvloop's own, which takes more than one of the connections that wait at a listening socket, ended if it stands still."""

    def __init__(self) -> None:
        super().__init__()
        self._coming: set[asyncio.Task[Any]] = set()

    def run_forever(self) -> None:
        with beating(self):
            super().run_forever()

    async def create_server(self, protocol_factory: Any, *places: Any, sock: socket | None = None, **options: Any) -> Any:
        """As uvloop's; where it is to listen at a socket that is there already, in the way that this module tells."""

        def with_others() -> asyncio.BaseProtocol:
            if sock is not None:
                self._take_others(sock, protocol_factory)
            made: asyncio.BaseProtocol = protocol_factory()
            return made

        return await super().create_server(with_others, *places, sock=sock, **options)

    def _take_others(self, listening: socket, protocol_factory: Callable[[], asyncio.BaseProtocol]) -> None:
        for _ in range(AT_ONCE - len(self._coming)):
            try:
                taken, _address = listening.accept()
            except OSError:
                # Nobody else waits, or no descriptor is left.
                return
            taken.setblocking(False)
            coming = self.create_task(self.connect_accepted_socket(protocol_factory, taken))
            self._coming.add(coming)
            coming.add_done_callback(self._coming.discard)
